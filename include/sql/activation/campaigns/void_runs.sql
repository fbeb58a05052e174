-- Purpose: end the runs of a campaign that was changed: what had not begun is cancelled.
-- Grain: one row a run that is void now; those that had been rejected or stopped come back too.
-- Parameters: tenant_id, campaign_id, reason.
-- Rerun: ends nothing the second time. Run under the campaign's lock.
--
-- The moment of a run is free again where nothing of it was begun, so that the new version can be planned for it. That of
-- a campaign that goes out once is free in any case: its re-entry rule keeps out whom it was sent to.
WITH ended AS MATERIALIZED (
    SELECT run.campaign_run_id, campaign.schedule ->> 'kind' = 'once' AS is_once
    FROM activation.run
    JOIN activation.campaign USING (tenant_id, campaign_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
      AND (run.state IN ('planned', 'approved', 'sending') OR (run.state IN ('rejected', 'stopped') AND run.voided_at IS NULL))
    ORDER BY run.campaign_run_id
    FOR UPDATE OF run
), waiting AS MATERIALIZED (
    -- In the order in which answers hold them.
    SELECT delivery.delivery_id
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id IN (SELECT campaign_run_id FROM ended)
      AND delivery.state IN ('planned', 'ready', 'claimed', 'retry')
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE
), cancelled AS (
    UPDATE activation.delivery
    SET state = 'cancelled', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM waiting
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = waiting.delivery_id
)
UPDATE activation.run
SET state = CASE run.state WHEN 'rejected' THEN 'rejected' ELSE 'stopped' END,
    stop_reason = CASE WHEN run.state IN ('rejected', 'stopped') THEN run.stop_reason ELSE %(reason)s END,
    finished_at = coalesce(run.finished_at, now()),
    voided_at = now(),
    due_at = CASE WHEN NOT ended.is_once AND EXISTS (
        SELECT FROM activation.delivery
        WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = run.campaign_run_id
          AND delivery.state IN ('sending', 'accepted', 'rejected', 'unknown')
    ) THEN run.due_at END
FROM ended
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = ended.campaign_run_id
RETURNING run.campaign_run_id
