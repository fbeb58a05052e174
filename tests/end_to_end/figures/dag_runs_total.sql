SELECT count(*) AS run_total FROM ops.dag_run
