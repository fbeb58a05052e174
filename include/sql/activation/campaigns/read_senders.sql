-- Purpose: who a tenant's messages come from, on some channels.
-- Grain: one row a channel asked for; the sender is null where none is set.
-- Parameters: tenant_id, channels.
-- Rerun: reads only.
SELECT asked.channel, sender.sender
FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS asked (channel, position)
LEFT JOIN activation.sender ON sender.tenant_id = %(tenant_id)s AND sender.channel = asked.channel
ORDER BY asked.position
