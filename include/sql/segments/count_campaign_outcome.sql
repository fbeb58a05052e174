-- Purpose: what became of the messages of a campaign's finished runs, in numbers.
-- Grain: one row: runs, the day of the last one (UTC) or null, people planned for, messages accepted by providers, and
-- deliveries skipped.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
--
-- People of the audience only: our own addresses (seeds) and tests do not count.
SELECT
    count(DISTINCT run.campaign_run_id) AS runs,
    max((run.finished_at AT TIME ZONE 'UTC')::date) AS last_day,
    count(DISTINCT delivery.customer_id) AS people,
    count(*) FILTER (WHERE delivery.state = 'accepted') AS accepted,
    count(*) FILTER (WHERE delivery.state = 'skipped') AS skipped
FROM activation.run AS run
LEFT JOIN activation.delivery AS delivery
    ON delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
    AND delivery.recipient_kind = 'customer'
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.state = 'finished'
  AND run.kind = 'campaign'
