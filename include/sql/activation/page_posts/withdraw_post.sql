-- Purpose: take a post back that nobody has tried to publish, or that is to be tried again.
-- Grain: one row where there was one to take back.
-- Parameters: tenant_id, name.
-- Rerun: withdraws nothing the second time.
UPDATE activation.page_post
SET state = 'withdrawn', state_changed_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND name = %(name)s AND state IN ('submitted', 'approved')
RETURNING post_id
