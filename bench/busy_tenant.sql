-- Purpose: a busy tenant for the desk: customers with addresses and consent, segments with 90 days of refreshes, requests,
-- campaigns, one of which writes to everybody. Grain: see each statement. Parameters: tenant, model (an approved segment
-- that is copied), customers, segments, members (of each segment), as_of, key. Rerun: once, in an empty database.

-- Grain: one row a customer.
INSERT INTO core.customer (tenant_id, customer_id)
SELECT %(tenant)s, 'c' || lpad(n::text, 9, '0') FROM generate_series(1, %(customers)s) AS n;

INSERT INTO core.profile (tenant_id, profile_id, customer_id, source_rev)
SELECT %(tenant)s, 'p' || lpad(n::text, 9, '0'), 'c' || lpad(n::text, 9, '0'), '1' FROM generate_series(1, %(customers)s) AS n;

-- Grain: one row an address: nine in ten have one.
INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash)
SELECT %(tenant)s, 'p' || lpad(n::text, 9, '0'), 'email', n || '@example.com', core.address_hash('email', n || '@example.com', %(key)s)
FROM generate_series(1, %(customers)s) AS n WHERE n %% 10 > 0;

-- Grain: one row a consent: two in three gave one.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
SELECT %(tenant)s, 'p' || lpad(n::text, 9, '0'), 'email', 'marketing', 'granted', 'consent', 'form', 'bench', %(as_of)s
FROM generate_series(1, %(customers)s) AS n WHERE n %% 3 > 0;

-- Grain: one row a request, of each state some.
INSERT INTO segment.request (tenant_id, text, requested_by, state, sentence)
SELECT %(tenant)s, 'Customers number ' || n, CASE WHEN n %% 2 = 0 THEN 'marketer' ELSE 'colleague' END,
    (ARRAY['approved', 'rejected', 'needs_clarification', 'failed', 'answered', 'expired'])[1 + n %% 6], 'Customers number ' || n
FROM generate_series(1, 5 * %(segments)s) AS n;

-- Grain: one row a segment, a copy of the model under a name of its own.
INSERT INTO segment.definition (
    tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, meaning, schema_version, hash, state, activated_at
)
SELECT tenant_id, 'bench_' || n, 1, 'Segment number ' || n, plan, sentence, cypher, parameters, meaning, schema_version,
    hash || n, 'active', %(as_of)s
FROM segment.definition, generate_series(1, %(segments)s) AS n
WHERE tenant_id = %(tenant)s AND segment_id = %(model)s;

INSERT INTO segment.preview (
    tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, close_calls, took_ms, overlapping
)
SELECT tenant_id, 'bench_' || n, 1, as_of, member_count, funnel, reachable, sample, close_calls, took_ms, overlapping
FROM segment.preview, generate_series(1, %(segments)s) AS n
WHERE tenant_id = %(tenant)s AND segment_id = %(model)s;

-- Grain: one row a segment and day.
INSERT INTO segment.run (tenant_id, segment_id, version, as_of, member_count, entered, exited, finished_at)
SELECT %(tenant)s, 'bench_' || n, 1, %(as_of)s - INTERVAL '1 day' * (90 - day), %(members)s - 90 + day, 10, 9,
    now() - INTERVAL '1 day' * (90 - day)
FROM generate_series(1, %(segments)s) AS n, generate_series(1, 90) AS day;

INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since)
SELECT %(tenant)s, 'bench_' || n, 'c' || lpad(((n * 97 + member * 13) %% %(customers)s + 1)::text, 9, '0'), %(as_of)s
FROM generate_series(1, %(segments)s) AS n, generate_series(1, %(members)s) AS member
ON CONFLICT DO NOTHING;

-- Grain: one row a customer who entered or left, ten and nine a run.
INSERT INTO segment.membership_change (tenant_id, run_id, segment_id, customer_id, change, cause, changed_at)
SELECT run.tenant_id, run.run_id, run.segment_id, 'c' || lpad((run.run_id * 19 %% %(customers)s + who)::text, 9, '0'),
    CASE WHEN who <= 10 THEN 'enter' ELSE 'exit' END, 'data', run.finished_at
FROM segment.run, generate_series(1, 19) AS who
WHERE run.tenant_id = %(tenant)s AND run.segment_id LIKE 'bench_%%';

-- Grain: one row a campaign; the first one writes to everybody.
INSERT INTO activation.campaign (tenant_id, campaign_id, name, segment_id, channels, message_class, requested_by, state)
SELECT %(tenant)s, 'bench_' || n, 'Campaign number ' || n, 'bench_' || n, '{email}', 'marketing', 'marketer',
    CASE WHEN n = 1 THEN 'approved' ELSE 'finished' END
FROM generate_series(1, %(segments)s / 5) AS n;

INSERT INTO activation.run (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state, finished_at)
SELECT %(tenant)s, 'bench_' || n, 'bench-' || n || '-' || run, %(as_of)s, 1, 'hash', CASE WHEN n = 1 THEN 'sending' ELSE 'finished' END,
    CASE WHEN n > 1 THEN now() END
FROM generate_series(1, %(segments)s / 5) AS n, generate_series(1, CASE WHEN n = 1 THEN 1 ELSE 10 END) AS run;

INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, profile_id, channel, state, skip_reason)
SELECT %(tenant)s, run.campaign_run_id, 'c' || lpad(n::text, 9, '0'), 'p' || lpad(n::text, 9, '0'), 'email',
    CASE WHEN n %% 3 = 0 THEN 'skipped' ELSE (ARRAY['accepted', 'ready', 'accepted', 'accepted', 'unknown', 'rejected'])[1 + n %% 6] END,
    CASE WHEN n %% 3 = 0 THEN 'no_consent' END
FROM activation.run, generate_series(1, %(customers)s) AS n
WHERE run.tenant_id = %(tenant)s AND run.campaign_id = 'bench_1';

INSERT INTO activation.audience_step (tenant_id, campaign_run_id, position, step, kept, dropped)
SELECT %(tenant)s, campaign_run_id, position, step, %(customers)s - 1000 * position, 1000
FROM activation.run,
    unnest(ARRAY['matched', 'not_suppressed', 'consented', 'addressable', 'capped']) WITH ORDINALITY AS told (step, position)
WHERE run.tenant_id = %(tenant)s
