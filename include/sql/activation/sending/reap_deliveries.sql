-- Purpose: settle the deliveries of workers that did not come back: claimed is ready again, sending is unknown. Settle
-- those that nobody will begin any more: past their last moment, or of a run that was stopped.
-- Grain: one row: how many are ready again, unknown, skipped, cancelled.
-- Parameters: tenant_id.
-- Rerun: finds only what ended since.
--
-- A retry can be written after its run was stopped, by a worker that was sending just then: it is cancelled here.
WITH overdue AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.state, delivery.send_by, run.state = 'stopped' AS is_stopped
    FROM activation.delivery
    JOIN activation.run USING (tenant_id, campaign_run_id)
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state IN ('claimed', 'sending')
      AND delivery.leased_until <= clock_timestamp()
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), pending AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.state, delivery.send_by, false AS is_stopped
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state IN ('ready', 'retry')
      AND delivery.send_by <= clock_timestamp()
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), orphaned AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.state, delivery.send_by, true AS is_stopped
    FROM activation.run
    JOIN activation.delivery USING (tenant_id, campaign_run_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.state = 'stopped' AND delivery.state IN ('ready', 'retry')
      AND (delivery.send_by IS NULL OR delivery.send_by > clock_timestamp())
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), judged AS (
    SELECT
        delivery_id,
        CASE
            WHEN state = 'sending' THEN 'unknown'
            WHEN is_stopped THEN 'cancelled'
            WHEN send_by <= clock_timestamp() THEN 'skipped'
            ELSE 'ready'
        END AS state
    FROM (SELECT * FROM overdue UNION ALL SELECT * FROM pending UNION ALL SELECT * FROM orphaned) AS found
), reaped AS (
    UPDATE activation.delivery
    SET state = judged.state,
        skip_reason = CASE judged.state WHEN 'skipped' THEN 'past_send_by' END,
        address = CASE WHEN judged.state <> 'skipped' THEN delivery.address END,
        leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM judged
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = judged.delivery_id
    RETURNING delivery.state
)
SELECT
    count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'unknown'),
    count(*) FILTER (WHERE state = 'skipped'), count(*) FILTER (WHERE state = 'cancelled')
FROM reaped
