-- Purpose: the deliveries behind ids that a provider gave its messages.
-- Grain: one row an id that is known.
-- Parameters: tenant_id, provider, message_ids.
-- Rerun: reads only.
SELECT DISTINCT ON (provider_message_id) provider_message_id, delivery_id
FROM activation.attempt
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND provider_message_id = ANY (%(message_ids)s)
ORDER BY provider_message_id, started_at DESC, delivery_id
