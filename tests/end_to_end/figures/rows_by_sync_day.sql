SELECT date_trunc('day', timezone(tenant.time_zone, run.started_at)) AS day,
       sum(coalesce(run.rows_passed, 0)) AS rows_passed_total,
       sum(coalesce(run.rows_quarantined, 0)) AS rows_set_aside_total
FROM ops.sync_run AS run
JOIN ops.tenant USING (tenant_id)
GROUP BY 1
