"""The views behind the dashboard Segments, against figures worked out by hand from a few rows."""

from decimal import Decimal

import psycopg
import pytest

from leo_activation.segments.overlaps import count_overlaps
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.report.reading import Row, rows, write

# The evening of the first of March in UTC, and already the second in Ho Chi Minh City, where the tenant is.
REQUESTS = """
INSERT INTO segment.request
    (tenant_id, request_id, text, requested_by, requested_at, state, planner, unplaced, questions, problem,
     state_changed_at)
OVERRIDING SYSTEM VALUE
SELECT %(tenant)s, told.*
FROM (VALUES
    (1, 'Wool buyers', 'marketer', timestamptz '2026-03-01 17:30+00', 'approved', 'grammar', '{}'::text[], '{}'::text[],
        NULL, timestamptz '2026-03-01 18:32+00'),
    (2, 'Silk <b>buyers</b>, ask ann@example.com', 'marketer', '2026-03-01 17:30+00', 'sent_back', 'llm', '{}', '{}',
        'Call me at 0912345678 first', '2026-03-01 19:31:30+00'),
    (3, 'Churny people', 'marketer', '2026-03-02 17:30+00', 'needs_clarification', 'grammar',
        '{Churny,<b>vip@example.com</b>}', '{What is churny?}', NULL, '2026-03-02 17:30:20+00'),
    (4, 'Not read', 'marketer', now() - interval '5 hours', 'submitted', NULL, '{}', '{}', NULL, now()),
    (5, 'In review', 'marketer', now() - interval '31 hours', 'in_review', 'import', '{}', '{}', NULL,
        now() - interval '30 hours'),
    (6, 'Nobody answered', 'marketer', '2026-03-03 10:00+00', 'expired', 'grammar', '{}', '{}', NULL,
        '2026-03-06 10:02+00'),
    (7, 'Where is request 1?', 'marketer', '2026-03-03 10:00+00', 'answered', 'question', '{}', '{}', NULL,
        '2026-03-03 10:00:02+00'),
    (8, 'Approved, not refreshed', 'marketer', '2026-03-03 10:00+00', 'approved', 'grammar', '{}', '{}', NULL, now())
) AS told
"""
DEFINITIONS = """
INSERT INTO segment.definition
    (tenant_id, segment_id, version, request_id, name, plan, sentence, cypher, parameters, schema_version, hash, state,
     created_at, activated_at)
SELECT %(tenant)s, told.segment_id, 1, told.request_id, told.name, '{}', told.name, '', '{}', '1', 'h', told.state,
       told.created_at, told.activated_at
FROM (VALUES
    ('wool', 1, 'Wool', 'active', timestamptz '2026-03-01 17:31+00', timestamptz '2026-03-01 18:32+00'),
    ('silk', 2, 'Silk', 'draft', '2026-03-01 17:30:30+00', NULL),
    ('reviewed', 5, 'In review', 'draft', now() - interval '30.5 hours', NULL),
    ('expired', 6, 'Expired', 'draft', '2026-03-03 10:01+00', NULL),
    ('later', 8, 'Later', 'active', '2026-03-03 10:01+00', now() - interval '100 hours'),
    ('shoes_30', NULL, 'Customers who bought shoes in the last 30 days', 'active',
        '2026-03-01 10:00+00', '2026-03-01 10:00+00'),
    ('shoes_90', NULL, 'Customers who bought shoes in the last 90 days', 'active',
        '2026-03-01 10:00+00', '2026-03-01 10:00+00')
) AS told (segment_id, request_id, name, state, created_at, activated_at)
"""
PREVIEWS = """
INSERT INTO segment.preview (tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, took_ms)
VALUES (%(tenant)s, 'wool', 1, '2026-03-01', 4, '[]', '{"email": 3, "zalo": 0}', '{}', 1)
"""
ROUNDS = """
INSERT INTO ops.review_round (tenant_id, reviewed, round, assigned, shown_at, expires_at)
SELECT %(tenant)s, 'draft_segment/request-' || %(tenant)s || '-' || number || '/review/-1', 1, '{approver}',
       shown_at, shown_at + interval '3 days'
FROM (VALUES
    (1, timestamptz '2026-03-01 17:32+00'), (2, '2026-03-01 17:31:30+00'), (5, now() - interval '30 hours'),
    (6, '2026-03-03 10:02+00'), (8, '2026-03-03 10:02+00')
) AS told (number, shown_at)
"""
APPROVALS = """
INSERT INTO segment.approval (tenant_id, segment_id, version, decision, hash, decided_by, decided_at)
VALUES (%(tenant)s, 'wool', 1, 'approve', 'h', 'approver', '2026-03-01 18:32+00'),
       (%(tenant)s, 'silk', 1, 'ask', 'h', 'approver', '2026-03-01 19:31:30+00'),
       (%(tenant)s, 'expired', 1, 'reject', 'h', 'deadline', '2026-03-06 10:02+00'),
       (%(tenant)s, 'later', 1, 'approve', 'h', 'approver', now() - interval '100 hours')
"""
# Two refreshes of wool before and after midnight in Ho Chi Minh City.
RUNS = """
INSERT INTO segment.run (tenant_id, run_id, segment_id, version, as_of, member_count, entered, exited, finished_at)
OVERRIDING SYSTEM VALUE
VALUES (%(tenant)s, 1, 'shoes_30', 1, '2026-03-01', 3, 3, 0, '2026-03-01 10:00+00'),
       (%(tenant)s, 2, 'shoes_90', 1, '2026-03-01', 0, 0, 0, '2026-03-01 10:00+00'),
       (%(tenant)s, 3, 'wool', 1, '2026-03-01', 3, 3, 0, '2026-03-01 18:33+00'),
       (%(tenant)s, 4, 'wool', 1, '2026-03-02', 4, 2, 1, '2026-03-02 18:00+00')
"""
CHANGES = """
INSERT INTO segment.membership_change (tenant_id, run_id, segment_id, customer_id, change, cause, changed_at)
SELECT %(tenant)s, run_id, 'wool', customer_id, change, cause, '2026-03-02'
FROM (VALUES (3, 'c1', 'enter', 'definition'), (3, 'c2', 'enter', 'definition'), (3, 'c9', 'enter', 'definition'),
             (4, 'c3', 'enter', 'data'), (4, 'c9', 'exit', 'source')) AS told (run_id, customer_id, change, cause)
"""
ONE_MORE_CHANGE = """
INSERT INTO segment.membership_change (tenant_id, run_id, segment_id, customer_id, change, cause, changed_at)
VALUES (%(tenant)s, 4, 'wool', 'c4', 'enter', 'data', '2026-03-02')
"""
CUSTOMERS = """
INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant)s, 'c' || n FROM generate_series(1, 5) AS n
"""
MEMBERS = """
INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since)
SELECT %(tenant)s, segment_id, 'c' || n, '2026-03-01'
FROM (VALUES ('wool', 1), ('wool', 2), ('wool', 3), ('wool', 4), ('shoes_30', 3), ('shoes_30', 4), ('shoes_30', 5))
    AS told (segment_id, n)
"""
AGREEMENTS = """
INSERT INTO segment.agreement
    (tenant_id, segment_id, version, as_of, graph_count, sql_count, only_in_graph, only_in_sql, stopped_since)
VALUES (%(tenant)s, 'wool', 1, '2026-03-02', 4, 4, '{}', '{}', NULL),
       (%(tenant)s, 'shoes_30', 1, '2026-03-01', 3, 2, '{c5}', '{}', '2026-03-02')
"""
HOLDS = """
INSERT INTO segment.held_refresh (tenant_id, segment_id, version, as_of, members, found, entered, exited, state)
VALUES (%(tenant)s, 'shoes_90', 1, '2026-03-02', 0, 900, 900, 0, 'open'),
       (%(tenant)s, 'wool', 1, '2026-03-01', 3, 90, 87, 0, 'lapsed')
"""
CALLS = """
INSERT INTO llm.call (tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id, input_tokens,
    output_tokens, cost_micro_usd, latency_ms, outcome, occurred_at)
VALUES (%(tenant)s, 'plan_segment', 'plan_segment', 3, 'p', 'maker:small', 2, 100, 10, 500, 1, 'invalid_output',
        '2026-03-01'),
       (%(tenant)s, 'plan_segment', 'plan_segment', 3, 'p', 'maker:small', 2, 200, 20, 1500, 1, 'ok', '2026-03-01'),
       (%(tenant)s, 'explain_result', 'explain_result', 1, 'p', 'maker:other', 2, 50, 5, 100, 1, 'ok', '2026-03-01'),
       (%(tenant)s, 'plan_segment', 'plan_segment', 3, 'p', 'maker:small', NULL, 9, 9, 9999, 1, 'ok', '2026-03-01')
"""
REPLAYS = """
WITH run AS (
    INSERT INTO segment.replay_run (tenant_id, segment_id, version, definition_hash, request_hash, first_moment,
        last_moment, moments, as_known_now, known_as_of, notes)
    VALUES (%(tenant)s, 'wool', 1, 'h', 'r', '2026-01-01', '2026-02-01', 2, false, '2026-03-01', '{}')
    RETURNING replay_id
)
INSERT INTO segment.replay_point (tenant_id, replay_id, moment, known_until, members, customers, jaccard)
SELECT %(tenant)s, replay_id, moment, 'infinity', members, 5, jaccard
FROM run
CROSS JOIN (VALUES (timestamptz '2026-01-01', 2, NULL::float), ('2026-02-01', 4, 0.5))
    AS told (moment, members, jaccard)
"""
ALL = (
    REQUESTS, DEFINITIONS, PREVIEWS, ROUNDS, APPROVALS, RUNS, CHANGES, ONE_MORE_CHANGE, CUSTOMERS, MEMBERS, AGREEMENTS,
    HOLDS, CALLS, REPLAYS,
)  # fmt: skip


