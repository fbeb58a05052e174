-- Purpose: how many messages of a run have no known end, for how many no evidence is waited for any more, and since when.
-- Grain: one row a channel and provider. Parameters: tenant_id, campaign_run_id. Rerun: reads only.
SELECT
    channel, provider, count(*) AS messages, count(*) FILTER (WHERE past_deadline) AS past_deadline,
    min(unknown_since) AS oldest
FROM activation.unknown_delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
GROUP BY channel, provider
ORDER BY messages DESC, channel, provider
