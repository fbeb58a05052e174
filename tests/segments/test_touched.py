"""Whoever a change of the graph touches is noted in the transaction of the change, whatever statement makes it."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import pytest
from psycopg import sql

from leo_activation.segments.candidates import Asked, Policy, choose_asked
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.membership import POLICY, refresh_segment
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    Next,
    Not,
    Operator,
    ProfilePhrase,
    Relation,
    RelationKind,
    SegmentPlan,
    TimeUnit,
)
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_table
from leo_activation.warehouse.graph_schema import schema_version
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.projecting import project
from tests.segments.shop import HIKERS, IN_POLAND, RED_SOCKS, bring_up_to_date, day, open_shop
from tests.segments.test_membership import approve, evidence, members
from tests.segments.test_segments_on_segments import approve as approve_plan
from tests.segments.test_segments_on_segments import draft

POLES = SegmentPlan(where=IN_POLAND)
BUYERS = SegmentPlan(where=RED_SOCKS)


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def ask(
    warehouse: Warehouse,
    tenant: Tenant,
    plan: SegmentPlan,
    *,
    as_of: datetime = NOW,
    policy: Policy = POLICY,
    later: timedelta = timedelta(),
    version: int = 1,
    interest_model: str | None = None,
) -> Asked:
    """Who would be asked of a plan that was refreshed as of NOW by the segment 'kept'."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant.tenant_id)
        connection.rollback()
        return choose_asked(
            connection, catalogue, "kept", plan, version=version, as_of=as_of, interest_model=interest_model,
            policy=policy, now=datetime.now(UTC) + later,
        )  # fmt: skip


