-- Purpose: what customers are interested in, as the last computation found it.
-- Grain: one row a customer and topic.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT customer_id, topic_type, topic, score, is_primary
FROM profile.interest
WHERE tenant_id = %(tenant_id)s
