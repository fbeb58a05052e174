SELECT (
    SELECT coalesce(sum(cost_micro_usd), 0)
    FROM llm.call
    JOIN segment.request AS r USING (tenant_id, request_id)
    WHERE r.state <> 'answered'
) / 1e6 / count(*) AS cost_a_request
FROM segment.request
WHERE state <> 'answered'
