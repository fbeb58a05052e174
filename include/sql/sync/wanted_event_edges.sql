-- Purpose: what the graph is to hold of events of a type: an edge between the customer of the event's profile and its
-- product; colour, price and order stand on it, and on a purchase what of it was kept and the order's name in
-- core.order_item, which no purchase lacks. Money is told in the tenant's currency, by the rate of the event's day.
-- Grain: one row a row of core.event: id, start_id, end_id, properties. Parameters: tenant_id, graph_name, event_type,
-- currency, label, start_label, end_label; {source}: core.event, or the rows of it that a run concerns; {net_purchase},
-- what was kept of the purchases among them. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, event.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, customer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, product.graph_key) AS end_id,
    agtype_build_map_nonull(
        'at', (extract(epoch FROM event.occurred_at) * 1000000)::bigint,
        'quantity', event.quantity,
        'price', CASE
            WHEN event.currency = %(currency)s THEN event.price_minor
            ELSE core.in_home_currency(event.tenant_id, event.price_minor, event.currency, event.occurred_at)
        END,
        'value', CASE
            WHEN event.currency = %(currency)s THEN event.value_minor
            ELSE core.in_home_currency(event.tenant_id, event.value_minor, event.currency, event.occurred_at)
        END,
        'net_quantity', net.net_quantity,
        'net_value', net.net_minor,
        'color', event.color,
        'order_id', coalesce(net.order_ref, event.order_id),
        'event_id', event.event_id
    ) AS properties
FROM {source} AS event
JOIN core.profile AS profile USING (tenant_id, profile_id)
JOIN core.customer AS customer USING (tenant_id, customer_id)
JOIN core.product AS product USING (tenant_id, product_id)
LEFT JOIN {net_purchase} AS net ON %(event_type)s = 'purchase' AND net.graph_key = event.graph_key
WHERE event.tenant_id = %(tenant_id)s AND event.event_type = %(event_type)s
  AND profile.deleted_at IS NULL
  AND EXISTS (
      SELECT FROM core.profile AS speaker
      WHERE speaker.tenant_id = customer.tenant_id AND speaker.customer_id = customer.customer_id
        AND speaker.is_primary AND speaker.deleted_at IS NULL
  )
