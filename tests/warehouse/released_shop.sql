-- Purpose: the rows of a small shop as the released program (migrations 0001 to 0048) kept them: two customers, a segment
-- that was asked for, approved and refreshed twice, a campaign that was sent to one of them, and what came back.
-- Never brought up to date: newer tables, columns and labels of the graph are what the upgrade has to make.

INSERT INTO ops.tenant (tenant_id, name, time_zone, currency, interest_model)
VALUES ('shop', 'A small shop', 'Asia/Ho_Chi_Minh', 'EUR', 'event_weight');
SET LOCAL search_path = ag_catalog, public;
SELECT create_graph('graph_shop');
SELECT create_vlabel('graph_shop', 'Customer');
SELECT * FROM cypher('graph_shop', $$ CREATE (:Customer {customer_id: 'an', country: 'VN'}) $$) AS (made agtype);
RESET search_path;

INSERT INTO ops.source (tenant_id, kind, location) VALUES ('shop', 'csv', 'data/shop');
INSERT INTO ops.staff_address (user_id, email) VALUES ('reviewer', 'reviewer@shop.example');
INSERT INTO ops.tenant_access (tenant_id, user_id, allowed_by) VALUES ('shop', 'marketer', 'admin');
INSERT INTO ops.sync_run (
    tenant_id, orchestrator_run_id, source_kind, mode, state, as_of, rows_read, rows_passed, rows_quarantined, proof,
    started_at, finished_at)
VALUES ('shop', 'scheduled__2026-03-01', 'csv', 'whole', 'projected', '2026-03-01 01:00+00', 6, 5, 1, '{
    "cdp_profile": {"scope": "whole", "source": {"rows": 2, "digest": "a"}, "target": {"rows": 2, "digest": "a"}}}',
    '2026-03-01 01:00+00', '2026-03-01 01:02+00');
INSERT INTO ops.quarantine (tenant_id, sync_run_id, collection, line, source_key, source_rev, rule, raw)
SELECT tenant_id, sync_run_id, 'cdp_profile', 3, 'p3', '1', 'bad_email', '{"_key": "p3"}' FROM ops.sync_run;

INSERT INTO core.customer (tenant_id, customer_id) VALUES ('shop', 'an'), ('shop', 'binh');
INSERT INTO core.profile (
    tenant_id, profile_id, customer_id, is_primary, email, gender, date_of_birth, language, country, city, source_rev,
    source_created_at)
VALUES ('shop', 'an', 'an', true, 'an@shop.example', 'female', '1990-05-01', 'vi', 'VN', 'Hanoi', '1', '2026-01-05'),
       ('shop', 'binh', 'binh', true, 'binh@shop.example', 'male', NULL, 'en', 'VN', 'Hue', '1', '2026-02-05');
INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash)
VALUES ('shop', 'an', 'email', 'an@shop.example', '\x01'), ('shop', 'binh', 'email', 'binh@shop.example', '\x02');
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
VALUES ('shop', 'an', 'email', 'marketing', 'granted', 'consent', 'form', 'crm', '2026-01-05'),
       ('shop', 'binh', 'email', 'marketing', 'denied', 'consent', 'form', 'crm', '2026-02-05');
INSERT INTO core.reachability (tenant_id, customer_id, channel, has_address, has_consent)
VALUES ('shop', 'an', 'email', true, true), ('shop', 'binh', 'email', true, false);
INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source)
VALUES ('shop', 'email', '\x02', 'objected', 'person');
INSERT INTO core.product (tenant_id, product_id, name, category, source_rev)
VALUES ('shop', 'runner', 'Red runner', 'shoes', '1');
SELECT core.ensure_event_partitions('2026-02-20', '2026-02-21');
INSERT INTO core.event (
    tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, color, quantity,
    value_minor, currency, order_id, source_rev)
VALUES ('shop', 'e1', 'e1', 'an', 'purchase', 'purchase', '2026-02-20 10:00+00', 'runner', 'red', 1, 9000, 'EUR', 'o1', '1'),
       ('shop', 'e2', 'e2', 'binh', 'view', 'view', '2026-02-21 10:00+00', 'runner', NULL, 1, NULL, 'EUR', NULL, '1');
INSERT INTO profile.interest (tenant_id, customer_id, topic_type, topic, raw, score, is_primary, model_version, as_of)
VALUES ('shop', 'an', 'category', 'shoes', 1, 1, true, 'event_weight', '2026-03-01');

INSERT INTO segment.request (
    tenant_id, request_id, text, requested_by, requested_at, state, planner, sentence, state_changed_at)
OVERRIDING SYSTEM VALUE
VALUES ('shop', 1, 'Everybody in Vietnam who likes shoes', 'marketer', '2026-03-01 08:00+00', 'approved', 'grammar',
    'Customers in Vietnam who like shoes', '2026-03-01 09:00+00');
INSERT INTO segment.definition (
    tenant_id, segment_id, version, request_id, name, plan, sentence, cypher, parameters, schema_version, hash, state,
    created_at, activated_at)
VALUES ('shop', 'shoes', 1, 1, 'Shoes', '{}', 'Customers in Vietnam who like shoes', 'MATCH (c:Customer)', '{}', '1', 'h',
    'active', '2026-03-01 08:01+00', '2026-03-01 09:00+00');
