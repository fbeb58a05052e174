-- Purpose: give back what a worker claimed and did not begin.
-- Grain: one row a delivery given back.
-- Parameters: tenant_id, campaign_run_id, worker.
-- Rerun: gives back nothing the second time. Deliveries in sending are never given back.
UPDATE activation.delivery
SET state = 'ready', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND leased_by = %(worker)s
  AND state = 'claimed'
