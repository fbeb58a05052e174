SELECT date_trunc('day', timezone(tenant.time_zone, call.occurred_at)) AS day,
       sum(coalesce(call.input_tokens, 0)) AS tokens_in, sum(coalesce(call.output_tokens, 0)) AS tokens_out
FROM llm.call JOIN ops.tenant USING (tenant_id)
GROUP BY 1
