-- Purpose: by which routes a planned run goes, to how many and for how much, and whom no route was open to.
-- Grain: one row a channel, route and rule, the largest first.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT
    channel, coalesce(route, '') AS route, coalesce(rule, '') AS rule,
    count(*) FILTER (WHERE state NOT IN ('skipped', 'cancelled')) AS people,
    coalesce(sum(cost_minor) FILTER (WHERE state NOT IN ('skipped', 'cancelled')), 0)::bigint AS cost_minor,
    count(*) FILTER (WHERE skip_reason = 'not_eligible') AS not_eligible
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND recipient_kind = 'customer' AND step = 1
  AND (state NOT IN ('skipped', 'cancelled') OR skip_reason = 'not_eligible')
GROUP BY channel, route, rule
ORDER BY people DESC, not_eligible DESC, channel, route, rule
