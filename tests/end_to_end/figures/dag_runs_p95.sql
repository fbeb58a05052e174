SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY (extract(epoch FROM ended_at) - extract(epoch FROM started_at))::float) AS run_p95_seconds
FROM ops.dag_run
WHERE NOT waits_for_people
