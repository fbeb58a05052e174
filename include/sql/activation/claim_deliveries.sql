-- Purpose: take deliveries that are due, for one worker and for a time; others step over them.
-- Grain: one row a delivery taken.
-- Parameters: tenant_id, campaign_run_id, worker, lease, batch (at most so many).
-- Rerun: takes the next ones. The fence rises, so whoever held a delivery before can change it no more.
WITH due AS MATERIALIZED (
    SELECT delivery.delivery_id
    FROM activation.delivery
    JOIN activation.run USING (tenant_id, campaign_run_id)
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = %(campaign_run_id)s
      AND delivery.state IN ('ready', 'retry')
      AND (delivery.not_before IS NULL OR delivery.not_before <= clock_timestamp())
      AND run.state = 'sending'
    LIMIT %(batch)s
    FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE activation.delivery
SET state = 'claimed', fence = delivery.fence + 1, leased_by = %(worker)s,
    leased_until = clock_timestamp() + %(lease)s, state_changed_at = clock_timestamp()
FROM due
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = due.delivery_id
RETURNING delivery.delivery_id, delivery.fence, delivery.customer_id, delivery.channel, delivery.recipient_kind
