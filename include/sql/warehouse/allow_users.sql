-- Purpose: let users see a tenant on the Segment desk. Grain: one row a user who was let in now.
-- Parameters: tenant_id, user_ids, allowed_by. Rerun: whoever was let in before stays so since then.
INSERT INTO ops.tenant_access (tenant_id, user_id, allowed_by)
SELECT DISTINCT %(tenant_id)s, user_id, %(allowed_by)s
FROM unnest(%(user_ids)s::text[]) AS user_id
ON CONFLICT DO NOTHING
