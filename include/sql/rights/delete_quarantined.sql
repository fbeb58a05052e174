-- Purpose: delete the rows set aside that are a person's.
-- Grain: one row a row set aside. Parameters: tenant_id, quarantined. Rerun: finds none.
DELETE FROM ops.quarantine WHERE tenant_id = %(tenant_id)s AND quarantine_id = ANY (%(quarantined)s)
