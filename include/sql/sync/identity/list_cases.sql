-- Purpose: the cases of a state, the oldest first. Grain: one row a case. Parameters: tenant_id, state, most.
-- Rerun: reads only.
SELECT case_id, reason, state, profiles, kinds, opened_at, decided_by, decided_at
FROM core.identity_case
WHERE tenant_id = %(tenant_id)s AND state = %(state)s
ORDER BY case_id
LIMIT %(most)s
