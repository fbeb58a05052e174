-- Purpose: what the graph is to hold of households: those in which somebody lives.
-- Grain: one row a Household vertex: id, properties. Parameters: tenant_id, graph_name, label; {source}: core.household,
-- or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, household.graph_key) AS id,
    agtype_build_map('household_id', household.household_id, 'members', home.members) AS properties
FROM {source} AS household
CROSS JOIN LATERAL (
    SELECT count(*) AS members
    FROM core.household_member AS member
    WHERE member.tenant_id = household.tenant_id AND member.household_id = household.household_id
) AS home
WHERE household.tenant_id = %(tenant_id)s AND home.members > 0
