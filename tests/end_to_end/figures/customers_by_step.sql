SELECT step, count(*) AS customers_total
FROM (
    SELECT p.tenant_id, p.customer_id, bool_or(e.event_type IS NOT NULL) AS active, bool_or(e.event_type = 'view') AS viewed,
           bool_or(e.event_type = 'add_to_cart') AS carted, coalesce(max(total.orders), 0) AS orders
    FROM core.profile AS p
    LEFT JOIN core.event AS e ON e.tenant_id = p.tenant_id AND e.profile_id = p.profile_id
        AND e.event_type NOT LIKE '%\_sent'
    LEFT JOIN core.customer_total AS total ON total.tenant_id = p.tenant_id AND total.customer_id = p.customer_id
    WHERE p.deleted_at IS NULL
    GROUP BY p.tenant_id, p.customer_id
) AS customer
CROSS JOIN LATERAL (VALUES
    ('Known', true), ('Did something', active OR orders > 0), ('Looked at a product', viewed OR carted OR orders > 0),
    ('Put one in the cart', carted OR orders > 0), ('Bought', orders > 0), ('Bought again', orders > 1)
) AS reached (step, is_reached)
WHERE is_reached
GROUP BY step
