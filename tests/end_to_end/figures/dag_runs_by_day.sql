SELECT date_trunc('day', timezone(coalesce((SELECT time_zone FROM ops.tenant WHERE tenant_id = run.scope), 'UTC'), run.ended_at)) AS day,
       CASE run.state WHEN 'failed' THEN 'Failed' ELSE 'Succeeded' END AS state, count(*) AS run_total
FROM ops.dag_run AS run
GROUP BY 1, 2
