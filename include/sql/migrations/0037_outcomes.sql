-- Purpose: what came of campaigns: the orders put down to them, and what they did beside people who got no message. The rules
-- and their sources: docs/concepts/outcomes.md.

-- What became of a message is an edge of the graph (0014); since now also what its reader did: opened and clicked as
-- providers and our own links told, once a message and day, and orders that no campaign of the source claims.
ALTER TABLE core.campaign_touch
    -- The message, where it left from here.
    ADD COLUMN delivery_id uuid,
    -- Of an order: what was kept of it, in minor units of the tenant's currency.
    ADD COLUMN value_minor bigint,
    -- Of an order: why it is the campaign's. source: its event names the campaign; click, message: as
    -- activation.attribution_days says.
    ADD COLUMN told_by text CHECK (told_by IN ('source', 'click', 'message')),
    ADD CONSTRAINT only_orders_are_attributed CHECK (told_by IS NULL OR exposure = 'converted');
COMMENT ON COLUMN core.campaign_touch.source_ref IS
    'delivery:<delivery_id> (received), opened:<delivery_id>:<day> and clicked:<delivery_id>:<day> (UTC), '
    'order:<graph_key of its first row>, or event:<graph_key of the event''s first row>.';
CREATE INDEX ON core.campaign_touch (tenant_id, delivery_id) WHERE delivery_id IS NOT NULL;

-- Grain: one row a tenant: until when ledger and events were looked through for core.campaign_touch. No row: never.
CREATE TABLE core.touch_mark (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    seen_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id)
);
CALL ops.protect('core.touch_mark');

-- What changed lately is found without reading the ledger, and a person's messages by their profiles.
CREATE INDEX delivery_accepted_lately ON activation.delivery (tenant_id, state_changed_at) WHERE state = 'accepted';
CREATE INDEX delivery_accepted_of_profile ON activation.delivery (tenant_id, profile_id) WHERE state = 'accepted';
CREATE INDEX provider_event_received ON activation.provider_event (tenant_id, received_at)
    WHERE kind IN ('opened', 'clicked') AND NOT by_machine;

