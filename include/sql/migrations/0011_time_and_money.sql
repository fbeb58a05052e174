-- Purpose: what was true when (the history of profiles), what was kept of what was bought (orders net of returns,
-- refunds and cancellations), and what money was worth (dated currency rates).
-- The rules and their reasons: docs/decisions/time-and-money.md.

-- Grain: one row a former state of a profile; the state of today stands in core.profile. No contact data: a question
-- about the past needs none. valid_from and valid_to are half-open, and a profile's rows follow each other without a gap.
CREATE TABLE core.profile_history (
    tenant_id text NOT NULL,
    profile_id text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL CHECK (valid_to > valid_from),
    gender text,
    date_of_birth date,
    age smallint,
    language text,
    country char(2),
    city text,
    time_zone text,
    time_zone_source text,
    funnel_stage text,
    favorite_color text,
    total_spent_minor bigint,
    keywords text[] NOT NULL,
    scores jsonb NOT NULL,
    ext_attributes jsonb NOT NULL,
    deleted_at timestamptz,
    sync_run_id bigint NOT NULL REFERENCES ops.sync_run,
    PRIMARY KEY (tenant_id, profile_id, valid_from),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES core.profile
);
COMMENT ON COLUMN core.profile_history.valid_from IS
    'When the state before ended; for the first one, when the source made the record (-infinity where it does not say).';
CALL ops.protect('core.profile_history');

-- The attributes that every profile of a tenant had at a moment: one row a profile that was there then. Profiles that
-- the source had not made yet, and those it no longer has at all, are not among them.
CREATE FUNCTION core.profile_as_of(asked_tenant text, at timestamptz) RETURNS TABLE (
    profile_id text,
    customer_id text,
    is_primary boolean,
    valid_from timestamptz,
    valid_to timestamptz,
    gender text,
    date_of_birth date,
    age smallint,
    language text,
    country char(2),
    city text,
    time_zone text,
    time_zone_source text,
    funnel_stage text,
    favorite_color text,
    total_spent_minor bigint,
    keywords text[],
    scores jsonb,
    ext_attributes jsonb,
    deleted_at timestamptz
)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        history.profile_id, now_is.customer_id, now_is.is_primary, history.valid_from, history.valid_to,
        history.gender, history.date_of_birth, history.age, history.language, history.country, history.city,
        history.time_zone, history.time_zone_source, history.funnel_stage, history.favorite_color,
        history.total_spent_minor, history.keywords, history.scores, history.ext_attributes, history.deleted_at
    FROM core.profile_history AS history
    JOIN core.profile AS now_is USING (tenant_id, profile_id)
    WHERE history.tenant_id = asked_tenant AND history.valid_from <= at AND at < history.valid_to
      AND now_is.gone_at IS NULL
    UNION ALL
    SELECT
        now_is.profile_id, now_is.customer_id, now_is.is_primary, since.valid_from, 'infinity',
        now_is.gender, now_is.date_of_birth, now_is.age, now_is.language, now_is.country, now_is.city,
        now_is.time_zone, now_is.time_zone_source, now_is.funnel_stage, now_is.favorite_color,
        now_is.total_spent_minor, now_is.keywords, now_is.scores, now_is.ext_attributes, now_is.deleted_at
    FROM core.profile AS now_is
    CROSS JOIN LATERAL (
        SELECT coalesce(max(history.valid_to), now_is.source_created_at, '-infinity') AS valid_from
        FROM core.profile_history AS history
        WHERE history.tenant_id = now_is.tenant_id AND history.profile_id = now_is.profile_id
    ) AS since
    WHERE now_is.tenant_id = asked_tenant AND since.valid_from <= at AND now_is.gone_at IS NULL;
END;

-- Grain: one row a pair of currencies and day: 1 of from_currency was worth rate of to_currency. The same for every
-- tenant: a rate is a fact about the world. The key serves the look-up of the latest day.
CREATE TABLE core.currency_rate (
    from_currency char(3) NOT NULL CHECK (from_currency ~ '^[A-Z]{3}$'),
    to_currency char(3) NOT NULL CHECK (to_currency ~ '^[A-Z]{3}$' AND to_currency <> from_currency),
    day date NOT NULL,
    rate numeric NOT NULL CHECK (rate > 0),
    source text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (from_currency, to_currency, day)
);
CREATE INDEX ON core.currency_rate (to_currency, day);
CREATE INDEX ON core.currency_rate (loaded_at);
GRANT SELECT ON core.currency_rate TO leo_loader, leo_writer, leo_reader, leo_report_owner;
GRANT INSERT, UPDATE ON core.currency_rate TO leo_loader;

