-- Purpose: where the messages of a run stand: taken, refused for good, unknown, still to come, or not sent and why.
-- Grain: one row a channel, outcome and reason of a skip. Outcomes are never put together: accepted, rejected, unknown;
--        waiting (not begun), later (its moment has not come), retry (proved not taken), sending (being handed over);
--        skipped and cancelled. past_deadline: those unknown for which no evidence is waited for any more; unknown_at: when
--        the newest of the others became unknown.
-- Parameters: tenant_id, campaign_run_id, kind (of its recipients: customer, or reviewer of a test).
-- Rerun: reads only. The run's rows are read once and grouped by what they have; the words come afterwards.
WITH counted AS MATERIALIZED (
    SELECT
        channel, state, skip_reason, not_before > now() AS is_later, count(*) AS messages, min(not_before) AS first_at,
        count(*) FILTER (WHERE state_changed_at > now() - interval '5 minutes') AS lately, max(state_changed_at) AS last_at,
        count(*) FILTER (WHERE state = 'unknown' AND settled_by = 'deadline') AS past_deadline,
        max(state_changed_at) FILTER (WHERE state = 'unknown' AND settled_by IS DISTINCT FROM 'deadline') AS unknown_at
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = %(kind)s
    GROUP BY channel, state, skip_reason, not_before > now()
)
SELECT
    channel,
    CASE
        WHEN state IN ('ready', 'planned') THEN CASE WHEN is_later THEN 'later' ELSE 'waiting' END
        WHEN state IN ('claimed', 'sending') THEN 'sending'
        ELSE state
    END AS outcome,
    skip_reason,
    sum(messages)::bigint AS messages,
    min(first_at) FILTER (WHERE state IN ('ready', 'retry') AND is_later) AS next_at,
    coalesce(sum(messages) FILTER (WHERE state IN ('ready', 'retry') AND is_later IS NOT TRUE), 0)::bigint AS due,
    coalesce(sum(lately) FILTER (WHERE state IN ('accepted', 'rejected', 'unknown')), 0)::bigint AS lately,
    max(last_at) FILTER (WHERE state IN ('accepted', 'rejected', 'unknown')) AS last_at,
    sum(past_deadline)::bigint AS past_deadline, max(unknown_at) AS unknown_at
FROM counted
GROUP BY 1, 2, 3
