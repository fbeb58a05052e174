"""The views behind the dashboard Operations, against figures worked out by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.report.reading import Row, rows, write

AGES = ("1 under a day", "2 under a week", "3 under 30 days", "4 older")

SYNCS: LiteralString = """
    INSERT INTO ops.sync_run (
        tenant_id, orchestrator_run_id, source_kind, mode, state, as_of, rows_read, rows_passed, rows_quarantined,
        started_at, finished_at, problem, proof)
    VALUES
        -- 18:00 in London is the next day in Saigon.
        (%(tenant)s, 'whole', 'arangodb', 'whole', 'projected', now() - interval '3 days', 100, 90, 10,
         '2026-02-01 18:00+00', '2026-02-01 18:02+00', NULL, '{
            "cdp_profile": {
                "scope": "whole", "source": {"rows": 60, "digest": "a"}, "target": {"rows": 60, "digest": "a"}},
            "cdp_trackingevent": {
                "scope": "whole", "source": {"rows": 40, "digest": "b"}, "target": {"rows": 40, "digest": "c"}}}'),
        (%(tenant)s, 'new', 'arangodb', 'incremental', 'projected', now() - interval '30 hours', 7, 7, 0,
         now() - interval '5 hours', now() - interval '4 hours', NULL, '{
            "cdp_trackingevent": {
                "scope": "read", "source": {"rows": 7, "digest": "d"}, "target": {"rows": 7, "digest": "d"}}}'),
        (%(tenant)s, 'bad', 'arangodb', 'comparison', 'stopped', NULL, 50, 40, 10,
         '2026-02-03 00:00+00', '2026-02-03 00:00:30+00', 'Too many rows are bad, as linh@example.org saw.', '{}'),
        -- The extraction has noted the source, nothing is merged yet.
        (%(tenant)s, 'now', NULL, 'whole', 'opened', NULL, NULL, NULL, NULL, '2026-02-04 00:00+00', NULL, NULL,
         '{"cdp_profile": {"scope": "whole", "source": {"rows": 61, "digest": "x"}, "target": null}}');

    INSERT INTO ops.quarantine (
        tenant_id, sync_run_id, collection, line, source_key, source_rev, rule, raw, created_at, state, closed_at)
    SELECT %(tenant)s, run.sync_run_id, collection, line, line::text, '1', rule, 'x', now() - age::interval, q.state,
           CASE WHEN q.state <> 'open' THEN now() END
    FROM (VALUES
        ('whole', 'cdp_profile', 1, 'bad_email', '1 hour', 'open'),
        ('whole', 'cdp_profile', 2, 'bad_email', '2 days', 'open'),
        ('whole', 'cdp_profile', 3, 'bad_email', '40 days', 'open'),
        ('whole', 'cdp_profile', 4, 'bad_email', '40 days', 'gone'),
        ('whole', 'cdp_trackingevent', 5, 'future_event', '8 days', 'replayed'),
        -- The rows of a sync that stopped are evidence, and not what is set aside.
        ('bad', 'cdp_profile', 6, 'bad_email', '1 hour', 'open')
    ) AS q (orchestrator_run_id, collection, line, rule, age, state)
    JOIN ops.sync_run AS run ON run.tenant_id = %(tenant)s AND run.orchestrator_run_id = q.orchestrator_run_id;
"""

GATES: LiteralString = """
    INSERT INTO ops.sending_stop (tenant_id, reason, stopped_by, released_at, released_by)
    VALUES (%(tenant)s, 'An earlier one', 'linh', now(), 'linh');
    INSERT INTO ops.sending_stop (tenant_id, reason, stopped_by)
    VALUES (%(tenant)s, 'Ask 0912345678 about the prices', 'linh');

    INSERT INTO activation.provider_pause (tenant_id, provider, reason, until, released_at, released_by)
    VALUES (%(tenant)s, 'sendgrid', 'Too many bounces', now() + interval '1 hour', NULL, NULL),
           (%(tenant)s, 'zalo', 'Its end is past', now() - interval '1 hour', NULL, NULL),
           (%(tenant)s, 'smtp', 'Released', NULL, now(), 'linh');

    INSERT INTO activation.preflight (tenant_id, domain, checked_at, passed, checks)
    VALUES (%(tenant)s, 'a.example', now() - interval '2 days', true, '[]'),
           (%(tenant)s, 'a.example', now(), false, '[{"name": "spf", "state": "passed", "sentence": "SPF is right."},
             {"name": "dkim", "state": "failed", "sentence": "There is no DKIM key."}]'),
           (%(tenant)s, 'b.example', now(), true, '[]');

    INSERT INTO activation.campaign (
        tenant_id, campaign_id, name, segment_id, channels, message_class, requested_by, state, paused_at, paused_by)
    VALUES (%(tenant)s, 'spring', 'Spring', 's', '{email}', 'marketing', 'linh', 'approved', now(), 'linh'),
           (%(tenant)s, 'old', 'Old', 's', '{email}', 'marketing', 'linh', 'finished', now(), 'linh'),
           (%(tenant)s, 'open', 'Open', 's', '{email}', 'marketing', 'linh', 'approved', NULL, NULL);
