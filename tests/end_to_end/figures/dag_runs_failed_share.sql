SELECT avg((state = 'failed')::int) AS runs_failed_share FROM ops.dag_run