INSERT INTO segment.preview (tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, took_ms)
VALUES ('shop', 'shoes', 1, '2026-03-01', 2, '[]', '{"email": 2}', '{}', 1);
INSERT INTO segment.approval (tenant_id, segment_id, version, decision, hash, decided_by, decided_at, note)
VALUES ('shop', 'shoes', 1, 'approve', 'h', 'reviewer', '2026-03-01 09:00+00', 'Good.');
INSERT INTO segment.run (tenant_id, run_id, segment_id, version, as_of, member_count, entered, exited, finished_at)
OVERRIDING SYSTEM VALUE
VALUES ('shop', 1, 'shoes', 1, '2026-03-01', 2, 2, 0, '2026-03-01 09:01+00'),
       ('shop', 2, 'shoes', 1, '2026-03-02', 1, 0, 1, '2026-03-02 09:01+00');
INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES ('shop', 'shoes', 'an', '2026-03-01');
INSERT INTO segment.membership_change (tenant_id, run_id, segment_id, customer_id, change, cause, changed_at)
VALUES ('shop', 1, 'shoes', 'an', 'enter', 'definition', '2026-03-01 09:01+00'),
       ('shop', 1, 'shoes', 'binh', 'enter', 'definition', '2026-03-01 09:01+00'),
       ('shop', 2, 'shoes', 'binh', 'exit', 'data', '2026-03-02 09:01+00');
INSERT INTO segment.agreement (
    tenant_id, segment_id, version, as_of, graph_count, sql_count, only_in_graph, only_in_sql)
VALUES ('shop', 'shoes', 1, '2026-03-02', 1, 1, '{}', '{}');
INSERT INTO ops.review_round (tenant_id, reviewed, round, assigned, shown_at, expires_at, answered_by, answered_at)
VALUES ('shop', 'draft_segment/request-shop-1/review/-1', 1, '{reviewer}', '2026-03-01 08:02+00', '2026-03-04 08:02+00',
    'reviewer', '2026-03-01 09:00+00');
INSERT INTO llm.call (
    tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id, input_tokens, output_tokens,
    latency_ms, outcome, occurred_at)
VALUES ('shop', 'plan_segment', 'plan_segment', 1, 'h', 'm', 1, 900, 100, 700, 'ok', '2026-03-01 08:00+00');

INSERT INTO activation.tenant_policy (tenant_id, version, rules, set_by)
VALUES ('shop', 1, '{"caps": [], "costs": [], "routes": []}', 'admin');
INSERT INTO activation.template (tenant_id, template_id, version, channel, subject, body_text)
VALUES ('shop', 'spring', 1, 'email', 'Spring', 'New shoes');
INSERT INTO activation.campaign (
    tenant_id, campaign_id, name, segment_id, channels, template_id, template_version, message_class, requested_by, state)
VALUES ('shop', 'spring', 'Spring sale', 'shoes', '{email}', 'spring', 1, 'marketing', 'marketer', 'finished');
INSERT INTO activation.campaign_version (tenant_id, campaign_id, version, hash, definition, submitted_by)
VALUES ('shop', 'spring', 1, 'h', '{}', 'marketer');
INSERT INTO activation.run (
    tenant_id, campaign_run_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state, decided_by,
    decided_at, planned_at, finished_at)
OVERRIDING SYSTEM VALUE
VALUES ('shop', 1, 'spring', 'spring-1', '2026-03-01 10:00+00', 1, 'h', 'finished', 'reviewer', '2026-03-01 10:10+00',
    '2026-03-01 10:00+00', '2026-03-01 10:30+00');
INSERT INTO activation.approval (tenant_id, campaign_run_id, decided_by, decision, hash, decided_at)
VALUES ('shop', 1, 'reviewer', 'approve', 'h', '2026-03-01 10:10+00');
INSERT INTO activation.audience_step (tenant_id, campaign_run_id, position, step, kept, dropped)
VALUES ('shop', 1, 1, 'matched', 2, 0), ('shop', 1, 2, 'consented', 1, 1);
INSERT INTO activation.delivery (
    tenant_id, delivery_id, campaign_run_id, customer_id, profile_id, channel, state, skip_reason, domain, settled_by,
    fence, attempts, cost_minor, state_changed_at)
VALUES
    ('shop', '00000000-0000-0000-0000-000000000001', 1, 'an', 'an', 'email', 'accepted', NULL, 'shop.example', 'answer',
     1, 1, 0, '2026-03-01 10:20+00'),
    ('shop', '00000000-0000-0000-0000-000000000002', 1, 'binh', 'binh', 'email', 'skipped', 'no_consent', NULL, NULL,
     0, 0, NULL, '2026-03-01 10:00+00');
INSERT INTO activation.attempt (
    tenant_id, delivery_id, fence, started_at, worker, phase, outcome, provider, provider_message_id, finished_at)
VALUES ('shop', '00000000-0000-0000-0000-000000000001', 1, '2026-03-01 10:20+00', 'worker', 'answered', 'accepted', 'smtp',
    'm1', '2026-03-01 10:20:01+00');
INSERT INTO activation.provider_event (tenant_id, provider, provider_event_id, delivery_id, kind, by_machine, occurred_at)
VALUES ('shop', 'smtp', 'ev1', '00000000-0000-0000-0000-000000000001', 'delivered', false, '2026-03-01 10:21+00'),
       ('shop', 'smtp', 'ev2', '00000000-0000-0000-0000-000000000001', 'opened', false, '2026-03-01 11:00+00');
INSERT INTO rights.erased_person (tenant_id, kind, hash) VALUES ('shop', 'address', '\x03');
