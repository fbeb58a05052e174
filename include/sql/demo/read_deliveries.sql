-- Purpose: how the deliveries of a run to customers ended. Grain: one row a channel, state and reason.
-- Parameters: campaign_run_id.
-- Rerun: reads only.
SELECT channel, state, skip_reason, count(*)
FROM activation.delivery
WHERE campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'customer'
GROUP BY channel, state, skip_reason
ORDER BY channel, count(*) DESC, state, skip_reason
