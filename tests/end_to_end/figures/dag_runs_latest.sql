SELECT CASE run.state WHEN 'failed' THEN 'Failed' ELSE 'Succeeded' END AS state, run.dag_id AS dag,
       coalesce((SELECT name FROM ops.tenant WHERE tenant_id = run.scope), 'All tenants') AS tenant,
       upper(substr(run.run_type, 1, 1)) || replace(substr(run.run_type, 2), '_', ' ') AS started_by, run.ended_at,
       (extract(epoch FROM ended_at) - extract(epoch FROM started_at))::float AS seconds, 'Open' AS link
FROM ops.dag_run AS run
