-- Purpose: how many of some customers a marketing message would reach on each channel, and what the others lack.
-- Grain: one row a channel on which the tenant has addresses; and one, with channel null, for any channel at all.
-- Parameters: tenant_id, customer_ids.
-- Rerun: reads only.
WITH asked AS MATERIALIZED (
    SELECT DISTINCT unnest(%(customer_ids)s::text[]) AS customer_id
), known AS (
    SELECT DISTINCT channel FROM core.channel_address WHERE tenant_id = %(tenant_id)s
), had AS MATERIALIZED (
    SELECT profile.customer_id, address.channel, bool_or(NOT suppressed.is) AS open
    FROM asked
    JOIN core.profile AS profile
        ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = asked.customer_id
        AND profile.deleted_at IS NULL
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id AND address.state = 'active'
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM activation.suppression_of(%(tenant_id)s, address.channel, address.address_hash, 'marketing')
    ) AS is) AS suppressed
    GROUP BY profile.customer_id, address.channel
), judged AS MATERIALIZED (
    SELECT
        had.customer_id, had.channel, had.open,
        consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL) AS agreed
    FROM had
    JOIN ops.tenant AS tenant ON tenant.tenant_id = %(tenant_id)s
    CROSS JOIN LATERAL activation.consent_of(%(tenant_id)s, had.customer_id, had.channel, 'marketing') AS consent
)
SELECT
    known.channel,
    count(*) FILTER (WHERE judged.open AND judged.agreed) AS reachable,
    (SELECT count(*) FROM asked) - count(judged.customer_id) AS no_address,
    count(*) FILTER (WHERE NOT judged.agreed) AS no_consent,
    count(*) FILTER (WHERE judged.agreed AND NOT judged.open) AS suppressed
FROM known
LEFT JOIN judged ON judged.channel = known.channel
GROUP BY known.channel
UNION ALL
SELECT NULL, count(DISTINCT customer_id) FILTER (WHERE open AND agreed), 0, 0, 0 FROM judged
ORDER BY 1 NULLS LAST
