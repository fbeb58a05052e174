-- Purpose: what became of the messages of a campaign's finished runs, in numbers.
-- Grain: one row: runs, the day of the last one (UTC) or null, people planned for, messages accepted by providers, and
-- deliveries skipped.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT
    count(DISTINCT run.campaign_run_id) AS runs,
    max((run.finished_at AT TIME ZONE 'UTC')::date) AS last_day,
    count(DISTINCT delivery.customer_id) AS people,
    count(*) FILTER (WHERE delivery.state = 'accepted') AS accepted,
    count(*) FILTER (WHERE delivery.state = 'skipped') AS skipped
FROM activation.run AS run
LEFT JOIN activation.delivery AS delivery USING (tenant_id, campaign_run_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.state = 'finished'
