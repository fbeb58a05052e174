SELECT last_active, count(customer_id) AS customers_total
FROM unnest(ARRAY['0–1 month', '1–3 months', '3–6 months', '6–12 months', 'Longer ago', 'Never']) AS last_active
LEFT JOIN (
    SELECT p.tenant_id, p.customer_id, max(e.occurred_at) AS last_at,
           (SELECT max(as_of) FROM ops.sync_run AS s WHERE s.tenant_id = p.tenant_id AND s.state = 'projected') AS as_of
    FROM core.profile AS p
    LEFT JOIN core.event AS e ON e.tenant_id = p.tenant_id AND e.profile_id = p.profile_id
        AND e.event_type NOT LIKE '%\_sent'
    WHERE p.deleted_at IS NULL
    GROUP BY p.tenant_id, p.customer_id
) AS customer ON last_active = CASE
    WHEN last_at IS NULL THEN 'Never'
    WHEN last_at > as_of - interval '1 month' THEN '0–1 month'
    WHEN last_at > as_of - interval '3 months' THEN '1–3 months'
    WHEN last_at > as_of - interval '6 months' THEN '3–6 months'
    WHEN last_at > as_of - interval '12 months' THEN '6–12 months'
    ELSE 'Longer ago' END
GROUP BY last_active
