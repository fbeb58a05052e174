-- Purpose: the surrogates of households named after a person. Grain: one row a household. Parameters: tenant_id, households.
-- Rerun: reads only.
SELECT graph_key FROM core.household WHERE tenant_id = %(tenant_id)s AND household_id = ANY (%(households)s)
