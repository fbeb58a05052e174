-- Purpose: the second half of a pause: take back what workers had claimed and not begun.
-- Grain: one row a delivery that is ready again.
-- Parameters: tenant_id, campaign_id.
-- Rerun: gives back nothing the second time.
--
-- Run after the pause was committed. Whatever was claimed before that is found here: an attempt that is about to begin
-- holds its delivery, so it has begun before this is committed, or finds that it is claimed no more. Whatever is claimed
-- after it finds the pause itself.
UPDATE activation.delivery
SET state = 'ready', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
FROM activation.run
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state = 'claimed'
  AND run.tenant_id = delivery.tenant_id AND run.campaign_run_id = delivery.campaign_run_id
  AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
RETURNING delivery.delivery_id
