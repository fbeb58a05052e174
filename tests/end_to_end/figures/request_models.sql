SELECT k.told AS task, coalesce(c.answered_by, c.model, 'no model asked') AS model, count(c.call_id) AS calls_made,
       count(*) FILTER (WHERE c.outcome <> 'ok') AS calls_useless,
       coalesce(sum(coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0)), 0) AS tokens_used,
       coalesce(sum(c.cost_micro_usd), 0) / 1e6 AS cost
FROM ops.tenant AS t
CROSS JOIN (VALUES
    ('plan_segment', 'Reading a request'), ('revise_segment', 'Reading a change of one'), ('review_plan', 'Second reading'),
    ('explain_result', 'Explaining the result')
) AS k (task, told)
LEFT JOIN llm.call AS c ON c.tenant_id = t.tenant_id AND c.task = k.task AND c.request_id IS NOT NULL
GROUP BY 1, 2
