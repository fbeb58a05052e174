-- Purpose: move a campaign on, where what it is may become that; docs/guides/campaigns.md draws it.
-- Grain: one row, the state; none where there is no such campaign or no such way. Finished and cancelled are ends.
-- Parameters: tenant_id, campaign_id, state.
-- Rerun: to stay is always allowed.
UPDATE activation.campaign
SET state = %(state)s
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND (
    state = %(state)s
    OR (state, %(state)s) IN (
        VALUES
            ('draft', 'ready'), ('draft', 'cancelled'),
            ('ready', 'draft'), ('ready', 'in_review'), ('ready', 'finished'), ('ready', 'cancelled'),
            ('in_review', 'ready'), ('in_review', 'approved'), ('in_review', 'rejected'), ('in_review', 'finished'),
            ('in_review', 'stopped'), ('in_review', 'cancelled'),
            ('approved', 'ready'), ('approved', 'in_review'), ('approved', 'finished'), ('approved', 'stopped'),
            ('approved', 'cancelled'),
            ('rejected', 'draft'), ('rejected', 'ready'), ('rejected', 'cancelled'),
            ('stopped', 'draft'), ('stopped', 'ready'), ('stopped', 'cancelled')
    )
)
RETURNING state
