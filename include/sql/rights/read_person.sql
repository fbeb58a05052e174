-- Purpose: everything by which the tables know a person: records, addresses (also of messages sent), names, graph, ledger.
-- Grain: one row of arrays. Parameters: tenant_id, customers, named (a person of whom there is no record is looked for by
-- it on every channel), channels, key. Rerun: reads only.
WITH own AS MATERIALIZED (
    SELECT * FROM core.profile WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
), sent AS MATERIALIZED (
    SELECT delivery_id, channel, address, address_hash
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
), address AS MATERIALIZED (
    SELECT kept.channel, kept.address
    FROM core.channel_address AS kept
    JOIN own USING (tenant_id, profile_id)
    UNION
    SELECT channel, address FROM sent WHERE address IS NOT NULL
    UNION
    SELECT 'email', core.normal_email(email) FROM own WHERE email IS NOT NULL
    UNION
    SELECT 'sms', phone FROM own WHERE phone IS NOT NULL
    UNION
    SELECT 'email', spelled
    FROM core.normal_email(%(named)s) AS spelled
    WHERE spelled LIKE '%%@%%' AND NOT EXISTS (SELECT FROM own)
), hash AS (
    SELECT core.address_hash(channel, address, %(key)s) AS value FROM address
    UNION
    SELECT address_hash FROM sent WHERE address_hash IS NOT NULL
    UNION
    SELECT kept.address_hash FROM core.channel_address AS kept JOIN own USING (tenant_id, profile_id)
    UNION
    SELECT core.address_hash(channel, spelled, %(key)s)
    FROM unnest(%(channels)s::text[]) AS asked (channel)
    CROSS JOIN unnest(ARRAY[%(named)s, core.normal_email(%(named)s)]) AS spelled
    WHERE spelled IS NOT NULL AND NOT EXISTS (SELECT FROM own)
)
SELECT
    ARRAY(SELECT profile_id FROM own ORDER BY profile_id),
    ARRAY(SELECT ARRAY[channel, address] FROM address ORDER BY channel, address),
    ARRAY(
        SELECT ARRAY[own_address.channel, own_address.address]
        FROM address AS own_address
        WHERE EXISTS (
            SELECT FROM core.channel_address AS other
            JOIN core.profile USING (tenant_id, profile_id)
            WHERE other.tenant_id = %(tenant_id)s AND other.channel = own_address.channel
              AND other.address_hash = core.address_hash(own_address.channel, own_address.address, %(key)s)
              AND profile.customer_id <> ALL (%(customers)s)
        )
    ),
    ARRAY(
        SELECT DISTINCT btrim(spelled)
        FROM own
        CROSS JOIN unnest(ARRAY[first_name || ' ' || last_name, last_name || ' ' || first_name]) AS spelled
        WHERE spelled IS NOT NULL
    ),
    ARRAY(
        SELECT graph_key FROM core.customer WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
    ),
    ARRAY(SELECT delivery_id FROM sent ORDER BY delivery_id),
    ARRAY(
        SELECT merge_id FROM core.customer_merge
        WHERE tenant_id = %(tenant_id)s
          AND (survivor_id = ANY (%(customers)s) OR absorbed_id = ANY (%(customers)s))
    ),
    ARRAY(SELECT value FROM hash ORDER BY value),
    ARRAY(
        SELECT text.input_hash
        FROM profile.text
        WHERE text.tenant_id = %(tenant_id)s AND text.customer_id = ANY (%(customers)s)
          AND NOT EXISTS (
              SELECT FROM profile.text AS other
              WHERE other.tenant_id = %(tenant_id)s AND other.input_hash = text.input_hash
                AND other.customer_id <> ALL (%(customers)s)
          )
    )
