-- Purpose: what was kept of all purchases. Grain: one row a purchase event and item.
-- Parameters: tenant_id; {net_purchase}, their place in the stage. Rerun: the caller makes the place anew.
INSERT INTO {net_purchase} (graph_key, customer_id, order_ref, net_quantity, net_minor)
SELECT graph_key, customer_id, order_ref, net_quantity, home_net_minor
FROM core.order_item
WHERE tenant_id = %(tenant_id)s
