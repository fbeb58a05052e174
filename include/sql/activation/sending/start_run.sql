-- Purpose: an approved run begins to send.
-- Grain: one row.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: changes nothing.
UPDATE activation.run
SET state = 'sending'
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'approved'
