-- Purpose: how many requests are in which state.
-- Grain: one row a state that has any.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT state, count(*)
FROM segment.request
WHERE tenant_id = %(tenant_id)s
GROUP BY state
ORDER BY state
