-- Purpose: how far a run is, and when its next retry is due.
-- Grain: one row: deliveries in all (less the skipped and cancelled), those still open, seconds to the next retry.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT
    count(*) FILTER (WHERE state NOT IN ('skipped', 'cancelled')),
    count(*) FILTER (WHERE state IN ('ready', 'claimed', 'sending', 'retry')),
    greatest(0, extract(epoch FROM
        min(coalesce(not_before, clock_timestamp())) FILTER (WHERE state IN ('ready', 'retry')) - clock_timestamp()
    ))::double precision
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
