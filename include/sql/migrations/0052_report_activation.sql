-- Purpose: what the dashboard Activation shows: who was written to, who was not and why, what is not known, what came of it
-- and what it cost. What each figure means: docs/guides/reading-activation.md.
-- People of the audience only: seeds, reviewers and test runs count nowhere here, as they do not in caps and outcomes.

SET LOCAL ROLE leo_report_owner;

DROP VIEW report.waterfall, report.delivery, report.campaign_outcome, report.unknown_delivery, report.campaign_conversion,
    report.campaign_lift;

-- The state of a delivery for whoever does not know the ledger. Sent is what a provider took.
CREATE FUNCTION report.delivery_state(state text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE state
    WHEN 'accepted' THEN 'Sent'
    WHEN 'rejected' THEN 'Refused by the provider'
    WHEN 'unknown' THEN 'Unknown'
    WHEN 'skipped' THEN 'Not written to'
    WHEN 'cancelled' THEN 'Cancelled'
    WHEN 'planned' THEN 'Waiting for approval'
    ELSE 'Waiting to be sent'
END;

-- Why a person who matched was not written to.
CREATE FUNCTION report.why_not(skip_reason text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE skip_reason
    WHEN 'suppressed' THEN 'Unsubscribed, bounced or objected'
    WHEN 'no_consent' THEN 'No consent'
    WHEN 'no_address' THEN 'No working address'
    WHEN 'restricted' THEN 'Asked not to be processed'
    WHEN 'not_eligible' THEN 'No route is open'
    WHEN 'no_coupon' THEN 'No coupon left'
    WHEN 'duplicate_address' THEN 'Shares an address'
    WHEN 're_entry' THEN 'Had this campaign before'
    WHEN 'capped' THEN 'Had enough messages lately'
    WHEN 'quota' THEN 'Beyond the quota'
    WHEN 'budget' THEN 'Beyond the budget'
    WHEN 'control_group' THEN 'Control group'
    WHEN 'holdout' THEN 'Held out to measure'
    WHEN 'not_allowed' THEN 'Not on the allow-list'
    WHEN 'left_segment' THEN 'Left the segment'
    WHEN 'past_send_by' THEN 'Too late to send'
    WHEN 'no_quiet_hours_left' THEN 'Quiet hours only'
    ELSE report.in_words(skip_reason)
END;

-- Whose doing it is that a person was not written to.
CREATE FUNCTION report.kept_out_by(skip_reason text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE
    WHEN skip_reason IN ('suppressed', 'no_consent', 'restricted') THEN 'The person''s wish'
    WHEN skip_reason IN ('no_address', 'duplicate_address', 'left_segment') THEN 'The data'
    WHEN skip_reason IN ('control_group', 'holdout') THEN 'Measuring'
    ELSE 'Rules and limits'
END;

-- What a step of the waterfall is called by those whom it drops, with its place, so that names sort as the steps follow.
-- The place is the step's and not the stored position, which another number of steps would have moved.
CREATE FUNCTION report.audience_step(step text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE step
    WHEN 'matched' THEN '01 Matched'
    WHEN 'not_suppressed' THEN '02 ' || report.why_not('suppressed')
    WHEN 'consented' THEN '03 ' || report.why_not('no_consent')
    WHEN 'addressable' THEN '04 ' || report.why_not('no_address')
    WHEN 'not_restricted' THEN '05 ' || report.why_not('restricted')
    WHEN 'eligible' THEN '06 ' || report.why_not('not_eligible')
    WHEN 'one_message_an_address' THEN '07 ' || report.why_not('duplicate_address')
    WHEN 're_entry' THEN '08 ' || report.why_not('re_entry')
    WHEN 'capped' THEN '09 ' || report.why_not('capped')
    WHEN 'quiet_hours' THEN '10 ' || report.why_not('no_quiet_hours_left')
    WHEN 'quota' THEN '11 ' || report.why_not('quota')
    WHEN 'budget' THEN '12 ' || report.why_not('budget')
    WHEN 'control_group' THEN '13 ' || report.why_not('control_group')
    WHEN 'holdout' THEN '14 ' || report.why_not('holdout')
    WHEN 'not_held_out' THEN '14 ' || report.why_not('holdout')
    WHEN 'allowed' THEN '15 ' || report.why_not('not_allowed')
    WHEN 'to_send' THEN '16 To send'
    ELSE '99 ' || report.in_words(step)
END;

-- By whom a mailbox is kept. The domain itself is not told: a person's own domain names the person.
CREATE FUNCTION report.mailbox_of(domain text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN domain IS NULL THEN 'No mailbox'
    WHEN domain IN ('gmail.com', 'googlemail.com') THEN 'Google'
    WHEN domain ~ '^(outlook|hotmail|live|msn)\.[a-z]{2,3}(\.[a-z]{2})?$' THEN 'Microsoft'
    WHEN domain ~ '^(yahoo|ymail|rocketmail|aol)\.[a-z]{2,3}(\.[a-z]{2})?$' THEN 'Yahoo'
    WHEN domain IN ('icloud.com', 'me.com', 'mac.com') THEN 'Apple'
    WHEN domain IN ('seznam.cz', 'email.cz') THEN 'Seznam'
    ELSE 'Others'
END;

-- The name of a campaign where there is room for its beginning. A campaign that nobody named is called as its request.
CREATE FUNCTION report.campaign_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN report.shortened(report.masked(name));

GRANT EXECUTE ON FUNCTION
    report.delivery_state, report.why_not, report.kept_out_by, report.audience_step, report.mailbox_of, report.campaign_name
    TO leo_reporter;

CREATE VIEW report.waterfall AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, r.campaign_run_id,
    report.day_of(r.planned_at, t.time_zone) AS day, report.audience_step(s.step) AS step, s.kept, s.dropped,
    CASE s.step WHEN 'matched' THEN s.kept WHEN 'to_send' THEN 0 ELSE -s.dropped END AS change,
    r.campaign_run_id = max(r.campaign_run_id) OVER (PARTITION BY r.tenant_id, r.campaign_id) AS is_newest
FROM activation.audience_step AS s
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE r.kind = 'campaign';
COMMENT ON VIEW report.waterfall IS
    'Grain: a step of a run''s waterfall. change: everybody who matched at the first step, whom it drops at each later one.';

-- Counted in quarters of an hour first, by which all time zones differ: the day of each of many deliveries would take longer
-- than all the rest.
CREATE VIEW report.delivery AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, d.campaign_run_id,
    report.channel_name(d.channel) AS channel, report.delivery_state(d.state) AS state,
    coalesce(report.why_not(d.skip_reason), 'Written to') AS why_not,
    coalesce(report.kept_out_by(d.skip_reason), 'Written to') AS kept_out_by,
    report.day_of(d.quarter, t.time_zone) AS day, sum(d.deliveries)::bigint AS deliveries
FROM (
    SELECT
        tenant_id, campaign_run_id, channel, state, skip_reason,
        date_bin('15 minutes', state_changed_at, '2000-01-01 00:00+00') AS quarter, count(*) AS deliveries
    FROM activation.delivery
    WHERE recipient_kind = 'customer'
    GROUP BY tenant_id, campaign_run_id, channel, state, skip_reason, quarter
) AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE r.kind = 'campaign'
GROUP BY t.tenant_id, c.tenant_id, c.campaign_id, d.campaign_run_id, d.channel, d.state, d.skip_reason, day;
COMMENT ON VIEW report.delivery IS
    'Grain: run, channel, state, reason, day on which the state was reached. One delivery a person, run and channel tried.';

CREATE VIEW report.unknown_delivery AS
WITH counted AS MATERIALIZED (
    SELECT
        d.tenant_id, r.campaign_id, d.channel, coalesce(latest.provider, 'Not recorded') AS provider,
        activation.age_of(d.state_changed_at) AS age, count(*) AS deliveries,
        count(*) FILTER (WHERE d.settled_by = 'deadline') AS past_deadline
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    LEFT JOIN LATERAL (
        SELECT a.provider
        FROM activation.attempt AS a
        WHERE a.tenant_id = d.tenant_id AND a.delivery_id = d.delivery_id
        ORDER BY a.fence DESC
        LIMIT 1
    ) AS latest ON true
    WHERE d.state = 'unknown' AND d.recipient_kind = 'customer' AND r.kind = 'campaign'
    GROUP BY d.tenant_id, r.campaign_id, d.channel, latest.provider, age
), bucket AS (
    -- Where nothing is unknown the report says 0, and does not fall silent.
    SELECT DISTINCT c.tenant_id, channel.name AS channel, age.name AS age
    FROM activation.campaign AS c
    CROSS JOIN unnest(c.channels) AS channel (name)
    CROSS JOIN (
        VALUES ('1 under an hour'), ('2 under a day'), ('3 under three days'), ('4 three days and more')) AS age (name)
)
SELECT
    t.tenant_id, t.name AS tenant, coalesce(c.campaign_id, '') AS campaign_id,
    coalesce(report.campaign_name(c.name), 'None') AS campaign, report.channel_name(every.channel) AS channel, every.provider,
    every.age, every.deliveries, every.past_deadline
FROM (
    SELECT tenant_id, campaign_id, channel, provider, age, deliveries, past_deadline
    FROM counted
    UNION ALL
    SELECT
        bucket.tenant_id, NULL, bucket.channel,
        coalesce((
            SELECT min(counted.provider) FROM counted
            WHERE counted.tenant_id = bucket.tenant_id AND counted.channel = bucket.channel), 'None'),
        bucket.age, 0, 0
    FROM bucket
) AS every
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN activation.campaign AS c ON c.tenant_id = every.tenant_id AND c.campaign_id = every.campaign_id;
COMMENT ON VIEW report.unknown_delivery IS
    'Grain: campaign, channel, provider and age of deliveries whose end is not known now; each channel and age also with 0.';

CREATE VIEW report.unknown_end AS
SELECT
    t.tenant_id, t.name AS tenant, every.campaign_id, report.campaign_name(c.name) AS campaign,
    report.channel_name(every.channel) AS channel, every.how, every.day, every.deliveries
FROM (
    SELECT
        d.tenant_id, r.campaign_id, d.channel,
        CASE
            WHEN d.settled_by = 'event' THEN 'The provider told later'
            WHEN d.settled_by = 'log' THEN 'Found in the provider''s log'
            WHEN d.settled_by = 'deadline' THEN 'Nothing within 72 hours'
            ELSE 'Still waited for'
        END AS how,
        report.day_of(d.state_changed_at, its.time_zone) AS day, count(*) AS deliveries
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    JOIN ops.tenant AS its USING (tenant_id)
    WHERE (d.state = 'unknown' OR d.settled_by IN ('event', 'log')) AND d.recipient_kind = 'customer'
      AND r.kind = 'campaign'
    GROUP BY d.tenant_id, r.campaign_id, d.channel, how, day
    UNION ALL
    SELECT r.tenant_id, r.campaign_id, channel.name, how.name, max(report.day_of(r.planned_at, its.time_zone)), 0
    FROM activation.run AS r
    JOIN activation.campaign AS its_own USING (tenant_id, campaign_id)
    JOIN ops.tenant AS its USING (tenant_id)
    CROSS JOIN unnest(its_own.channels) AS channel (name)
    CROSS JOIN (VALUES
        ('The provider told later'), ('Found in the provider''s log'), ('Still waited for'), ('Nothing within 72 hours')
    ) AS how (name)
    WHERE r.kind = 'campaign'
    GROUP BY r.tenant_id, r.campaign_id, channel.name, how.name
) AS every
JOIN ops.tenant AS t USING (tenant_id)
JOIN activation.campaign AS c ON c.tenant_id = every.tenant_id AND c.campaign_id = every.campaign_id;
COMMENT ON VIEW report.unknown_end IS
    'Grain: campaign, channel, how it ended, day: deliveries that are or were unknown, by what settled them; each end also '
    'with 0 on the day of the campaign''s newest run. What a late answer of the provider settled is not told apart.';

CREATE VIEW report.campaign_outcome AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, d.campaign_run_id,
    coalesce(d.variant, 'One form') AS variant, report.channel_name(d.channel) AS channel,
    report.mailbox_of(d.domain) AS mailbox, report.day_of(d.quarter, t.time_zone) AS day,
    coalesce(sum(d.messages) FILTER (WHERE d.state = 'accepted'), 0)::bigint AS sent,
    coalesce(sum(d.messages) FILTER (WHERE d.state = 'unknown'), 0)::bigint AS unknown,
    coalesce(sum(d.messages) FILTER (WHERE d.state = 'rejected'), 0)::bigint AS rejected,
    coalesce(sum(d.messages) FILTER (WHERE d.delivered), 0)::bigint AS delivered,
    coalesce(sum(d.messages) FILTER (WHERE d.bounced_for_good OR d.bounced_for_now), 0)::bigint AS bounced,
    coalesce(sum(d.messages) FILTER (WHERE d.bounced_for_good), 0)::bigint AS bounced_for_good,
    coalesce(sum(d.messages) FILTER (WHERE d.bounced_for_now AND NOT d.bounced_for_good), 0)::bigint AS bounced_for_now,
    coalesce(sum(d.messages) FILTER (WHERE d.blocked), 0)::bigint AS blocked,
    coalesce(sum(d.messages) FILTER (WHERE d.complained), 0)::bigint AS complained,
    coalesce(sum(d.messages) FILTER (WHERE d.opened_by_people), 0)::bigint AS opened_by_people,
    coalesce(sum(d.messages) FILTER (WHERE d.opened_by_machines AND NOT d.opened_by_people), 0)::bigint AS opened_by_machines_only,
    coalesce(sum(d.messages) FILTER (WHERE d.clicked), 0)::bigint AS clicked,
    coalesce(sum(d.messages) FILTER (WHERE d.unsubscribed), 0)::bigint AS unsubscribed
FROM (
    SELECT
        one.tenant_id, one.campaign_run_id, one.variant, one.channel, one.domain, one.state,
        date_bin('15 minutes', one.state_changed_at, '2000-01-01 00:00+00') AS quarter,
        of_one.delivered, of_one.bounced_for_good, of_one.bounced_for_now, of_one.blocked, of_one.complained,
        of_one.opened_by_people, of_one.opened_by_machines, of_one.clicked, of_one.unsubscribed,
        count(*) AS messages
    FROM activation.delivery AS one
    LEFT JOIN (
        SELECT
            e.tenant_id, e.delivery_id,
            bool_or(e.kind = 'delivered') AS delivered,
            bool_or(e.kind = 'bounced' AND e.permanent IS TRUE) AS bounced_for_good,
            bool_or(e.kind = 'bounced' AND e.permanent IS NOT TRUE) AS bounced_for_now,
            bool_or(e.kind IN ('blocked', 'dropped')) AS blocked,
            bool_or(e.kind = 'complained') AS complained,
            bool_or(e.kind = 'opened' AND NOT e.by_machine) AS opened_by_people,
            bool_or(e.kind = 'opened' AND e.by_machine) AS opened_by_machines,
            bool_or(e.kind = 'clicked') AS clicked,
            bool_or(e.kind = 'unsubscribed') AS unsubscribed
        FROM activation.provider_event AS e
        WHERE e.kind IN ('delivered', 'bounced', 'blocked', 'dropped', 'complained', 'opened', 'unsubscribed')
           OR e.kind = 'clicked' AND NOT e.by_machine
        GROUP BY e.tenant_id, e.delivery_id
    ) AS of_one ON of_one.tenant_id = one.tenant_id AND of_one.delivery_id = one.delivery_id
    WHERE one.recipient_kind = 'customer' AND one.state IN ('accepted', 'rejected', 'unknown')
    GROUP BY one.tenant_id, one.campaign_run_id, one.variant, one.channel, one.domain, one.state, quarter,
        of_one.delivered, of_one.bounced_for_good, of_one.bounced_for_now, of_one.blocked, of_one.complained,
        of_one.opened_by_people, of_one.opened_by_machines, of_one.clicked, of_one.unsubscribed
) AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE r.kind = 'campaign'
GROUP BY t.tenant_id, c.tenant_id, c.campaign_id, d.campaign_run_id, d.variant, d.channel, mailbox, day;
COMMENT ON VIEW report.campaign_outcome IS
    'Grain: run, variant, channel, keeper of the mailbox, day of sending: messages by what was told of them, each once a kind.';

CREATE VIEW report.campaign_conversion AS
SELECT
    t.tenant_id, t.name AS tenant, every.campaign_id, report.campaign_name(named.name) AS campaign,
    CASE WHEN own.campaign_id IS NULL THEN 'The shop itself' ELSE 'Here' END AS sent_by,
    every.channel, every.told_by, every.day, t.currency, every.orders, every.revenue_minor / power(10, t.minor_units) AS revenue
FROM (
    SELECT
        o.tenant_id, o.campaign_id, coalesce(report.channel_name(o.channel), 'Not known') AS channel,
        CASE o.told_by
            WHEN 'source' THEN 'Named by the shop' WHEN 'click' THEN 'After a click' ELSE 'After a message' END AS told_by,
        report.day_of(o.occurred_at, its.time_zone) AS day, count(*) AS orders, coalesce(sum(o.value_minor), 0) AS revenue_minor
    FROM core.campaign_touch AS o
    JOIN ops.tenant AS its USING (tenant_id)
    WHERE o.exposure = 'converted'
    GROUP BY o.tenant_id, o.campaign_id, o.channel, o.told_by, day
    UNION ALL
    -- A campaign that brought no order says so.
    SELECT r.tenant_id, r.campaign_id, report.channel_name(channel.name), why.told_by,
           max(report.day_of(r.planned_at, its.time_zone)), 0, 0
    FROM activation.run AS r
    JOIN activation.campaign AS its_own USING (tenant_id, campaign_id)
    JOIN ops.tenant AS its USING (tenant_id)
    CROSS JOIN unnest(its_own.channels) AS channel (name)
    CROSS JOIN (VALUES ('After a click'), ('After a message')) AS why (told_by)
    WHERE r.kind = 'campaign'
    GROUP BY r.tenant_id, r.campaign_id, channel.name, why.told_by
) AS every
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN activation.campaign AS own ON own.tenant_id = every.tenant_id AND own.campaign_id = every.campaign_id
LEFT JOIN core.campaign AS theirs ON theirs.tenant_id = every.tenant_id AND theirs.campaign_id = every.campaign_id
CROSS JOIN LATERAL (SELECT coalesce(own.name, theirs.name) AS name) AS named;
COMMENT ON VIEW report.campaign_conversion IS
    'Grain: campaign, channel, why its orders are put down to it, day: orders of which something was kept and what was kept, '
    'in the tenant''s currency; also of campaigns of the shop''s own. Each channel of ours also with 0 on its newest run''s day.';

CREATE VIEW report.campaign_lift AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign,
    coalesce(report.in_words(l.compared_with), 'Nobody') AS compared_with,
    l.began_at AT TIME ZONE t.time_zone AS began_at, l.ends_at AT TIME ZONE t.time_zone AS ends_at,
    coalesce(to_char(l.ends_at AT TIME ZONE t.time_zone, 'YYYY-MM-DD HH24:MI'), 'No end') AS orders_until, said.is_over,
    -- As the Segment desk judges (aftermath/comparisons.py): nothing is said too early, nor of fewer than 30 on one side.
    CASE
        WHEN l.compared_with IS NULL THEN 'Cannot be told: nobody was kept out'
        WHEN NOT said.is_over THEN 'Too early'
        WHEN least(l.people, l.other_people) < 30 THEN 'Too few people'
        WHEN l.lift_low > 0 THEN 'More bought'
        WHEN l.lift_high < 0 THEN 'Fewer bought'
        ELSE 'Can be chance'
    END AS verdict,
    coalesce(l.people, 0) AS people, coalesce(l.buyers, 0) AS buyers, coalesce(l.orders, 0) AS orders,
    coalesce(l.revenue_minor, 0) / power(10, t.minor_units) AS revenue,
    l.buyers::float / nullif(l.people, 0) AS bought,
    coalesce(l.other_people, 0) AS other_people, coalesce(l.other_buyers, 0) AS other_buyers,
    coalesce(l.other_orders, 0) AS other_orders, coalesce(l.other_revenue_minor, 0) / power(10, t.minor_units) AS other_revenue,
    l.other_buyers::float / nullif(l.other_people, 0) AS other_bought,
    l.lift, l.lift_low, l.lift_high,
    l.revenue_lift_minor / power(10, t.minor_units) AS revenue_lift,
    l.revenue_lift_low_minor / power(10, t.minor_units) AS revenue_lift_low,
    l.revenue_lift_high_minor / power(10, t.minor_units) AS revenue_lift_high,
    t.currency
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL report.lift_of(c.tenant_id, c.campaign_id) AS l ON true
CROSS JOIN LATERAL (
    SELECT coalesce(l.ends_at <= (
        SELECT max(s.started_at) FROM ops.sync_run AS s WHERE s.tenant_id = t.tenant_id AND s.state = 'projected'
    ), false) AS is_over
) AS said
-- Others are not worked out at all.
WHERE EXISTS (
    SELECT FROM activation.run AS r
    WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.campaign_id AND r.kind = 'campaign');
COMMENT ON VIEW report.campaign_lift IS
    'Grain: campaign with a run, group of people whom chance kept out of it (activation.lift_of). Shares are of 1, intervals '
    'of 95 %; money in the tenant''s currency, for each person. Times are of the tenant''s clock. is_over: the last finished sync began after ends_at.';

CREATE VIEW report.campaign_cost AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, sent.campaign_run_id,
    report.channel_name(sent.channel) AS channel, sent.day, t.currency, t.name || ' (' || t.currency || ')' AS tenant_currency,
    CASE WHEN priced.known THEN 'Price known' ELSE 'No price set' END AS price,
    sum(sent.messages)::bigint AS messages,
    coalesce(sum(sent.messages) FILTER (WHERE NOT priced.known), 0)::bigint AS unpriced_messages,
    sum(sent.cost_minor) / power(10, t.minor_units) AS cost,
    sum(sent.uncertain)::bigint AS uncertain_messages,
    sum(sent.uncertain_minor) / power(10, t.minor_units) AS uncertain_cost
FROM (
    SELECT
        d.tenant_id, r.campaign_id, d.campaign_run_id, r.version, d.channel, d.rule, d.policy_version, d.costs,
        report.day_of(d.quarter, its.time_zone) AS day, sum(d.messages) AS messages, sum(d.cost_minor) AS cost_minor,
        sum(d.uncertain) AS uncertain, sum(d.uncertain_minor) AS uncertain_minor
    FROM (
        SELECT
            tenant_id, campaign_run_id, channel, rule, policy_version, coalesce(cost_minor, 0) > 0 AS costs,
            date_bin('15 minutes', state_changed_at, '2000-01-01 00:00+00') AS quarter,
            count(*) FILTER (WHERE state = 'accepted') AS messages,
            coalesce(sum(cost_minor) FILTER (WHERE state = 'accepted'), 0) AS cost_minor,
            count(*) FILTER (WHERE state = 'unknown') AS uncertain,
            coalesce(sum(cost_minor) FILTER (WHERE state = 'unknown'), 0) AS uncertain_minor
        FROM activation.delivery
        WHERE state IN ('accepted', 'unknown') AND recipient_kind = 'customer'
        GROUP BY tenant_id, campaign_run_id, channel, rule, policy_version, costs, quarter
    ) AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    JOIN ops.tenant AS its USING (tenant_id)
    WHERE r.kind = 'campaign'
    GROUP BY d.tenant_id, r.campaign_id, d.campaign_run_id, r.version, d.channel, d.rule, d.policy_version, d.costs, day
) AS sent
JOIN ops.tenant AS t USING (tenant_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
LEFT JOIN activation.tenant_policy AS p ON p.tenant_id = sent.tenant_id AND p.version = sent.policy_version
LEFT JOIN activation.campaign_version AS v
    ON v.tenant_id = sent.tenant_id AND v.campaign_id = sent.campaign_id AND v.version = sent.version
CROSS JOIN LATERAL (
    -- The ledger keeps 0 both where a message is free and where nobody said what it costs.
    SELECT sent.costs
        OR coalesce(v.definition -> 'policy' -> 'cost_minor' ? sent.channel, false)
        OR EXISTS (SELECT FROM jsonb_array_elements(p.rules -> 'costs') AS cost WHERE cost ->> 'channel' = sent.channel)
        OR EXISTS (
            SELECT FROM jsonb_array_elements(p.rules -> 'routes') AS route
            WHERE route ->> 'rule' = sent.rule AND route ->> 'price_minor' IS NOT NULL) AS known
) AS priced
GROUP BY t.tenant_id, c.tenant_id, c.campaign_id, sent.campaign_run_id, sent.channel, sent.day, priced.known;
COMMENT ON VIEW report.campaign_cost IS
    'Grain: run, channel, whether a price is known, day: messages that a provider took and what they cost by the prices of '
    'the rules, in the tenant''s currency. uncertain: messages whose end is not known, which may cost as well.';

CREATE VIEW report.campaign_run AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, r.campaign_run_id,
    report.in_words(r.state) AS state, r.planned_at AT TIME ZONE t.time_zone AS planned_at,
    report.day_of(r.planned_at, t.time_zone) AS day,
    coalesce((SELECT s.kept FROM activation.audience_step AS s WHERE s.tenant_id = r.tenant_id
        AND s.campaign_run_id = r.campaign_run_id AND s.step = 'matched'), 0) AS matched,
    coalesce((SELECT s.kept FROM activation.audience_step AS s WHERE s.tenant_id = r.tenant_id
        AND s.campaign_run_id = r.campaign_run_id AND s.step = 'to_send'), 0) AS to_send,
    coalesce(went.sent, 0) AS sent, coalesce(went.unknown, 0) AS unknown, coalesce(went.refused, 0) AS refused,
    coalesce(went.waiting, 0) AS waiting, coalesce(report.masked(r.stop_reason), 'Not stopped') AS stop_reason
FROM activation.run AS r
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN (
    SELECT
        d.tenant_id, d.campaign_run_id, count(*) FILTER (WHERE d.state = 'accepted') AS sent,
        count(*) FILTER (WHERE d.state = 'unknown') AS unknown, count(*) FILTER (WHERE d.state = 'rejected') AS refused,
        count(*) FILTER (WHERE d.state NOT IN ('accepted', 'unknown', 'rejected')) AS waiting
    FROM activation.delivery AS d
    WHERE d.recipient_kind = 'customer' AND d.state NOT IN ('skipped', 'cancelled')
    GROUP BY d.tenant_id, d.campaign_run_id
) AS went ON went.tenant_id = r.tenant_id AND went.campaign_run_id = r.campaign_run_id
WHERE r.kind = 'campaign';
COMMENT ON VIEW report.campaign_run IS 'Grain: one row a run of a campaign: how many matched, were to be sent to, and were.';

CREATE VIEW report.campaign AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign,
    CASE WHEN c.paused_at IS NOT NULL AND c.state NOT IN ('finished', 'rejected', 'stopped', 'cancelled') THEN 'Paused'
        ELSE report.in_words(c.state) END AS state,
    report.in_words(c.message_class) AS purpose,
    (SELECT string_agg(report.channel_name(channel.name), ', ' ORDER BY channel.place)
        FROM unnest(c.channels) WITH ORDINALITY AS channel (name, place)) AS channels,
    report.in_words(c.schedule ->> 'kind') AS schedule,
    coalesce((c.policy ->> 'holdout_share')::float, 0) AS holdout_share,
    coalesce(own_caps.words, 'Only the tenant''s') AS caps,
    coalesce(ran.runs, 0) AS runs,
    coalesce(to_char(ran.newest_at AT TIME ZONE t.time_zone, 'YYYY-MM-DD HH24:MI'), 'Not yet') AS newest_run,
    coalesce(acts.acts, 0) AS interventions, coalesce(acts.newest, 'None') AS newest_intervention
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT string_agg(cap.count || ' in ' || cap.days || ' days, ' || CASE cap.channel WHEN 'any' THEN 'all channels'
        ELSE report.channel_name(cap.channel) END, '; ' ORDER BY cap.days, cap.channel) AS words
    FROM jsonb_to_recordset(c.policy -> 'caps') AS cap (channel text, count integer, days integer)
) AS own_caps ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS runs, max(r.planned_at) AS newest_at
    FROM activation.run AS r
    WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.campaign_id AND r.kind = 'campaign'
) AS ran ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS acts,
        (array_agg(report.in_words(i.act) || ': ' || report.masked(i.reason) ORDER BY i.intervention_id DESC))[1] AS newest
    FROM activation.intervention AS i
    WHERE i.tenant_id = c.tenant_id AND i.campaign_id = c.campaign_id
) AS acts ON true;
COMMENT ON VIEW report.campaign IS 'Grain: one row a campaign as it is now: state, holdout, caps, runs and what people did to it.';

CREATE VIEW report.intervention AS
SELECT t.tenant_id, t.name AS tenant, every.campaign_id, every.campaign, every.act, every.day, every.acts
FROM (
    SELECT
        i.tenant_id, i.campaign_id, report.campaign_name(c.name) AS campaign,
        CASE i.act WHEN 'pause' THEN 'Paused' WHEN 'resume' THEN 'Went on' WHEN 'stop' THEN 'Stopped' ELSE 'Cancelled' END AS act,
        report.day_of(i.acted_at, its.time_zone) AS day, count(*) AS acts
    FROM activation.intervention AS i
    JOIN activation.campaign AS c USING (tenant_id, campaign_id)
    JOIN ops.tenant AS its USING (tenant_id)
    GROUP BY i.tenant_id, i.campaign_id, c.name, i.act, day
    UNION ALL
    SELECT s.tenant_id, '', 'All campaigns', 'All sending stopped', report.day_of(s.stopped_at, its.time_zone), count(*)
    FROM ops.sending_stop AS s
    JOIN ops.tenant AS its USING (tenant_id)
    GROUP BY s.tenant_id, report.day_of(s.stopped_at, its.time_zone)
    UNION ALL
    SELECT its.tenant_id, '', 'All campaigns', act.name, report.day_of(now(), its.time_zone), 0
    FROM ops.tenant AS its
    CROSS JOIN (VALUES
        ('Paused'), ('Went on'), ('Stopped'), ('Cancelled'), ('All sending stopped')) AS act (name)
) AS every
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.intervention IS
    'Grain: campaign, act, day: what people, or rules by their names, did to campaigns that ran; each act also with 0 today.';

CREATE VIEW report.message_limit AS
SELECT
    t.tenant_id, t.name AS tenant, every.holds_for,
    CASE every.channel WHEN 'any' THEN 'All together' ELSE report.channel_name(every.channel) END AS channel,
    every.messages, every.days, upper(left(every.because, 1)) || substr(every.because, 2) AS because
FROM (
    SELECT
        rules.tenant_id, 'All campaigns' AS holds_for, cap.channel, cap.count AS messages, cap.days,
        coalesce(cap.law ->> 'act', cap.reason, 'No reason was given') AS because
    FROM (
        SELECT DISTINCT ON (p.tenant_id) p.tenant_id, p.rules
        FROM activation.tenant_policy AS p
        ORDER BY p.tenant_id, p.version DESC
    ) AS rules
    CROSS JOIN LATERAL jsonb_to_recordset(rules.rules -> 'caps')
        AS cap (channel text, count integer, days integer, law jsonb, reason text)
    UNION ALL
    -- Version 0 (DEFAULT_POLICY of safety/tenant_policy.py), which holds where a tenant set nothing.
    SELECT its.tenant_id, 'All campaigns', 'any', 4, 7, 'more than a few offers a week make people leave'
    FROM ops.tenant AS its
    WHERE NOT EXISTS (SELECT FROM activation.tenant_policy AS p WHERE p.tenant_id = its.tenant_id)
    UNION ALL
    SELECT c.tenant_id, report.campaign_name(c.name), cap.channel, cap.count, cap.days, 'The campaign''s own'
    FROM activation.campaign AS c
    CROSS JOIN LATERAL jsonb_to_recordset(c.policy -> 'caps') AS cap (channel text, count integer, days integer)
    WHERE c.state NOT IN ('finished', 'rejected', 'stopped', 'cancelled')
) AS every
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.message_limit IS
    'Grain: one row a cap that holds now: at most so many marketing messages a person in any so many days, and why.';

RESET ROLE;
