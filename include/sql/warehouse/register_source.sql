-- Purpose: say where a tenant's data is read from. Grain: one row a tenant.
-- Parameters: tenant_id, kind, location, stands_still_at. Rerun: writes the same values.
INSERT INTO ops.source (tenant_id, kind, location, stands_still_at)
VALUES (%(tenant_id)s, %(kind)s, %(location)s, %(stands_still_at)s)
ON CONFLICT (tenant_id) DO UPDATE
SET kind = EXCLUDED.kind, location = EXCLUDED.location, stands_still_at = EXCLUDED.stands_still_at
