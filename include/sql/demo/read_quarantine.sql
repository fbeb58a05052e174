-- Purpose: what of the source is set aside now. Grain: one row a rule, the most frequent first.
-- Parameters: none; the connection is bound to the tenant.
-- Rerun: reads only.
SELECT rule, count(*)
FROM ops.open_quarantine
WHERE tenant_id = ops.current_tenant()
GROUP BY rule
ORDER BY count(*) DESC, rule