-- The one statement of the rule by which an order is put down to a campaign: a campaign that the source names in the order
-- has it; else the marketing campaign whose message its buyer clicked last, else whose message a provider took last, in so
-- many days before the order. Of the tenant's rules those that held when the run was planned say the days ("attribution" in
-- TenantPolicy); 7 where they say nothing: who buys later had other reasons.
CREATE FUNCTION activation.attribution_days(of_tenant text, planned_at timestamptz) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((
        SELECT (policy.rules #>> '{attribution,days}')::integer
        FROM activation.tenant_policy AS policy
        WHERE policy.tenant_id = of_tenant AND policy.set_at <= planned_at
        ORDER BY policy.version DESC
        LIMIT 1
    ), 7);
GRANT EXECUTE ON FUNCTION activation.attribution_days TO leo_loader, leo_writer, leo_report_owner;

-- Grain: one row a delivery that something was told of, or that an order is put down to: when each thing happened first.
CREATE OR REPLACE VIEW activation.outcome WITH (security_invoker = true) AS
SELECT
    tenant_id, delivery_id,
    min(occurred_at) FILTER (WHERE kind = 'delivered') AS delivered_at,
    min(occurred_at) FILTER (WHERE kind = 'bounced') AS bounced_at,
    min(occurred_at) FILTER (WHERE kind = 'bounced' AND permanent) AS bounced_for_good_at,
    min(occurred_at) FILTER (WHERE kind = 'blocked') AS blocked_at,
    min(occurred_at) FILTER (WHERE kind = 'dropped') AS dropped_at,
    min(occurred_at) FILTER (WHERE kind = 'complained') AS complained_at,
    min(occurred_at) FILTER (WHERE kind = 'opened' AND NOT by_machine) AS opened_at,
    min(occurred_at) FILTER (WHERE kind = 'opened' AND by_machine) AS machine_opened_at,
    min(occurred_at) FILTER (WHERE kind = 'clicked' AND NOT by_machine) AS clicked_at,
    min(occurred_at) FILTER (WHERE kind = 'unsubscribed') AS unsubscribed_at,
    min(occurred_at) FILTER (WHERE kind = 'converted') AS converted_at,
    count(*) FILTER (WHERE kind = 'converted') AS conversions,
    coalesce(sum(value_minor) FILTER (WHERE kind = 'converted'), 0)::bigint AS conversion_value_minor
FROM (
    SELECT tenant_id, delivery_id, kind, by_machine, permanent, occurred_at, NULL::bigint AS value_minor
    FROM activation.provider_event
    WHERE delivery_id IS NOT NULL
    UNION ALL
    SELECT tenant_id, delivery_id, 'converted', false, NULL, occurred_at, value_minor
    FROM core.campaign_touch
    WHERE exposure = 'converted' AND delivery_id IS NOT NULL
) AS told
GROUP BY tenant_id, delivery_id;

-- One bound of Wilson's score interval (E. B. Wilson, Journal of the American Statistical Association 22, 1927) of a
-- proportion successes / n; z is the quantile of the normal distribution, negative for the lower bound.
CREATE FUNCTION activation.wilson_bound(successes double precision, n double precision, z double precision)
    RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (successes + z * z / 2 + z * sqrt(successes * (n - successes) / n + z * z / 4)) / (n + z * z);

-- The 95 % interval of the difference of two proportions x1 / n1 - x2 / n2: Newcombe's hybrid score interval (R. G. Newcombe,
-- "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10). It
-- keeps its promise for small and rare numbers, where Wald's does not. Null where one side has nobody.
CREATE FUNCTION activation.difference_of_shares(x1 double precision, n1 double precision, x2 double precision, n2 double precision)
    RETURNS TABLE (difference double precision, low double precision, high double precision)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        share.p1 - share.p2,
        share.p1 - share.p2 - sqrt(
            (share.p1 - activation.wilson_bound(x1, n1, -share.z)) ^ 2 + (activation.wilson_bound(x2, n2, share.z) - share.p2) ^ 2),
        share.p1 - share.p2 + sqrt(
            (activation.wilson_bound(x1, n1, share.z) - share.p1) ^ 2 + (share.p2 - activation.wilson_bound(x2, n2, -share.z)) ^ 2)
    FROM (SELECT x1 / n1 AS p1, x2 / n2 AS p2, 1.959963984540054::double precision AS z) AS share
    WHERE n1 > 0 AND n2 > 0;
END;

-- The 97.5 % quantile of Student's t: the first four terms of its expansion around the normal quantile (Abramowitz and Stegun,
-- "Handbook of Mathematical Functions", 26.7.5). Off by less than 0.002 from 5 degrees of freedom on; fewer give null.
CREATE FUNCTION activation.t_quantile(freedom double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN freedom >= 5 THEN (
        SELECT
            z + (z ^ 3 + z) / (4 * freedom) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * freedom ^ 2)
            + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * freedom ^ 3)
            + (79 * z ^ 9 + 776 * z ^ 7 + 1482 * z ^ 5 - 1920 * z ^ 3 - 945 * z) / (92160 * freedom ^ 4)
        FROM (SELECT 1.959963984540054::double precision AS z) AS normal
    ) END;

-- The 95 % interval of the difference of two means, of unequal variances: Welch's (B. L. Welch, "The generalization of
-- 'Student's' problem when several different population variances are involved", Biometrika 34, 1947). Null where one side
-- has fewer than two people, or nothing varies.
CREATE FUNCTION activation.difference_of_means(
    mean1 double precision, variance1 double precision, n1 double precision,
    mean2 double precision, variance2 double precision, n2 double precision
)
    RETURNS TABLE (difference double precision, low double precision, high double precision)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT mean1 - mean2, mean1 - mean2 - spread.half, mean1 - mean2 + spread.half
    FROM (SELECT variance1 / nullif(n1, 0) AS v1, variance2 / nullif(n2, 0) AS v2) AS of_mean
    CROSS JOIN LATERAL (
        SELECT activation.t_quantile(
            (of_mean.v1 + of_mean.v2) ^ 2
            / nullif(of_mean.v1 ^ 2 / nullif(n1 - 1, 0) + of_mean.v2 ^ 2 / nullif(n2 - 1, 0), 0)
        ) * sqrt(of_mean.v1 + of_mean.v2) AS half
    ) AS spread;
