-- Purpose: how far a run is, and when its next delivery is due.
-- Grain: one row: deliveries in all (less the skipped and cancelled), those still open, and seconds until one can be
--        claimed (0: now; null: none ever can).
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
WITH counted AS (
    SELECT
        count(*) FILTER (WHERE state NOT IN ('skipped', 'cancelled')) AS total,
        count(*) FILTER (WHERE state IN ('ready', 'claimed', 'sending', 'retry')) AS open,
        min(coalesce(not_before, clock_timestamp())) FILTER (WHERE state IN ('ready', 'retry')) AS due_at
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
)
SELECT
    total, open,
    CASE WHEN due_at IS NOT NULL
        THEN greatest(0, extract(epoch FROM due_at - clock_timestamp())::double precision)
    END
FROM counted
