-- Purpose: the profiles that a case is about. Grain: one row a profile. Parameters: tenant_id, case_id, most.
-- Rerun: reads only.
SELECT profile_id
FROM core.identity_case_profile
WHERE tenant_id = %(tenant_id)s AND case_id = %(case_id)s
UNION
SELECT held.profile_id
FROM core.identity_case AS asked
JOIN core.identity AS held USING (tenant_id, kind, value_hash)
WHERE asked.tenant_id = %(tenant_id)s AND asked.case_id = %(case_id)s
ORDER BY 1
LIMIT %(most)s
