-- Purpose: the events that cannot be taken, each with the first rule that it breaks (docs/decisions/quality-gate.md).
-- An event_id that stands twice on different events is no fault: only rows equal in every column are repetitions.
-- Grain: one row a rejected row. Parameters: tenant_id, horizon (later events are in the future).
-- Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'clickstream_events', line, left(event_id, 254), rule
FROM (
    SELECT
        event.line,
        event.event_id,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN nullif(btrim(event_id), '') IS NULL OR nullif(btrim(customer_id), '') IS NULL THEN 'no_id'
            WHEN length(event_id) > 254 OR length(customer_id) > 254
                OR greatest(length(product), length(color)) > 200 THEN 'over_long_text'
            WHEN repeated.line IS NOT NULL THEN 'duplicate_row'
            WHEN event_type IS NULL OR event_type NOT IN ('view', 'add_to_cart', 'purchase') THEN 'unknown_event'
            WHEN event_timestamp IS NULL OR NOT core.is_moment(event_timestamp) THEN 'bad_date'
            WHEN event_timestamp::timestamptz > %(horizon)s THEN 'future_event'
            WHEN NOT core.is_number(price) THEN 'bad_number'
            WHEN price::numeric < 0 THEN 'negative_price'
            WHEN NOT EXISTS (SELECT FROM shaped_profile WHERE profile_id = event.customer_id)
                AND NOT EXISTS (
                    SELECT FROM core.profile WHERE tenant_id = %(tenant_id)s AND profile_id = event.customer_id
                ) THEN 'unknown_profile'
        END AS rule
    FROM clickstream_events AS event
    LEFT JOIN (
        SELECT line
        FROM (
            SELECT
                line,
                row_number() OVER (
                    PARTITION BY event_id, customer_id, event_type, product, color, price, event_timestamp ORDER BY line
                ) AS place
            FROM clickstream_events
            WHERE problem IS NULL AND event_id IN (
                SELECT event_id FROM clickstream_events GROUP BY event_id HAVING count(*) > 1
            )
        ) AS compared
        WHERE place > 1
    ) AS repeated USING (line)
) AS judged
WHERE rule IS NOT NULL
