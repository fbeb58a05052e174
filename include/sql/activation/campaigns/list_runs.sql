-- Purpose: the latest runs of a campaign with where their deliveries stand.
-- Grain: one row a run, the newest first, at most twenty.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
WITH latest AS MATERIALIZED (
    SELECT campaign_run_id, kind, version, due_at, planned_at, state, stop_reason
    FROM activation.run
    WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
    ORDER BY campaign_run_id DESC
    LIMIT 20
)
SELECT
    latest.campaign_run_id, latest.kind, latest.version, latest.due_at, latest.planned_at, latest.state,
    latest.stop_reason, coalesce(counted.deliveries, '{}') AS deliveries
FROM latest
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(by_state.state, by_state.number) AS deliveries
    FROM (
        SELECT delivery.state, count(*) AS number
        FROM activation.delivery
        WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = latest.campaign_run_id
        GROUP BY delivery.state
    ) AS by_state
) AS counted ON true
ORDER BY latest.campaign_run_id DESC
