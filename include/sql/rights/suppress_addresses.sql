-- Purpose: nothing is sent any more to the addresses of somebody who is being erased.
-- Grain: one row a channel and address. Parameters: tenant_id, channels and addresses (side by side), key.
-- Rerun: changes nothing.
INSERT INTO core.suppression AS known (tenant_id, channel, address_hash, reason, source)
SELECT DISTINCT %(tenant_id)s, asked.channel, core.address_hash(asked.channel, asked.address, %(key)s), 'erased', 'erasure'
FROM unnest(%(channels)s::text[], %(addresses)s::text[]) AS asked (channel, address)
ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET reason = 'erased', source = 'erasure'
    WHERE known.reason <> 'erased'
