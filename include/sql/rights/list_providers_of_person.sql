-- Purpose: the providers that were given messages to a person, and on which channels.
-- Grain: one row a provider and channel. Parameters: tenant_id, deliveries. Rerun: reads only.
SELECT DISTINCT attempt.provider, delivery.channel
FROM activation.attempt
JOIN activation.delivery USING (tenant_id, delivery_id)
WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = ANY (%(deliveries)s) AND attempt.provider IS NOT NULL
ORDER BY attempt.provider, delivery.channel