"""

WAITING: LiteralString = """
    INSERT INTO segment.request (tenant_id, text, requested_by, state, state_changed_at)
    VALUES (%(tenant)s, 'one', 'linh', 'in_review', now() - interval '2 days'),
           (%(tenant)s, 'two', 'linh', 'in_review', now() - interval '2 hours'),
           (%(tenant)s, 'three', 'linh', 'approved', now() - interval '2 days');

    INSERT INTO activation.run (
        tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state, planned_at)
    VALUES (%(tenant)s, 'open', 'a', now(), 1, 'h', 'planned', now() - interval '25 hours'),
           (%(tenant)s, 'open', 'b', now(), 1, 'h', 'finished', now() - interval '25 hours');

    INSERT INTO core.identity_case (tenant_id, subject, reason, profiles, kinds, state, opened_at)
    VALUES (%(tenant)s, 'one', 'shared_by_many', 9, '{email}', 'waiting', now() - interval '1 hour'),
           (%(tenant)s, 'two', 'shared_by_many', 9, '{email}', 'refused', now() - interval '1 hour');
"""

CALLS: LiteralString = """
    INSERT INTO llm.call (
        tenant_id, task, prompt_name, prompt_version, prompt_hash, model, input_tokens, output_tokens, cost_micro_usd,
        latency_ms, outcome, occurred_at, reserved_tokens, reserved_micro_usd, day_tokens_limit, day_micro_usd_limit)
    SELECT %(tenant)s, task, 'p', 1, 'h', model, tokens_in, tokens_out, cost, latency, outcome, at::timestamptz,
           reserved, reserved_cost, tokens_limit, cost_limit
    FROM (VALUES
        (1, 'plan_segment', 'm', 900, 100, 500000, 1000, 'ok', '2026-02-01 18:00+00', 5000, 900000, 8000, NULL),
        -- Nobody told what it took: the budget counts what was reserved.
        (2, 'plan_segment', 'm', NULL, NULL, NULL, 3000, 'timed_out', '2026-02-01 19:00+00',
         5000, 900000, 10000, 2000000),
        (3, 'plan_segment', 'n', 10, 5, NULL, 2000, 'invalid_output', '2026-02-02 01:00+00', 50, NULL, NULL, NULL),
        (4, 'evaluate_prompts', 'm', 70, 30, 1000, 500, 'answered', '2026-02-01 18:00+00', 500, 2000, 400, NULL)
    ) AS call (
        position, task, model, tokens_in, tokens_out, cost, latency, outcome, at, reserved, reserved_cost,
        tokens_limit, cost_limit)
    ORDER BY position;
"""

RUNS: LiteralString = """
    INSERT INTO ops.dag_run (dag_id, run_id, scope, run_type, state, queued_at, started_at, ended_at, waits_for_people)
    SELECT dag_id, run_id || '-' || %(tenant)s, coalesce(scope, %(tenant)s), 'scheduled', state,
           started - interval '5 seconds', started, started + took::interval, waits
    FROM (VALUES
        ('compute_interests', 'all', '*', 'success', now() - interval '570 minutes', '1 minute', false),
        ('compute_interests', 'all+1', '*', 'failed', now() - interval '1 hour', '3 minutes', false),
        ('embed_profiles', 'one', NULL, 'success', now() - interval '1600 minutes', '30 seconds', false),
        ('embed_profiles', 'other', 'gone-' || %(tenant)s, 'success', now() - interval '1 hour', '30 seconds', false),
        ('seal_audit', 'one', NULL, 'success', now() - interval '100 minutes', '3 seconds', false),
        ('draft_segment', 'one', NULL, 'success', timestamptz '2026-02-01 17:30+00', '90 minutes', true)
    ) AS run (dag_id, run_id, scope, state, started, took, waits);
"""


@pytest.fixture(scope="module")
def reporter(
    owner: Connection, tenant: Tenant, superset_login: psycopg.Connection[Row]
) -> Iterator[psycopg.Connection[Row]]:
    """Superset's login, when all is written."""
    write(owner, tenant, SYNCS, GATES, WAITING, CALLS, RUNS)
    yield superset_login
    owner.execute("DELETE FROM ops.dag_run WHERE run_id LIKE %s", [f"%-{tenant.tenant_id}"])


