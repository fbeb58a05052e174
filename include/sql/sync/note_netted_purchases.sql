-- Purpose: the purchases whose net quantity or value this run may have changed: those of the orders of which an event is
-- new, changed or gone, or went with its profile to another customer; and the customers whose total is made of them,
-- because the source states none.
-- Grain: one row a purchase event and item, and one a customer. Parameters: tenant_id; reads touched_order, moved_profile.
-- Rerun: adds none.
WITH netted AS (
    SELECT graph_key, occurred_at, profile_id
    FROM core.event
    WHERE tenant_id = %(tenant_id)s AND event_type = 'purchase' AND order_id IN (
        SELECT order_id FROM touched_order WHERE order_id IS NOT NULL
        UNION
        SELECT moved.order_id
        FROM core.event AS moved
        WHERE moved.tenant_id = %(tenant_id)s AND moved.order_id IS NOT NULL
          AND moved.profile_id IN (SELECT profile_id FROM moved_profile)
          AND moved.event_type IN ('purchase', 'return', 'refund', 'cancel')
    )
),
noted AS (
    INSERT INTO changed_event (graph_key, occurred_at)
    SELECT graph_key, occurred_at FROM netted ON CONFLICT DO NOTHING
)
INSERT INTO changed_customer (customer_id)
SELECT DISTINCT speaker.customer_id
FROM (SELECT profile_id FROM netted UNION SELECT profile_id FROM touched_order) AS buyer
JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = buyer.profile_id
JOIN core.profile AS speaker ON speaker.tenant_id = profile.tenant_id AND speaker.customer_id = profile.customer_id
WHERE speaker.is_primary AND speaker.deleted_at IS NULL AND speaker.total_spent_minor IS NULL
ON CONFLICT DO NOTHING
