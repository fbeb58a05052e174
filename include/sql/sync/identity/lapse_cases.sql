-- Purpose: a question that nothing raises any more is no longer asked.
-- Grain: one row a case; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH lapsed AS (
    UPDATE core.identity_case AS known
    SET state = 'lapsed'
    WHERE known.tenant_id = %(tenant_id)s AND known.state = 'waiting'
      AND NOT EXISTS (SELECT FROM found_case AS found WHERE found.subject = known.subject)
      AND (
          (known.kind, known.value_hash) IN (SELECT kind, value_hash FROM changed_identity)
          OR EXISTS (
              SELECT FROM core.identity AS held
              JOIN touched_profile USING (profile_id)
              WHERE held.tenant_id = %(tenant_id)s AND held.kind = known.kind AND held.value_hash = known.value_hash
          )
          OR EXISTS (
              SELECT FROM core.identity_case_profile AS member
              JOIN touched_profile USING (profile_id)
              WHERE member.tenant_id = %(tenant_id)s AND member.case_id = known.case_id
          )
      )
    RETURNING 1
)
SELECT count(*) FROM lapsed
