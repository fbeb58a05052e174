-- Purpose: keep what a provider told, each event once.
-- Grain: one row an event that was not kept before, in a fixed order so that two batches cannot wait for each other.
-- Parameters: tenant_id, provider, and of equal length: event_ids, delivery_ids, kinds, by_machine, permanent, details,
-- occurred_at.
-- Rerun: keeps nothing the second time.
INSERT INTO activation.provider_event
    (tenant_id, provider, provider_event_id, delivery_id, kind, by_machine, permanent, detail, occurred_at)
SELECT %(tenant_id)s, %(provider)s, told.*
FROM unnest(
    %(event_ids)s::text[], %(delivery_ids)s::uuid[], %(kinds)s::text[], %(by_machine)s::boolean[],
    %(permanent)s::boolean[], %(details)s::text[], %(occurred_at)s::timestamptz[]
) AS told (provider_event_id, delivery_id, kind, by_machine, permanent, detail, occurred_at)
ORDER BY told.provider_event_id
ON CONFLICT DO NOTHING
RETURNING provider_event_id
