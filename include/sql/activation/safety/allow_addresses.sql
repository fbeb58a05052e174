-- Purpose: name addresses that may be sent to outside production; only their keyed hashes are kept.
-- Grain: one row an address.
-- Parameters: tenant_id, channel, addresses (normalised here as the sync does it), note, key.
-- Rerun: an address that is allowed already stays as it is.
INSERT INTO ops.allowed_address (tenant_id, channel, address_hash, note)
SELECT DISTINCT %(tenant_id)s, %(channel)s, core.address_hash(%(channel)s, normal.address, %(key)s), %(note)s
FROM unnest(%(addresses)s::text[]) AS given (address)
CROSS JOIN LATERAL (
    SELECT CASE %(channel)s WHEN 'email' THEN core.normal_email(given.address) ELSE btrim(given.address) END AS address
) AS normal
WHERE normal.address IS NOT NULL
ON CONFLICT (tenant_id, channel, address_hash) DO NOTHING