def keep(warehouse: Warehouse, tenant: Tenant, asked: Asked | None = None, **circumstances: object) -> None:
    """A refresh of the segment 'kept', that began as `asked` did, or now."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(now,)] = connection.execute(statement("segments/read_snapshot"))
        connection.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
            "schema_version, hash) VALUES (%s, 'kept', 1, 'kept', '{}', '', '', '{}', '', '') ON CONFLICT DO NOTHING",
            [tenant.tenant_id],
        )
        connection.execute(
            statement("segments/write_refreshed"),
            {
                "tenant_id": tenant.tenant_id, "segment_id": "kept", "version": 1, "as_of": NOW,
                "schema_version": schema_version(), "interest_model": None, "asks_all": True,
                "seen": asked.seen if asked else now, **circumstances,
            },
        )  # fmt: skip


def rename(connection: Connection, tenant: Tenant, customer_id: str, city: str) -> None:
    """Change a vertex by hand, as nothing of the program does."""
    connection.execute("SET LOCAL search_path = ag_catalog, public")
    connection.execute(
        sql.SQL(
            "UPDATE {} SET properties = agtype_build_map('customer_id', %s::text, 'city', %s::text) "
            "WHERE agtype_access_operator(VARIADIC ARRAY[properties, '\"customer_id\"'::agtype]) "
            "= to_json(%s::text)::text::agtype"
        ).format(label_table(tenant.graph_name, "Customer")),
        [customer_id, city, customer_id],
    )


def test_with_nothing_new_nobody_is_asked(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    keep(warehouse, tenant)
    bring_up_to_date(warehouse, tenant)
    for plan in (POLES, BUYERS, SegmentPlan(where=Not(condition=RED_SOCKS)), SegmentPlan(where=HIKERS)):
        assert ask(warehouse, tenant, plan).customer_ids == ()


def test_who_was_touched_is_asked_of_plans_that_read_it(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    keep(warehouse, tenant)
    add_events(warehouse, tenant.tenant_id, [Event("eve", "view", "hat", day(3))])
    bring_up_to_date(warehouse, tenant)
    assert ask(warehouse, tenant, BUYERS).customer_ids == ()
    add_events(warehouse, tenant.tenant_id, [Event("dee", "purchase", "hat", day(3), event_key="late")])
    bring_up_to_date(warehouse, tenant)
    assert ask(warehouse, tenant, BUYERS).customer_ids == ("dee",)
    # Spending is a property of the vertex, and the text of a profile tells of what somebody looked at.
    assert set(ask(warehouse, tenant, SegmentPlan(where=HIKERS)).customer_ids or ()) >= {"eve"}


def test_a_change_by_hand_is_noted_too(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    keep(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rename(connection, tenant, "bob", "Warszawa")
    assert ask(warehouse, tenant, POLES).customer_ids == ("bob",)


def test_what_was_undone_touched_nobody(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    keep(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rename(connection, tenant, "bob", "Warszawa")
        connection.rollback()
    assert ask(warehouse, tenant, POLES).customer_ids == ()


def test_a_transaction_that_began_before_a_refresh_and_ended_after_it_is_seen_by_the_next(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    keep(warehouse, tenant)
    with ExitStack() as stack:
        early, late = (stack.enter_context(warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id)) for _ in range(2))
        rename(early, tenant, "ann", "Gdynia")
        # The later transaction has the higher number and ends first.
        rename(late, tenant, "bob", "Warszawa")
        late.commit()
        between = ask(warehouse, tenant, POLES)
        assert between.customer_ids == ("bob",)
        keep(warehouse, tenant, between)
        assert ask(warehouse, tenant, POLES).customer_ids == ()
        # The earlier transaction touches, after the refresh, also whom the later one touched before it.
        rename(early, tenant, "bob", "Sopot")
        early.commit()
    after = ask(warehouse, tenant, POLES)
    assert after.customer_ids == ("ann", "bob")
    keep(warehouse, tenant, after)
    assert ask(warehouse, tenant, POLES).customer_ids == ()


@pytest.mark.parametrize(
    ("plan", "asked", "reason"),
    [
        (SegmentPlan(limit=2), {}, "orders or cuts"),
        (SegmentPlan(where=Relation(relation=RelationKind.CO_PURCHASE, of=RED_SOCKS)), {}, "who bought the same"),
        (POLES, {"version": 2}, "a new version"),
        (POLES, {"interest_model": "another"}, "interest model changed"),
        (POLES, {"later": timedelta(hours=20)}, "asked long ago"),
    ],
)
def test_all_are_asked_where_few_would_not_do(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, plan: SegmentPlan, asked: dict[str, object], reason: str
) -> None:
    keep(warehouse, tenant)
    found = ask(warehouse, tenant, plan, **asked)  # type: ignore[arg-type]
    assert found.customer_ids is None
    assert reason in str(found.reason)


def test_all_are_asked_before_the_first_refresh_and_after_the_schema_changed(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    assert ask(warehouse, tenant, POLES).reason == "it is the first refresh"
    keep(warehouse, tenant, schema_version="another")
    assert ask(warehouse, tenant, POLES).reason == "the graph's schema changed"


def test_all_are_asked_where_too_many_were_touched(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    keep(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        for who in ("ann", "bob"):
            rename(connection, tenant, who, "Warszawa")
    assert ask(warehouse, tenant, POLES, policy=Policy(share=0.4, few=0)).customer_ids == ("ann", "bob")
    found = ask(warehouse, tenant, POLES, policy=Policy(share=0.2, few=0))
    assert (found.customer_ids, found.reason) == (None, "more than 1 customers may have entered or left")


def test_all_are_asked_where_a_trigger_is_missing_or_the_server_is_another(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    keep(warehouse, tenant, seen=f"{2**60 + 3}:{2**60 + 3}:")
    assert ask(warehouse, tenant, POLES).reason == "what was touched since is not known"
    keep(warehouse, tenant)
    assert ask(warehouse, tenant, POLES).customer_ids == ()
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        table = label_table(tenant.graph_name, "VIEWED")
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER note_touched_delete").format(table))
    assert ask(warehouse, tenant, POLES).reason == "what was touched since is not known"


def test_an_emptied_label_and_a_graph_that_is_built_touch_everything(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    keep(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(label_table(tenant.graph_name, "PURCHASED")))
    assert ask(warehouse, tenant, BUYERS).reason == "PURCHASED was changed as a whole"
    assert ask(warehouse, tenant, POLES).customer_ids == ()


def test_nobody_but_the_triggers_writes_the_notes(warehouse: Warehouse, tenant: Tenant) -> None:
    for role in (DatabaseRole.WRITER, DatabaseRole.LOADER):
        with warehouse.connect(role, tenant.tenant_id) as connection:
            rights = connection.execute(
                "SELECT has_table_privilege('ops.graph_touch', right_) FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', "
                "'TRUNCATE']) AS right_"
            ).fetchall()
        assert rights == [(False,)] * 4


def test_a_phrase_is_asked_of_those_whose_text_changed(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    assert isinstance(HIKERS, ProfilePhrase)
    segment_id = approve(warehouse, tenant, encoder, "hikers")
    refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    kept = members(warehouse, tenant, segment_id)
    add_events(warehouse, tenant.tenant_id, [Event("dee", "view", "tent", day(1), event_key=f"t{n}") for n in range(9)])
    changed = bring_up_to_date(warehouse, tenant)
    counts = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=changed)
    assert counts.asked is not None
    assert 0 < counts.asked < 5
    few = members(warehouse, tenant, segment_id)
    refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=changed, whole=True)
    assert few == members(warehouse, tenant, segment_id) >= kept


def test_a_run_says_how_many_were_asked(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    first = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    again = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    assert (first.asked, again.asked) == (None, 0)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert connection.execute("SELECT asked FROM segment.run").fetchall() == [(None,)]


def change(warehouse: Warehouse, tenant: Tenant, query: LiteralString, **values: object) -> None:
    """Change a table as a sync would, and let the graph follow."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(query, {"tenant_id": tenant.tenant_id, **values})
    project(warehouse, tenant, NOW)


