-- Purpose: what had been bought and what of it was kept, by what was known then: the rules of core.order_items over the
--          events and customers of the moment. A test holds both against each other.
-- Grain: one row a purchase event and item; money in the tenant's currency.
-- Parameters: tenant_id, currency, then (the moment), known_until; reads then_profile.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE then_item ON COMMIT DROP AS
SELECT
    item.*,
    CASE
        WHEN item.currency = %(currency)s THEN item.net_value_minor
        ELSE core.in_home_currency(%(tenant_id)s, item.net_value_minor, item.currency, item.occurred_at)
    END AS home_net_minor
FROM (
    WITH told AS (
        SELECT
            event.tenant_id, profile.customer_id, event.graph_key, event.event_key, event.event_id, event.profile_id,
            event.event_type, event.product_id, event.color, event.occurred_at, event.currency, event.quantity,
            event.value_minor, event.order_value_minor,
            coalesce(
                event.order_id, 'event:' || event.event_id || '@' || extract(epoch FROM event.occurred_at)
            ) AS order_ref
        FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
        JOIN then_profile AS profile USING (tenant_id, profile_id)
        WHERE event.event_type IN ('purchase', 'return', 'refund', 'cancel') AND profile.deleted_at IS NULL
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
    FROM refunded
) AS item
