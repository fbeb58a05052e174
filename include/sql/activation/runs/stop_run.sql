-- Purpose: stop a run for good: nothing that has not begun is sent any more. Its campaign follows, unless it was
--          submitted anew meanwhile or the run was a test.
-- Grain: one row: whether this stopped it, and how many deliveries were cancelled.
-- Parameters: tenant_id, campaign_run_id, reason, then (where the campaign goes: stopped, or ready to be planned anew).
-- Rerun: cancels what is still open; a delivery in sending keeps its own end.
--
-- Run under the locks of the campaign and the run. An attempt that is about to begin holds its delivery: it has begun
-- before this is committed, or it finds the delivery cancelled.
--
-- The moment of a run that is to be planned anew is free again, and whom it had not begun to send to counts as not asked
-- yet, as where a campaign was changed (void_runs): where nothing of it was begun, and in any case that of a campaign that
-- goes out once, which has no other moment. Its re-entry rule keeps out whom it was sent to.
WITH stopped AS (
    UPDATE activation.run
    SET state = 'stopped', stop_reason = %(reason)s, finished_at = now(),
        voided_at = CASE WHEN %(then)s = 'ready' THEN now() END,
        due_at = CASE WHEN %(then)s <> 'ready' OR (
            EXISTS (
                SELECT FROM activation.campaign AS planned
                WHERE planned.tenant_id = run.tenant_id AND planned.campaign_id = run.campaign_id
                  AND planned.schedule ->> 'kind' <> 'once'
            ) AND EXISTS (
                SELECT FROM activation.delivery
                WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
                  AND delivery.state IN ('sending', 'accepted', 'rejected', 'unknown')
            )
        ) THEN due_at END
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
      AND state IN ('planned', 'approved', 'sending')
    RETURNING campaign_id, kind
), halted AS (
    UPDATE activation.campaign
    SET state = %(then)s
    FROM stopped
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = stopped.campaign_id
      AND stopped.kind = 'campaign' AND campaign.state IN ('in_review', 'approved')
), waiting AS MATERIALIZED (
    -- In the order in which answers hold them.
    SELECT delivery_id
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
      AND state IN ('planned', 'ready', 'claimed', 'retry') AND EXISTS (SELECT FROM stopped)
    ORDER BY delivery_id
    FOR NO KEY UPDATE
), cancelled AS (
    UPDATE activation.delivery
    SET state = 'cancelled', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM waiting
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = waiting.delivery_id
    RETURNING delivery.delivery_id
)
SELECT EXISTS (SELECT FROM stopped), (SELECT count(*) FROM cancelled)
