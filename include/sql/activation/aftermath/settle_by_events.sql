-- Purpose: settle deliveries whose end is not known by what was told of them. One proof that the provider took a message
-- outweighs any that it did not, whichever came first: a delivery that only events or a log had rejected is accepted then.
-- Grain: one row a delivery that moved, with its new state.
-- Parameters: tenant_id, delivery_ids (null: every unknown one).
-- Rerun: moves nothing the second time; unknown never becomes ready. Of the proofs the first in the alphabet holds: accepted.
WITH held AS MATERIALIZED (
    SELECT delivery_id, state
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s
      AND (
          state = 'unknown'
          OR (state = 'rejected' AND settled_by IN ('event', 'log') AND %(delivery_ids)s::uuid[] IS NOT NULL)
      )
      AND (%(delivery_ids)s::uuid[] IS NULL OR delivery_id = ANY (%(delivery_ids)s::uuid[]))
    ORDER BY delivery_id
    FOR NO KEY UPDATE
), proved AS (
    SELECT held.delivery_id, held.state AS was, min(activation.evidence_of(event.kind, event.by_machine)) AS state
    FROM held
    JOIN activation.provider_event AS event
        ON event.tenant_id = %(tenant_id)s AND event.delivery_id = held.delivery_id
    GROUP BY held.delivery_id, held.state
)
UPDATE activation.delivery
SET state = proved.state, settled_by = 'event', state_changed_at = clock_timestamp()
FROM proved
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = proved.delivery_id
  AND proved.state IS NOT NULL AND proved.state <> proved.was
RETURNING delivery.state
