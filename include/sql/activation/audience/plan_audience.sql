-- Purpose: the audience waterfall. Everybody in the audience gets a delivery: planned, or skipped with the reason.
-- Grain: one row a member of a segment of the campaign.
-- Parameters: tenant_id, campaign_id, campaign_run_id; channels (in the order they are tried), purpose, in_production;
--             now; local_time (HH:MM or null: the first one from wished_from on), send_by (or null); re_entry_since
--             (sent the campaign after this: not again; null: always again); caps, quiet, quotas (JSON lists of the
--             rules), routes (JSON: activation.rules_of; quiet is for a channel without any) and policy_version, run_quota and
--             budget_minor (or null); control_share, holdout_share; variants (JSON list of {name, up_to}:
--             activation.variants.cumulative_shares); reads audience_person, audience_reach, audience_consent and
--             audience_history.
-- Rerun: run once for a new run, in the transaction that opens it. The same tables, now and key give the same rows.
--
-- A person's way is the first channel, and on it the cheapest route, on which nothing stands against a message; where
-- something does on every one, the one on which the person came furthest gives the reason. A route is judged as of the
-- moment that the message would go. All draws depend on ids alone.
INSERT INTO activation.delivery (
    tenant_id, campaign_run_id, customer_id, profile_id, channel, address, address_hash, domain, state, skip_reason,
    not_before, send_by, language, variant, cost_minor, zones, route, rule, policy_version)
