-- Purpose: a customer's interests in some topics.
-- Grain: one row an interest, the strongest first: topic id, score, whether it is one of the primary ones.
-- Parameters: tenant_id, customer_id, topic_ids (<type>:<topic>).
-- Rerun: reads only.
SELECT topic_type || ':' || topic, score, is_primary
FROM profile.interest
WHERE tenant_id = %(tenant_id)s AND customer_id = %(customer_id)s
  AND topic_type || ':' || topic = ANY (%(topic_ids)s::text[])
ORDER BY score DESC, 1
