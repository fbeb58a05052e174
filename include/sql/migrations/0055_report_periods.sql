-- Purpose: the views over all events read only the tenants and the days that are asked for (docs/decisions/report-views.md).
-- A filter on the tenant's name, and one on a day of the tenant's, say nothing to core.event: here the name gives the
-- tenant first, the tenant gives its days, and each day the moments between which its events lie.

SET LOCAL ROLE leo_report_owner;

-- The first moment of a day where the tenant lives. Where clocks are put back across midnight the day has two midnights,
-- and PostgreSQL takes the second one.
CREATE FUNCTION report.day_begins(day timestamp, time_zone text) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE
    WHEN ((day AT TIME ZONE time_zone) - interval '1 hour') AT TIME ZONE time_zone >= day
        THEN (day AT TIME ZONE time_zone) - interval '1 hour'
    ELSE day AT TIME ZONE time_zone
END;
GRANT EXECUTE ON FUNCTION report.day_begins TO leo_reporter;

-- Grain: tenant, day, event type, category, currency. currency is '' where an event states no value; value is what the
-- events state, not net of anything: report.sale is.
CREATE OR REPLACE VIEW report.activity AS
SELECT t.tenant_id, t.name AS tenant, calendar.day, report.in_words(e.event_type) AS event_type,
       report.in_words(coalesce(e.category, 'no_product')) AS category, e.currency,
       e.events, round(e.value_minor / power(10::numeric, core.minor_units(nullif(e.currency, ''))), 3) AS value
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM core.event WHERE tenant_id = t.tenant_id
) AS history
CROSS JOIN LATERAL generate_series(
    report.day_of(history.first_at, t.time_zone), report.day_of(history.last_at, t.time_zone), interval '1 day'
) AS calendar (day)
CROSS JOIN LATERAL (
    SELECT told.event_type, product.category, told.currency, sum(told.events)::bigint AS events,
           sum(told.value_minor) AS value_minor
    FROM (
        SELECT event_type, product_id, CASE WHEN value_minor IS NULL THEN '' ELSE coalesce(currency, '')::text END AS currency,
               count(*) AS events, sum(value_minor) AS value_minor
        FROM core.event
        WHERE tenant_id = t.tenant_id AND occurred_at >= report.day_begins(calendar.day, t.time_zone)
          AND occurred_at < report.day_begins(calendar.day + interval '1 day', t.time_zone)
        GROUP BY 1, 2, 3
    ) AS told
    LEFT JOIN core.product AS product ON product.tenant_id = t.tenant_id AND product.product_id = told.product_id
    GROUP BY told.event_type, product.category, told.currency
) AS e;

-- Grain: tenant, month (its first day): customers who did something in it. Somebody active in two months is in both:
-- months do not add up. A message sent to a customer is nothing that they did.
CREATE OR REPLACE VIEW report.active_month AS
SELECT active.tenant_id, active.tenant, active.month, count(*) AS customers
FROM (
    SELECT DISTINCT t.tenant_id, t.name AS tenant, calendar.month, who.customer_id
    FROM ops.tenant AS t
    CROSS JOIN LATERAL (
        SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM core.event WHERE tenant_id = t.tenant_id
    ) AS history
    CROSS JOIN LATERAL generate_series(
        date_trunc('month', report.day_of(history.first_at, t.time_zone)), report.day_of(history.last_at, t.time_zone),
        interval '1 month'
    ) AS calendar (month)
    CROSS JOIN LATERAL (
        SELECT DISTINCT profile_id
        FROM core.event
        WHERE tenant_id = t.tenant_id AND occurred_at >= report.day_begins(calendar.month, t.time_zone)
          AND occurred_at < report.day_begins(calendar.month + interval '1 month', t.time_zone)
          AND event_type NOT LIKE '%\_sent'
    ) AS did
    JOIN core.profile AS who ON who.tenant_id = t.tenant_id AND who.profile_id = did.profile_id
) AS active
GROUP BY active.tenant_id, active.tenant, active.month;

-- What follows has no day that could be asked for alone: a purchase is net of what came back later, and how far somebody
-- has come is of all their time. Each is worked out for one tenant.

-- What was bought and kept, by colour. Grain: colour.
CREATE FUNCTION report.colours_bought_of(of_tenant text) RETURNS TABLE (color text, customers bigint, pieces bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT item.color, count(DISTINCT item.customer_id), sum(item.net_quantity)::bigint
    FROM core.order_item AS item
    WHERE item.tenant_id = of_tenant AND item.net_quantity > 0 AND item.color IS NOT NULL
    GROUP BY item.color;
END;

-- Grain: tenant, colour. A customer likes and buys several: colours do not add up.
CREATE OR REPLACE VIEW report.colour AS
SELECT t.tenant_id, t.name AS tenant, report.in_words(c.color) AS colour, c.liked_by, c.bought_by, c.pieces
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT color, coalesce(liked.customers, 0) AS liked_by, coalesce(bought.customers, 0) AS bought_by,
           coalesce(bought.pieces, 0) AS pieces
    FROM (
        SELECT topic AS color, count(*) AS customers
        FROM profile.interest
        WHERE tenant_id = t.tenant_id AND topic_type = 'color' AND is_primary
        GROUP BY topic
    ) AS liked
    FULL JOIN report.colours_bought_of(t.tenant_id) AS bought USING (color)
) AS c;

