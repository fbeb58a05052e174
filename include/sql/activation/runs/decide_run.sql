-- Purpose: settle a planned run by a decision about it, and let its deliveries follow.
-- Grain: one row, the number of deliveries that moved.
-- Parameters: tenant_id, campaign_run_id, run_state, delivery_state (ready or cancelled), decided_by, decided_at,
--             within_limits.
-- Rerun: a decided run has no planned deliveries left and keeps its first decision.
--
-- Run under the locks of the campaign and the run.
WITH decided AS (
    UPDATE activation.run
    SET state = %(run_state)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s,
        within_limits = %(within_limits)s,
        finished_at = CASE WHEN %(run_state)s IN ('rejected', 'finished') THEN now() END
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'planned'
    RETURNING campaign_run_id
), waiting AS MATERIALIZED (
    -- In the order in which a sync holds those of people who are gone.
    SELECT delivery.delivery_id
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s
      AND delivery.campaign_run_id IN (SELECT campaign_run_id FROM decided) AND delivery.state = 'planned'
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE
), moved AS (
    UPDATE activation.delivery
    SET state = %(delivery_state)s, state_changed_at = now()
    FROM waiting
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = waiting.delivery_id
    RETURNING delivery.delivery_id
)
SELECT count(*) FROM moved
