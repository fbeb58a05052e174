SELECT count(*) AS runs_failed FROM ops.dag_run WHERE state = 'failed'
