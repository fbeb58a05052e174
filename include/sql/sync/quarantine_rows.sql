-- Purpose: set the rejected rows of a collection aside with their bytes, the rule and the run.
-- Grain: one row a rejected row. Parameters: tenant_id, sync_run_id, collection; {collection}, its table in the stage.
-- Rerun: the caller has forgotten what this run set aside before.
INSERT INTO ops.quarantine (tenant_id, sync_run_id, collection, line, source_key, rule, raw)
SELECT %(tenant_id)s, %(sync_run_id)s, %(collection)s, staged.line, source_key, rule, raw
FROM rejected
JOIN {collection} AS staged ON staged.line = rejected.line
WHERE collection = %(collection)s
