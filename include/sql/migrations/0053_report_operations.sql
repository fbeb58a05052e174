-- Purpose: what the Operations dashboard asks: is the data right, is it fresh, what do models cost, how long do runs take.

-- The budget of the day that a call was held against, so that what was spent can be shown beside it; null: no limit, or a
-- call from before this was kept.
ALTER TABLE llm.call
    ADD COLUMN day_tokens_limit bigint CHECK (day_tokens_limit > 0),
    ADD COLUMN day_micro_usd_limit bigint CHECK (day_micro_usd_limit > 0);

-- The last time that a step ended well.
CREATE INDEX ON ops.dag_run (dag_id, ended_at DESC) WHERE state = 'success';

-- What a run set aside is only evidence of why it stopped, unless it stopped (overtaken, or a person was erased) after its
-- merge: the watermarks have moved on by then, and nobody reads those rows again.
ALTER TABLE ops.sync_run
    ADD COLUMN is_evidence boolean NOT NULL GENERATED ALWAYS AS (state = 'stopped' AND NOT counts ? 'merged') STORED;
CREATE OR REPLACE VIEW ops.open_quarantine WITH (security_invoker = true) AS
SELECT aside.*
FROM ops.quarantine AS aside
JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
WHERE aside.state = 'open' AND NOT run.is_evidence;

SET LOCAL ROLE leo_report_owner;