def test_who_a_window_moved_over_is_asked(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    keep(warehouse, tenant)
    # Cy bought thirty days before: after thirty-five more that is no more among the last sixty.
    assert ask(warehouse, tenant, BUYERS, as_of=NOW + timedelta(days=35)).customer_ids == ("cy",)
    assert ask(warehouse, tenant, POLES, as_of=NOW + timedelta(days=35)).customer_ids == ()


def test_whose_birthday_a_window_moved_over_is_asked(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    born = NOW.date() + timedelta(days=7)
    change(
        warehouse, tenant, "UPDATE core.profile SET date_of_birth = %(born)s WHERE customer_id = 'dee'",
        born=born.replace(year=1990),
    )  # fmt: skip
    keep(warehouse, tenant)
    soon = Attribute(
        property=CustomerProperty.BIRTHDAY, operator=Operator.WITHIN, window=Next(amount=7, unit=TimeUnit.DAY)
    )
    assert ask(warehouse, tenant, SegmentPlan(where=soon)).customer_ids == ()
    assert ask(warehouse, tenant, SegmentPlan(where=soon), as_of=NOW + timedelta(days=1)).customer_ids == ("dee",)


def test_whoever_lives_or_lived_with_a_touched_customer_is_asked(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    change(warehouse, tenant, "INSERT INTO core.household (tenant_id, household_id) VALUES (%(tenant_id)s, 'home')")
    for who in ("ann", "cy"):
        change(
            warehouse, tenant, "INSERT INTO core.household_member (tenant_id, customer_id, household_id) "
            "VALUES (%(tenant_id)s, %(who)s, 'home')", who=who,
        )  # fmt: skip
    with_poles = SegmentPlan(where=Relation(relation=RelationKind.HOUSEHOLD, of=IN_POLAND))
    keep(warehouse, tenant)
    change(warehouse, tenant, "UPDATE core.profile SET country = 'DE' WHERE customer_id = 'ann'")
    assert ask(warehouse, tenant, with_poles).customer_ids == ("ann", "cy")
    keep(warehouse, tenant)
    change(warehouse, tenant, "DELETE FROM core.household_member WHERE customer_id = 'ann'")
    assert ask(warehouse, tenant, with_poles).customer_ids == ("ann", "cy")
    assert ask(warehouse, tenant, BUYERS).customer_ids == ()


def test_whoever_was_brought_by_a_touched_customer_is_asked(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    change(
        warehouse, tenant, "INSERT INTO core.profile_relation (tenant_id, source_key, kind, from_profile_id, "
        "to_profile_id, source_rev) VALUES (%(tenant_id)s, 'r', 'referral', 'bob', 'eve', '1')",
    )  # fmt: skip
    by_poles = SegmentPlan(where=Relation(relation=RelationKind.REFERRED_BY, of=IN_POLAND))
    keep(warehouse, tenant)
    change(warehouse, tenant, "UPDATE core.profile SET country = 'DE' WHERE customer_id = 'bob'")
    assert ask(warehouse, tenant, by_poles).customer_ids == ("bob", "eve")
    keep(warehouse, tenant)
    change(warehouse, tenant, "DELETE FROM core.profile_relation WHERE source_key = 'r'")
    assert ask(warehouse, tenant, by_poles).customer_ids == ("bob", "eve")


def test_whoever_bought_a_product_that_is_called_otherwise_is_asked(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    keep(warehouse, tenant)
    change(warehouse, tenant, "UPDATE core.product SET name = 'stockings' WHERE product_id = 'socks'")
    assert ask(warehouse, tenant, BUYERS).customer_ids == ("ann", "bob", "cy", "dee")
    assert ask(warehouse, tenant, POLES).customer_ids == ()


def live(warehouse: Warehouse, tenant: Tenant, who: str, home: str) -> None:
    change(
        warehouse, tenant, "INSERT INTO core.household_member (tenant_id, customer_id, household_id) "
        "VALUES (%(tenant_id)s, %(who)s, %(home)s)", who=who, home=home,
    )  # fmt: skip


def test_a_household_with_the_key_of_a_customer_is_no_evidence_of_the_customer(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    change(
        warehouse, tenant, "INSERT INTO core.household (tenant_id, household_id, graph_key) OVERRIDING SYSTEM VALUE "
        "SELECT tenant_id, home, CASE home WHEN 'other' THEN graph_key ELSE graph_key + 1000000 END "
        "FROM core.customer CROSS JOIN unnest(ARRAY['home', 'other']) AS home "
        "WHERE tenant_id = %(tenant_id)s AND customer_id = 'cy'",
    )  # fmt: skip
    live(warehouse, tenant, "bob", "home")
    live(warehouse, tenant, "cy", "home")
    with_poles = Relation(relation=RelationKind.HOUSEHOLD, of=IN_POLAND)
    approve_plan(warehouse, tenant, draft(warehouse, tenant, encoder, "with poles", with_poles))
    refresh_segment(warehouse, tenant.tenant_id, "with_poles", NOW, encoder=encoder)
    assert members(warehouse, tenant, "with_poles") == {"cy"}
    change(warehouse, tenant, "UPDATE core.profile SET country = 'DE' WHERE customer_id = 'bob'")
    live(warehouse, tenant, "dee", "other")
    counts = refresh_segment(warehouse, tenant.tenant_id, "with_poles", NOW, encoder=encoder)
    assert evidence(warehouse, tenant, counts.run_id) == {"cy": {}}


def test_what_a_customer_did_is_no_evidence_where_others_are_asked_what_they_did(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    change(warehouse, tenant, "INSERT INTO core.household (tenant_id, household_id) VALUES (%(tenant_id)s, 'home')")
    live(warehouse, tenant, "bob", "home")
    live(warehouse, tenant, "eve", "home")
    with_buyers = Relation(relation=RelationKind.HOUSEHOLD, of=Behaviour(event=EventKind.PURCHASE))
    approve_plan(warehouse, tenant, draft(warehouse, tenant, encoder, "with buyers", with_buyers))
    refresh_segment(warehouse, tenant.tenant_id, "with_buyers", NOW, encoder=encoder)
    assert members(warehouse, tenant, "with_buyers") == {"eve"}
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "hat", day(-0.5), event_key="own")])
    change(warehouse, tenant, "DELETE FROM core.household_member WHERE customer_id = 'bob'")
    later = NOW + timedelta(days=1)
    counts = refresh_segment(warehouse, tenant.tenant_id, "with_buyers", later, encoder=encoder)
    assert (counts.exited, evidence(warehouse, tenant, counts.run_id)) == (1, {"eve": {}})
