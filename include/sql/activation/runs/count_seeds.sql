-- Purpose: how many addresses of the seed list get a copy of a run.
-- Grain: one row a channel.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT channel, count(*)
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'seed'
GROUP BY channel
ORDER BY channel
