-- Purpose: what the profiles of this run are known by, as keyed hashes; worthless values are left out, and nothing is
-- kept of a profile that is gone. An edge of the source that says "same person" is an identity that both ends share.
-- Grain: one row a profile, kind and value; gives the number added and removed. Parameters: tenant_id, pseudonym_key.
-- Rerun: finds no difference.
WITH about AS MATERIALIZED (
    SELECT profile.profile_id, profile.gone_at IS NOT NULL AS is_gone, read.profile_id IS NOT NULL AS is_read
    FROM core.profile AS profile
    LEFT JOIN shaped_profile AS read USING (profile_id)
    WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id IN (
        SELECT profile_id FROM shaped_profile
        UNION
        SELECT own.profile_id
        FROM changed_customer
        JOIN core.profile AS own ON own.tenant_id = %(tenant_id)s AND own.customer_id = changed_customer.customer_id
    )
), wanted AS (
    SELECT DISTINCT
        profile_id, kind, core.identity_hash(kind, value, %(pseudonym_key)s) AS value_hash
    FROM shaped_identity AS read
    JOIN about USING (profile_id)
    WHERE NOT about.is_gone AND NOT EXISTS (
        SELECT FROM worthless_identity AS worthless
        WHERE worthless.kind = read.kind AND lower(read.value) LIKE replace(worthless.value, '*', '%%')
    )
    UNION
    SELECT about.profile_id, 'same_person', core.identity_hash('same_person', relation.source_key, %(pseudonym_key)s)
    FROM about
    JOIN (
        SELECT from_profile_id AS profile_id, source_key
        FROM core.profile_relation
        WHERE tenant_id = %(tenant_id)s AND kind = 'same_person'
        UNION ALL
        SELECT to_profile_id, source_key
        FROM core.profile_relation
        WHERE tenant_id = %(tenant_id)s AND kind = 'same_person'
    ) AS relation USING (profile_id)
    WHERE NOT about.is_gone
), known AS (
    SELECT profile_id, kind, value_hash
    FROM core.identity
    JOIN about USING (profile_id)
    -- A profile that was changed by another's edge only keeps what it is known by.
    WHERE tenant_id = %(tenant_id)s AND (about.is_read OR about.is_gone OR identity.kind = 'same_person')
), difference AS MATERIALIZED (
    SELECT profile_id, kind, value_hash, known.here IS NULL AS is_new
    FROM (SELECT *, true AS here FROM known) AS known
    FULL JOIN (SELECT *, true AS here FROM wanted) AS wanted USING (profile_id, kind, value_hash)
    WHERE known.here IS NULL OR wanted.here IS NULL
), removed AS (
    DELETE FROM core.identity AS identity
    USING difference
    WHERE identity.tenant_id = %(tenant_id)s AND identity.profile_id = difference.profile_id
      AND identity.kind = difference.kind AND identity.value_hash = difference.value_hash AND NOT difference.is_new
), added AS (
    INSERT INTO core.identity (tenant_id, profile_id, kind, value_hash)
    SELECT %(tenant_id)s, profile_id, kind, value_hash FROM difference WHERE is_new
), noted AS (
    INSERT INTO changed_identity (profile_id, kind, value_hash, is_new)
    SELECT profile_id, kind, value_hash, is_new FROM difference
)
SELECT count(*) FROM difference
