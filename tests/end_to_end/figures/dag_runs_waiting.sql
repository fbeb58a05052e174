SELECT dag_id AS dag, count(*) AS run_total, count(*) - count(nullif(state, 'failed')) AS runs_failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (extract(epoch FROM ended_at) - extract(epoch FROM started_at))::float / 3600) AS run_median_hours,
       max(extract(epoch FROM ended_at) - extract(epoch FROM started_at)) / 3600 AS run_longest_hours
FROM ops.dag_run
WHERE waits_for_people
GROUP BY dag_id
