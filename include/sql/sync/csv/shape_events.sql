-- Purpose: events of the CSV form in the sources' common form. event_key is the id and a hash of the row, because the
-- form's ids stand on different events.
-- Grain: one row an event that passed. Parameters: minor_units, currency of the tenant.
-- Rerun: the caller has emptied the table.
INSERT INTO shaped_event (
    line, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, category, color, quantity,
    price_minor, value_minor, currency, source_rev)
SELECT
    line,
    event_id || ':' || left(hash, 12),
    event_id,
    customer_id,
    event_type,
    event_type,
    event_timestamp::timestamptz,
    lower(btrim(product)),
    lower(btrim(product)),
    lower(btrim(color)),
    1,
    core.to_minor(price, %(minor_units)s),
    core.to_minor(price, %(minor_units)s),
    %(currency)s,
    source_rev
FROM clickstream_events AS event
CROSS JOIN LATERAL (
    SELECT md5(row(customer_id, event_type, product, color, price, event_timestamp)::text) AS hash
) AS hashed
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'clickstream_events' AND rejected.line = event.line)
