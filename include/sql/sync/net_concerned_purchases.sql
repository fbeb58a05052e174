-- Purpose: what was kept of the purchases of the customers whose edges this run may change, or whose total is made of
-- them because the source states none. Grain: one row a purchase event and item.
-- Parameters: tenant_id; {net_purchase}, their place in the stage; reads concerned_customer and concerned_event.
-- Rerun: the caller makes the place anew.
INSERT INTO {net_purchase} (graph_key, customer_id, order_ref, net_quantity, net_minor)
SELECT graph_key, customer_id, order_ref, net_quantity, home_net_minor
FROM core.order_item
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (ARRAY(
    SELECT profile.customer_id
    FROM concerned_event AS event
    JOIN core.profile AS profile USING (tenant_id, profile_id)
    WHERE event.event_type = 'purchase'
    UNION
    SELECT profile.customer_id
    FROM concerned_customer AS customer
    JOIN core.profile AS profile USING (tenant_id, customer_id)
    WHERE profile.is_primary AND profile.deleted_at IS NULL AND profile.total_spent_minor IS NULL
))
