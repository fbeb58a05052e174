-- Purpose: nothing more is sent for marketing to addresses whose owners said so.
-- Grain: one row an address, also where no profile has it: it may come with the next sync.
-- Parameters: tenant_id, channel, addresses, key (of address hashes), source.
-- Rerun: the first one stands, and so does a stricter reason.
INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source)
SELECT DISTINCT
    %(tenant_id)s, %(channel)s, core.address_hash(%(channel)s, told.address, %(key)s) AS address_hash, 'unsubscribed',
    %(source)s
FROM unnest(%(addresses)s::text[]) AS told (address)
ORDER BY address_hash
ON CONFLICT (tenant_id, channel, address_hash) DO NOTHING
