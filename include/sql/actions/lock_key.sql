-- Purpose: let two prompts with one key wait for each other.
-- Grain: one lock a tenant, asker and key, until the transaction ends.
-- Parameters: tenant_id, asked_by, key.
-- Rerun: takes the same lock.
SELECT pg_advisory_xact_lock(hashtextextended(
    jsonb_build_array('asked_key', %(tenant_id)s::text, %(asked_by)s::text, %(key)s::text)::text, 0))
