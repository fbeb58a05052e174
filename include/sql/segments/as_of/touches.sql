-- Purpose: what had become of campaigns' messages, by what was known then: received where a provider had accepted it here
--          or the source had sent it, opened, clicked, and converted where the source put a purchase down to the campaign.
-- Grain: one row a delivery or event of profiles live then.
-- Parameters: tenant_id, then (the moment), known_until; reads then_profile.
-- Rerun: reads only.
SELECT profile.customer_id, run.campaign_id, 'received' AS exposure, delivery.channel, delivery.state_changed_at AS occurred_at
FROM activation.delivery AS delivery
JOIN activation.run AS run ON run.tenant_id = %(tenant_id)s AND run.campaign_run_id = delivery.campaign_run_id
JOIN then_profile AS profile ON profile.profile_id = delivery.profile_id
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state = 'accepted' AND delivery.state_changed_at < %(then)s
UNION ALL
SELECT
    profile.customer_id, event.campaign_ref,
    CASE event.event_type
        WHEN 'email_sent' THEN 'received' WHEN 'email_open' THEN 'opened' WHEN 'email_click' THEN 'clicked'
        ELSE 'converted'
    END,
    CASE WHEN event.event_type <> 'purchase' THEN 'email' END,
    event.occurred_at
FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
JOIN then_profile AS profile USING (tenant_id, profile_id)
WHERE event.campaign_ref IS NOT NULL AND profile.deleted_at IS NULL
  AND event.event_type IN ('email_sent', 'email_open', 'email_click', 'purchase')
GROUP BY event.event_id, event.occurred_at, event.event_type, event.campaign_ref, event.profile_id, profile.customer_id