-- What each customer of a tenant did, by whichever of their records: only for what counts customers from it.
CREATE FUNCTION report.deeds_of(of_tenant text)
    RETURNS TABLE (customer_id text, last_at timestamptz, viewed boolean, carted boolean)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT profile.customer_id, max(did.last_at), bool_or(did.viewed), bool_or(did.carted)
    FROM core.profile AS profile
    LEFT JOIN (
        SELECT event.profile_id, max(event.occurred_at) AS last_at, bool_or(event.event_type = 'view') AS viewed,
               bool_or(event.event_type = 'add_to_cart') AS carted
        FROM core.event AS event
        WHERE event.tenant_id = of_tenant AND event.event_type NOT LIKE '%\_sent'
        GROUP BY event.profile_id
    ) AS did USING (profile_id)
    WHERE profile.tenant_id = of_tenant AND profile.deleted_at IS NULL
    GROUP BY profile.customer_id;
END;

-- Customers by how far they have come. Grain: furthest step. What is bought is what was kept.
CREATE FUNCTION report.customers_by_step_of(of_tenant text) RETURNS TABLE (furthest integer, customers bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        CASE
            WHEN total.orders > 1 THEN 6
            WHEN total.orders = 1 THEN 5
            WHEN who.carted THEN 4
            WHEN who.viewed THEN 3
            WHEN who.last_at IS NOT NULL THEN 2
            ELSE 1
        END,
        count(*)
    FROM report.deeds_of(of_tenant) AS who
    LEFT JOIN core.customer_total AS total ON total.tenant_id = of_tenant AND total.customer_id = who.customer_id
    GROUP BY 1;
END;

-- Customers by how long they have done nothing, at the moment of the latest sync. Grain: how long ago.
CREATE FUNCTION report.customers_by_last_act_of(of_tenant text) RETURNS TABLE (last_active text, customers bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        CASE
            WHEN who.last_at IS NULL THEN 'Never'
            WHEN who.last_at > synced.as_of - interval '1 month' THEN '0–1 month'
            WHEN who.last_at > synced.as_of - interval '3 months' THEN '1–3 months'
            WHEN who.last_at > synced.as_of - interval '6 months' THEN '3–6 months'
            WHEN who.last_at > synced.as_of - interval '12 months' THEN '6–12 months'
            ELSE 'Longer ago'
        END,
        count(*)
    FROM report.deeds_of(of_tenant) AS who
    CROSS JOIN (SELECT coalesce(report.data_as_of(of_tenant), now()) AS as_of) AS synced
    GROUP BY 1;
END;

-- Grain: tenant, step; every step is named. Cumulative: who bought has also been known, active, and so on, whether or not
-- the source tells of each step, so that the counts can only fall.
CREATE OR REPLACE VIEW report.customer_step AS
SELECT t.tenant_id, t.name AS tenant, come.position, come.step, come.customers
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT s.position, s.step, coalesce(sum(c.customers) FILTER (WHERE c.furthest >= s.position), 0)::bigint AS customers
    FROM (VALUES
        (1, 'Known'), (2, 'Did something'), (3, 'Looked at a product'), (4, 'Put one in the cart'), (5, 'Bought'),
        (6, 'Bought again')) AS s (position, step)
    LEFT JOIN report.customers_by_step_of(t.tenant_id) AS c ON true
    GROUP BY s.position, s.step
) AS come;

-- Grain: tenant, how long ago; every band is named.
CREATE OR REPLACE VIEW report.last_active AS
SELECT t.tenant_id, t.name AS tenant, acted.last_active, acted.customers
FROM ops.tenant AS t
CROSS JOIN LATERAL (
    SELECT b.last_active, coalesce(c.customers, 0) AS customers
    FROM unnest(ARRAY['0–1 month', '1–3 months', '3–6 months', '6–12 months', 'Longer ago', 'Never']) AS b (last_active)
    LEFT JOIN report.customers_by_last_act_of(t.tenant_id) AS c USING (last_active)
) AS acted;

-- Customers who bought and kept something. tenth: 1 are the tenth who spent most. from_amount: where their band of net
-- spend begins, in major units of the tenant's currency. Both are null for who bought only in a currency without a rate.
-- Grain: tenth, band, band of orders.
CREATE FUNCTION report.buyers_of(of_tenant text) RETURNS TABLE (
    tenth integer, from_amount numeric, orders_each text, customers bigint, orders bigint, net_spend numeric,
    orders_without_rate bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH buyer AS (
        SELECT
            total.orders, total.orders_without_rate, rated.is_rated,
            coalesce(total.net_spent_minor, 0) / power(10::numeric, tenant.minor_units) AS net_spend,
            ntile(10) OVER (PARTITION BY rated.is_rated ORDER BY total.net_spent_minor DESC, total.customer_id) AS tenth
        FROM core.customer_total AS total
        JOIN ops.tenant AS tenant USING (tenant_id)
        CROSS JOIN LATERAL (
            SELECT total.net_spent_minor > 0 OR total.orders_without_rate = 0 AS is_rated
        ) AS rated
        WHERE total.tenant_id = of_tenant AND total.orders > 0
    )
    SELECT
        CASE WHEN buyer.is_rated THEN buyer.tenth END, band.from_amount,
        CASE WHEN buyer.orders = 1 THEN '1 order' WHEN buyer.orders < 5 THEN buyer.orders || ' orders'
            ELSE '5 or more' END,
        count(*), sum(buyer.orders)::bigint, sum(buyer.net_spend), sum(buyer.orders_without_rate)::bigint
    FROM buyer
    CROSS JOIN LATERAL (
        SELECT power(10::numeric, floor(log(greatest(buyer.net_spend, 1)))) AS decade
    ) AS scale
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT buyer.is_rated THEN NULL
            WHEN buyer.net_spend < 1 THEN 0
            WHEN buyer.net_spend < 3 * scale.decade THEN scale.decade
            ELSE 3 * scale.decade
        END AS from_amount
    ) AS band
    GROUP BY 1, 2, 3;
END;

-- Grain: tenant, tenth of buyers by spend, band of spend, band of orders.
CREATE OR REPLACE VIEW report.buyer AS
SELECT t.tenant_id, t.name AS tenant, t.currency::text AS currency,
       coalesce((b.tenth - 1) * 10 || '–' || b.tenth * 10 || '%', 'No rate') AS tenth, round(b.from_amount) AS from_amount,
       report.band_name(b.from_amount, t.currency) AS band, b.orders_each, b.customers,
       CASE WHEN b.orders_each = '1 order' THEN 0 ELSE b.customers END AS repeat_customers, b.orders,
       round(b.net_spend, t.minor_units) AS net_spend,
       (b.net_spend / nullif(sum(b.net_spend) OVER (PARTITION BY t.tenant_id), 0))::float AS share_of_spend, b.orders_without_rate
FROM ops.tenant AS t
CROSS JOIN LATERAL report.buyers_of(t.tenant_id) AS b;

-- Orders of which something was kept, by the day on which they were placed. Grain: day, currency of the order.
CREATE FUNCTION report.sales_of(of_tenant text) RETURNS TABLE (
    day timestamp, currency text, orders bigint, pieces bigint, net_minor numeric, home_net_minor numeric,
    orders_without_rate bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        date_trunc('day', placed.ordered_at AT TIME ZONE tenant.time_zone), coalesce(placed.currency, tenant.currency)::text,
        count(*), sum(placed.net_quantity)::bigint,
        -- An order in several currencies is told in the tenant's own.
        sum(CASE WHEN placed.currency IS NULL THEN placed.home_net_minor ELSE placed.net_value_minor END),
        sum(placed.home_net_minor), count(*) FILTER (WHERE placed.items_without_rate > 0)
    FROM core.order AS placed
    JOIN ops.tenant AS tenant USING (tenant_id)
    WHERE placed.tenant_id = of_tenant AND placed.net_quantity > 0
    GROUP BY 1, 2;
END;

-- Grain: tenant, day, currency of the order.
CREATE OR REPLACE VIEW report.sale AS
SELECT t.tenant_id, t.name AS tenant, t.name || ', ' || t.currency AS tenant_and_currency, s.day, s.currency, s.orders,
       s.pieces, round(coalesce(s.net_minor, 0) / power(10::numeric, core.minor_units(s.currency)), 3) AS net_value,
       round(coalesce(s.home_net_minor, 0) / power(10::numeric, t.minor_units), 3) AS home_net_value, s.orders_without_rate
FROM ops.tenant AS t
CROSS JOIN LATERAL report.sales_of(t.tenant_id) AS s;

-- What was told of a message, a column a kind: sums of bits, as 0052 has them, are hardly quicker.
CREATE OR REPLACE VIEW report.campaign_outcome AS
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

DROP FUNCTION report.colours_bought(), report.customers_by_step(), report.buyers(), report.sales();

REVOKE ALL ON FUNCTION
    report.colours_bought_of, report.deeds_of, report.customers_by_step_of, report.customers_by_last_act_of, report.buyers_of,
    report.sales_of
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    report.colours_bought_of, report.customers_by_step_of, report.customers_by_last_act_of, report.buyers_of, report.sales_of
    TO leo_reporter;

RESET ROLE;
