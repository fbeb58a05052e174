-- Purpose: who had consented to marketing on which channel, by the statements until then that were recorded by then: the
--          latest of each of a customer's profiles, and the strictest of them; what is said of any channel can take away,
--          never give; or the tenant's own basis where nothing was recorded. Of addresses no history is kept: has_address
--          is null, and the caller has refused to be asked for it.
-- Grain: one row a customer and channel with consent.
-- Parameters: tenant_id, then (the moment), known_until; reads then_profile.
-- Rerun: reads only.
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (profile_id, channel) profile_id, channel, state
    FROM core.consent
    WHERE tenant_id = %(tenant_id)s AND purpose = 'marketing' AND since <= %(then)s AND recorded_at < %(known_until)s
    ORDER BY profile_id, channel, since DESC, consent_id DESC
),
stated AS MATERIALIZED (
    SELECT profile.customer_id, latest.channel, bool_and(latest.state = 'granted') AS granted
    FROM latest
    JOIN then_profile AS profile USING (profile_id)
    GROUP BY profile.customer_id, latest.channel
),
asked AS (
    SELECT customer_id, channel, granted FROM stated WHERE channel <> 'any'
    UNION ALL
    SELECT profile.customer_id, used.channel, NULL
    FROM then_profile AS profile
    CROSS JOIN (
        SELECT channel FROM stated WHERE channel <> 'any'
        UNION
        SELECT channel FROM core.channel_address WHERE tenant_id = %(tenant_id)s
    ) AS used
    WHERE profile.is_primary AND EXISTS (
        SELECT FROM ops.tenant WHERE tenant_id = %(tenant_id)s AND consent_basis IS NOT NULL
    )
)
SELECT pair.customer_id, pair.channel, NULL::boolean AS has_address, true AS has_consent
FROM (SELECT customer_id, channel, bool_and(granted) AS granted FROM asked GROUP BY customer_id, channel) AS pair
JOIN ops.tenant AS tenant ON tenant.tenant_id = %(tenant_id)s
LEFT JOIN stated AS refused ON refused.customer_id = pair.customer_id AND refused.channel = 'any'
WHERE CASE
    WHEN pair.granted IS NULL AND refused.granted IS NULL THEN tenant.consent_basis IS NOT NULL
    ELSE coalesce(pair.granted, false) AND coalesce(refused.granted, true)
END
