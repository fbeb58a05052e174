-- Purpose: how many deliveries have no known end, and since when.
-- Grain: one row a campaign, run, channel, provider and age.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    age, campaign_id, campaign_run_id, channel, provider, count(*), count(*) FILTER (WHERE past_deadline),
    min(unknown_since)
FROM activation.unknown_delivery
WHERE tenant_id = %(tenant_id)s
GROUP BY age, campaign_id, campaign_run_id, channel, provider
ORDER BY age DESC, campaign_id, campaign_run_id, channel, provider
