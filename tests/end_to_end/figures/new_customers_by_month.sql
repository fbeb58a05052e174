SELECT month AS day, tenant, sum(changed) AS new_customers_total
FROM (
    SELECT date_trunc('month', since AT TIME ZONE tenant.time_zone) AS month, name AS tenant, 1 AS changed
    FROM (
        SELECT p.tenant_id, p.customer_id, min(coalesce(p.source_created_at, c.created_at)) AS since,
           CASE WHEN count(*) = count(p.deleted_at) THEN max(p.deleted_at) END AS left_at
    FROM core.profile AS p
    JOIN core.customer AS c USING (tenant_id, customer_id)
    GROUP BY p.tenant_id, p.customer_id
    ) AS customer
    JOIN ops.tenant USING (tenant_id)
    WHERE since IS NOT NULL
    UNION ALL
    SELECT generate_series(
        date_trunc('month', min(coalesce(source_created_at, customer.created_at)) AT TIME ZONE min(tenant.time_zone)),
        greatest(
            max(source_created_at) AT TIME ZONE min(tenant.time_zone), max(deleted_at) AT TIME ZONE min(tenant.time_zone),
            (SELECT max(finished_at) FROM rights.erasure AS e WHERE e.tenant_id = tenant.tenant_id) AT TIME ZONE min(tenant.time_zone),
            (SELECT max(as_of) FROM ops.sync_run AS s WHERE s.tenant_id = tenant.tenant_id AND state = 'projected')
                AT TIME ZONE min(tenant.time_zone)),
        interval '1 month'), name, 0
    FROM core.profile
    JOIN core.customer USING (tenant_id, customer_id)
    JOIN ops.tenant USING (tenant_id)
    GROUP BY tenant.tenant_id, name
) AS told
GROUP BY 1, 2
