-- Purpose: the rows set aside that are a person's: by their key, or by naming the person in their bytes where they are not
-- the record of somebody else.
-- Grain: one row a row set aside, with its key where it is a record of a person. Parameters: tenant_id, profiles, pattern.
-- Rerun: reads only.
SELECT
    aside.quarantine_id,
    CASE WHEN aside.collection IN ('cdp_profile', 'crm_customers') THEN aside.source_key ELSE '' END AS profile_id,
    encode(sha256(aside.raw), 'hex') AS digest
FROM ops.quarantine AS aside
WHERE aside.tenant_id = %(tenant_id)s AND (
    aside.collection IN ('cdp_profile', 'crm_customers') AND aside.source_key = ANY (%(profiles)s)
    OR rights.readable(aside.raw) ~* %(pattern)s AND NOT (
        aside.collection IN ('cdp_profile', 'crm_customers') AND EXISTS (
            SELECT FROM core.profile
            WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id = aside.source_key
              AND profile.profile_id <> ALL (%(profiles)s)
        )
    )
)
ORDER BY aside.quarantine_id
