"""Members follow the approved definition, and every change of membership has its reason."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.agreement import Disagreement
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import RefreshCounts, refresh_segment, refresh_segments
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import read_graph
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.shop import CannedPlanner, bring_up_to_date, day, open_shop

WIDE = Limits(largest_size=1000, largest_change_percent=Decimal(10_000))
"""Limits that a shop with a handful of customers stays within, whoever comes and goes."""


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def approve(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str, limits: Limits | None = WIDE) -> str:
    """Bring a request to its approval, within limits (None: those proposed), and return the segment's id."""
    request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    drafted = draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )
    shown = review(warehouse, tenant.tenant_id, request_id)
    record_decision(
        warehouse, tenant.tenant_id, request_id,
        decision="approve", decided_by="approver", decided_at=NOW, note=None, hash=shown.hash, limits=limits,
    )  # fmt: skip
    assert drafted.segment_id is not None
    return drafted.segment_id


def refresh(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, segment_id: str, as_of: datetime = NOW
) -> RefreshCounts:
    return refresh_segment(warehouse, tenant.tenant_id, segment_id, as_of, encoder=encoder)


def members(warehouse: Warehouse, tenant: Tenant, segment_id: str) -> set[str]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute("SELECT customer_id FROM segment.membership WHERE segment_id = %s", [segment_id])
        return {row[0] for row in rows}


