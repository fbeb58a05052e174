-- Purpose: how the deliveries of a run to customers ended. Grain: one row a state and reason. Parameter: campaign_run_id.
SELECT state, skip_reason, count(*)
FROM activation.delivery
WHERE campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'customer'
GROUP BY state, skip_reason
ORDER BY count(*) DESC, state
