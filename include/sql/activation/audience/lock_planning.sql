-- Purpose: plan one run of a tenant at a time, so that caps and quotas see what the runs before it will send.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: holds until the transaction ends. 31326212 is the class of this lock (0x1DE0004).
SELECT pg_advisory_xact_lock(31326212, hashtext(%(tenant_id)s))