@pytest.fixture(scope="module")
def reporter(
    warehouse: Warehouse, owner: Connection, tenant: Tenant, superset_login: psycopg.Connection[Row]
) -> psycopg.Connection[Row]:
    """Superset's login, when all is written."""
    write(owner, tenant, *ALL)
    assert count_overlaps(warehouse, tenant.tenant_id) == 6  # three pairs of three segments
    return superset_login


def test_a_request_counts_in_each_stage_that_it_came_to_and_a_question_in_none(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    query = "SELECT stage, sum(requests) FROM report.request_stage WHERE tenant_id = %(tenant)s GROUP BY 1 ORDER BY 1"
    assert rows(reporter, tenant, query) == [
        ("1. Asked", 7), ("2. Understood", 5), ("3. Put to review", 5), ("4. Decided", 3), ("5. Approved", 2),
        ("6. Has members", 1),
    ]  # fmt: skip
    on_a_day = """
        SELECT requests FROM report.request_stage
        WHERE tenant_id = %(tenant)s AND position = 1 AND day = '2026-03-02'
    """
    assert rows(reporter, tenant, on_a_day) == [(2,)]


def test_time_is_counted_in_a_step_that_was_left(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    query = """
        SELECT position, array_agg(seconds::float ORDER BY request_id) FROM report.request_step
        WHERE tenant_id = %(tenant)s AND request_id IN (1, 2, 3, 6, 7) GROUP BY position ORDER BY position
    """
    assert rows(reporter, tenant, query) == [
        (1, [60, 30, 20, 60]),
        (2, [60, 60, None, 60]),
        (3, [3600, 7200, None, 3 * 86_400]),
        (4, [60, None, None, None]),
    ]
    to_members = "SELECT seconds_to_members FROM report.request WHERE tenant_id = %(tenant)s AND request_id = 1"
    assert rows(reporter, tenant, to_members) == [(3780,)]
    open_steps = (
        "SELECT seconds FROM report.request_step WHERE tenant_id = %(tenant)s AND request_id = 5 AND position = 3"
    )
    assert rows(reporter, tenant, open_steps) == [(None,)]


def test_what_waits_is_counted_where_it_waits_and_by_its_age(
    reporter: psycopg.Connection[Row], tenant: Tenant, newcomer: Tenant
) -> None:
    query = "SELECT step, age, requests FROM report.request_waiting WHERE tenant_id = %(tenant)s"
    found = rows(reporter, tenant, query)
    assert len(found) == 12
    assert sorted(row for row in found if row[2]) == [
        ("1. Reading the words", "0 to 1 day", 1),
        ("3. In review", "1 to 3 days", 1),
        ("4. Finding the members", "more than 3 days", 1),
    ]
    waits = (
        "SELECT request_id, waits_hours FROM report.request WHERE tenant_id = %(tenant)s AND waits ORDER BY request_id"
    )
    assert rows(reporter, tenant, waits) == [(4, Decimal("5.0")), (5, Decimal("30.0")), (8, Decimal("100.0"))]
    nothing = rows(reporter, newcomer, query)
    assert [row[2] for row in nothing] == [0] * 12


def test_each_outcome_has_its_reason_without_contact_data_and_tags(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    query = "SELECT outcome, reason, requests FROM report.request_end WHERE tenant_id = %(tenant)s ORDER BY position"
    assert rows(reporter, tenant, query) == [
        ("Approved", "–", 1), ("Approved", "–", 1),  # on two days
        ("Asked back", "Churny, ‹b›[…]‹/b›", 1),
        ("Sent back", "Call me at […] first", 1),
        ("Rejected", "–", 0),
        ("Expired", "Nobody answered in time", 1),
        ("Voided", "–", 0),
        ("Failed", "–", 0),
    ]  # fmt: skip
    words = "SELECT words, requests FROM report.not_understood WHERE tenant_id = %(tenant)s"
    assert set(rows(reporter, tenant, words)) == {("‹b›[…]‹/b›", 1), ("churny", 1)}
    text = "SELECT request FROM report.request WHERE tenant_id = %(tenant)s AND request_id = 2"
    assert rows(reporter, tenant, text) == [("Silk ‹b›buyers‹/b›, ask […]",)]


def test_a_request_says_what_planned_it_and_what_that_cost(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    query = """
        SELECT request_id, planned_by, model, model_calls, model_cost_usd::float, state, is_asked_back
        FROM report.request WHERE tenant_id = %(tenant)s ORDER BY request_id
    """
    assert rows(reporter, tenant, query) == [
        (1, "Grammar", None, 0, 0, "Approved", False),
        (2, "Language model", "maker:small", 3, 0.0021, "Sent back", False),
        (3, "Grammar", None, 0, 0, "Asked back", True),
        (4, "Not read yet", None, 0, 0, "Waits to be read", False),
        (5, "Imported from LEO CDP", None, 0, 0, "In review", False),
        (6, "Grammar", None, 0, 0, "Expired", False),
        (7, "Answered as a question", None, 0, 0, "Question answered", False),
        (8, "Grammar", None, 0, 0, "Waits for members", False),
    ]
    tasks = """
        SELECT task, model, calls, calls_without_answer, tokens, cost_usd::float FROM report.request_model
        WHERE tenant_id = %(tenant)s ORDER BY position
    """
    assert rows(reporter, tenant, tasks) == [
        ("Reading a request", "maker:small", 2, 1, 330, 0.002),
        ("Reading a change of one", "no model asked", 0, 0, 0, 0),
        ("Second reading", "no model asked", 0, 0, 0, 0),
        ("Explaining the result", "maker:other", 1, 0, 55, 0.0001),
    ]


def test_an_active_segment_has_its_members_its_state_and_a_name_of_its_own(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    query = """
        SELECT segment, members, state, replayed_moments, fewest_members, most_members, stability
        FROM report.segment WHERE tenant_id = %(tenant)s ORDER BY segment_id
    """
    assert rows(reporter, tenant, query) == [
        ("Later", 0, "Not refreshed yet", 0, None, None, None),
        ("Customers who bought shoes in #shoes_30", 3, "Stopped: graph and tables differ", 0, None, None, None),
        ("Customers who bought shoes in #shoes_90", 0, "Held: waits for a person", 0, None, None, None),
        ("Wool", 4, "Runs", 2, 2, 4, 0.5),
    ]
    reach = "SELECT channel, customers FROM report.segment_reach WHERE tenant_id = %(tenant)s ORDER BY channel"
    assert rows(reporter, tenant, reach) == [("E-mail", 3), ("Zalo", 0)]
    held = "SELECT state, refreshes FROM report.held_refresh WHERE tenant_id = %(tenant)s ORDER BY position"
    assert [refreshes for _, refreshes in rows(reporter, tenant, held)] == [1, 0, 0, 0, 1]


def test_sizes_and_changes_are_those_of_the_tenants_days(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    sizes = """
        SELECT to_char(day, 'DD'), members, entered, exited FROM report.segment_size
        WHERE tenant_id = %(tenant)s AND segment = 'Wool' ORDER BY day
    """
    assert rows(reporter, tenant, sizes) == [("02", 3, 3, 0), ("03", 4, 2, 1)]
    changes = """
        SELECT to_char(day, 'DD'), change, cause, customers FROM report.segment_change
        WHERE tenant_id = %(tenant)s ORDER BY day, change
    """
    # Those who entered in two statements of one refresh are counted together.
    assert rows(reporter, tenant, changes) == [
        ("02", "Entered", "New or changed definition", 3),
        ("03", "Entered", "Customer data changed", 2),
        ("03", "Left", "Left the source or was merged", 1),
    ]


def test_segments_share_members_two_by_two(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    query = """
        SELECT segment_id, other_segment_id, shared, members_of_smaller FROM report.segment_overlap
        WHERE tenant_id = %(tenant)s AND is_listed ORDER BY 1, 2
    """
    assert rows(reporter, tenant, query) == [
        ("shoes_30", "shoes_90", 0, 0),
        ("shoes_30", "wool", 2, 3),
        ("shoes_90", "wool", 0, 0),
    ]
    both = """
        SELECT count(*) AS rows, count(*) FILTER (WHERE segment = other_segment) AS with_itself
        FROM report.segment_overlap WHERE tenant_id = %(tenant)s
    """
    assert rows(reporter, tenant, both) == [(9, 3)]


def test_a_tenant_with_nothing_has_zeros_and_no_empty_charts(
    reporter: psycopg.Connection[Row], newcomer: Tenant
) -> None:
    for view, figure, count in (
        ("request_stage", "requests", 6),
        ("request_end", "requests", 7),
        ("not_understood", "requests", 1),
        ("request_model", "calls", 4),
        ("held_refresh", "refreshes", 5),
    ):
        query = f"SELECT count(*), sum({figure}) FROM report.{view} WHERE tenant_id = %(tenant)s"
        assert rows(reporter, newcomer, query) == [(count, 0)], view
