-- Purpose: say where a tenant's data is read from. Grain: one row a tenant. Rerun: writes the same values.
INSERT INTO ops.source (tenant_id, kind, location)
VALUES (%(tenant_id)s, %(kind)s, %(location)s)
ON CONFLICT (tenant_id) DO UPDATE SET kind = EXCLUDED.kind, location = EXCLUDED.location