def test_a_sync_is_told_in_words_on_the_tenants_own_day_without_contact_data(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT source, mode, state, rows_read, rows_passed, rows_set_aside, seconds, problem FROM report.sync "
        "WHERE tenant_id = %(tenant)s ORDER BY sync_run_id",
    )
    assert found == [
        ("LEO CDP", "Every row", "Finished", 100, 90, 10, 120, None),
        ("LEO CDP", "What is new", "Finished", 7, 7, 0, 3600, None),
        ("LEO CDP", "Every row compared", "Stopped", 50, 40, 10, 30, "Too many rows are bad, as […] saw."),
        ("Not read yet", "Every row", "Under way", 0, 0, 0, None, None),
    ]
    [(day,)] = rows(
        reporter, tenant, "SELECT day FROM report.sync WHERE tenant_id = %(tenant)s AND seconds = 120 LIMIT 1"
    )
    assert day == datetime(2026, 2, 2)  # noqa: DTZ001 - a day of the tenant


def test_the_newest_proof_of_a_collection_is_marked_and_one_without_a_target_is_none(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT collection, proved, rows_at_source, rows_here, verdict, is_latest FROM report.sync_proof "
        "WHERE tenant_id = %(tenant)s ORDER BY sync_run_id, collection",
    )
    assert found == [
        ("Events (cdp_trackingevent)", "Every row", 40, 40, "Different", False),
        ("Profiles (cdp_profile)", "Every row", 60, 60, "Equal", True),
        ("Events (cdp_trackingevent)", "Rows that were read", 7, 7, "Equal", True),
    ]


