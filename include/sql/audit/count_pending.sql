-- Purpose: the time by the database's clock, and how much is noted and not sealed.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT now(), count(*) FROM audit.pending WHERE tenant_id = %(tenant_id)s
