-- Purpose: the customers whose messages changed, or who did something with one, since core.campaign_touch was last kept; an hour
-- more is looked through, because what was written before can have been committed after.
-- Grain: one row with whether everybody is to be looked at (nothing was kept yet), and the customers.
-- Parameters: tenant_id.
-- Rerun: reads only.
WITH mark AS (
    SELECT seen_until - interval '1 hour' AS since FROM core.touch_mark WHERE tenant_id = %(tenant_id)s
), changed AS (
    SELECT delivery.profile_id, delivery.customer_id
    FROM mark
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.state = 'accepted' AND delivery.state_changed_at >= mark.since
    UNION
    SELECT delivery.profile_id, delivery.customer_id
    FROM mark
    JOIN activation.provider_event AS event
        ON event.tenant_id = %(tenant_id)s AND event.kind IN ('opened', 'clicked') AND NOT event.by_machine
        AND event.received_at >= mark.since
    JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = event.delivery_id
)
SELECT
    NOT EXISTS (SELECT FROM mark),
    ARRAY(
        SELECT DISTINCT coalesce(profile.customer_id, changed.customer_id)
        FROM changed
        LEFT JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = changed.profile_id
    )
