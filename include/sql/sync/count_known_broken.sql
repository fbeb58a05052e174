-- Purpose: of the rows of a collection that this run rejects, those that are set aside already in the same state by the
-- same rule: a run that reads few rows meets them again and again.
-- Grain: one row a rule. Parameters: tenant_id, collection; {collection}, its table in the stage. Rerun: reads only.
SELECT rejected.rule, count(*)
FROM rejected
JOIN {collection} AS staged USING (line)
WHERE rejected.collection = %(collection)s AND EXISTS (
    SELECT FROM ops.open_quarantine AS aside
    WHERE aside.tenant_id = %(tenant_id)s AND aside.collection = rejected.collection
      AND aside.source_key = staged.source_key AND aside.source_rev = staged.source_rev AND aside.rule = rejected.rule
)
GROUP BY rejected.rule
