SELECT count(*) AS proofs_different
FROM (
SELECT DISTINCT ON (run.tenant_id, proved.key)
       run.tenant_id, proved.key AS collection, proved.value AS proof, run.finished_at
FROM ops.sync_run AS run, jsonb_each(run.proof) AS proved
WHERE proved.value ->> 'target' IS NOT NULL
ORDER BY run.tenant_id, proved.key, run.sync_run_id DESC
) AS latest
WHERE NOT (proof ->> 'equal')::boolean
