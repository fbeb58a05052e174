-- Purpose: events in another currency than the tenant's for whose day a rate was loaded or corrected since the tenant's
-- last complete run began, so that what is told in its own currency is written anew; and the customers whose total is
-- made of them.
-- Grain: one row an event and item, and one a customer. Parameters: tenant_id, currency of the tenant. Rerun: adds none.
WITH loaded AS (
    -- A rate serves the week from its day on.
    SELECT min(day)::timestamptz AS since, (max(day) + 8)::timestamptz AS until
    FROM core.currency_rate
    WHERE loaded_at >= (
        SELECT max(started_at) FROM ops.sync_run WHERE tenant_id = %(tenant_id)s AND state = 'projected'
    )
),
revalued AS (
    SELECT event.graph_key, event.occurred_at, event.profile_id
    FROM loaded
    JOIN core.event AS event ON event.tenant_id = %(tenant_id)s
        AND event.occurred_at >= loaded.since AND event.occurred_at < loaded.until
    WHERE event.currency <> %(currency)s
),
noted AS (
    INSERT INTO changed_event (graph_key, occurred_at)
    SELECT graph_key, occurred_at FROM revalued ON CONFLICT DO NOTHING
)
INSERT INTO changed_customer (customer_id)
SELECT DISTINCT speaker.customer_id
FROM revalued
JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = revalued.profile_id
JOIN core.profile AS speaker ON speaker.tenant_id = profile.tenant_id AND speaker.customer_id = profile.customer_id
WHERE speaker.is_primary AND speaker.deleted_at IS NULL AND speaker.total_spent_minor IS NULL
ON CONFLICT DO NOTHING
