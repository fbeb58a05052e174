-- Purpose: move a campaign on.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id, state.
-- Rerun: the last one holds.
UPDATE activation.campaign SET state = %(state)s WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
