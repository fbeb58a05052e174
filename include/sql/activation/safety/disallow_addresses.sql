-- Purpose: take addresses off the allow-list.
-- Grain: one row an address.
-- Parameters: tenant_id, channel, addresses (normalised here as allow_addresses does it), key.
-- Rerun: one that is not on it changes nothing.
DELETE FROM ops.allowed_address AS allowed
USING unnest(%(addresses)s::text[]) AS given (address)
CROSS JOIN LATERAL (
    SELECT CASE %(channel)s WHEN 'email' THEN core.normal_email(given.address) ELSE btrim(given.address) END AS address
) AS normal
WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = %(channel)s
  AND allowed.address_hash = core.address_hash(%(channel)s, normal.address, %(key)s)
