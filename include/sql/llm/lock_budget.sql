-- Purpose: let one process at a time look at a tenant's budget and reserve of it, until the transaction ends.
-- Grain: one lock a tenant. Parameters: tenant_id. Rerun: harmless.
SELECT pg_advisory_xact_lock(hashtext('llm.budget'), hashtext(%(tenant_id)s))
