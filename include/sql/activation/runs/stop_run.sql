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
-- yet, as where a campaign was changed (void_runs).
WITH stopped AS (
    UPDATE activation.run
    SET state = 'stopped', stop_reason = %(reason)s, finished_at = now(),
        voided_at = CASE WHEN %(then)s = 'ready' THEN now() END,
        due_at = CASE WHEN %(then)s <> 'ready' OR EXISTS (
            SELECT FROM activation.delivery
            WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
              AND delivery.state IN ('sending', 'accepted', 'rejected', 'unknown')
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
), cancelled AS (
    UPDATE activation.delivery
    SET state = 'cancelled', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
      AND state IN ('planned', 'ready', 'claimed', 'retry') AND EXISTS (SELECT FROM stopped)
    RETURNING delivery_id
)
SELECT EXISTS (SELECT FROM stopped), (SELECT count(*) FROM cancelled)
