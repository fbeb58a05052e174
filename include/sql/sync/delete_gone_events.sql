-- Purpose: events that the source no longer has, with what they said before.
-- Grain: one row an event and item; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH deleted AS (
    DELETE FROM core.event AS known
    USING gone
    WHERE gone.collection IN ('cdp_trackingevent', 'clickstream_events')
      AND known.tenant_id = %(tenant_id)s AND known.event_id = gone.source_key
    RETURNING known.graph_key, known.occurred_at
),
forgotten AS (
    DELETE FROM core.event_history AS former
    USING gone
    WHERE gone.collection IN ('cdp_trackingevent', 'clickstream_events')
      AND former.tenant_id = %(tenant_id)s AND former.event_id = gone.source_key
),
noted AS (
    INSERT INTO changed_event (graph_key, occurred_at)
    SELECT graph_key, occurred_at FROM deleted ON CONFLICT DO NOTHING
)
SELECT count(*) FROM deleted
