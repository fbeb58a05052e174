-- Purpose: what became of a run's messages, by variant. Grain: one row a variant and channel.
-- Parameters: campaign_run_id.
-- Rerun: reads only.
SELECT coalesce(d.variant, '') AS variant, d.channel,
       count(*) FILTER (WHERE d.state = 'accepted') AS sent,
       count(o.delivered_at) AS delivered,
       count(o.bounced_at) AS bounced,
       count(o.opened_at) AS opened_by_people,
       count(*) FILTER (WHERE o.machine_opened_at IS NOT NULL AND o.opened_at IS NULL) AS opened_by_machines,
       count(o.clicked_at) AS clicked
FROM activation.delivery AS d
LEFT JOIN activation.outcome AS o USING (tenant_id, delivery_id)
WHERE d.campaign_run_id = %(campaign_run_id)s AND d.recipient_kind = 'customer'
  AND d.state IN ('accepted', 'rejected', 'unknown')
GROUP BY d.variant, d.channel
ORDER BY d.channel, d.variant
