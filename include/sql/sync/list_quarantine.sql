-- Purpose: what is set aside now; counts and ids, no values.
-- Grain: one row a collection and rule. Parameters: tenant_id, rule (null: all), most (ids of each). Rerun: reads only.
SELECT collection, rule, count(*), (array_agg(quarantine_id ORDER BY quarantine_id))[:%(most)s]
FROM ops.open_quarantine
WHERE tenant_id = %(tenant_id)s AND (%(rule)s::text IS NULL OR rule = %(rule)s)
GROUP BY collection, rule
ORDER BY collection, rule
