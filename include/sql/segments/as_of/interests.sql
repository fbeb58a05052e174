-- Purpose: what customers were interested in, computed for the moment from what was known then.
-- Grain: one row a customer and topic.
-- Parameters: none; reads then_interest.
-- Rerun: reads only.
SELECT customer_id, topic_type, topic, score, is_primary
FROM then_interest