def changes(warehouse: Warehouse, tenant: Tenant, run_id: int) -> set[tuple[str, str, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute(
            "SELECT customer_id, change, cause FROM segment.membership_change WHERE run_id = %s", [run_id]
        )
        return {(row[0], row[1], row[2]) for row in rows}


def evidence(warehouse: Warehouse, tenant: Tenant, run_id: int) -> dict[str, dict[str, object]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute(
            "SELECT customer_id, evidence FROM segment.membership_change WHERE run_id = %s", [run_id]
        )
        return {str(customer_id): found for customer_id, found in rows}


def members_in_graph(warehouse: Warehouse, tenant: Tenant, segment_id: str) -> set[str]:
    """Who has an IN_SEGMENT edge, asked as the reader would."""
    cypher = (
        "MATCH (c:Customer)-[:IN_SEGMENT]->(s:Segment) WHERE s.segment_id = $segment "
        "RETURN c.customer_id AS customer_id"
    )
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        found = read_graph(connection, tenant.graph_name, cypher, {"segment": segment_id})
    assert len(found) == len(set(found))
    return set(found)


def test_the_first_refresh_enters_everybody_by_the_definition(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert (counts.members, counts.entered, counts.exited) == (3, 3, 0)
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}
    assert members_in_graph(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}
    assert changes(warehouse, tenant, counts.run_id) == {(who, "enter", "definition") for who in ("ann", "bob", "cy")}


def test_a_second_refresh_of_the_same_moment_changes_nothing(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    first = refresh(warehouse, tenant, encoder, segment_id)
    again = refresh(warehouse, tenant, encoder, segment_id)
    assert again == RefreshCounts(run_id=first.run_id, members=3, entered=0, exited=0)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(runs, written)] = connection.execute(
            "SELECT (SELECT count(*) FROM segment.run), (SELECT count(*) FROM segment.membership_change)"
        ).fetchall()
    assert (runs, written) == (1, 3)


def test_a_rolling_window_lets_members_go_under_the_same_approval(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    counts = refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(days=35))
    assert changes(warehouse, tenant, counts.run_id) == {("cy", "exit", "data")}
    assert members(warehouse, tenant, segment_id) == {"ann", "bob"}
    assert members_in_graph(warehouse, tenant, segment_id) == {"ann", "bob"}


def test_who_stays_keeps_the_day_of_entering(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(days=1))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert connection.execute("SELECT DISTINCT since FROM segment.membership").fetchall() == [(NOW,)]


def test_an_event_that_came_late_is_named_as_the_cause(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red")])
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert changes(warehouse, tenant, counts.run_id) == {("eve", "enter", "late_data")}


def test_late_events_are_the_cause_only_of_their_own_customers_changes(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    late = [Event("eve", "purchase", "socks", day(3 - n / 10), "red", event_key=f"late{n}") for n in range(6)]
    in_time = Event("dee", "purchase", "socks", NOW + timedelta(hours=1), "red", event_key="in_time")
    of_one_who_stays = Event("ann", "view", "hat", day(2))
    add_events(warehouse, tenant.tenant_id, [*late, in_time, of_one_who_stays])
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(days=35))
    assert changes(warehouse, tenant, counts.run_id) == {
        ("eve", "enter", "late_data"),
        ("dee", "enter", "data"),
        ("cy", "exit", "data"),
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        evidence = connection.execute(
            "SELECT customer_id, evidence FROM segment.membership_change WHERE run_id = %s ORDER BY 1", [counts.run_id]
        ).fetchall()
    assert evidence == [
        ("cy", {"window_passed": ["e3"]}),
        ("dee", {"events": ["in_time"], "graph": ["PURCHASED"]}),
        ("eve", {"late_events": ["late0", "late1", "late2", "late3", "late4"]}),
    ]


def test_an_event_of_a_sync_that_ended_after_the_refresh_came_late(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    assert refresh(warehouse, tenant, encoder, segment_id).members == 3
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red", event_key="late")])
    # The sync was writing its events when the refresh read, and nobody saw them before it had committed.
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.event SET ingested_at = now() - interval '1 minute' WHERE event_key = 'late'")
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, started_at, finished_at) "
            "VALUES (%s, 'a slow one', 'projected', now() - interval '2 minutes', now() + interval '1 hour')",
            [tenant.tenant_id],
        )
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(hours=1))
    assert changes(warehouse, tenant, counts.run_id) == {("eve", "enter", "late_data")}


def test_a_new_definition_is_the_cause_also_where_events_came_late(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "hikers")
    refresh(warehouse, tenant, encoder, segment_id)
    add_events(warehouse, tenant.tenant_id, [Event("eve", "view", "tent", day(3))])
    bring_up_to_date(warehouse, tenant)
    assert approve(warehouse, tenant, encoder, "hikers in Poland") == segment_id
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert changes(warehouse, tenant, counts.run_id) == {("eve", "exit", "definition")}


def test_a_profile_that_changed_is_data_also_where_the_moment_is_the_same(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks in Poland")
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET country = 'DE' WHERE customer_id = 'bob'")
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert changes(warehouse, tenant, counts.run_id) == {("bob", "exit", "data")}
    assert evidence(warehouse, tenant, counts.run_id) == {"bob": {"graph": ["Customer"]}}


def test_an_attribute_that_a_sync_changed_is_told_from_what_to_what(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks in Poland")
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET country = 'DE', city = 'Berlin' WHERE customer_id = 'bob'")
    bring_up_to_date(warehouse, tenant)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        # What the sync's merge writes of a profile that it changes.
        connection.execute(
            "INSERT INTO core.profile_history (tenant_id, profile_id, valid_from, valid_to, country, keywords, scores, "
            "ext_attributes, sync_run_id) SELECT tenant_id, profile_id, '-infinity', now(), 'PL', '{}', '{}', '{}', "
            "(SELECT max(sync_run_id) FROM ops.sync_run WHERE tenant_id = profile.tenant_id) "
            "FROM core.profile WHERE customer_id = 'bob'"
        )
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert evidence(warehouse, tenant, counts.run_id) == {
        "bob": {"attributes": [{"name": "country", "from": "PL", "to": "DE"}], "graph": ["Customer"]}
    }


def test_who_vanished_at_the_source_exits_by_the_source(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET deleted_at = now() WHERE customer_id = 'bob'")
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(days=1))
    assert changes(warehouse, tenant, counts.run_id) == {("bob", "exit", "source")}
    assert evidence(warehouse, tenant, counts.run_id) == {"bob": {"person": "gone"}}


def test_a_new_interest_model_is_named_as_the_cause(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks and luxury")
    assert refresh(warehouse, tenant, encoder, segment_id).members == 2
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute(
            "UPDATE ops.tenant SET luxury_threshold_minor = 86000, interest_half_life_days = 30 WHERE tenant_id = %s",
            [tenant.tenant_id],
        )
    bring_up_to_date(warehouse, tenant)
    counts = refresh(warehouse, tenant, encoder, segment_id, NOW + timedelta(days=1))
    assert changes(warehouse, tenant, counts.run_id) == {("cy", "exit", "interest_model")}
    [(_, models)] = evidence(warehouse, tenant, counts.run_id).items()
    assert models["from_model"] != models["to_model"]
    assert None not in models.values()


def test_the_next_version_is_named_as_the_cause(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "hikers")
    first = refresh(warehouse, tenant, encoder, segment_id)
    assert evidence(warehouse, tenant, first.run_id) == {"eve": {"from_version": None, "to_version": 1}}
    assert approve(warehouse, tenant, encoder, "hikers in Poland") == segment_id
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert changes(warehouse, tenant, counts.run_id) == {("eve", "exit", "definition")}
    assert evidence(warehouse, tenant, counts.run_id) == {"eve": {"from_version": 1, "to_version": 2}}


def test_a_segment_read_by_another_model_keeps_its_members_and_holds_up_nobody(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    phrase = approve(warehouse, tenant, encoder, "hikers")
    plain = approve(warehouse, tenant, encoder, "red socks")
    refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    counts = refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=FakeEncoder(model="another"))
    assert (counts.segments, counts.other_model) == (1, 1)
    assert members(warehouse, tenant, phrase) == {"eve"}
    assert members(warehouse, tenant, plain) == {"ann", "bob", "cy"}


def test_nothing_runs_that_nobody_approved(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "hikers", "marketer")
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    with pytest.raises(Permanent, match="has no active version"):
        refresh(warehouse, tenant, encoder, "weekend_hikers")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET state = 'active'")
    with pytest.raises(Permanent, match="was never approved"):
        refresh(warehouse, tenant, encoder, "weekend_hikers")


@pytest.mark.parametrize(
    "tampering",
    [
        "plan = jsonb_set(plan, '{where,product,colors}', '[\"blue\"]')",
        "plan = jsonb_set(plan, '{where,window,amount}', '600')",
        "hash = repeat('0', 64)",
    ],
)
def test_nothing_runs_that_differs_from_what_was_approved(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, tampering: str
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(b"UPDATE segment.definition SET " + tampering.encode())
    with pytest.raises(Permanent, match="is not what was approved any more"):
        refresh(warehouse, tenant, encoder, segment_id)
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}


def test_a_segment_that_cannot_be_refreshed_does_not_hold_up_the_others(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    broken = approve(warehouse, tenant, encoder, "red socks")
    sound = approve(warehouse, tenant, encoder, "red socks in Poland")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET hash = 'other' WHERE segment_id = %s", [broken])
    with pytest.raises(Permanent, match="1 of 2 segments keep their members"):
        refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert members(warehouse, tenant, broken) == set()
    assert members(warehouse, tenant, sound)


def test_refreshing_all_counts_each_segment(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    approve(warehouse, tenant, encoder, "red socks")
    counts = refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert (counts.segments, counts.members, counts.entered, counts.exited) == (1, 3, 3, 0)


def test_topics_that_were_not_approved_do_not_slip_in(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks and luxury")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            "UPDATE segment.definition SET meaning = jsonb_set(meaning, '{0,chosen,0,topic_id}', '\"color:red\"')"
        )
    with pytest.raises(Permanent, match="is not what was approved any more"):
        refresh(warehouse, tenant, encoder, segment_id)


def test_another_embedding_model_does_not_judge_what_was_approved_for_the_first(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "hikers")
    with pytest.raises(Permanent, match="was approved for fake"):
        refresh(warehouse, tenant, FakeEncoder(model="another"), segment_id)


def test_a_graph_that_is_behind_core_publishes_nothing(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "everybody")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        insert = sql.SQL(
            "INSERT INTO {} (id, properties) VALUES "
            "(_graphid(_label_id(%s, 'Customer')::int, 0), '{{\"customer_id\": \"ghost\"}}')"
        )
        connection.execute(insert.format(sql.Identifier(tenant.graph_name, "Customer")), [tenant.graph_name])
    with pytest.raises(Disagreement, match=r"the graph finds 6 customers and the tables 5; only in the graph: ghost\."):
        refresh(warehouse, tenant, encoder, segment_id)
    assert members(warehouse, tenant, segment_id) == set()
