SELECT month AS day, tenant.name AS tenant,
       count(*) FILTER (WHERE since_day < month + interval '1 month')
           - count(*) FILTER (WHERE left_day < month + interval '1 month') AS customers_at_end_last
FROM (
    SELECT tenant_id, since AT TIME ZONE time_zone AS since_day, left_at AT TIME ZONE time_zone AS left_day
    FROM (
        SELECT p.tenant_id, p.customer_id, min(coalesce(p.source_created_at, c.created_at)) AS since,
           CASE WHEN count(*) = count(p.deleted_at) THEN max(p.deleted_at) END AS left_at
    FROM core.profile AS p
    JOIN core.customer AS c USING (tenant_id, customer_id)
    GROUP BY p.tenant_id, p.customer_id
    ) AS customer
    JOIN ops.tenant USING (tenant_id)
) AS life
JOIN ops.tenant USING (tenant_id)
JOIN (
    SELECT tenant_id, generate_series(
        date_trunc('month', min(coalesce(source_created_at, customer.created_at)) AT TIME ZONE min(tenant.time_zone)),
        greatest(
            max(source_created_at) AT TIME ZONE min(tenant.time_zone), max(deleted_at) AT TIME ZONE min(tenant.time_zone),
            (SELECT max(finished_at) FROM rights.erasure AS e WHERE e.tenant_id = p.tenant_id) AT TIME ZONE min(tenant.time_zone),
            (SELECT max(as_of) FROM ops.sync_run AS s WHERE s.tenant_id = p.tenant_id AND state = 'projected')
                AT TIME ZONE min(tenant.time_zone)),
        interval '1 month') AS month
    FROM core.profile AS p
    JOIN core.customer USING (tenant_id, customer_id)
    JOIN ops.tenant USING (tenant_id)
    GROUP BY tenant_id
) AS calendar USING (tenant_id)
GROUP BY 1, 2
