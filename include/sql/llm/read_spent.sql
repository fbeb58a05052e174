-- Purpose: what a tenant's calls have taken: for one request, and on the UTC day of a moment.
-- Grain: one row. Parameters: tenant_id, request_id (may be null), moment, evaluation (whether evaluations are
-- counted, or everything but them), evaluation_task (whose calls are evaluations). A call whose tokens
-- nobody told counts as the most that it could have taken.
-- Rerun: reads only.
SELECT
    coalesce(sum(coalesce(input_tokens + output_tokens, reserved_tokens))
        FILTER (WHERE request_id = %(request_id)s), 0)::bigint AS request_tokens,
    coalesce(sum(coalesce(input_tokens + output_tokens, reserved_tokens))
        FILTER (WHERE occurred_at >= date_trunc('day', %(moment)s::timestamptz, 'UTC')
            AND occurred_at < date_trunc('day', %(moment)s::timestamptz, 'UTC') + interval '1 day'), 0)::bigint AS day_tokens,
    coalesce(sum(coalesce(cost_micro_usd, reserved_micro_usd))
        FILTER (WHERE occurred_at >= date_trunc('day', %(moment)s::timestamptz, 'UTC')
            AND occurred_at < date_trunc('day', %(moment)s::timestamptz, 'UTC') + interval '1 day'), 0)::bigint AS day_micro_usd
FROM llm.call
WHERE tenant_id = %(tenant_id)s
    AND (task = %(evaluation_task)s) = %(evaluation)s
    AND (request_id = %(request_id)s OR occurred_at >= date_trunc('day', %(moment)s::timestamptz, 'UTC'))
