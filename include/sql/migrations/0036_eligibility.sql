-- Purpose: the one answer to whether a person may be written to, on which channel, by which route, for which purpose, now,
-- and by which rule: what the plan of an audience, the check at the moment of sending, a fallback and a person who asks
-- share. The rules are data (leo_activation.activation.safety.routes); what is known of addresses is contact_standing.

-- A rule as statements take it. position is its place among the rules of the policy; price_minor what a message costs on it,
-- in minor units of the tenant's currency. Hours count back from the moment that a message would go. quiet: as of
-- activation.opens_at; caps: [{count, days}]. template_is_approved: the provider takes every template of the campaign.
CREATE TYPE activation.route_rule AS (
    rule text,
    route text,
    channel text,
    position integer,
    price_minor bigint,
    within_hours_of_interaction integer,
    within_hours_of_referral integer,
    follows boolean,
    subscribed boolean,
    approved_template boolean,
    countries text[],
    not_countries text[],
    quiet jsonb,
    caps jsonb,
    template_is_approved boolean
);

-- What is heard of an address as rules ask it. subscribed_until is null where there is no subscription that can be used.
CREATE VIEW activation.standing WITH (security_invoker = true) AS
SELECT
    tenant_id, channel, address_hash, last_interaction_at, last_referral_at, follows, grant_token,
    CASE WHEN grant_token IS NOT NULL AND subscribed_at > coalesce(unsubscribed_at, '-infinity')
        THEN coalesce(subscribed_until, 'infinity') END AS subscribed_until
FROM activation.contact_standing;
GRANT SELECT ON activation.standing TO leo_loader, leo_writer;

