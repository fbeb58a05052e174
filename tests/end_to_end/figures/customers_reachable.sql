SELECT avg(reached::integer) AS reachable_share
FROM (
    SELECT p.tenant_id, p.customer_id, coalesce(bool_or(r.has_address), false) AS addressed,
           coalesce(bool_or(r.has_address AND r.has_consent), false) AS reached
    FROM core.profile AS p
    LEFT JOIN core.reachability AS r USING (tenant_id, customer_id)
    WHERE p.is_primary AND p.deleted_at IS NULL
    GROUP BY p.tenant_id, p.customer_id
) AS customer
