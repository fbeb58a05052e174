-- Purpose: a planned audience in numbers: its messages by channel, variant and language, those that wait, what they cost,
--          and a few customers of each reason.
-- Grain: one row.
-- Parameters: tenant_id, campaign_run_id, samples (customers a reason).
-- Rerun: reads only.
WITH planned AS MATERIALIZED (
    SELECT channel, coalesce(variant, '') AS variant, coalesce(language, '') AS language, not_before, cost_minor
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'planned'
      AND recipient_kind = 'customer'
), sample AS (
    SELECT
        skip_reason, customer_id,
        row_number() OVER (
            PARTITION BY skip_reason ORDER BY core.shuffle(tenant_id, customer_id), customer_id COLLATE "C") AS number
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'skipped'
)
SELECT
    (SELECT coalesce(jsonb_object_agg(channel, people), '{}')
     FROM (SELECT channel, count(*) AS people FROM planned GROUP BY channel) AS counted),
    (SELECT coalesce(jsonb_object_agg(variant, people), '{}')
     FROM (SELECT variant, count(*) AS people FROM planned GROUP BY variant) AS counted),
    (SELECT coalesce(jsonb_object_agg(language, people), '{}')
     FROM (SELECT language, count(*) AS people FROM planned GROUP BY language) AS counted),
    count(not_before), min(not_before), max(not_before), coalesce(sum(cost_minor), 0)::bigint,
    (SELECT coalesce(jsonb_object_agg(skip_reason, people), '{}')
     FROM (
         SELECT skip_reason, jsonb_agg(customer_id ORDER BY number) AS people
         FROM sample
         WHERE number <= %(samples)s
         GROUP BY skip_reason
     ) AS sampled)
FROM planned