-- Whether a provider takes all of some templates of its own for a purpose, and what the dearest of them costs in minor units
-- of the tenant's currency. A template that its list does not name is not approved, unless the tenant's messages on the
-- channel go into a folder, which takes any and from which somebody else sends. Zalo tells prices in dong: they are
-- known to a tenant of that currency only. An offer needs a template that was approved as one. A promotion goes to the id
-- of a user; by another route it is not known before whether a phone number or an id is written to: the dearer counts.
CREATE FUNCTION activation.template_terms(
    tenant text, of_provider text, template_ids jsonb, for_purpose text, on_channel text, on_route text)
    RETURNS TABLE (is_approved boolean, price_minor bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        coalesce(bool_and(
            kept.provider_template_id IS NOT NULL AND kept.status = 'approved' AND kept.gone_at IS NULL
            AND kept.remaining_quota IS DISTINCT FROM 0
            AND (for_purpose <> 'marketing' OR coalesce(kept.tag, 'promotion') = 'promotion')
        ), false) OR EXISTS (
            SELECT FROM activation.sender
            WHERE sender.tenant_id = tenant AND sender.channel = on_channel AND sender.provider = 'file'
        ),
        max(
            CASE on_route WHEN 'zalo_promotion' THEN kept.price_by_user
                ELSE greatest(kept.price_by_phone, kept.price_by_user) END * power(10, its.minor_units)::bigint
        ) FILTER (WHERE its.currency = 'VND')
    FROM jsonb_array_elements_text(template_ids) AS named (template_id)
    JOIN ops.tenant AS its ON its.tenant_id = tenant
    LEFT JOIN activation.provider_template AS kept
        ON kept.tenant_id = tenant AND kept.provider = of_provider AND kept.provider_template_id = named.template_id;
END;
GRANT EXECUTE ON FUNCTION activation.template_terms TO leo_loader, leo_writer;

-- The rules of a campaign with what is known of its templates now. routes is
-- leo_activation.activation.audience.eligibility.Routes as JSON. The campaign's own price comes before the provider's for
-- the template, that before the rule's, that before the channel's.
CREATE FUNCTION activation.rules_of(tenant text, routes jsonb) RETURNS SETOF activation.route_rule
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        told.rule, told.route, told.channel, told.position,
        coalesce(told.campaign_minor, terms.price_minor, told.price_minor, told.channel_minor, 0),
        told.within_hours_of_interaction, told.within_hours_of_referral, told.follows, told.subscribed,
        told.approved_template, told.countries, told.not_countries, told.quiet, told.caps,
        coalesce(terms.is_approved, false)
    FROM jsonb_to_recordset(routes) AS told (
        rule text, route text, channel text, position integer, purpose text, campaign_minor bigint, price_minor bigint,
        channel_minor bigint, within_hours_of_interaction integer, within_hours_of_referral integer, follows boolean,
        subscribed boolean, approved_template boolean, countries text[], not_countries text[], quiet jsonb, caps jsonb,
        template_provider text, template_ids jsonb
    )
    LEFT JOIN LATERAL activation.template_terms(
        tenant, told.template_provider, told.template_ids, told.purpose, told.channel, told.route) AS terms
        ON told.template_ids IS NOT NULL;
END;
GRANT EXECUTE ON FUNCTION activation.rules_of TO leo_loader, leo_writer;

-- What of a rule's conditions does not hold for an address at a moment: template, country, interaction, referral, follows or
-- subscription, the first of them; null where all hold. What is not known does not hold. One expression, so that the
-- planner puts it in the place of a call.
CREATE FUNCTION activation.stands_against_route(
    rule activation.route_rule, country text, last_interaction_at timestamptz, last_referral_at timestamptz,
    follows boolean, subscribed_until timestamptz, at timestamptz
)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN ($1).approved_template AND NOT ($1).template_is_approved THEN 'template'
        WHEN ($1).countries IS NOT NULL AND ($2 = ANY (($1).countries)) IS NOT TRUE THEN 'country'
        WHEN ($1).not_countries IS NOT NULL AND ($2 <> ALL (($1).not_countries)) IS NOT TRUE THEN 'country'
        WHEN ($1).within_hours_of_interaction IS NOT NULL
            AND ($3 > $7 - ($1).within_hours_of_interaction * interval '1 hour') IS NOT TRUE THEN 'interaction'
        WHEN ($1).within_hours_of_referral IS NOT NULL
            AND ($4 > $7 - ($1).within_hours_of_referral * interval '1 hour') IS NOT TRUE THEN 'referral'
        WHEN ($1).follows AND $5 IS NOT TRUE THEN 'follows'
        WHEN ($1).subscribed AND ($6 > $7) IS NOT TRUE THEN 'subscription'
    END
$$;
GRANT EXECUTE ON FUNCTION activation.stands_against_route TO leo_loader, leo_writer;

-- How every rule of a channel stands for one address of a customer: the row form of what plan_audience.sql asks of an
-- audience at once. stage is how far the person comes on it: 0 a condition does not hold (stands says which), 1 the route
-- has carried as many messages as it may, 2 no hour is left before send_by, 3 nothing stands against it. Best is the
-- highest stage, then the lowest price, then the lowest position. Of caps only what has left or may have left counts.
CREATE FUNCTION activation.routes_of(
    tenant text, routes jsonb, customer text, on_channel text, hash bytea, zones text[], but_for uuid, send_by timestamptz,
    at timestamptz
)
    RETURNS TABLE (
        rule text, route text, "position" integer, price_minor bigint, stage integer, stands text, opens_at timestamptz,
        grant_token bytea
    )
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        open.rule, open.route, open.position, open.price_minor,
        CASE WHEN against.stands IS NOT NULL THEN 0
            WHEN EXISTS (
                SELECT
                FROM jsonb_to_recordset(open.caps) AS cap (count integer, days integer)
                WHERE cap.count <= greatest(
                    (
                        SELECT count(*)
                        FROM activation.delivery
                        WHERE delivery.tenant_id = tenant AND delivery.customer_id = customer
                          AND delivery.recipient_kind = 'customer' AND delivery.delivery_id IS DISTINCT FROM but_for
                          AND delivery.route = open.route AND delivery.state IN ('sending', 'accepted', 'unknown')
                          AND delivery.state_changed_at > at - make_interval(days => cap.days)
                    ),
                    (
                        SELECT count(*)
                        FROM activation.delivery
                        WHERE delivery.tenant_id = tenant AND delivery.channel = on_channel
                          AND delivery.address_hash = hash AND delivery.recipient_kind = 'customer'
                          AND delivery.delivery_id IS DISTINCT FROM but_for
                          AND delivery.route = open.route AND delivery.state IN ('sending', 'accepted', 'unknown')
                          AND delivery.state_changed_at > at - make_interval(days => cap.days)
                    )
                )
            ) THEN 1
            WHEN opening.at IS NULL OR opening.at > send_by THEN 2
            ELSE 3
        END,
        against.stands, opening.at, heard.grant_token
    FROM activation.rules_of(tenant, routes) AS open
    CROSS JOIN LATERAL (
        SELECT CASE WHEN open.quiet = '[]' THEN at ELSE activation.opens_at(open.quiet, on_channel, at, zones) END AS at
    ) AS opening
    LEFT JOIN activation.standing AS heard
        ON heard.tenant_id = tenant AND heard.channel = on_channel AND heard.address_hash = hash
    LEFT JOIN LATERAL (
        SELECT profile.country
        FROM core.profile
        WHERE profile.tenant_id = tenant AND profile.customer_id = customer AND profile.is_primary
          AND profile.deleted_at IS NULL
        LIMIT 1
    ) AS person ON true
    CROSS JOIN LATERAL (
        SELECT activation.stands_against_route(
            open, person.country::text, heard.last_interaction_at, heard.last_referral_at, heard.follows,
            heard.subscribed_until, coalesce(opening.at, at)) AS stands
    ) AS against
    WHERE open.channel = on_channel;
END;
GRANT EXECUTE ON FUNCTION activation.routes_of TO leo_loader, leo_writer;
