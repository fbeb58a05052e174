SELECT dag_id AS dag, count(*) AS run_total, count(*) - count(nullif(state, 'failed')) AS runs_failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (extract(epoch FROM ended_at) - extract(epoch FROM started_at))::float) AS run_median_seconds,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY (extract(epoch FROM ended_at) - extract(epoch FROM started_at))::float) AS run_p95_seconds,
       max(extract(epoch FROM ended_at) - extract(epoch FROM started_at)) AS run_longest_seconds, max(ended_at) AS run_last_end
FROM ops.dag_run
WHERE NOT waits_for_people
GROUP BY dag_id
