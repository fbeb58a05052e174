SELECT date_trunc('day', timezone(tenant.time_zone, call.occurred_at)) AS day, call.model,
       coalesce(sum(call.cost_micro_usd), 0) / 1000000.0 AS cost
FROM llm.call JOIN ops.tenant USING (tenant_id)
GROUP BY 1, 2
