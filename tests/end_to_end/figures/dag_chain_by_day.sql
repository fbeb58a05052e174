SELECT date_trunc('day', timezone(coalesce((SELECT time_zone FROM ops.tenant WHERE tenant_id = run.scope), 'UTC'), run.ended_at)) AS day,
       run.dag_id AS dag, max(extract(epoch FROM ended_at) - extract(epoch FROM started_at)) AS run_longest_seconds
FROM ops.dag_run AS run
WHERE run.dag_id = ANY (array['sync_cdp', 'reconcile_cdp', 'compute_interests', 'embed_profiles', 'refresh_segments'])
GROUP BY 1, 2