WITH rule_of_caps AS MATERIALIZED (
    SELECT cap.channel, cap.count, %(now)s::timestamptz - make_interval(days => cap.days) AS since
    FROM jsonb_to_recordset(%(caps)s::jsonb) AS cap (channel text, count integer, days integer)
), asked AS MATERIALIZED (
    -- The ways in the order in which they are tried: one a channel and route, one without a rule where a channel has none.
    SELECT
        way.channel, open AS terms, open.rule, open.route, open.price_minor,
        row_number() OVER (ORDER BY way.position, open.price_minor, open.position) AS position,
        EXISTS (
            SELECT FROM rule_of_caps AS cap WHERE cap.count = 0 AND cap.channel IN ('any', way.channel)
        ) AS is_closed
    FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS way (channel, position)
    LEFT JOIN activation.rules_of(%(tenant_id)s, %(routes)s::jsonb) AS open ON open.channel = way.channel
), opening AS MATERIALIZED (
    -- By clocks and routes, of which there are few, and not by person.
    SELECT
        person.zones, person.clock, asked.position,
        activation.opens_at(
            coalesce((asked.terms).quiet, %(quiet)s::jsonb), asked.channel, wished.at, person.zones) AS at
    FROM (SELECT DISTINCT zones, clock FROM audience_person) AS person
    CROSS JOIN asked
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
    CROSS JOIN LATERAL (SELECT coalesce(nullif(person.clock, ''), tenant.time_zone) AS zone) AS its
    CROSS JOIN LATERAL (
        SELECT greatest(
            min(named.at) FILTER (WHERE named.at >= %(wished_from)s::timestamptz), %(now)s::timestamptz) AS at
        FROM generate_series(0, 1) AS day (number)
        CROSS JOIN LATERAL (SELECT
            ((%(wished_from)s::timestamptz AT TIME ZONE its.zone)::date + day.number + %(local_time)s::text::time)
            AT TIME ZONE its.zone AS at
        ) AS named
    ) AS wished
), had_this AS MATERIALIZED (
    SELECT DISTINCT customer_id, address_hash, channel
    FROM audience_history
    WHERE campaign_id = %(campaign_id)s AND at > %(re_entry_since)s::timestamptz
), full_of AS MATERIALIZED (
    -- Of an address only the channel's own rules are asked.
    SELECT DISTINCT had.customer_id, had.address_hash, rule.channel
    FROM audience_history AS had
    JOIN rule_of_caps AS rule
        ON rule.channel = had.channel OR (rule.channel = 'any' AND had.customer_id IS NOT NULL)
    WHERE had.message_class = 'marketing' AND had.at > rule.since
    GROUP BY had.customer_id, had.address_hash, rule.channel, rule.since, rule.count
    HAVING count(*) >= rule.count
), full_route AS MATERIALIZED (
    -- A route's own limit is the provider's: every message counts, whatever it is for.
    SELECT DISTINCT had.customer_id, had.address_hash, asked.position
    FROM asked
    CROSS JOIN LATERAL jsonb_to_recordset((asked.terms).caps) AS cap (count integer, days integer)
    JOIN audience_history AS had
        ON had.route = asked.route AND had.at > %(now)s::timestamptz - make_interval(days => cap.days)
    GROUP BY had.customer_id, had.address_hash, asked.position, cap.count, cap.days
    HAVING count(*) >= cap.count
), against AS (
    SELECT
        person.customer_id, asked.channel, asked.position, asked.rule, asked.route, asked.price_minor,
        reachable.profile_id, reachable.address, reachable.address_hash, opening.at AS opens_at,
        CASE
            WHEN reachable.is_suppressed THEN 'suppressed'
            WHEN NOT coalesce(consented.is_granted, tenant.consent_basis IS NOT NULL) THEN 'no_consent'
            WHEN reachable.address IS NULL THEN 'no_address'
            WHEN person.customer_id IN (SELECT customer_id FROM rights.restricted(%(tenant_id)s, %(purpose)s))
                THEN 'restricted'
            WHEN asked.rule IS NULL OR activation.stands_against_route(
                asked.terms, person.country, reachable.last_interaction_at, reachable.last_referral_at,
                reachable.follows, reachable.subscribed_until, coalesce(opening.at, %(now)s::timestamptz)
            ) IS NOT NULL THEN 'not_eligible'
            WHEN had_it.customer_id IS NOT NULL OR place_had_it.address_hash IS NOT NULL THEN 're_entry'
            WHEN asked.is_closed OR full_person.customer_id IS NOT NULL OR full_at_all.customer_id IS NOT NULL
                OR full_place.address_hash IS NOT NULL OR route_full_person.customer_id IS NOT NULL
                OR route_full_place.address_hash IS NOT NULL THEN 'capped'
            WHEN opening.at IS NULL OR opening.at > %(send_by)s::timestamptz THEN 'no_quiet_hours_left'
            WHEN NOT ((%(in_production)s AND tenant.armed_at IS NOT NULL) OR allowed.address_hash IS NOT NULL)
                THEN 'not_allowed'
        END AS reason
    FROM audience_person AS person
    CROSS JOIN asked
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
    JOIN opening
        ON opening.zones = person.zones AND opening.clock = person.clock AND opening.position = asked.position
    LEFT JOIN audience_reach AS reachable
        ON reachable.customer_id = person.customer_id AND reachable.channel = asked.channel
    LEFT JOIN audience_consent AS consented
        ON consented.customer_id = person.customer_id AND consented.channel = asked.channel
    LEFT JOIN (SELECT DISTINCT customer_id FROM had_this) AS had_it ON had_it.customer_id = person.customer_id
    LEFT JOIN had_this AS place_had_it
        ON place_had_it.address_hash = reachable.address_hash AND place_had_it.channel = asked.channel
    LEFT JOIN full_of AS full_person
        ON full_person.customer_id = person.customer_id AND full_person.channel = asked.channel
    LEFT JOIN full_of AS full_at_all ON full_at_all.customer_id = person.customer_id AND full_at_all.channel = 'any'
    LEFT JOIN full_of AS full_place
        ON full_place.address_hash = reachable.address_hash AND full_place.channel = asked.channel
    LEFT JOIN full_route AS route_full_person
        ON route_full_person.customer_id = person.customer_id AND route_full_person.position = asked.position
    LEFT JOIN full_route AS route_full_place
        ON route_full_place.address_hash = reachable.address_hash AND route_full_place.position = asked.position
    LEFT JOIN ops.allowed_address AS allowed
        ON allowed.tenant_id = %(tenant_id)s AND allowed.channel = asked.channel
        AND allowed.address_hash = reachable.address_hash
), way AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id) *
    FROM against
    ORDER BY
        customer_id,
        array_position(ARRAY[
            'suppressed', 'no_consent', 'no_address', 'restricted', 'not_eligible', 're_entry', 'capped',
            'no_quiet_hours_left', 'not_allowed'
        ], reason) DESC NULLS FIRST,
        position
), shared AS (
    -- Of those who share an address one who can be sent to stands for all.
    SELECT
        way.*, judged.is_out,
        row_number() OVER (
            PARTITION BY way.channel, way.address_hash, judged.is_out
            ORDER BY way.reason IS NOT NULL, way.customer_id COLLATE "C"
        ) AS copy
    FROM way
    CROSS JOIN LATERAL (
        SELECT coalesce(
            way.reason IN ('suppressed', 'no_consent', 'no_address', 'restricted', 'not_eligible'), false) AS is_out
    ) AS judged
), in_turn AS MATERIALIZED (
    -- Quotas and budget take people by core.shuffle: the same order in every run, however the source counts its ids.
    SELECT
        shared.*, person.language, person.cluster, person.zones,
        (coalesce(shared.opens_at, %(now)s::timestamptz) AT TIME ZONE tenant.time_zone)::date AS day,
        coalesce(shared.price_minor, 0) AS cost_minor,
        CASE
            WHEN shared.is_out THEN shared.reason
            WHEN shared.copy > 1 THEN 'duplicate_address'
            WHEN shared.reason <> 'not_allowed' THEN shared.reason
        END AS early,
        row_number() OVER (
            ORDER BY core.shuffle(%(tenant_id)s, shared.customer_id), shared.customer_id COLLATE "C"
        ) AS turn
    FROM shared
    JOIN audience_person AS person USING (customer_id)
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
), rule_of_quotas AS MATERIALIZED (
    SELECT quota.channel, quota.messages
    FROM jsonb_to_recordset(%(quotas)s::jsonb) AS quota (channel text, messages bigint)
), used AS MATERIALIZED (
    -- The marketing of today and of the days to come, by the tenant's own clock.
    SELECT taken.channel, taken.day, count(*) AS messages
    FROM (
        SELECT
            delivery.channel,
            (CASE WHEN delivery.state IN ('sending', 'accepted', 'unknown') THEN delivery.state_changed_at
                ELSE greatest(delivery.not_before, %(now)s::timestamptz) END AT TIME ZONE tenant.time_zone)::date AS day
        FROM activation.delivery
        JOIN activation.run USING (tenant_id, campaign_run_id)
        JOIN activation.campaign USING (tenant_id, campaign_id)
        JOIN ops.tenant USING (tenant_id)
        WHERE delivery.tenant_id = %(tenant_id)s AND %(quotas)s::jsonb <> '[]'
          AND delivery.recipient_kind = 'customer' AND campaign.message_class = 'marketing'
          AND delivery.state IN ('planned', 'ready', 'claimed', 'sending', 'retry', 'accepted', 'unknown')
    ) AS taken
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
    WHERE taken.day >= (%(now)s::timestamptz AT TIME ZONE tenant.time_zone)::date
    GROUP BY taken.channel, taken.day
), in_channel_quota AS (
    SELECT
        in_turn.*,
        coalesce(early, CASE WHEN row_number() OVER (PARTITION BY early IS NULL, channel, day ORDER BY turn) > (
            SELECT rule.messages - coalesce((
                SELECT used.messages FROM used WHERE used.channel = in_turn.channel AND used.day = in_turn.day
            ), 0)
            FROM rule_of_quotas AS rule
            WHERE rule.channel = in_turn.channel
        ) THEN 'quota' END) AS after_channel
    FROM in_turn
), in_day_quota AS (
    SELECT
        in_channel_quota.*,
        coalesce(after_channel, CASE WHEN row_number() OVER (PARTITION BY after_channel IS NULL, day ORDER BY turn) > (
            SELECT rule.messages - coalesce((
                SELECT sum(used.messages) FROM used WHERE used.day = in_channel_quota.day
            ), 0)
            FROM rule_of_quotas AS rule
            WHERE rule.channel = 'any'
        ) THEN 'quota' END) AS after_day
    FROM in_channel_quota
), in_run_quota AS (
    SELECT
        in_day_quota.*,
        coalesce(after_day, CASE
            WHEN row_number() OVER (PARTITION BY after_day IS NULL ORDER BY turn) > %(run_quota)s::bigint THEN 'quota'
        END) AS after_run
    FROM in_day_quota
), in_budget AS (
    SELECT
        in_run_quota.*,
        coalesce(after_run, CASE
            WHEN sum(cost_minor) OVER (PARTITION BY after_run IS NULL ORDER BY turn) > %(budget_minor)s::bigint
            THEN 'budget'
        END) AS after_budget
    FROM in_run_quota
), judged AS (
    SELECT
        in_budget.*,
        coalesce(after_budget, CASE
            WHEN activation.draw('control group:' || %(tenant_id)s || ':' || cluster) < %(control_share)s
                THEN 'control_group'
            WHEN activation.draw(%(campaign_id)s || ':' || cluster) < %(holdout_share)s THEN 'holdout'
            WHEN reason = 'not_allowed' THEN reason
        END) AS skip_reason
    FROM in_budget
), variant AS MATERIALIZED (
    SELECT name, up_to FROM jsonb_to_recordset(%(variants)s::jsonb) AS variant (name text, up_to double precision)
)
SELECT
    %(tenant_id)s, %(campaign_run_id)s, judged.customer_id, judged.profile_id, judged.channel, planned.address,
    planned.address_hash, planned.domain, coalesce(planned.state, 'skipped'), judged.skip_reason, planned.not_before,
    planned.send_by, planned.language, planned.variant, planned.cost_minor, planned.zones, asked_for.route, asked_for.rule,
    %(policy_version)s
FROM judged
LEFT JOIN LATERAL (
    SELECT
        judged.address, judged.address_hash, 'planned' AS state,
        CASE judged.channel WHEN 'email' THEN lower(split_part(judged.address, '@', 2)) END AS domain,
        CASE WHEN judged.opens_at > %(now)s::timestamptz THEN judged.opens_at END AS not_before,
        %(send_by)s::timestamptz AS send_by,
        judged.language, judged.cost_minor, nullif(judged.zones, '{}') AS zones,
        (
            SELECT variant.name
            FROM variant
            WHERE activation.draw('variant:' || %(campaign_id)s || ':' || judged.cluster) < variant.up_to
            ORDER BY variant.up_to
            LIMIT 1
        ) AS variant
) AS planned ON judged.skip_reason IS NULL
LEFT JOIN LATERAL (
    -- Who dropped out before a route was asked for has none.
    SELECT judged.route, judged.rule
) AS asked_for ON coalesce(judged.reason NOT IN ('suppressed', 'no_consent', 'no_address', 'restricted'), true)
