-- Purpose: what a campaign did beside people whom chance kept out of it, over all its runs or in one of them: who bought, and
--          who would not be written to any more.
-- Grain: one row a measure (bought, left) and group that it is compared with. Shares are of 1.
-- Parameters: tenant_id, campaign_id, campaign_run_id (null: all runs; each person counts once, in the first that drew them).
-- Rerun: reads only.
--
-- As activation.lift_of draws the groups (a test holds the two together): people stand where the draw put them, whatever was
-- sent in the end. "left" is a refusal of marketing on any channel since the run began, by a link, a complaint, a provider's
-- list or an objection: all of them write core.consent.
WITH sent_run AS MATERIALIZED (
    SELECT
        run.campaign_run_id, began.at,
        began.at + make_interval(days => activation.attribution_days(%(tenant_id)s, run.planned_at)) AS until
    FROM activation.run
    CROSS JOIN LATERAL (
        SELECT min(attempt.started_at) AS at
        FROM activation.delivery
        JOIN activation.attempt USING (tenant_id, delivery_id)
        WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = run.campaign_run_id
          AND delivery.recipient_kind = 'customer'
    ) AS began
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
      AND began.at IS NOT NULL
      AND (%(campaign_run_id)s::bigint IS NULL OR run.campaign_run_id = %(campaign_run_id)s)
), drawn AS MATERIALIZED (
    SELECT DISTINCT ON (person.customer_id) person.customer_id, person.place, person.at, person.until
    FROM (
        SELECT
            coalesce(profile.customer_id, delivery.customer_id) AS customer_id, sent_run.at, sent_run.until,
            CASE
                WHEN delivery.skip_reason IN ('holdout', 'control_group') THEN delivery.skip_reason
                WHEN delivery.address_hash IS NOT NULL OR delivery.attempts > 0 THEN 'sent'
            END AS place
        FROM sent_run
        JOIN activation.delivery
            ON delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = sent_run.campaign_run_id
            AND delivery.recipient_kind = 'customer' AND NOT starts_with(delivery.customer_id, 'erased:')
        LEFT JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = delivery.profile_id
    ) AS person
    WHERE person.place IS NOT NULL
    ORDER BY person.customer_id, person.at, person.place = 'sent' DESC
), did AS (
    SELECT 'bought' AS measure, drawn.customer_id
    FROM core.order AS made
    JOIN drawn USING (customer_id)
    WHERE made.tenant_id = %(tenant_id)s AND made.customer_id = ANY (ARRAY(SELECT each.customer_id FROM drawn AS each))
      AND made.net_quantity > 0 AND made.ordered_at >= drawn.at AND made.ordered_at < drawn.until
    GROUP BY drawn.customer_id
    UNION ALL
    SELECT 'left', drawn.customer_id
    FROM drawn
    JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = drawn.customer_id
    JOIN core.consent
        ON consent.tenant_id = %(tenant_id)s AND consent.profile_id = profile.profile_id
        AND consent.purpose = 'marketing' AND consent.state = 'denied'
        AND consent.since >= drawn.at AND consent.since < drawn.until
    GROUP BY drawn.customer_id
), place AS MATERIALIZED (
    SELECT
        drawn.place, measure.name AS measure, min(drawn.at) AS began_at, max(drawn.until) AS ends_at, count(*) AS people,
        count(did.customer_id) AS did
    FROM drawn
    CROSS JOIN (VALUES ('bought'), ('left')) AS measure (name)
    LEFT JOIN did ON did.customer_id = drawn.customer_id AND did.measure = measure.name
    GROUP BY drawn.place, measure.name
)
SELECT
    sent.measure, replace(other.place, '_', ' ') AS compared_with,
    least(sent.began_at, other.began_at) AS began_at, greatest(sent.ends_at, other.ends_at) AS ends_at,
    sent.people, sent.did, other.people AS other_people, other.did AS other_did,
    share.difference, share.low, share.high
FROM place AS sent
JOIN place AS other ON other.place <> 'sent' AND other.measure = sent.measure
CROSS JOIN LATERAL activation.difference_of_shares(sent.did, sent.people, other.did, other.people) AS share
WHERE sent.place = 'sent'
ORDER BY sent.measure, other.place DESC
