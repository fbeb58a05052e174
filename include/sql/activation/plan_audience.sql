-- Purpose: the audience waterfall. Everybody in the audience gets a delivery: planned, or skipped with the reason.
-- Grain: one row a member of a segment of the campaign.
-- Parameters: tenant_id, campaign_id, campaign_run_id; with_segments, without_segments, on_entry (only who entered and was in no
--             run since: activation.entered); channels (in the order they are tried), purpose, in_production; now;
--             local_time (HH:MM or null), send_by (or null); re_entry_since (sent the campaign after this: not again; null:
--             always again); caps, quiet, quotas (JSON lists of the rules), costs (JSON, channel to minor units),
--             run_quota and budget_minor (or null); control_share, holdout_share; variants (JSON list of
--             {name, up_to}: activation.variants.cumulative_shares).
-- Rerun: run once for a new run, in the transaction that opens it. The same tables, now and key give the same rows.
--
-- A person's way is the first channel on which nothing stands against a message; where something does on every channel,
-- the one on which the person came furthest gives the reason. All draws depend on ids alone.
INSERT INTO activation.delivery (
    tenant_id, campaign_run_id, customer_id, profile_id, channel, address, address_hash, domain, state, skip_reason,
    not_before, send_by, language, variant, cost_minor, zones)
