-- Purpose: move a campaign on by a decision about its run, unless it was submitted anew or ended meanwhile.
-- Grain: one row, or none.
-- Parameters: tenant_id, campaign_id, state.
-- Rerun: the last one holds.
UPDATE activation.campaign
SET state = %(state)s
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND state IN ('in_review', 'approved')
