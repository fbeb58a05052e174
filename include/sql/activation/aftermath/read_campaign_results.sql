-- Purpose: what came of a campaign: who got it, who did something with it, and which orders are put down to it.
-- Grain: one row, or none where there is no such campaign. Orders in the tenant's currency, in minor units.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, tenant.currency, tenant.minor_units,
    count(DISTINCT touch.customer_id) FILTER (WHERE touch.exposure = 'received') AS received,
    count(DISTINCT touch.customer_id) FILTER (WHERE touch.exposure = 'opened') AS opened,
    count(DISTINCT touch.customer_id) FILTER (WHERE touch.exposure = 'clicked') AS clicked,
    count(DISTINCT touch.customer_id) FILTER (WHERE touch.exposure = 'converted') AS customers,
    count(*) FILTER (WHERE touch.told_by = 'source') AS orders_by_source,
    count(*) FILTER (WHERE touch.told_by = 'click') AS orders_by_click,
    count(*) FILTER (WHERE touch.told_by = 'message') AS orders_by_message,
    coalesce(sum(touch.value_minor), 0)::bigint AS revenue_minor,
    (
        SELECT max(sync_run.started_at)
        FROM ops.sync_run
        WHERE sync_run.tenant_id = %(tenant_id)s AND sync_run.state = 'projected'
    ) AS known_until
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
LEFT JOIN core.campaign_touch AS touch USING (tenant_id, campaign_id)
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
GROUP BY campaign.campaign_id, campaign.name, tenant.currency, tenant.minor_units