-- What a collection of a source holds, before its own name.
CREATE FUNCTION report.collection_name(collection text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE collection
    WHEN 'cdp_profile' THEN 'Profiles'
    WHEN 'cdp_trackingevent' THEN 'Events'
    WHEN 'cdp_productitem' THEN 'Products'
    WHEN 'cdp_eventmetric' THEN 'Event metrics'
    WHEN 'cdp_profile2profile' THEN 'Relations'
    WHEN 'cdp_campaign' THEN 'Campaigns'
    WHEN 'crm_customers' THEN 'Customers'
    WHEN 'clickstream_events' THEN 'Events'
    ELSE report.in_words(collection)
END || ' (' || collection || ')';
GRANT EXECUTE ON FUNCTION report.collection_name TO leo_reporter;

-- Grain: one row a sync.
DROP VIEW report.sync;
CREATE VIEW report.sync AS
SELECT t.tenant_id, t.name AS tenant, s.sync_run_id,
       CASE s.source_kind
           WHEN 'arangodb' THEN 'LEO CDP'
           WHEN 'arangodump' THEN 'Dump of LEO CDP'
           WHEN 'csv' THEN 'CSV files'
           ELSE 'Not read yet'
       END AS source,
       CASE s.mode
           WHEN 'whole' THEN 'Every row'
           WHEN 'incremental' THEN 'What is new'
           WHEN 'comparison' THEN 'Every row compared'
           WHEN 'replay' THEN 'Repaired rows'
       END AS mode,
       CASE s.state WHEN 'projected' THEN 'Finished' WHEN 'stopped' THEN 'Stopped' ELSE 'Under way' END AS state,
       s.as_of, s.started_at, s.finished_at, report.day_of(s.started_at, t.time_zone) AS day,
       coalesce(s.rows_read, 0) AS rows_read, coalesce(s.rows_passed, 0) AS rows_passed,
       coalesce(s.rows_quarantined, 0) AS rows_set_aside,
       round(extract(epoch FROM s.finished_at - s.started_at))::bigint AS seconds,
       report.masked(s.problem) AS problem
FROM ops.sync_run AS s
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.sync IS 'Each sync: how much it read, passed and set aside, how long it took, how it ended.';

-- Grain: one row a sync and collection of its source, of syncs that came as far as the proof.
CREATE VIEW report.sync_proof AS
SELECT t.tenant_id, t.name AS tenant, s.sync_run_id, report.collection_name(c.collection) AS collection,
       CASE c.proof ->> 'scope' WHEN 'read' THEN 'Rows that were read' ELSE 'Every row' END AS proved,
       s.finished_at AS proved_at,
       (c.proof #>> '{source,rows}')::bigint AS rows_at_source, (c.proof #>> '{target,rows}')::bigint AS rows_here,
       CASE WHEN c.proof -> 'source' = c.proof -> 'target' THEN 'Equal' ELSE 'Different' END AS verdict,
       s.sync_run_id = max(s.sync_run_id) OVER (PARTITION BY s.tenant_id, c.collection) AS is_latest
FROM ops.sync_run AS s
JOIN ops.tenant AS t USING (tenant_id)
CROSS JOIN LATERAL jsonb_each(s.proof) AS c (collection, proof)
WHERE jsonb_typeof(c.proof -> 'target') = 'object';
COMMENT ON VIEW report.sync_proof IS
    'Rows at the source and rows here, a collection a line, and whether their digests are equal.';

-- Grain: tenant, collection, rule and age of the rows that stand open. Every rule that ever set a row aside keeps a row for
-- each age, and a tenant without any has one: a chart shows zeros and not nothing.
DROP VIEW report.quarantine;
CREATE VIEW report.quarantine AS
WITH aside AS (
    SELECT q.tenant_id, q.collection, q.rule,
           count(*) FILTER (WHERE is_open AND days < 1) AS today,
           count(*) FILTER (WHERE is_open AND days >= 1 AND days < 7) AS this_week,
           count(*) FILTER (WHERE is_open AND days >= 7 AND days < 30) AS this_month,
           count(*) FILTER (WHERE is_open AND days >= 30) AS older,
           min(q.created_at) FILTER (WHERE is_open) AS oldest_at
    FROM ops.quarantine AS q
    JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
    CROSS JOIN LATERAL (VALUES (
        q.state = 'open' AND NOT run.is_evidence, extract(epoch FROM now() - q.created_at) / 86400
    )) AS standing (is_open, days)
    GROUP BY q.tenant_id, q.collection, q.rule
)
SELECT t.tenant_id, t.name AS tenant, coalesce(report.collection_name(aside.collection), 'None') AS collection,
       coalesce(report.in_words(aside.rule), 'Nothing was set aside') AS rule, a.age,
       coalesce(a.rows_open, 0) AS rows_open, aside.oldest_at
FROM ops.tenant AS t
LEFT JOIN aside USING (tenant_id)
CROSS JOIN LATERAL (VALUES
    ('1 under a day', aside.today),
    ('2 under a week', aside.this_week),
    ('3 under 30 days', aside.this_month),
    ('4 older', aside.older)) AS a (age, rows_open);
COMMENT ON VIEW report.quarantine IS 'Source rows that are set aside now, by the rule that they broke and by age.';

-- Grain: tenant and step of the daily work: when it last came to a good end, against what is expected (hours).
CREATE VIEW report.freshness AS
SELECT t.tenant_id, t.name AS tenant, step.position, step.what, step.last_at,
       floor(extract(epoch FROM now() - step.last_at) / 3600)::bigint AS age_hours, step.expected_hours,
       CASE
           WHEN step.excuse IS NOT NULL THEN step.excuse
           WHEN step.last_at IS NULL THEN 'Not known'
           WHEN now() - step.last_at > make_interval(hours => step.expected_hours) THEN 'Late'
           ELSE 'On time'
       END AS verdict
FROM ops.tenant AS t
LEFT JOIN ops.source AS s USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT max(as_of) FILTER (WHERE state = 'projected') AS as_of,
           max(finished_at) FILTER (WHERE state = 'projected') AS finished_at
    FROM ops.sync_run WHERE tenant_id = t.tenant_id
) AS sync ON true
LEFT JOIN LATERAL (SELECT max(finished_at) AS finished_at FROM segment.run WHERE tenant_id = t.tenant_id) AS refresh ON true
LEFT JOIN LATERAL (
    SELECT sealed_at FROM audit.batch WHERE tenant_id = t.tenant_id ORDER BY batch DESC LIMIT 1
) AS seal ON true
-- Where nothing is new a step writes nothing: its run says that it looked.
LEFT JOIN LATERAL (
    SELECT max(ended_at) FILTER (WHERE dag_id = 'compute_interests') AS interests,
           max(ended_at) FILTER (WHERE dag_id = 'embed_profiles') AS embeddings,
           max(ended_at) FILTER (WHERE dag_id = 'refresh_segments') AS refresh,
           max(ended_at) FILTER (WHERE dag_id = 'seal_audit') AS seal
    FROM (VALUES ('compute_interests'), ('embed_profiles'), ('refresh_segments'), ('seal_audit')) AS of_dag (dag_id)
    CROSS JOIN LATERAL (
        SELECT ended_at FROM ops.dag_run AS run
        WHERE run.dag_id = of_dag.dag_id AND run.state = 'success' AND run.scope IN (t.tenant_id, '*')
        ORDER BY ended_at DESC LIMIT 1
    ) AS last_run
) AS ran ON true
CROSS JOIN LATERAL (VALUES
    (1, 'Data as of', sync.as_of, 26, CASE WHEN s.stands_still_at IS NOT NULL THEN 'Stands still' END),
    (2, 'Last finished sync', sync.finished_at, 26, NULL),
    (3, 'Last interests', ran.interests, 26, NULL),
    (4, 'Last embeddings', ran.embeddings, 26, NULL),
    (5, 'Last refresh of segments', greatest(refresh.finished_at, ran.refresh), 26, NULL),
    (6, 'Last seal of the audit log', greatest(seal.sealed_at, ran.seal), 1, NULL)
) AS step (position, what, last_at, expected_hours, excuse);
COMMENT ON VIEW report.freshness IS 'How old each tenant''s data and what is made of it are, and what is late.';

-- Grain: one row a thing that can keep messages from leaving: the switch of all tenants, the tenant's own, each rest of a
-- provider and each paused campaign that lasts, the latest check of each sending domain.
CREATE VIEW report.sending_gate AS
SELECT t.tenant_id, t.name AS tenant, gate.what, gate.name, gate.state, gate.since, gate.until,
       report.masked(gate.why) AS why, (gate.state NOT IN ('Open', 'Passed'))::int AS holds_back
FROM ops.tenant AS t
CROSS JOIN ops.kill_switch AS switch
LEFT JOIN ops.sending_stop AS stop ON stop.tenant_id = t.tenant_id AND stop.released_at IS NULL
CROSS JOIN LATERAL (
    SELECT 'All sending' AS what, 'Kill switch' AS name, CASE WHEN switch.engaged THEN 'Stopped' ELSE 'Open' END AS state,
           CASE WHEN switch.engaged THEN switch.changed_at END AS since, NULL::timestamptz AS until,
           CASE WHEN switch.engaged THEN switch.reason END AS why
    UNION ALL
    SELECT 'This tenant', 'Stop of the tenant', CASE WHEN stop.stop_id IS NULL THEN 'Open' ELSE 'Stopped' END,
           stop.stopped_at, NULL, stop.reason
    UNION ALL
    SELECT 'Provider', pause.provider, 'Paused', pause.paused_at, pause.until, pause.reason
    FROM activation.provider_pause AS pause
    WHERE pause.tenant_id = t.tenant_id AND pause.released_at IS NULL AND (pause.until IS NULL OR pause.until > now())
    UNION ALL
    SELECT 'Campaign', report.shortened(campaign.name), 'Paused', campaign.paused_at, NULL, NULL
    FROM activation.campaign
    WHERE campaign.tenant_id = t.tenant_id AND campaign.paused_at IS NOT NULL
      AND campaign.state NOT IN ('finished', 'rejected', 'stopped', 'cancelled')
    UNION ALL
    SELECT 'Sending domain', latest.domain, CASE WHEN latest.passed THEN 'Passed' ELSE 'Failed' END, latest.checked_at, NULL,
           (SELECT string_agg(c ->> 'sentence', ' ') FROM jsonb_array_elements(latest.checks) AS c
            WHERE c ->> 'state' <> 'passed')
    FROM (
        SELECT DISTINCT ON (domain) domain, passed, checked_at, checks
        FROM activation.preflight WHERE preflight.tenant_id = t.tenant_id
        ORDER BY domain, checked_at DESC
    ) AS latest
) AS gate;
COMMENT ON VIEW report.sending_gate IS 'What keeps messages from leaving, and what was checked and does not.';

-- Grain: tenant and kind of decision that waits for a person; a row also where none waits.
CREATE VIEW report.waiting_decision AS
SELECT t.tenant_id, t.name AS tenant, kind.position, kind.what, kind.answered_in, coalesce(w.decisions, 0) AS decisions,
       coalesce(w.over_a_day, 0) AS over_a_day, w.oldest_since
FROM ops.tenant AS t
CROSS JOIN (VALUES
    (1, 'Segments to approve', 'Segment desk, Review, or Airflow, Required Actions'),
    (2, 'Campaign runs to approve', 'Segment desk, Review, or Airflow, Required Actions'),
    (3, 'Refreshes that are held', 'Segment desk, Review, or Airflow, Required Actions'),
    (4, 'Page posts to approve', 'Segment desk, Review, or Airflow, Required Actions'),
    (5, 'Profiles that may be one person', './leo customers cases'),
    (6, 'Requests of people about their data', 'Segment desk, People, or ./leo rights list')
) AS kind (position, what, answered_in)
LEFT JOIN (
    SELECT tenant_id, position, count(*) AS decisions,
           count(*) FILTER (WHERE since < now() - interval '1 day') AS over_a_day, min(since) AS oldest_since
    FROM (
        SELECT tenant_id, 1, state_changed_at FROM segment.request WHERE state = 'in_review'
        UNION ALL
        SELECT tenant_id, 2, planned_at FROM activation.run WHERE state = 'planned'
        UNION ALL
        SELECT tenant_id, 3, opened_at FROM segment.held_refresh WHERE state = 'open'
        UNION ALL
        SELECT tenant_id, 4, state_changed_at FROM activation.page_post WHERE state = 'submitted'
        UNION ALL
        SELECT tenant_id, 5, opened_at FROM core.identity_case WHERE state = 'waiting'
        UNION ALL
        SELECT tenant_id, 6, received_at FROM rights.request WHERE state = 'open'
    ) AS waiting (tenant_id, position, since)
    GROUP BY tenant_id, position
) AS w USING (tenant_id, position);
COMMENT ON VIEW report.waiting_decision IS 'How many decisions wait for a person, and since when.';

-- Grain: one row a call of a language model. No text of it is kept anywhere.
CREATE VIEW report.model_call AS
SELECT t.tenant_id, t.name AS tenant, c.call_id, report.day_of(c.occurred_at, t.time_zone) AS day,
       c.occurred_at AS called_at, report.in_words(c.task) AS task, c.model,
       CASE c.outcome
           WHEN 'ok' THEN 'Answered'
           WHEN 'answered' THEN 'Answered'
           WHEN 'sent' THEN 'No end known'
           WHEN 'invalid_output' THEN 'Answer did not fit'
           WHEN 'refused' THEN 'Refused by the filter'
           ELSE report.in_words(c.outcome)
       END AS outcome,
       (c.outcome NOT IN ('ok', 'answered'))::int AS failed, c.input_tokens, c.output_tokens,
       c.cost_micro_usd / 1e6::float AS cost_usd, (c.cost_micro_usd IS NULL)::int AS without_price,
       c.latency_ms / 1e3::float AS seconds
FROM llm.call AS c
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.model_call IS 'Each call of a language model: tokens, cost in US dollars, seconds, how it ended.';

-- Grain: tenant, what for (requests, evaluations), day in UTC, as the budget counts: today always, other days with calls.
-- A call whose tokens nobody told counts as the most that it could have taken.
CREATE VIEW report.model_budget AS
WITH spent AS (
    SELECT tenant_id, task = 'evaluate_prompts' AS evaluates, date_trunc('day', occurred_at AT TIME ZONE 'UTC') AS day,
           sum(coalesce(input_tokens + output_tokens, reserved_tokens)) AS tokens,
           sum(coalesce(cost_micro_usd, reserved_micro_usd)) AS micro_usd
    FROM llm.call
    GROUP BY tenant_id, evaluates, day
)
SELECT t.tenant_id, t.name AS tenant, CASE WHEN purpose.evaluates THEN 'Evaluations' ELSE 'Requests' END AS spent_on,
       days.day, days.day = today.day AS is_today,
       coalesce(spent.tokens, 0)::bigint AS tokens, held.day_tokens_limit AS tokens_limit,
       coalesce(spent.micro_usd, 0)::float / 1e6 AS cost_usd, held.day_micro_usd_limit::float / 1e6 AS cost_usd_limit
FROM ops.tenant AS t
CROSS JOIN (VALUES (false), (true)) AS purpose (evaluates)
CROSS JOIN (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS day) AS today
CROSS JOIN LATERAL (
    SELECT today.day
    UNION
    SELECT s.day FROM spent AS s WHERE s.tenant_id = t.tenant_id AND s.evaluates = purpose.evaluates
) AS days
LEFT JOIN spent ON spent.tenant_id = t.tenant_id AND spent.evaluates = purpose.evaluates AND spent.day = days.day
-- The budget as the last call knew it.
LEFT JOIN LATERAL (
    SELECT c.day_tokens_limit, c.day_micro_usd_limit
    FROM llm.call AS c
    WHERE c.tenant_id = t.tenant_id AND (c.task = 'evaluate_prompts') = purpose.evaluates
      AND c.occurred_at < (days.day + interval '1 day') AT TIME ZONE 'UTC'
    ORDER BY c.occurred_at DESC, c.call_id DESC
    LIMIT 1
) AS held ON true;
COMMENT ON VIEW report.model_budget IS 'What language models took of each day''s budget.';

-- Grain: one row a DAG run that ended. Runs for several tenants or for all are under '*'.
CREATE VIEW report.dag_run AS
SELECT coalesce(t.tenant_id, '*') AS tenant_id, coalesce(t.name, 'All tenants') AS tenant, r.dag_id AS dag, r.run_id,
       report.in_words(r.run_type) AS started_by, CASE r.state WHEN 'success' THEN 'Succeeded' ELSE 'Failed' END AS state,
       CASE WHEN r.waits_for_people THEN 'Waits for people' ELSE 'Runs by itself' END AS kind,
       report.day_of(r.ended_at, coalesce(t.time_zone, 'UTC')) AS day, r.started_at, r.ended_at,
       -- Its page in Airflow, below Airflow's address.
       '/dags/' || r.dag_id || '/runs/' || replace(r.run_id, '+', '%2B') AS page,
       extract(epoch FROM r.ended_at - r.started_at)::float AS seconds,
       greatest(extract(epoch FROM r.started_at - r.queued_at), 0)::float AS queued_seconds
FROM ops.dag_run AS r
LEFT JOIN ops.tenant AS t ON t.tenant_id = r.scope;
COMMENT ON VIEW report.dag_run IS 'Each run of a DAG that ended: when, how long it took, and how it ended.';

RESET ROLE;
