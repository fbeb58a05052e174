-- Purpose: note that a recipient unsubscribed by our own link, as an event beside those that providers tell.
-- Grain: one row a delivery.
-- Parameters: tenant_id, delivery_id, source.
-- Rerun: the first one stands.
INSERT INTO activation.provider_event
    (tenant_id, provider, provider_event_id, delivery_id, kind, detail, occurred_at)
VALUES (
    %(tenant_id)s, 'links', 'unsubscribed:' || %(delivery_id)s::uuid, %(delivery_id)s, 'unsubscribed', %(source)s,
    clock_timestamp()
)
ON CONFLICT DO NOTHING