END;

-- What a campaign did: people who were to get it beside those whom chance kept out, by what they bought in the days of
-- attribution_days after its run began to send.
-- Grain: one row a group that it is compared with: holdout (kept out of this campaign) and control group (gets no marketing at
-- all). Each person counts once, in the first run that drew them, and where the draw put them, whatever was sent in the end:
-- who objected between planning and sending is in both groups alike. An order counts however it came about, no attribution.
CREATE FUNCTION activation.lift_of(of_tenant text, of_campaign text) RETURNS TABLE (
    compared_with text,
    began_at timestamptz,
    ends_at timestamptz,
    people bigint,
    buyers bigint,
    orders bigint,
    revenue_minor bigint,
    other_people bigint,
    other_buyers bigint,
    other_orders bigint,
    other_revenue_minor bigint,
    lift double precision,
    lift_low double precision,
    lift_high double precision,
    revenue_lift_minor double precision,
    revenue_lift_low_minor double precision,
    revenue_lift_high_minor double precision
)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH sent_run AS MATERIALIZED (
        SELECT
            run.campaign_run_id, began.at,
            began.at + make_interval(days => activation.attribution_days(of_tenant, run.planned_at)) AS until
        FROM activation.run
        CROSS JOIN LATERAL (
            SELECT min(attempt.started_at) AS at
            FROM activation.delivery
            JOIN activation.attempt USING (tenant_id, delivery_id)
            WHERE delivery.tenant_id = of_tenant AND delivery.campaign_run_id = run.campaign_run_id
              AND delivery.recipient_kind = 'customer'
        ) AS began
        WHERE run.tenant_id = of_tenant AND run.campaign_id = of_campaign AND run.kind = 'campaign' AND began.at IS NOT NULL
    ), drawn AS MATERIALIZED (
        SELECT DISTINCT ON (person.customer_id) person.customer_id, person.place, person.at, person.until
        FROM (
            SELECT
                coalesce(profile.customer_id, delivery.customer_id) AS customer_id, sent_run.at, sent_run.until,
                CASE
                    WHEN delivery.skip_reason IN ('holdout', 'control_group') THEN delivery.skip_reason
                    -- Whom the waterfall let through has an address, whatever became of the message.
                    WHEN delivery.address_hash IS NOT NULL OR delivery.attempts > 0 THEN 'sent'
                END AS place
            FROM sent_run
            JOIN activation.delivery
                ON delivery.tenant_id = of_tenant AND delivery.campaign_run_id = sent_run.campaign_run_id
                AND delivery.recipient_kind = 'customer'
                -- What the erased bought is gone with them (0038): they are no people who bought nothing.
                AND NOT starts_with(delivery.customer_id, 'erased:')
            LEFT JOIN core.profile ON profile.tenant_id = of_tenant AND profile.profile_id = delivery.profile_id
        ) AS person
        WHERE person.place IS NOT NULL
        -- Two who turned out to be one person, in both groups: they got it.
        ORDER BY person.customer_id, person.at, person.place = 'sent' DESC
    ), bought AS MATERIALIZED (
        SELECT drawn.customer_id, count(*) AS orders, sum(made.home_net_minor) AS revenue_minor
        FROM core.order AS made
        JOIN drawn USING (customer_id)
        WHERE made.tenant_id = of_tenant AND made.customer_id = ANY (ARRAY(SELECT each.customer_id FROM drawn AS each))
          AND made.net_quantity > 0 AND made.ordered_at >= drawn.at AND made.ordered_at < drawn.until
        GROUP BY drawn.customer_id
    ), place AS MATERIALIZED (
        SELECT
            drawn.place, min(drawn.at) AS began_at, max(drawn.until) AS ends_at, count(*) AS people,
            count(bought.customer_id) AS buyers, coalesce(sum(bought.orders), 0)::bigint AS orders,
            coalesce(sum(bought.revenue_minor), 0)::bigint AS revenue_minor,
            avg(coalesce(bought.revenue_minor, 0))::double precision AS mean,
            var_samp(coalesce(bought.revenue_minor, 0))::double precision AS variance
        FROM drawn
        LEFT JOIN bought USING (customer_id)
        GROUP BY drawn.place
    )
    SELECT
        replace(other.place, '_', ' '), least(sent.began_at, other.began_at), greatest(sent.ends_at, other.ends_at),
        sent.people, sent.buyers, sent.orders, sent.revenue_minor,
        other.people, other.buyers, other.orders, other.revenue_minor,
        share.difference, share.low, share.high, mean.difference, mean.low, mean.high
    FROM place AS sent
    JOIN place AS other ON other.place <> 'sent'
    CROSS JOIN LATERAL activation.difference_of_shares(sent.buyers, sent.people, other.buyers, other.people) AS share
    CROSS JOIN LATERAL activation.difference_of_means(
        sent.mean, sent.variance, sent.people, other.mean, other.variance, other.people) AS mean
    WHERE sent.place = 'sent'
    ORDER BY other.place DESC;
