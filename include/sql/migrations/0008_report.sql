-- Purpose: all that Superset may read: counts by what business teams ask for, no contact data and no single person.
-- The views run with the rights of leo_report_owner, who reads every tenant; Superset's roles filter by tenant_id.

SET LOCAL ROLE leo_report_owner;

-- Grain: tenant, country, city, language, funnel stage.
CREATE VIEW report.customer AS
SELECT t.tenant_id, t.name AS tenant, coalesce(p.country, 'unknown') AS country, coalesce(p.city, 'unknown') AS city,
       coalesce(p.language, 'unknown') AS language, coalesce(p.funnel_stage, 'unknown') AS funnel_stage,
       count(*) AS customers,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM core.channel_address AS a
           WHERE a.tenant_id = p.tenant_id AND a.profile_id = p.profile_id AND a.state = 'active')) AS with_address,
       sum(p.total_spent_minor) / power(10, t.minor_units) AS total_spent,
       t.currency
FROM core.profile AS p
JOIN ops.tenant AS t USING (tenant_id)
WHERE p.is_primary AND p.deleted_at IS NULL
GROUP BY t.tenant_id, p.country, p.city, p.language, p.funnel_stage;

-- Grain: tenant, day: customers that the source knows since that day.
CREATE VIEW report.customer_growth AS
SELECT t.tenant_id, t.name AS tenant, date_trunc('day', p.source_created_at)::timestamp AS day, count(*) AS new_customers
FROM core.profile AS p
JOIN ops.tenant AS t USING (tenant_id)
WHERE p.is_primary AND p.deleted_at IS NULL AND p.source_created_at IS NOT NULL
GROUP BY t.tenant_id, day;

-- Grain: tenant, day, event type, category.
CREATE VIEW report.activity AS
SELECT t.tenant_id, t.name AS tenant, date_trunc('day', e.occurred_at)::timestamp AS day, e.event_type,
       coalesce(p.category, 'no product') AS category, count(*) AS events, count(DISTINCT e.profile_id) AS customers,
       sum(e.value_minor) / power(10, t.minor_units) AS value
FROM core.event AS e
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN core.product AS p USING (tenant_id, product_id)
GROUP BY t.tenant_id, day, e.event_type, p.category;

-- Grain: tenant, topic type, topic.
CREATE VIEW report.interest AS
SELECT t.tenant_id, t.name AS tenant, i.topic_type, i.topic, count(*) AS customers,
       count(*) FILTER (WHERE i.is_primary) AS primary_customers, avg(i.score) AS average_score
FROM profile.interest AS i
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY t.tenant_id, i.topic_type, i.topic;

-- Grain: tenant, stage. Cumulative, because a request that was approved was also drafted: a count by state alone would
-- show a funnel that empties as work is finished.
CREATE VIEW report.request_stage AS
SELECT t.tenant_id, t.name AS tenant, s.position, s.stage, count(*) AS requests
FROM segment.request AS r
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
CROSS JOIN LATERAL (VALUES
    (1, '1 asked', true),
    (2, '2 understood', d.segment_id IS NOT NULL),
    (3, '3 decided', a.decision IS NOT NULL),
    (4, '4 approved', a.decision = 'approve')) AS s (position, stage, reached)
WHERE s.reached
GROUP BY t.tenant_id, s.position, s.stage;

-- Grain: one row a request; its words are a marketer's own and hold no customer data.
CREATE VIEW report.request AS
SELECT t.tenant_id, t.name AS tenant, r.request_id, r.text, replace(r.state, '_', ' ') AS state, r.planner, d.sentence, v.member_count AS members,
       array_to_string(r.unplaced, ', ') AS not_understood, r.requested_at
FROM segment.request AS r
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.preview AS v USING (tenant_id, segment_id, version);

-- Grain: one row a refresh of a segment.
CREATE VIEW report.segment_size AS
SELECT t.tenant_id, t.name AS tenant, r.segment_id,
       -- An unnamed segment is called as its request; a chart has room for the beginning.
       CASE WHEN length(d.name) > 36 THEN left(d.name, 35) || '…' ELSE d.name END AS segment, r.run_id, r.as_of, r.finished_at, r.member_count,
       r.entered, r.exited,
       r.run_id = max(r.run_id) OVER (PARTITION BY r.tenant_id, r.segment_id) AS is_latest
FROM segment.run AS r
JOIN segment.definition AS d USING (tenant_id, segment_id, version)
JOIN ops.tenant AS t USING (tenant_id);

-- Grain: one row a step of a campaign run.
CREATE VIEW report.waterfall AS
SELECT t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, r.campaign_run_id, r.planned_at, s.position,
       s.position || ' ' || replace(s.step, '_', ' ') AS step, s.kept, s.dropped
FROM activation.audience_step AS s
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id);

-- Grain: campaign run, channel, state, reason, day.
CREATE VIEW report.delivery AS
SELECT t.tenant_id, t.name AS tenant, c.campaign_id, c.name AS campaign, r.campaign_run_id, d.channel, d.state,
       replace(d.skip_reason, '_', ' ') AS skip_reason, date_trunc('day', d.state_changed_at)::timestamp AS day,
       count(*) AS deliveries
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY t.tenant_id, c.campaign_id, c.name, r.campaign_run_id, d.channel, d.state, d.skip_reason, day;

-- Grain: one row a sync.
CREATE VIEW report.sync AS
SELECT t.tenant_id, t.name AS tenant, s.sync_run_id, s.source_kind, s.state, s.as_of, s.started_at, s.finished_at,
       s.rows_read, s.rows_passed, s.rows_quarantined,
       round(extract(epoch FROM s.finished_at - s.started_at)) AS seconds
FROM ops.sync_run AS s
JOIN ops.tenant AS t USING (tenant_id);

-- Grain: sync, collection, rule.
CREATE VIEW report.quarantine AS
SELECT t.tenant_id, t.name AS tenant, q.sync_run_id, q.collection, replace(q.rule, '_', ' ') AS rule, count(*) AS rows_set_aside,
       max(q.created_at) AS latest_at
FROM ops.quarantine AS q
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY t.tenant_id, q.sync_run_id, q.collection, q.rule;

GRANT SELECT ON ALL TABLES IN SCHEMA report TO leo_reporter;
ALTER DEFAULT PRIVILEGES IN SCHEMA report GRANT SELECT ON TABLES TO leo_reporter;

RESET ROLE;
