-- Purpose: what came of each variant of a campaign's comparison, over all its runs.
-- Grain: one row a variant; people without one (before there was a comparison) under ''.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only. Opens and clicks of programs are left out; each delivery counts once for each kind.
SELECT
    coalesce(delivery.variant, '') AS variant,
    count(*) AS deliveries,
    count(*) FILTER (WHERE delivery.state = 'accepted') AS accepted,
    count(*) FILTER (WHERE delivery.state = 'unknown') AS unknown,
    count(*) FILTER (WHERE told.opened) AS opened,
    count(*) FILTER (WHERE told.clicked) AS clicked,
    count(*) FILTER (WHERE told.bounced) AS bounced,
    count(*) FILTER (WHERE told.complained) AS complained
FROM activation.run
JOIN activation.delivery USING (tenant_id, campaign_run_id)
LEFT JOIN LATERAL (
    SELECT
        bool_or(event.kind = 'opened' AND NOT event.by_machine) AS opened,
        bool_or(event.kind = 'clicked' AND NOT event.by_machine) AS clicked,
        bool_or(event.kind = 'bounced') AS bounced,
        bool_or(event.kind = 'complained') AS complained
    FROM activation.provider_event AS event
    WHERE event.tenant_id = delivery.tenant_id AND event.delivery_id = delivery.delivery_id
) AS told ON true
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
  AND delivery.recipient_kind = 'customer' AND delivery.attempts > 0
GROUP BY coalesce(delivery.variant, '')
ORDER BY variant
