-- Purpose: whether one customer may be written to now, on every channel and by every rule.
-- Grain: one row a channel and rule of it, one without a rule where a channel has none for the purpose; by channel in the
--        order asked, the best rule first.
-- Parameters: tenant_id, channels, caps and routes (as of plan_audience), now; reads audience_person, audience_reach and
--             audience_consent of the one customer.
-- Rerun: reads only.
SELECT
    asked.channel,
    CASE
        WHEN place.is_suppressed THEN 'suppressed'
        WHEN NOT coalesce(consented.is_granted, tenant.consent_basis IS NOT NULL) THEN 'no_consent'
        WHEN place.address IS NULL THEN 'no_address'
        WHEN person.customer_id IN (SELECT customer_id FROM rights.restricted(%(tenant_id)s, %(purpose)s))
            THEN 'restricted'
        WHEN way.rule IS NULL OR way.stage = 0 THEN 'not_eligible'
        WHEN way.stage = 1 OR activation.is_capped(
            %(caps)s::jsonb, %(tenant_id)s, person.customer_id, asked.channel, place.address_hash,
            '00000000-0000-0000-0000-000000000000', %(now)s::timestamptz
        ) THEN 'capped'
        WHEN way.opens_at IS NULL THEN 'no_quiet_hours_left'
    END AS reason,
    way.rule, way.route, way.price_minor, way.stands,
    CASE WHEN way.stage > 0 AND way.opens_at > %(now)s::timestamptz THEN way.opens_at END AS opens_at
FROM audience_person AS person
CROSS JOIN unnest(%(channels)s::text[]) WITH ORDINALITY AS asked (channel, position)
JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
LEFT JOIN audience_reach AS place ON place.customer_id = person.customer_id AND place.channel = asked.channel
LEFT JOIN audience_consent AS consented
    ON consented.customer_id = person.customer_id AND consented.channel = asked.channel
LEFT JOIN LATERAL activation.routes_of(
    %(tenant_id)s, %(routes)s::jsonb, person.customer_id, asked.channel, place.address_hash,
    coalesce(nullif(person.zones, '{}'), ARRAY[tenant.time_zone]), NULL, NULL, %(now)s::timestamptz
) AS way ON true
ORDER BY asked.position, way.stage DESC, way.price_minor, way.position
