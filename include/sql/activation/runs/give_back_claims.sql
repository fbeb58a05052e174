-- Purpose: the second half of a pause: take back what workers had claimed and not begun.
-- Grain: one row a delivery that is ready again.
-- Parameters: tenant_id, campaign_id.
-- Rerun: gives back nothing the second time.
--
-- Run after the pause was committed. Whatever was claimed before that is found here: an attempt that is about to begin
-- holds its delivery, so it has begun before this is committed, or finds that it is claimed no more. Whatever is claimed
-- after it finds the pause itself.
WITH taken AS MATERIALIZED (
    -- In the order in which answers hold them.
    SELECT delivery.delivery_id
    FROM activation.run
    JOIN activation.delivery USING (tenant_id, campaign_run_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
      AND delivery.state = 'claimed'
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE OF delivery
)
UPDATE activation.delivery
SET state = 'ready', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
FROM taken
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = taken.delivery_id
RETURNING delivery.delivery_id
