-- Purpose: what the latest sync set aside. Grain: one row a rule, the most frequent first.
SELECT rule, count(*)
FROM ops.quarantine
WHERE sync_run_id = (SELECT max(sync_run_id) FROM ops.sync_run WHERE tenant_id = ops.current_tenant())
GROUP BY rule
ORDER BY count(*) DESC, rule