-- What 1 of a currency was worth in another on a day: the rate as stated, else the reverse of the opposite one, else
-- that of two rates of one day with a currency in common. The latest day counts, up to 7 days back (banks publish
-- none at weekends and holidays); null where nothing is known.
CREATE FUNCTION core.rate_on(asked_from text, asked_to text, asked_day date) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(
        (SELECT rate FROM core.currency_rate
         WHERE from_currency = asked_from AND to_currency = asked_to AND day BETWEEN asked_day - 7 AND asked_day
         ORDER BY day DESC LIMIT 1),
        (SELECT 1 / rate FROM core.currency_rate
         WHERE from_currency = asked_to AND to_currency = asked_from AND day BETWEEN asked_day - 7 AND asked_day
         ORDER BY day DESC LIMIT 1),
        (SELECT bought.rate / sold.rate
         FROM core.currency_rate AS sold
         JOIN core.currency_rate AS bought USING (from_currency, day)
         WHERE sold.to_currency = asked_from AND bought.to_currency = asked_to
           AND day BETWEEN asked_day - 7 AND asked_day
         ORDER BY day DESC, from_currency LIMIT 1)
    );

-- An amount in the tenant's own currency by the rate of its day in UTC, in minor units, rounded half away from zero;
-- null where no rate is known. Callers on many rows ask first whether the currency is the tenant's own: it is quicker.
CREATE FUNCTION core.in_home_currency(asked_tenant text, amount_minor bigint, from_currency text, at timestamptz)
    RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT CASE
            WHEN tenant.currency = from_currency THEN amount_minor
            ELSE round(
                amount_minor * core.rate_on(from_currency, tenant.currency, (at AT TIME ZONE 'UTC')::date)
                * power(10::numeric, tenant.minor_units - core.minor_units(from_currency))
            )::bigint
        END
        FROM ops.tenant AS tenant
        WHERE tenant.tenant_id = asked_tenant
    );

-- What the event says of its order as a whole: what was paid, after the order's own discount. On each row of the event,
-- in the row's currency; null where the source does not say or counts it in another currency.
ALTER TABLE core.event ADD COLUMN order_value_minor bigint CHECK (order_value_minor >= 0);
CREATE INDEX ON core.event (tenant_id, order_id) WHERE order_id IS NOT NULL;

