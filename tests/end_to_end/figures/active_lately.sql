SELECT count(*) FILTER (WHERE last_at > as_of - interval '1 month')::float / count(*) AS active_lately_share
FROM (
    SELECT p.tenant_id, p.customer_id, max(e.occurred_at) AS last_at,
           (SELECT max(as_of) FROM ops.sync_run AS s WHERE s.tenant_id = p.tenant_id AND s.state = 'projected') AS as_of
    FROM core.profile AS p
    LEFT JOIN core.event AS e ON e.tenant_id = p.tenant_id AND e.profile_id = p.profile_id
        AND e.event_type NOT LIKE '%\_sent'
    WHERE p.deleted_at IS NULL
    GROUP BY p.tenant_id, p.customer_id
) AS customer
