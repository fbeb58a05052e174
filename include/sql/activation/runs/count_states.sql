-- Purpose: how a run stands: how many deliveries are in which state, and how many wait for a later moment.
-- Grain: one row a state; waiting and next_at are of those that are not due yet.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT
    state, count(*) AS deliveries,
    count(*) FILTER (WHERE state IN ('ready', 'retry') AND not_before > clock_timestamp()) AS waiting,
    min(not_before) FILTER (WHERE state IN ('ready', 'retry') AND not_before > clock_timestamp()) AS next_at
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
GROUP BY state
ORDER BY state
