-- Purpose: let one at a time add deliveries to a run, and not while it is being closed or stopped.
-- Grain: one row: its state.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: holds until the transaction ends.
SELECT state FROM activation.run WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s FOR UPDATE
