-- Purpose: the rows set aside that are a person's. A record: by its key, or by an id or address that only they have, where it
-- is not the record of somebody else. Any other row: by naming the person in its bytes; is_own tells whether by what only they
-- have, for a full name is that of others too.
-- Grain: one row a row set aside, with its key where it is a record of a person. Parameters: tenant_id, profiles, pattern,
-- own_pattern. Rerun: reads only.
SELECT
    aside.quarantine_id,
    CASE WHEN aside.collection IN ('cdp_profile', 'crm_customers') THEN aside.source_key ELSE '' END AS profile_id,
    encode(sha256(aside.raw), 'hex') AS digest,
    aside.collection IN ('cdp_profile', 'crm_customers') OR rights.readable(aside.raw) ~* %(own_pattern)s AS is_own
FROM ops.quarantine AS aside
WHERE aside.tenant_id = %(tenant_id)s AND (
    aside.collection IN ('cdp_profile', 'crm_customers') AND (
        aside.source_key = ANY (%(profiles)s)
        OR rights.readable(aside.raw) ~* %(own_pattern)s AND NOT EXISTS (
            SELECT FROM core.profile
            WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id = aside.source_key
              AND profile.profile_id <> ALL (%(profiles)s)
        )
    )
    OR aside.collection NOT IN ('cdp_profile', 'crm_customers') AND rights.readable(aside.raw) ~* %(pattern)s
)
ORDER BY aside.quarantine_id