END;
GRANT EXECUTE ON FUNCTION activation.lift_of TO leo_writer, leo_report_owner;

SET LOCAL ROLE leo_report_owner;

-- The same for who may only read reports: with the rights of the owner of the reports, as their views.
CREATE FUNCTION report.lift_of(of_tenant text, of_campaign text) RETURNS TABLE (
    compared_with text, began_at timestamptz, ends_at timestamptz, people bigint, buyers bigint, orders bigint,
    revenue_minor bigint, other_people bigint, other_buyers bigint, other_orders bigint, other_revenue_minor bigint,
    lift double precision, lift_low double precision, lift_high double precision, revenue_lift_minor double precision,
    revenue_lift_low_minor double precision, revenue_lift_high_minor double precision
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT * FROM activation.lift_of(of_tenant, of_campaign);
END;
REVOKE ALL ON FUNCTION report.lift_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report.lift_of TO leo_reporter;

-- Grain: tenant, campaign, group that it is compared with (see activation.lift_of). Shares are of 1; money in the tenant's
-- currency, for each person. is_over: the last order that counts was made before the last finished sync began.
CREATE VIEW report.campaign_lift AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, l.compared_with, l.began_at, l.ends_at,
    coalesce(l.ends_at <= (
        SELECT max(s.started_at) FROM ops.sync_run AS s WHERE s.tenant_id = t.tenant_id AND s.state = 'projected'
    ), false) AS is_over,
    l.people, l.buyers, l.orders, l.revenue_minor / power(10, t.minor_units) AS revenue,
    l.other_people, l.other_buyers, l.other_orders, l.other_revenue_minor / power(10, t.minor_units) AS other_revenue,
    l.lift, l.lift_low, l.lift_high,
    l.revenue_lift_minor / power(10, t.minor_units) AS revenue_lift,
    l.revenue_lift_low_minor / power(10, t.minor_units) AS revenue_lift_low,
    l.revenue_lift_high_minor / power(10, t.minor_units) AS revenue_lift_high,
    t.currency
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
CROSS JOIN LATERAL report.lift_of(c.tenant_id, c.campaign_id) AS l
-- Others are not worked out at all.
WHERE EXISTS (SELECT FROM activation.run AS r WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.campaign_id);

-- Grain: tenant, campaign, channel of the message (not known where the source names the campaign), why the orders are the
-- campaign's. Orders of which something was kept, and what was kept of them, in the tenant's currency.
CREATE VIEW report.campaign_conversion AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, coalesce(o.channel, 'not known') AS channel, o.told_by,
    count(*) AS orders, count(DISTINCT o.customer_id) AS customers,
    coalesce(sum(o.value_minor), 0) / power(10, t.minor_units) AS revenue, t.currency, max(o.occurred_at) AS last_order_at
FROM core.campaign_touch AS o
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE o.exposure = 'converted'
GROUP BY t.tenant_id, c.campaign_id, c.name, o.channel, o.told_by;

GRANT SELECT ON report.campaign_lift, report.campaign_conversion TO leo_reporter;

RESET ROLE;
