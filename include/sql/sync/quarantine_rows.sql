-- Purpose: set the rejected rows of a collection aside with their bytes, the rule and the run. A row that is already set
-- aside or repaired with the same rule and bytes is not entered again; equal rows are told apart by counting them.
-- Grain: one row a rejected row that is new. Parameters: tenant_id, sync_run_id, collection; {collection}, its table in
-- the stage. Rerun: the caller has forgotten what this run set aside before.
INSERT INTO ops.quarantine (tenant_id, sync_run_id, collection, line, source_key, source_rev, rule, raw)
SELECT
    %(tenant_id)s, %(sync_run_id)s, %(collection)s, found.line, found.source_key, found.source_rev, found.rule, found.raw
FROM (
    SELECT
        staged.line,
        staged.source_key,
        staged.source_rev,
        rule,
        raw,
        md5(raw) AS hash,
        row_number() OVER (PARTITION BY rule, md5(raw) ORDER BY staged.line) AS place
    FROM rejected
    JOIN {collection} AS staged ON staged.line = rejected.line
    WHERE collection = %(collection)s
) AS found
LEFT JOIN (
    SELECT rule, md5(raw) AS hash, row_number() OVER (PARTITION BY rule, md5(raw) ORDER BY quarantine_id) AS place
    FROM ops.quarantine AS aside
    JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
      AND aside.state IN ('open', 'replayed') AND NOT run.is_evidence
) AS known USING (rule, hash, place)
WHERE known.hash IS NULL
ORDER BY found.line
