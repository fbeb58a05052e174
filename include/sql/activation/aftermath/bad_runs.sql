-- Purpose: runs that still send although too many of their messages, or of their sender's in the last 24 hours, bounced for
-- good or were complained of.
-- Grain: one row a run, channel, scope (run or sender) and kind of trouble that is over its limit.
-- Parameters: tenant_id, bounce_share, bounces_of_at_least, complaint_share, complaints_of_at_least, least_complaints.
-- Rerun: reads only; a run that was stopped comes back no more.
--
-- Only people of the audience count. The sender's day stops marketing only: a receipt is not held back by a campaign.
WITH open_run AS (
    SELECT run.campaign_run_id, run.campaign_id, campaign.requested_by, campaign.message_class
    FROM activation.run
    JOIN activation.campaign USING (tenant_id, campaign_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.kind = 'campaign' AND run.state IN ('approved', 'sending')
), trouble AS MATERIALIZED (
    SELECT delivery_id, bool_or(kind = 'bounced') AS bounced, bool_or(kind = 'complained') AS complained
    FROM activation.provider_event
    WHERE tenant_id = %(tenant_id)s AND kind IN ('bounced', 'complained') AND (kind = 'complained' OR permanent)
      AND occurred_at > now() - interval '30 days'
    GROUP BY delivery_id
), taken AS MATERIALIZED (
    SELECT
        delivery.campaign_run_id, delivery.channel, delivery.state_changed_at > now() - interval '1 day' AS lately,
        count(*) AS accepted, count(*) FILTER (WHERE trouble.bounced) AS bounced,
        count(*) FILTER (WHERE trouble.complained) AS complained
    FROM activation.run
    JOIN activation.delivery USING (tenant_id, campaign_run_id)
    LEFT JOIN trouble USING (delivery_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.kind = 'campaign'
      AND (run.finished_at IS NULL OR run.finished_at > now() - interval '1 day')
      AND delivery.state = 'accepted' AND delivery.recipient_kind = 'customer'
    GROUP BY delivery.campaign_run_id, delivery.channel, lately
), rated AS (
    SELECT 'run' AS scope, campaign_run_id, channel, sum(accepted) AS accepted, sum(bounced) AS bounced,
           sum(complained) AS complained
    FROM taken
    GROUP BY campaign_run_id, channel
    UNION ALL
    SELECT 'sender', NULL, channel, sum(accepted), sum(bounced), sum(complained)
    FROM taken
    WHERE lately
    GROUP BY channel
), bad AS (
    SELECT rated.scope, rated.campaign_run_id, rated.channel, rated.accepted, over.kind, over.troubled
    FROM rated
    CROSS JOIN LATERAL (VALUES
        ('bounced', rated.bounced, rated.accepted >= %(bounces_of_at_least)s
            AND rated.bounced > rated.accepted * %(bounce_share)s::double precision),
        ('complained', rated.complained, rated.accepted >= %(complaints_of_at_least)s
            AND rated.complained >= %(least_complaints)s
            AND rated.complained > rated.accepted * %(complaint_share)s::double precision)
    ) AS over (kind, troubled, is_over)
    WHERE over.is_over
)
SELECT
    open_run.campaign_run_id, open_run.campaign_id, open_run.requested_by, bad.scope, bad.channel, bad.kind,
    bad.troubled, bad.accepted
FROM open_run
JOIN bad
    ON bad.campaign_run_id = open_run.campaign_run_id
    OR (
        bad.scope = 'sender' AND open_run.message_class = 'marketing' AND EXISTS (
            SELECT FROM activation.delivery
            WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = open_run.campaign_run_id
              AND delivery.channel = bad.channel
        )
    )
ORDER BY open_run.campaign_run_id, bad.scope, bad.kind, bad.channel
