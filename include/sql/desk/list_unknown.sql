-- Purpose: the messages of a run whose end is not known, by id.
-- Grain: one row a message. Parameters: tenant_id, campaign_run_id, after (a delivery's id, or null), most.
-- Rerun: reads only. Ids only.
SELECT
    waiting.delivery_id, delivery.customer_id, waiting.channel, waiting.provider, waiting.started_at,
    waiting.unknown_since, waiting.past_deadline
FROM activation.unknown_delivery AS waiting
JOIN activation.delivery USING (tenant_id, delivery_id)
WHERE waiting.tenant_id = %(tenant_id)s AND waiting.campaign_run_id = %(campaign_run_id)s
  AND (%(after)s::uuid IS NULL OR waiting.delivery_id > %(after)s)
ORDER BY waiting.delivery_id
LIMIT %(most)s
