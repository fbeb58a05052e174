-- Purpose: events as the source has them now. What one said before it was corrected is kept, for answers about the past.
-- Grain: one row an event and item; gives their number. Parameters: tenant_id.
-- Rerun: only rows of another source_rev or profile (events are re-parented when profiles merge) are touched.
WITH merged AS (
    MERGE INTO core.event AS known
    USING shaped_event AS read
    ON known.tenant_id = %(tenant_id)s AND known.occurred_at = read.occurred_at AND known.event_key = read.event_key
    WHEN MATCHED AND (known.source_rev <> read.source_rev OR known.profile_id <> read.profile_id) THEN UPDATE SET
        event_id = read.event_id,
        profile_id = read.profile_id,
        event_type = read.event_type,
        metric_name = read.metric_name,
        -- An event that only changed hands is not new.
        ingested_at = CASE
            WHEN (known.event_type, known.product_id, known.color, known.quantity, known.price_minor, known.value_minor,
                  known.currency, known.order_id, known.order_value_minor)
                IS NOT DISTINCT FROM (read.event_type, read.product_id, read.color, read.quantity, read.price_minor,
                  read.value_minor, read.currency, read.order_id, read.order_value_minor) THEN known.ingested_at
            ELSE now()
        END,
        product_id = read.product_id,
        color = read.color,
        quantity = read.quantity,
        price_minor = read.price_minor,
        value_minor = read.value_minor,
        currency = read.currency,
        order_id = read.order_id,
        order_value_minor = read.order_value_minor,
        campaign_ref = read.campaign_ref,
        source_rev = read.source_rev
    WHEN NOT MATCHED THEN INSERT (
        tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, color, quantity,
        price_minor, value_minor, currency, order_id, order_value_minor, campaign_ref, source_rev)
    VALUES (
        %(tenant_id)s, read.event_key, read.event_id, read.profile_id, read.event_type, read.metric_name,
        read.occurred_at, read.product_id, read.color, read.quantity, read.price_minor, read.value_minor,
        read.currency, read.order_id, read.order_value_minor, read.campaign_ref, read.source_rev)
    RETURNING
        known.graph_key, known.occurred_at, old.ingested_at < new.ingested_at AS is_corrected,
        old.event_key AS former_key, old.event_id AS former_id, old.profile_id AS former_profile_id,
        old.event_type AS former_type, old.metric_name AS former_metric, old.ingested_at AS former_ingested_at, old.product_id AS former_product_id,
        old.color AS former_color, old.quantity AS former_quantity, old.price_minor AS former_price_minor,
        old.value_minor AS former_value_minor, old.order_value_minor AS former_order_value_minor,
        old.currency AS former_currency, old.order_id AS former_order_id, old.campaign_ref AS former_campaign_ref
),
kept AS (
    INSERT INTO core.event_history (
        tenant_id, event_key, event_id, graph_key, profile_id, event_type, metric_name, occurred_at, ingested_at,
        product_id, color, quantity, price_minor, value_minor, order_value_minor, currency, order_id, campaign_ref)
    SELECT
        %(tenant_id)s, former_key, former_id, graph_key, former_profile_id, former_type, former_metric, occurred_at,
        former_ingested_at,
        former_product_id, former_color, former_quantity, former_price_minor, former_value_minor,
        former_order_value_minor, former_currency, former_order_id, former_campaign_ref
    FROM merged
    WHERE is_corrected
),
noted AS (
    INSERT INTO changed_event (graph_key, occurred_at) SELECT graph_key, occurred_at FROM merged ON CONFLICT DO NOTHING
)
SELECT count(*) FROM merged
