-- Purpose: two computations of one tenant's profiles wait for each other.
-- Grain: one lock a tenant, until the transaction ends.
-- Parameters: tenant_id.
-- Rerun: waits, changes nothing.
SELECT pg_advisory_xact_lock(hashtext('profiles'), hashtext(%(tenant_id)s))
