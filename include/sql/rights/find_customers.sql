-- Purpose: the people whom a customer id, a profile id or an address names (a telephone number in any form). An absorbed
-- customer leads to who absorbed it, and on to who absorbed that one.
-- Grain: one row a customer. Parameters: tenant_id, named, channels, key. Rerun: reads only.
WITH RECURSIVE absorbing AS (
    SELECT survivor_id
    FROM core.customer_merge
    WHERE tenant_id = %(tenant_id)s AND absorbed_id = %(named)s AND undone_at IS NULL
    UNION
    SELECT merge.survivor_id
    FROM absorbing
    JOIN core.customer_merge AS merge
        ON merge.tenant_id = %(tenant_id)s AND merge.absorbed_id = absorbing.survivor_id AND merge.undone_at IS NULL
)
SELECT customer_id FROM core.profile WHERE tenant_id = %(tenant_id)s AND customer_id = %(named)s
UNION
SELECT customer_id FROM core.profile WHERE tenant_id = %(tenant_id)s AND profile_id = %(named)s
UNION
-- By the index of hashes: addresses themselves have none.
SELECT profile.customer_id
FROM unnest(%(channels)s::text[]) AS asked (channel)
CROSS JOIN unnest(ARRAY[%(named)s, core.normal_email(%(named)s)]) AS spelled
JOIN core.channel_address AS address
    ON address.tenant_id = %(tenant_id)s AND address.channel = asked.channel
    AND address.address_hash = core.address_hash(asked.channel, spelled, %(key)s)
JOIN core.profile ON profile.tenant_id = address.tenant_id AND profile.profile_id = address.profile_id
UNION
SELECT customer_id
FROM core.profile
WHERE tenant_id = %(tenant_id)s AND %(named)s LIKE '%%@%%' AND email IN (%(named)s, core.normal_email(%(named)s))
UNION
-- However the country of a number is written, its last digits are the same.
SELECT customer_id
FROM core.profile
WHERE tenant_id = %(tenant_id)s AND %(named)s ~ '^[+]?[0-9 ().-]{9,}$'
  AND right(regexp_replace(phone, '[^0-9]', '', 'g'), 9) = right(regexp_replace(%(named)s, '[^0-9]', '', 'g'), 9)
UNION
SELECT absorbing.survivor_id
FROM absorbing
WHERE NOT EXISTS (
    SELECT FROM core.customer_merge AS later
    WHERE later.tenant_id = %(tenant_id)s AND later.absorbed_id = absorbing.survivor_id AND later.undone_at IS NULL
)