WITH rule_of_caps AS MATERIALIZED (
    SELECT cap.channel, cap.count, %(now)s::timestamptz - make_interval(days => cap.days) AS since
    FROM jsonb_to_recordset(%(caps)s::jsonb) AS cap (channel text, count integer, days integer)
), asked AS MATERIALIZED (
    SELECT
        asked.channel, asked.position,
        EXISTS (
            SELECT FROM rule_of_caps AS rule WHERE rule.count = 0 AND rule.channel IN ('any', asked.channel)
        ) AS is_closed
    FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS asked (channel, position)
), matched AS MATERIALIZED (
    SELECT member.customer_id
    FROM segment.membership AS member
    WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = ANY (%(with_segments)s::text[])
      AND NOT EXISTS (
          SELECT FROM segment.membership AS barred
          WHERE barred.tenant_id = %(tenant_id)s AND barred.segment_id = ANY (%(without_segments)s::text[])
            AND barred.customer_id = member.customer_id
      )
      AND (NOT %(on_entry)s OR member.customer_id IN (
          SELECT came.customer_id FROM activation.entered(%(tenant_id)s, %(campaign_id)s) AS came
      ))
    GROUP BY member.customer_id
), known_zone AS MATERIALIZED (
    -- A zone that the source made up is none.
    SELECT DISTINCT profile.country, profile.time_zone AS zone
    FROM core.profile
    JOIN pg_timezone_names AS known ON known.name = profile.time_zone
    WHERE profile.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
      AND (%(quiet)s::jsonb <> '[]' OR %(local_time)s::text IS NOT NULL)
), anywhere AS MATERIALIZED (
    SELECT array_agg(zone ORDER BY zone) AS zones
    FROM (
        SELECT zone FROM known_zone UNION SELECT time_zone FROM ops.tenant WHERE tenant_id = %(tenant_id)s
    ) AS possible
    WHERE %(quiet)s::jsonb <> '[]' OR %(local_time)s::text IS NOT NULL
), in_country AS MATERIALIZED (
    SELECT country, array_agg(zone ORDER BY zone) AS zones FROM known_zone WHERE country IS NOT NULL GROUP BY country
), person AS MATERIALIZED (
    SELECT
        matched.customer_id, profile.language, coalesce(member.household_id, matched.customer_id) AS cluster,
        own.zone,
        coalesce(
            CASE WHEN own.zone IS NOT NULL THEN ARRAY[own.zone] END, in_country.zones, anywhere.zones, '{}'
        ) AS zones
    FROM matched
    CROSS JOIN anywhere
    LEFT JOIN core.profile
        ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id AND profile.is_primary
        AND profile.deleted_at IS NULL
    LEFT JOIN (SELECT DISTINCT zone FROM known_zone) AS own ON own.zone = profile.time_zone
    LEFT JOIN in_country ON in_country.country = profile.country
    LEFT JOIN core.household_member AS member
        ON member.tenant_id = %(tenant_id)s AND member.customer_id = matched.customer_id
), opening AS MATERIALIZED (
    -- By clocks and channels, of which there are few, and not by person.
    SELECT clock.zones, asked.channel, activation.opens_at(%(quiet)s::jsonb, asked.channel, wished.at, clock.zones) AS at
    FROM (SELECT DISTINCT zones, zone FROM person) AS clock
    CROSS JOIN asked
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
    CROSS JOIN LATERAL (SELECT coalesce(clock.zone, tenant.time_zone) AS zone) AS its
    CROSS JOIN LATERAL (
        SELECT coalesce(min(named.at) FILTER (WHERE named.at >= %(now)s::timestamptz), %(now)s::timestamptz) AS at
        FROM generate_series(0, 1) AS day (number)
        CROSS JOIN LATERAL (SELECT
            ((%(now)s::timestamptz AT TIME ZONE its.zone)::date + day.number + %(local_time)s::text::time)
            AT TIME ZONE its.zone AS at
        ) AS named
    ) AS wished
), reachable AS MATERIALIZED (
    SELECT DISTINCT ON (matched.customer_id, address.channel)
        matched.customer_id, address.channel, address.profile_id, address.address, address.address_hash,
        suppressed.reason IS NOT NULL AS is_suppressed
    FROM matched
    JOIN core.profile
        ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id
        AND profile.deleted_at IS NULL
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id AND address.state = 'active'
    JOIN asked ON asked.channel = address.channel
    LEFT JOIN LATERAL activation.suppression_of(
        %(tenant_id)s, address.channel, address.address_hash, %(purpose)s) AS suppressed ON true
    ORDER BY
        matched.customer_id, address.channel, suppressed.reason IS NOT NULL, profile.is_primary DESC,
        address.last_interaction_at DESC NULLS LAST, address.address COLLATE "C"
), stated AS MATERIALIZED (
    -- activation.consent_of for everybody at once: the latest statement of each profile, deleted ones too.
    SELECT DISTINCT ON (consent.profile_id, consent.channel) profile.customer_id, consent.channel, consent.state
    FROM matched
    JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id
    JOIN core.consent
        ON consent.tenant_id = %(tenant_id)s AND consent.profile_id = profile.profile_id
        AND consent.purpose = %(purpose)s
    WHERE consent.channel = 'any' OR consent.channel = ANY (%(channels)s::text[])
    ORDER BY consent.profile_id, consent.channel, consent.since DESC, consent.consent_id DESC
), consented AS MATERIALIZED (
    SELECT
        stated.customer_id, asked.channel,
        bool_and(stated.state = 'granted') AND bool_or(stated.channel = asked.channel) AS is_granted
    FROM stated
    JOIN asked ON stated.channel IN ('any', asked.channel)
    GROUP BY stated.customer_id, asked.channel
), had AS MATERIALIZED (
    -- What people of the audience have had or are to have, by person and by address. Open deliveries count whenever they
    -- will leave, so that a campaign that is planned later sees what an earlier one planned.
    SELECT
        told.customer_id, told.address_hash, told.channel, run.campaign_id, campaign.message_class,
        CASE WHEN told.state IN ('accepted', 'unknown') THEN told.state_changed_at ELSE 'infinity' END AS at
    FROM (
        SELECT
            delivery.campaign_run_id, delivery.channel, delivery.state, delivery.state_changed_at,
            delivery.customer_id, NULL::bytea AS address_hash
        FROM matched
        JOIN activation.delivery
            ON delivery.tenant_id = %(tenant_id)s AND delivery.customer_id = matched.customer_id
            AND delivery.recipient_kind = 'customer'
        UNION ALL
        SELECT
            delivery.campaign_run_id, delivery.channel, delivery.state, delivery.state_changed_at,
            NULL, delivery.address_hash
        FROM (SELECT DISTINCT channel, address_hash FROM reachable) AS place
        JOIN activation.delivery
            ON delivery.tenant_id = %(tenant_id)s AND delivery.channel = place.channel
            AND delivery.address_hash = place.address_hash AND delivery.recipient_kind = 'customer'
    ) AS told
    JOIN activation.run ON run.tenant_id = %(tenant_id)s AND run.campaign_run_id = told.campaign_run_id
    JOIN activation.campaign ON campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = run.campaign_id
    WHERE told.state IN ('planned', 'ready', 'claimed', 'sending', 'retry', 'accepted', 'unknown')
), had_this AS MATERIALIZED (
    SELECT DISTINCT customer_id, address_hash, channel
    FROM had
    WHERE campaign_id = %(campaign_id)s AND at > %(re_entry_since)s::timestamptz
), full_of AS MATERIALIZED (
    -- Of an address only the channel's own rules are asked.
    SELECT DISTINCT had.customer_id, had.address_hash, rule.channel
    FROM had
    JOIN rule_of_caps AS rule
        ON rule.channel = had.channel OR (rule.channel = 'any' AND had.customer_id IS NOT NULL)
    WHERE had.message_class = 'marketing' AND had.at > rule.since
    GROUP BY had.customer_id, had.address_hash, rule.channel, rule.since, rule.count
    HAVING count(*) >= rule.count
), against AS (
    SELECT
        person.customer_id, asked.channel, asked.position, reachable.profile_id, reachable.address,
        reachable.address_hash, opening.at AS opens_at,
        CASE
            WHEN reachable.is_suppressed THEN 'suppressed'
            WHEN NOT coalesce(consented.is_granted, tenant.consent_basis IS NOT NULL) THEN 'no_consent'
            WHEN reachable.address IS NULL THEN 'no_address'
            WHEN had_it.customer_id IS NOT NULL OR place_had_it.address_hash IS NOT NULL THEN 're_entry'
            WHEN asked.is_closed OR full_person.customer_id IS NOT NULL OR full_at_all.customer_id IS NOT NULL
                OR full_place.address_hash IS NOT NULL THEN 'capped'
            WHEN opening.at IS NULL OR opening.at > %(send_by)s::timestamptz THEN 'no_quiet_hours_left'
            WHEN NOT ((%(in_production)s AND tenant.armed_at IS NOT NULL) OR allowed.address_hash IS NOT NULL)
                THEN 'not_allowed'
        END AS reason
    FROM person
    CROSS JOIN asked
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
    JOIN opening ON opening.zones = person.zones AND opening.channel = asked.channel
    LEFT JOIN reachable ON reachable.customer_id = person.customer_id AND reachable.channel = asked.channel
    LEFT JOIN consented ON consented.customer_id = person.customer_id AND consented.channel = asked.channel
    LEFT JOIN (SELECT DISTINCT customer_id FROM had_this) AS had_it ON had_it.customer_id = person.customer_id
    LEFT JOIN had_this AS place_had_it
        ON place_had_it.address_hash = reachable.address_hash AND place_had_it.channel = asked.channel
    LEFT JOIN full_of AS full_person
        ON full_person.customer_id = person.customer_id AND full_person.channel = asked.channel
    LEFT JOIN full_of AS full_at_all ON full_at_all.customer_id = person.customer_id AND full_at_all.channel = 'any'
    LEFT JOIN full_of AS full_place
        ON full_place.address_hash = reachable.address_hash AND full_place.channel = asked.channel
    LEFT JOIN ops.allowed_address AS allowed
        ON allowed.tenant_id = %(tenant_id)s AND allowed.channel = asked.channel
        AND allowed.address_hash = reachable.address_hash
), way AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id) *
    FROM against
    ORDER BY
        customer_id,
        array_position(ARRAY[
            'suppressed', 'no_consent', 'no_address', 're_entry', 'capped', 'no_quiet_hours_left', 'not_allowed'
        ], reason) DESC NULLS FIRST,
        position
), shared AS (
    -- Of those who share an address one who can be sent to stands for all.
    SELECT
        way.*, reason IN ('suppressed', 'no_consent', 'no_address') AS is_out,
        row_number() OVER (
            PARTITION BY channel, address_hash, reason IN ('suppressed', 'no_consent', 'no_address')
            ORDER BY reason IS NOT NULL, customer_id COLLATE "C"
        ) AS copy
    FROM way
), in_turn AS MATERIALIZED (
    -- Quotas and budget take people by core.shuffle: the same order in every run, which no source's order of ids decides.
    SELECT
        shared.*, person.language, person.cluster, person.zones,
        (coalesce(shared.opens_at, %(now)s::timestamptz) AT TIME ZONE tenant.time_zone)::date AS day,
        coalesce((%(costs)s::jsonb ->> shared.channel)::bigint, 0) AS cost_minor,
        CASE
            WHEN shared.is_out THEN shared.reason
            WHEN shared.copy > 1 THEN 'duplicate_address'
            WHEN shared.reason <> 'not_allowed' THEN shared.reason
        END AS early,
        row_number() OVER (
            ORDER BY core.shuffle(%(tenant_id)s, shared.customer_id), shared.customer_id COLLATE "C"
        ) AS turn
    FROM shared
    JOIN person USING (customer_id)
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
    planned.send_by, planned.language, planned.variant, planned.cost_minor, planned.zones
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
