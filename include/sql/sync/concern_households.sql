-- Purpose: the households whose people this run changed.
-- Grain: one row a household. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT household.*
FROM core.household AS household
WHERE household.tenant_id = %(tenant_id)s
  AND household.household_id IN (SELECT household_id FROM changed_household)
ON CONFLICT (graph_key) DO NOTHING
