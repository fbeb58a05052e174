-- Purpose: the events that this run made or changed.
-- Grain: one row a row of core.event. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT event.*
FROM changed_event AS changed
JOIN core.event AS event
    ON event.tenant_id = %(tenant_id)s
    AND event.occurred_at = changed.occurred_at AND event.graph_key = changed.graph_key
UNION ALL
SELECT event.*
FROM (SELECT graph_key FROM changed_event WHERE occurred_at IS NULL) AS changed
JOIN core.event AS event ON event.tenant_id = %(tenant_id)s AND event.graph_key = changed.graph_key
ON CONFLICT (graph_key) DO NOTHING
