-- Purpose: what providers said afterwards, read as outcomes, as evidence about unknown deliveries and as rates; and what the
-- DNS said of the domains that send.

-- What an event proves of a delivery whose end is not known: that the provider took it, that it was not passed on, or
-- nothing. Opens and clicks by a program prove nothing: a relay's scanner may follow links and refuse the message then.
CREATE FUNCTION activation.evidence_of(kind text, by_machine boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN kind IN ('accepted', 'delivered', 'deferred', 'bounced', 'complained', 'unsubscribed') THEN 'accepted'
        WHEN kind IN ('opened', 'clicked') AND NOT by_machine THEN 'accepted'
        WHEN kind IN ('blocked', 'dropped') THEN 'rejected'
    END;

-- How long ago something was, in four bands whose names sort by age.
CREATE FUNCTION activation.age_of(since timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN now() - since < interval '1 hour' THEN '1 under an hour'
        WHEN now() - since < interval '1 day' THEN '2 under a day'
        WHEN now() - since < interval '3 days' THEN '3 under three days'
        ELSE '4 three days and more'
    END;

-- Grain: one row a delivery that something was told of: when each thing happened first. A view, so that it is right in
-- whatever order the events came; it runs with the rights of who asks, so that row security holds.
CREATE VIEW activation.outcome WITH (security_invoker = true) AS
SELECT
    tenant_id, delivery_id,
    min(occurred_at) FILTER (WHERE kind = 'delivered') AS delivered_at,
    min(occurred_at) FILTER (WHERE kind = 'bounced') AS bounced_at,
    min(occurred_at) FILTER (WHERE kind = 'bounced' AND permanent) AS bounced_for_good_at,
    min(occurred_at) FILTER (WHERE kind = 'blocked') AS blocked_at,
    min(occurred_at) FILTER (WHERE kind = 'dropped') AS dropped_at,
    min(occurred_at) FILTER (WHERE kind = 'complained') AS complained_at,
    min(occurred_at) FILTER (WHERE kind = 'opened' AND NOT by_machine) AS opened_at,
    min(occurred_at) FILTER (WHERE kind = 'opened' AND by_machine) AS machine_opened_at,
    min(occurred_at) FILTER (WHERE kind = 'clicked' AND NOT by_machine) AS clicked_at,
    min(occurred_at) FILTER (WHERE kind = 'unsubscribed') AS unsubscribed_at
FROM activation.provider_event
WHERE delivery_id IS NOT NULL
GROUP BY tenant_id, delivery_id;
GRANT SELECT ON activation.outcome TO leo_loader, leo_writer;

-- Grain: one row a delivery whose end is not known, with the provider of its last attempt and since when. past_deadline: the
-- time in which evidence was waited for is over.
CREATE VIEW activation.unknown_delivery WITH (security_invoker = true) AS
SELECT
    delivery.tenant_id, delivery.delivery_id, delivery.campaign_run_id, run.campaign_id, delivery.channel,
    delivery.recipient_kind, latest.provider, latest.provider_message_id, latest.started_at,
    delivery.state_changed_at AS unknown_since,
    delivery.settled_by IS NOT DISTINCT FROM 'deadline' AS past_deadline,
    activation.age_of(delivery.state_changed_at) AS age
FROM activation.delivery
JOIN activation.run USING (tenant_id, campaign_run_id)
LEFT JOIN LATERAL (
    SELECT attempt.provider, attempt.provider_message_id, attempt.started_at
    FROM activation.attempt
    WHERE attempt.tenant_id = delivery.tenant_id AND attempt.delivery_id = delivery.delivery_id
    ORDER BY attempt.fence DESC
    LIMIT 1
) AS latest ON true
WHERE delivery.state = 'unknown';
GRANT SELECT ON activation.unknown_delivery TO leo_loader, leo_writer;

-- Grain: one row a check of a sending domain; the latest one holds. checks is an array of {name, state, sentence}.
CREATE TABLE activation.preflight (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    domain text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    selector text,
    passed boolean NOT NULL,
    checks jsonb NOT NULL,
    PRIMARY KEY (tenant_id, domain, checked_at)
);
CALL ops.protect('activation.preflight');
REVOKE UPDATE, DELETE ON activation.preflight FROM leo_loader, leo_writer;

SET LOCAL ROLE leo_report_owner;

-- Grain: tenant, campaign, run, variant, channel. People of the audience only: our own addresses (seeds) and reviewers do
-- not count. sent is what a provider took; unknown is told beside it, never in it. Reads the tables and not
-- activation.outcome, because that one runs with the rights of who asks, and Superset may read no table.
CREATE VIEW report.campaign_outcome AS
SELECT
    t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, d.campaign_run_id,
    coalesce(d.variant, '') AS variant, d.channel,
    count(*) FILTER (WHERE d.state = 'accepted') AS sent,
    count(*) FILTER (WHERE d.state = 'unknown') AS unknown,
    count(*) FILTER (WHERE d.state = 'rejected') AS rejected,
    count(*) FILTER (WHERE told.delivered) AS delivered,
    count(*) FILTER (WHERE told.bounced) AS bounced,
    count(*) FILTER (WHERE told.complained) AS complained,
    count(*) FILTER (WHERE told.opened) AS opened_by_people,
    count(*) FILTER (WHERE told.machine_opened AND NOT told.opened) AS opened_by_machines_only,
    count(*) FILTER (WHERE told.clicked) AS clicked,
    count(*) FILTER (WHERE told.unsubscribed) AS unsubscribed
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN (
    SELECT
        e.tenant_id, e.delivery_id,
        bool_or(e.kind = 'delivered') AS delivered,
        bool_or(e.kind = 'bounced') AS bounced,
        bool_or(e.kind = 'complained') AS complained,
        bool_or(e.kind = 'opened' AND NOT e.by_machine) AS opened,
        bool_or(e.kind = 'opened' AND e.by_machine) AS machine_opened,
        bool_or(e.kind = 'clicked' AND NOT e.by_machine) AS clicked,
        bool_or(e.kind = 'unsubscribed') AS unsubscribed
    FROM activation.provider_event AS e
    GROUP BY e.tenant_id, e.delivery_id
) AS told ON told.tenant_id = d.tenant_id AND told.delivery_id = d.delivery_id
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state IN ('accepted', 'rejected', 'unknown')
GROUP BY t.tenant_id, c.campaign_id, c.name, d.campaign_run_id, d.variant, d.channel;

-- Grain: campaign run, channel, state, reason, day. As before, of people of the audience only.
CREATE OR REPLACE VIEW report.delivery AS
SELECT t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, r.campaign_run_id, d.channel, d.state,
       replace(d.skip_reason, '_', ' ') AS skip_reason, date_trunc('day', d.state_changed_at)::timestamp AS day,
       count(*) AS deliveries
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign'
GROUP BY t.tenant_id, c.campaign_id, c.name, r.campaign_run_id, d.channel, d.state, d.skip_reason, day;

-- Grain: tenant, campaign, run, channel, provider, age.
CREATE VIEW report.unknown_delivery AS
SELECT
    t.tenant_id, t.name AS tenant, r.campaign_id, d.campaign_run_id, d.channel,
    coalesce(latest.provider, 'not recorded') AS provider, activation.age_of(d.state_changed_at) AS age,
    count(*) AS deliveries,
    count(*) FILTER (WHERE d.settled_by = 'deadline') AS past_deadline
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT a.provider
    FROM activation.attempt AS a
    WHERE a.tenant_id = d.tenant_id AND a.delivery_id = d.delivery_id
    ORDER BY a.fence DESC
    LIMIT 1
) AS latest ON true
WHERE d.state = 'unknown'
GROUP BY t.tenant_id, r.campaign_id, d.campaign_run_id, d.channel, latest.provider, age;

RESET ROLE;
