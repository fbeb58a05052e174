-- Purpose: where the messages of a run stand: taken, refused for good, unknown, still to come, or not sent and why.
-- Grain: one row a channel, outcome and reason of a skip. Outcomes are never put together: accepted, rejected, unknown;
--        waiting (not begun), later (its moment has not come), retry (proved not taken), sending (being handed over);
--        skipped and cancelled.
-- Parameters: tenant_id, campaign_run_id, kind (of its recipients: customer, or reviewer of a test).
-- Rerun: reads only.
SELECT
    channel,
    CASE
        WHEN state IN ('ready', 'planned') AND not_before > clock_timestamp() THEN 'later'
        WHEN state IN ('ready', 'planned') THEN 'waiting'
        WHEN state IN ('claimed', 'sending') THEN 'sending'
        ELSE state
    END AS outcome,
    skip_reason,
    count(*) AS messages,
    min(not_before) FILTER (WHERE state IN ('ready', 'retry') AND not_before > clock_timestamp()) AS next_at,
    count(*) FILTER (WHERE state IN ('ready', 'retry') AND coalesce(not_before, '-infinity') <= clock_timestamp()) AS due,
    count(*) FILTER (
        WHERE state IN ('accepted', 'rejected', 'unknown') AND state_changed_at > clock_timestamp() - interval '5 minutes'
    ) AS lately,
    max(state_changed_at) FILTER (WHERE state IN ('accepted', 'rejected', 'unknown')) AS last_at
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = %(kind)s
GROUP BY 1, 2, 3
