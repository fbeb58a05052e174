-- Purpose: what fills the personal slots of messages, beside the first name.
-- Grain: one row a delivery asked for that goes to a customer.
-- Parameters: tenant_id, delivery_ids.
-- Rerun: reads only. Ties of interest go by the topic's name, so that each attempt says the same.
SELECT
    delivery.delivery_id, profile.city, profile.favorite_color, interest.topic AS top_interest
FROM activation.delivery
LEFT JOIN core.profile
    ON profile.tenant_id = delivery.tenant_id AND profile.profile_id = delivery.profile_id
    AND profile.deleted_at IS NULL
LEFT JOIN LATERAL (
    SELECT interest.topic
    FROM profile.interest
    WHERE interest.tenant_id = delivery.tenant_id AND interest.customer_id = delivery.customer_id
      AND interest.topic_type = 'category'
    ORDER BY interest.score DESC, interest.topic
    LIMIT 1
) AS interest ON true
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = ANY(%(delivery_ids)s)
  AND delivery.recipient_kind = 'customer'
