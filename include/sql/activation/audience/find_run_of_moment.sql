-- Purpose: the run that was planned for a moment of a campaign's schedule, whoever planned it.
-- Grain: one row, or none; a moment that was made free by a change of the campaign has none.
-- Parameters: tenant_id, campaign_id, due_at.
-- Rerun: reads only; run under the campaign's lock.
SELECT campaign_run_id
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND kind = 'campaign'
  AND due_at = %(due_at)s::timestamptz
