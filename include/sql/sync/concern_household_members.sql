-- Purpose: who moved into a household in this run.
-- Grain: one row a row of core.household_member. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT member.*
FROM core.household_member AS member
WHERE member.tenant_id = %(tenant_id)s AND member.graph_key IN (SELECT graph_key FROM changed_household_member)
ON CONFLICT (graph_key) DO NOTHING
