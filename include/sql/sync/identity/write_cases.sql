-- Purpose: enter the questions that are new, and ask those again that had lapsed. A decision stands.
-- Grain: one row a case; gives the number written. Parameters: tenant_id. Rerun: finds no difference.
WITH written AS (
    INSERT INTO core.identity_case AS known (tenant_id, subject, reason, kind, value_hash, profiles, kinds)
    SELECT %(tenant_id)s, subject, reason, kind, value_hash, profiles, kinds
    FROM found_case AS found
    WHERE NOT EXISTS (
        SELECT FROM core.identity_case AS same
        WHERE same.tenant_id = %(tenant_id)s AND same.subject = found.subject AND same.state <> 'lapsed'
          AND (same.reason, same.profiles, same.kinds) = (found.reason, found.profiles, found.kinds)
    )
    ORDER BY subject
    ON CONFLICT (tenant_id, subject) DO UPDATE SET
        reason = excluded.reason,
        profiles = excluded.profiles,
        kinds = excluded.kinds,
        state = CASE known.state WHEN 'lapsed' THEN 'waiting' ELSE known.state END
    RETURNING case_id, subject
), named AS (
    INSERT INTO core.identity_case_profile (tenant_id, case_id, profile_id)
    SELECT %(tenant_id)s, written.case_id, unnest(found.members)
    FROM written
    JOIN found_case AS found USING (subject)
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM written
