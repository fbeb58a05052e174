SELECT count(*) AS rows_waiting
FROM ops.quarantine AS aside
WHERE aside.state = 'open'
  AND EXISTS (SELECT FROM ops.sync_run AS run WHERE run.sync_run_id = aside.sync_run_id AND run.state <> 'stopped')
