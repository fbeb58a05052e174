-- Purpose: what a planned run would send, on which channel, in which language and variant, when and for how much.
-- Grain: one row a channel, language and variant of the customers to be sent to.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT
    channel, coalesce(language, '') AS language, coalesce(variant, '') AS variant,
    count(*) AS people,
    count(*) FILTER (WHERE not_before > now()) AS deferred,
    min(not_before) FILTER (WHERE not_before > now()) AS first_deferred,
    max(not_before) FILTER (WHERE not_before > now()) AS last_deferred,
    coalesce(sum(cost_minor), 0)::bigint AS cost_minor
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'customer'
  AND step = 1 AND state NOT IN ('skipped', 'cancelled')
GROUP BY channel, coalesce(language, ''), coalesce(variant, '')
ORDER BY people DESC, channel, language, variant