def test_rows_set_aside_are_counted_by_age_and_a_rule_without_any_stays_at_zero(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query: LiteralString = (
        "SELECT collection, rule, age, rows_open FROM report.quarantine WHERE tenant_id = %(tenant)s ORDER BY 1, 2, 3"
    )
    assert rows(reporter, tenant, query) == [
        *(("Events (cdp_trackingevent)", "Future event", age, 0) for age in AGES),
        *(("Profiles (cdp_profile)", "Bad email", age, count) for age, count in zip(AGES, (1, 1, 0, 1), strict=True)),
    ]
    assert rows(reporter, newcomer, query) == [("None", "Nothing was set aside", age, 0) for age in AGES]


def test_a_step_is_late_when_its_last_good_end_is_older_than_expected(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query: LiteralString = (
        "SELECT what, age_hours, expected_hours, verdict FROM report.freshness "
        "WHERE tenant_id = %(tenant)s ORDER BY position"
    )
    assert rows(reporter, tenant, query) == [
        ("Data as of", 30, 26, "Late"),
        ("Last finished sync", 4, 26, "On time"),
        # A run for all tenants counts; the newer one failed.
        ("Last interests", 9, 26, "On time"),
        # Somebody else's newer run does not count.
        ("Last embeddings", 26, 26, "Late"),
        ("Last refresh of segments", None, 26, "Not known"),
        ("Last seal of the audit log", 1, 1, "Late"),
    ]
    verdicts = {what: verdict for what, _, _, verdict in rows(reporter, newcomer, query)}
    assert verdicts == {
        "Data as of": "Not known",
        "Last finished sync": "Not known",
        "Last interests": "On time",
        "Last embeddings": "Not known",
        "Last refresh of segments": "Not known",
        "Last seal of the audit log": "Not known",
    }


def test_a_source_that_stands_still_is_not_late(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as owner:
        owner.execute(
            "INSERT INTO ops.source (tenant_id, kind, location, stands_still_at) VALUES (%s, 'csv', 'x', now())",
            [tenant.tenant_id],
        )
        owner.execute("SET LOCAL ROLE leo_report_owner")
        query = "SELECT verdict FROM report.freshness WHERE tenant_id = %s AND what = 'Data as of'"
        assert owner.execute(query, [tenant.tenant_id]).fetchall() == [("Stands still",)]
        owner.rollback()


def test_what_holds_sending_back_is_named_with_its_reason_and_what_is_over_is_not(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query: LiteralString = (
        "SELECT what, name, state, why, holds_back FROM report.sending_gate WHERE tenant_id = %(tenant)s ORDER BY 1, 2"
    )
    assert rows(reporter, tenant, query) == [
        ("All sending", "Kill switch", "Open", None, 0),
        ("Campaign", "Spring", "Paused", None, 1),
        ("Provider", "sendgrid", "Paused", "Too many bounces", 1),
        ("Sending domain", "a.example", "Failed", "There is no DKIM key.", 1),
        ("Sending domain", "b.example", "Passed", None, 0),
        ("This tenant", "Stop of the tenant", "Stopped", "Ask […] about the prices", 1),
    ]
    assert rows(reporter, newcomer, query) == [
        ("All sending", "Kill switch", "Open", None, 0),
        ("This tenant", "Stop of the tenant", "Open", None, 0),
    ]


def test_the_kill_switch_holds_every_tenant_back(warehouse: Warehouse, tenant: Tenant, newcomer: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        owner.execute("UPDATE ops.kill_switch SET engaged = true, reason = 'Wrong prices'")
        owner.execute("SET LOCAL ROLE leo_report_owner")
        found = owner.execute(
            "SELECT state, why, holds_back FROM report.sending_gate WHERE name = 'Kill switch' AND tenant_id = ANY(%s)",
            [[tenant.tenant_id, newcomer.tenant_id]],
        ).fetchall()
        owner.rollback()
    assert found == [("Stopped", "Wrong prices", 1)] * 2


def test_decisions_that_wait_are_counted_by_kind_and_those_of_over_a_day_apart(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query: LiteralString = (
        "SELECT what, decisions, over_a_day FROM report.waiting_decision WHERE tenant_id = %(tenant)s ORDER BY position"
    )
    assert rows(reporter, tenant, query) == [
        ("Segments to approve", 2, 1),
        ("Campaign runs to approve", 1, 1),
        ("Refreshes that are held", 0, 0),
        ("Page posts to approve", 0, 0),
        ("Profiles that may be one person", 1, 0),
        ("Requests of people about their data", 0, 0),
    ]
    assert [counts for _, *counts in rows(reporter, newcomer, query)] == [[0, 0]] * 6


def test_calls_of_models_are_in_dollars_seconds_and_words(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT to_char(day, 'MM-DD') AS day, task, model, outcome, failed, cost_usd, without_price, seconds "
        "FROM report.model_call WHERE tenant_id = %(tenant)s ORDER BY call_id",
    )
    assert found == [
        ("02-02", "Plan segment", "m", "Answered", 0, 0.5, 0, 1.0),
        ("02-02", "Plan segment", "m", "Timed out", 1, None, 1, 3.0),
        ("02-02", "Plan segment", "n", "Answer did not fit", 1, None, 1, 2.0),
        ("02-02", "Evaluate prompts", "m", "Answered", 0, 0.001, 0, 0.5),
    ]


def test_a_budget_counts_as_the_pipeline_does_by_days_in_utc_with_evaluations_apart(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query: LiteralString = (
        "SELECT spent_on, day, is_today, tokens, tokens_limit, cost_usd, cost_usd_limit FROM report.model_budget "
        "WHERE tenant_id = %(tenant)s ORDER BY 1, 2"
    )
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first = datetime(2026, 2, 1)  # noqa: DTZ001 - a day in UTC, as the view gives it
    assert rows(reporter, tenant, query) == [
        ("Evaluations", first, False, 100, 400, 0.001, None),
        ("Evaluations", today, True, 0, 400, 0.0, None),
        ("Requests", first, False, 6_000, 10_000, 1.4, 2.0),
        ("Requests", first + timedelta(days=1), False, 15, None, 0.0, None),
        ("Requests", today, True, 0, None, 0.0, None),
    ]
    assert rows(reporter, newcomer, query) == [
        ("Evaluations", today, True, 0, None, 0.0, None),
        ("Requests", today, True, 0, None, 0.0, None),
    ]


def test_a_run_for_all_tenants_is_nobodys_and_leads_to_its_page(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT tenant_id = %(tenant)s AS own, tenant_id, tenant, dag, state, kind, seconds, queued_seconds, page "
        "FROM report.dag_run WHERE run_id LIKE '%%-' || %(tenant)s ORDER BY dag, run_id",
    )
    name = tenant.tenant_id
    page = f"/dags/compute_interests/runs/all%2B1-{name}"
    alone, all_of_them = "Runs by itself", ("*", "All tenants")
    assert [(row[0], row[1:3] if not row[0] else None, *row[3:8]) for row in found] == [
        (False, all_of_them, "compute_interests", "Failed", alone, 180.0, 5.0),
        (False, all_of_them, "compute_interests", "Succeeded", alone, 60.0, 5.0),
        (True, None, "draft_segment", "Succeeded", "Waits for people", 5400.0, 5.0),
        (True, None, "embed_profiles", "Succeeded", alone, 30.0, 5.0),
        # A scope that is no tenant's any more.
        (False, all_of_them, "embed_profiles", "Succeeded", alone, 30.0, 5.0),
        (True, None, "seal_audit", "Succeeded", alone, 3.0, 5.0),
    ]
    assert page in {row[8] for row in found}
    [(day,)] = rows(
        reporter,
        tenant,
        "SELECT to_char(day, 'MM-DD') AS day FROM report.dag_run "
        "WHERE tenant_id = %(tenant)s AND dag = 'draft_segment'",
    )
    assert day == "02-02"
