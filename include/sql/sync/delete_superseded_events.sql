-- Purpose: rows of an event that the source has since moved in time or cut short (an item taken off an order); what they
-- said is kept, for answers about the past.
-- Ids of the CSV form stand on several events: there a repaired row supersedes nothing, and stays itself until its row
-- changes at the source.
-- Grain: one row an event and item; gives their number. Parameters: tenant_id, sync_run_id. Rerun: finds none.
WITH deleted AS (
    DELETE FROM core.event AS known
    WHERE known.tenant_id = %(tenant_id)s
      AND known.event_id IN (SELECT event_id FROM shaped_event)
      AND NOT EXISTS (
          SELECT FROM shaped_event AS read
          WHERE read.event_key = known.event_key AND read.occurred_at = known.occurred_at
      )
      AND NOT EXISTS (
          SELECT FROM ops.sync_run WHERE sync_run_id = %(sync_run_id)s AND mode = 'replay' AND source_kind = 'csv'
      )
      AND NOT EXISTS (
          SELECT
          FROM ops.quarantine AS repaired
          WHERE repaired.tenant_id = known.tenant_id AND repaired.collection = 'clickstream_events'
            AND repaired.state = 'replayed'
            AND repaired.source_key = known.event_id AND repaired.source_rev = known.source_rev
      )
    RETURNING
        event_key, event_id, graph_key, profile_id, event_type, metric_name, occurred_at, ingested_at, product_id, color, quantity,
        price_minor, value_minor, order_value_minor, currency, order_id, campaign_ref
),
kept AS (
    INSERT INTO core.event_history (
        tenant_id, event_key, event_id, graph_key, profile_id, event_type, metric_name, occurred_at, ingested_at, product_id, color,
        quantity, price_minor, value_minor, order_value_minor, currency, order_id, campaign_ref)
    SELECT
        %(tenant_id)s, event_key, event_id, graph_key, profile_id, event_type, metric_name, occurred_at, ingested_at, product_id,
        color, quantity, price_minor, value_minor, order_value_minor, currency, order_id, campaign_ref
    FROM deleted
),
noted AS (
    INSERT INTO changed_event (graph_key, occurred_at)
    SELECT graph_key, occurred_at FROM deleted ON CONFLICT DO NOTHING
)
SELECT count(*) FROM deleted
