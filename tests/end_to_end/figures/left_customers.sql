SELECT count(left_at) AS left_customers_total
FROM (
    SELECT p.tenant_id, p.customer_id, min(coalesce(p.source_created_at, c.created_at)) AS since,
           CASE WHEN count(*) = count(p.deleted_at) THEN max(p.deleted_at) END AS left_at
    FROM core.profile AS p
    JOIN core.customer AS c USING (tenant_id, customer_id)
    GROUP BY p.tenant_id, p.customer_id
) AS customer
