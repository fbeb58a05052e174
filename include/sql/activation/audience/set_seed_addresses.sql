-- Purpose: put exactly these addresses on a seed list.
-- Grain: one row, how many there are now.
-- Parameters: tenant_id, seed_list_id, channels and addresses (equal length; normalised here as the sync does it), key.
-- Rerun: changes nothing.
WITH wanted AS (
    SELECT DISTINCT ON (channel, address_hash) channel, address, address_hash
    FROM (
        SELECT
            given.channel, normal.address,
            core.address_hash(given.channel, normal.address, %(key)s) AS address_hash
        FROM unnest(%(channels)s::text[], %(addresses)s::text[]) AS given (channel, address)
        CROSS JOIN LATERAL (
            SELECT CASE given.channel
                WHEN 'email' THEN core.normal_email(given.address) ELSE btrim(given.address)
            END AS address
        ) AS normal
        WHERE normal.address <> ''
    ) AS hashed
    ORDER BY channel, address_hash
), removed AS (
    DELETE FROM activation.seed_address AS seed
    WHERE seed.tenant_id = %(tenant_id)s AND seed.seed_list_id = %(seed_list_id)s AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.channel = seed.channel AND wanted.address_hash = seed.address_hash
    )
), added AS (
    INSERT INTO activation.seed_address (tenant_id, seed_list_id, channel, address, address_hash)
    SELECT %(tenant_id)s, %(seed_list_id)s, channel, address, address_hash FROM wanted
    ON CONFLICT (tenant_id, seed_list_id, channel, address_hash) DO UPDATE SET address = excluded.address
)
SELECT count(*) FROM wanted
