-- Purpose: how one person stands in a planned run.
-- Grain: one row, or none where they are not in its audience.
-- Parameters: tenant_id, campaign_run_id, customer_id.
-- Rerun: reads only.
SELECT skip_reason, channel, not_before, variant, language, route, rule, policy_version
FROM activation.delivery
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND customer_id = %(customer_id)s
  AND step = 1 AND recipient_kind = 'customer'