-- What was bought and what of it was kept, by what was known of the time before a moment.
-- Grain: one row a purchase event and item. Every window is within a customer's order, so that asking for some
-- customers (customer_id = ANY (…)) reads only theirs.
CREATE FUNCTION core.order_items(before timestamptz) RETURNS TABLE (
    tenant_id text,
    customer_id text,
    -- order_id, or a name made of the event where the source gives the order none.
    order_ref text,
    graph_key bigint,
    event_id text,
    profile_id text,
    product_id text,
    color text,
    occurred_at timestamptz,
    currency char(3),
    quantity bigint,
    net_quantity bigint,
    value_minor bigint,
    -- The item's share of what was paid for the order.
    paid_minor bigint,
    net_value_minor bigint
)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH told AS (
        SELECT
            event.tenant_id, profile.customer_id, event.graph_key, event.event_key, event.event_id, event.profile_id,
            event.event_type, event.product_id, event.color, event.occurred_at, event.currency, event.quantity,
            event.value_minor, event.order_value_minor,
            coalesce(
                event.order_id, 'event:' || event.event_id || '@' || extract(epoch FROM event.occurred_at)
            ) AS order_ref
        FROM core.event AS event
        JOIN core.profile AS profile USING (tenant_id, profile_id)
        WHERE event.event_type IN ('purchase', 'return', 'refund', 'cancel') AND event.occurred_at < before
          AND profile.deleted_at IS NULL
    ), matched AS (
        -- Purchases beside what was taken back of their order, product and colour.
        SELECT
            told.*,
            bool_or(event_type = 'cancel' OR (event_type = 'return' AND product_id IS NULL)) OVER in_order AS all_taken,
            sum(value_minor) FILTER (WHERE event_type = 'refund' AND product_id IS NULL) OVER in_currency AS refunded,
            -- Goods that came back and the money for them are often two events: they are taken once.
            greatest(
                sum(quantity) FILTER (WHERE event_type = 'return') OVER of_kind,
                sum(quantity) FILTER (WHERE event_type = 'refund') OVER of_kind
            ) AS kind_taken,
            greatest(
                sum(quantity) FILTER (WHERE event_type = 'return') OVER of_product,
                sum(quantity) FILTER (WHERE event_type = 'refund') OVER of_product
            ) AS product_taken,
            sum(quantity) FILTER (WHERE event_type = 'purchase') OVER earlier_of_kind AS kind_before,
            CASE WHEN count(*) OVER of_event = count(order_value_minor) OVER of_event
                AND min(currency) OVER of_event = max(currency) OVER of_event
                THEN max(order_value_minor) OVER of_event END AS paid_whole,
            sum(coalesce(value_minor, 0)) OVER of_event AS event_value,
            sum(coalesce(value_minor, 0)) OVER up_to AS value_up_to,
            sum(quantity) OVER of_event AS event_quantity,
            sum(quantity) OVER up_to AS quantity_up_to
        FROM told
        WINDOW
            in_order AS (PARTITION BY tenant_id, customer_id, order_ref),
            in_currency AS (PARTITION BY tenant_id, customer_id, order_ref, currency),
            of_product AS (PARTITION BY tenant_id, customer_id, order_ref, product_id),
            of_kind AS (PARTITION BY tenant_id, customer_id, order_ref, product_id, color),
            earlier_of_kind AS (
                PARTITION BY tenant_id, customer_id, order_ref, product_id, color ORDER BY occurred_at, event_key
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            of_event AS (PARTITION BY tenant_id, customer_id, order_ref, event_id, occurred_at),
            up_to AS (
                PARTITION BY tenant_id, customer_id, order_ref, event_id, occurred_at ORDER BY event_key
                ROWS UNBOUNDED PRECEDING
            )
    ), priced AS (
        -- What was paid for the order, spread over its items by value (by quantity where they have no price): the
        -- difference of rounded running sums, so that the shares add up to the whole.
        SELECT
            matched.*,
            CASE WHEN all_taken THEN quantity
                ELSE least(quantity, greatest(0, coalesce(kind_taken, 0) - coalesce(kind_before, 0)))
            END AS taken_of_kind,
            CASE
                WHEN paid_whole IS NULL THEN value_minor
                WHEN event_value > 0 THEN round(paid_whole * value_up_to / event_value)
                    - round(paid_whole * (value_up_to - coalesce(value_minor, 0)) / event_value)
                WHEN event_quantity > 0 THEN round(paid_whole * quantity_up_to / event_quantity)
                    - round(paid_whole * (quantity_up_to - quantity) / event_quantity)
            END AS paid
        FROM matched
        WHERE event_type = 'purchase'
    ), left_over AS (
        -- What came back of the product in another colour than those bought, or in none.
        SELECT
            priced.*,
            coalesce(product_taken, 0) - sum(taken_of_kind) OVER of_product AS still_taken,
            quantity - taken_of_kind AS rest,
            coalesce(sum(quantity - taken_of_kind) OVER earlier_of_product, 0) AS rest_before
        FROM priced
        WINDOW
            of_product AS (PARTITION BY tenant_id, customer_id, order_ref, product_id),
            earlier_of_product AS (
                PARTITION BY tenant_id, customer_id, order_ref, product_id ORDER BY occurred_at, event_key
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
    ), kept AS (
        SELECT
            left_over.*,
            rest - least(rest, greatest(0, still_taken - rest_before)) AS quantity_kept
        FROM left_over
    ), kept_value AS (
        SELECT
            kept.*,
            CASE
                WHEN all_taken THEN 0
                WHEN quantity = 0 THEN paid
                ELSE round(paid * quantity_kept / quantity)
            END AS value_kept
        FROM kept
    ), refunded AS (
        -- Money given back without goods, less what the goods that came back account for.
        SELECT
            kept_value.*,
            sum(paid) OVER in_currency AS order_paid,
            sum(value_kept) OVER in_currency AS order_kept,
            least(
                sum(value_kept) OVER in_currency,
                greatest(0, coalesce(refunded, 0) - (sum(paid) OVER in_currency - sum(value_kept) OVER in_currency))
            ) AS money_back,
            sum(coalesce(value_kept, 0)) OVER up_to AS kept_up_to
        FROM kept_value
        WINDOW
            in_currency AS (PARTITION BY tenant_id, customer_id, order_ref, currency),
            up_to AS (
                PARTITION BY tenant_id, customer_id, order_ref, currency ORDER BY occurred_at, event_key
                ROWS UNBOUNDED PRECEDING
            )
    )
    SELECT
        tenant_id, customer_id, order_ref, graph_key, event_id, profile_id, product_id, color, occurred_at, currency,
        quantity::bigint,
        CASE WHEN order_paid > 0 AND refunded >= order_paid THEN 0 ELSE quantity_kept END::bigint AS net_quantity,
        value_minor,
        paid::bigint AS paid_minor,
        CASE
            WHEN order_kept > 0 THEN value_kept - (
                round(money_back * kept_up_to / order_kept)
                - round(money_back * (kept_up_to - coalesce(value_kept, 0)) / order_kept)
            )
            ELSE value_kept
        END::bigint AS net_value_minor
    FROM refunded;
END;

-- Grain: one row a purchase event and item, net of everything known today; home_net_minor is in the tenant's currency,
-- null where no rate is known.
CREATE VIEW core.order_item WITH (security_invoker = true) AS
SELECT
    item.*,
    CASE
        WHEN item.currency = tenant.currency THEN item.net_value_minor
        ELSE core.in_home_currency(item.tenant_id, item.net_value_minor, item.currency, item.occurred_at)
    END AS home_net_minor
FROM core.order_items('infinity') AS item
JOIN ops.tenant AS tenant USING (tenant_id);

-- Grain: one row an order of a customer. currency and the sums in it are null where an order mixes currencies;
-- items_without_rate is how many of its items home_net_minor lacks.
CREATE VIEW core.order WITH (security_invoker = true) AS
SELECT
    tenant_id,
    customer_id,
    order_ref,
    min(occurred_at) AS ordered_at,
    count(*) AS items,
    sum(quantity)::bigint AS quantity,
    sum(net_quantity)::bigint AS net_quantity,
    CASE WHEN min(currency) = max(currency) THEN min(currency) END AS currency,
    CASE WHEN min(currency) = max(currency) THEN sum(paid_minor)::bigint END AS paid_minor,
    CASE WHEN min(currency) = max(currency) THEN sum(net_value_minor)::bigint END AS net_value_minor,
    coalesce(sum(home_net_minor), 0)::bigint AS home_net_minor,
    count(*) FILTER (WHERE net_value_minor IS NOT NULL AND home_net_minor IS NULL) AS items_without_rate
FROM core.order_item
GROUP BY tenant_id, customer_id, order_ref;

-- Grain: one row a customer who ever bought, over all live profiles. orders, first_order_at and last_order_at are of the
-- orders of which something was kept; net_spent_minor is in the tenant's currency and lacks orders_without_rate.
CREATE VIEW core.customer_total WITH (security_invoker = true) AS
SELECT
    tenant_id,
    customer_id,
    count(*) FILTER (WHERE net_quantity > 0) AS orders,
    min(ordered_at) FILTER (WHERE net_quantity > 0) AS first_order_at,
    max(ordered_at) FILTER (WHERE net_quantity > 0) AS last_order_at,
    sum(home_net_minor)::bigint AS net_spent_minor,
    count(*) FILTER (WHERE items_without_rate > 0) AS orders_without_rate
FROM core.order
GROUP BY tenant_id, customer_id;
GRANT SELECT ON core.order_item, core.order, core.customer_total TO leo_loader, leo_writer, leo_report_owner;

-- What speaks for an entry or exit beside its cause; late_data names the late events ({"late_events": [event ids]}).
ALTER TABLE segment.membership_change ADD COLUMN evidence jsonb NOT NULL DEFAULT '{}';
