WITH counted AS (
    SELECT tenant_id, CASE task WHEN 'evaluate_prompts' THEN 'Evaluations' ELSE 'Requests' END AS spent_on,
           date_trunc('day', timezone('UTC', occurred_at)) AS day, occurred_at, call_id, day_tokens_limit, day_micro_usd_limit,
           coalesce(input_tokens + output_tokens, reserved_tokens) AS tokens,
           coalesce(cost_micro_usd, reserved_micro_usd, 0) AS micro_usd
    FROM llm.call
), days AS (
    SELECT tenant_id, spent_on, day FROM counted
    UNION
    SELECT tenant_id, spent_on, date_trunc('day', timezone('UTC', now()))
    FROM ops.tenant, (VALUES ('Requests'), ('Evaluations')) AS purpose (spent_on)
)
SELECT days.day, tenant.name AS tenant, days.spent_on,
       coalesce(taken.tokens, 0) AS tokens_spent, budget.day_tokens_limit AS tokens_budget,
       coalesce(taken.tokens, 0)::numeric / budget.day_tokens_limit AS tokens_share,
       coalesce(taken.micro_usd, 0) / 1000000.0 AS dollars_spent, budget.day_micro_usd_limit / 1000000.0 AS dollars_budget
FROM days
JOIN ops.tenant USING (tenant_id)
LEFT JOIN (
    SELECT tenant_id, spent_on, day, sum(tokens) AS tokens, sum(micro_usd) AS micro_usd FROM counted GROUP BY 1, 2, 3
) AS taken USING (tenant_id, spent_on, day)
LEFT JOIN LATERAL (
    SELECT * FROM counted
    WHERE counted.tenant_id = days.tenant_id AND counted.spent_on = days.spent_on AND counted.day <= days.day
    ORDER BY occurred_at DESC, call_id DESC LIMIT 1
) AS budget ON true
