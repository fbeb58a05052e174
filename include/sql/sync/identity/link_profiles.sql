-- Purpose: who is joined by what: values that may join, and clusters that a person approved.
-- Grain: one row a link and profile. Parameters: tenant_id. Rerun: the caller rolls back.
INSERT INTO identity_link (link, kind, member, is_unit, is_approved)
SELECT value.link, value.kind, held.profile_id, value.kind = 'crm' OR value.use = 'approved', value.use = 'approved'
FROM shared_value AS value
JOIN core.identity AS held
    ON held.tenant_id = %(tenant_id)s AND held.kind = value.kind AND held.value_hash = value.value_hash
WHERE value.use IN ('link', 'approved')
UNION ALL
SELECT 'case:' || decided.case_id, 'approved', member.profile_id, true, true
FROM core.identity_case AS decided
JOIN core.identity_case_profile AS member USING (tenant_id, case_id)
JOIN identity_place AS place ON place.member = member.profile_id
WHERE decided.tenant_id = %(tenant_id)s AND decided.state = 'approved' AND NOT place.is_gone
  AND NOT EXISTS (
      SELECT FROM core.identity_split AS split
      JOIN core.identity_case_profile AS one ON one.tenant_id = %(tenant_id)s AND one.case_id = decided.case_id
          AND one.profile_id = split.one_profile_id
      JOIN core.identity_case_profile AS other ON other.tenant_id = %(tenant_id)s AND other.case_id = decided.case_id
          AND other.profile_id = split.other_profile_id
      WHERE split.tenant_id = %(tenant_id)s
  )
