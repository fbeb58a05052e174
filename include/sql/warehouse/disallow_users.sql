-- Purpose: users see a tenant on the Segment desk no more. Grain: one row a user who was let in before.
-- Parameters: tenant_id, user_ids. Rerun: finds nobody.
DELETE FROM ops.tenant_access
WHERE tenant_id = %(tenant_id)s AND user_id = ANY (%(user_ids)s)
