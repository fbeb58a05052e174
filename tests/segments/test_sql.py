"""The statement over the tables: what it refuses, what it reads, and that it cannot write."""

import pytest
from psycopg import errors, sql

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    InterestPhrase,
    Measure,
    MeasureKind,
    Operator,
    Order,
    ProductFilter,
    ProfilePhrase,
    Range,
    SegmentPlan,
    plan_of,
)
from leo_activation.segments.plan.tree import Condition
from leo_activation.segments.sql import CompiledSql, compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import tenant_without_graph
from tests.profiles.people import NOW
from tests.segments.shop import HIKERS, IN_POLAND, OVER_100, RED_SOCKS, open_shop

CATALOGUE = Catalogue(tenant_id="acme", currency="EUR", minor_units=2)
OVER_A_CENT = Attribute(property=CustomerProperty.TOTAL_SPENT, operator=Operator.GT, values=("0.001",))
AGED = Attribute(property=CustomerProperty.AGE, operator=Operator.GT, values=("30",))


def compiled(where: Condition | None, currency: str = "EUR") -> CompiledSql:
    return compile_sql(plan_of(where, currency=currency), CATALOGUE, as_of=NOW)


@pytest.mark.parametrize(
    ("where", "currency", "problem"),
    [
        (OVER_100, "USD", r"The plan counts in USD and the tenant in EUR\."),
        (OVER_A_CENT, "EUR", r"0\.001 is finer than the minor unit of EUR\."),
        (InterestPhrase(phrase="noble taste"), "EUR", r"The phrase 'noble taste' was not compared"),
    ],
)
def test_what_does_not_fit_the_tenant_is_refused(where: Condition, currency: str, problem: str) -> None:
    with pytest.raises(Permanent, match=problem):
        compiled(where, currency)


@pytest.mark.parametrize(
    ("where", "read", "not_read"),
    [
        (None, [], ["core.event", "core.order_item", "ops.sync_run"]),
        (IN_POLAND, [], ["core.event", "core.order_item", "ops.sync_run"]),
        (AGED, ["ops.sync_run"], ["core.event", "core.order_item"]),
        (OVER_100, ["core.order_item"], ["core.event"]),
        (RED_SOCKS, ["core.order_item"], ["core.event"]),
        (Behaviour(event="view"), ["core.event"], ["core.order_item"]),
        (
            Behaviour(event="purchase", product=ProductFilter(price=Range(less_than="20"))),
            ["core.order_item", "core.event"],
            [],
        ),
    ],
)
def test_only_what_the_plan_asks_for_is_read(where: Condition | None, read: list[str], not_read: list[str]) -> None:
    text = compiled(where).query.as_string()
    assert [table for table in read if table not in text] == []
    assert [table for table in not_read if table in text] == []


def test_no_value_stands_in_the_text() -> None:
    hostile = "'; DROP TABLE core.event; --%s"
    statement = compiled(Behaviour(event="view", product=ProductFilter(names=(hostile,), brands=("Luna",))))
    assert "DROP" not in statement.query.as_string()
    assert "Luna" not in statement.query.as_string()
    assert [hostile] in statement.parameters.values()


def test_profile_phrases_are_left_to_be_judged_and_the_cut_waits_for_them() -> None:
    plan = SegmentPlan(where=HIKERS, limit=3)
    statement = compile_sql(plan, CATALOGUE, as_of=NOW)
    assert statement.profile_phrases == (HIKERS,)
    assert statement.cut is not None
    assert statement.cut.of(["a", "b", "c", "d"]) == ["a", "b", "c"]
    assert "LIMIT %(" not in statement.query.as_string()


def test_a_share_is_rounded_up_to_a_whole_customer() -> None:
    plan = SegmentPlan(order=Order(by=Measure(measure=MeasureKind.EVENTS, event="view")), percent="33.4")
    statement = compile_sql(plan, CATALOGUE, as_of=NOW)
    assert statement.cut is not None
    assert [len(statement.cut.of(["c"] * n)) for n in (0, 1, 3, 10, 1000)] == [0, 1, 2, 4, 334]


def test_it_gives_the_customers_in_the_plans_order(warehouse: Warehouse, tenant: Tenant) -> None:
    open_shop(warehouse, tenant)
    catalogue = Catalogue(tenant_id=tenant.tenant_id, currency="EUR", minor_units=2)
    plan = SegmentPlan(where=RED_SOCKS, order=Order(by=CustomerProperty.TOTAL_SPENT, descending=False), limit=2)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert read_tables(connection, compile_sql(plan, catalogue, as_of=NOW)) == ["bob", "cy"]


def test_another_tenants_connection_sees_nobody(warehouse: Warehouse, tenant: Tenant) -> None:
    open_shop(warehouse, tenant)
    other = tenant_without_graph(warehouse)
    catalogue = Catalogue(tenant_id=tenant.tenant_id, currency="EUR", minor_units=2)
    statement = compile_sql(SegmentPlan(), catalogue, as_of=NOW)
    with warehouse.connect(DatabaseRole.WRITER, other.tenant_id) as connection:
        assert read_tables(connection, statement) == []
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert len(read_tables(connection, statement)) == 5


def test_a_statement_that_writes_is_refused(warehouse: Warehouse, tenant: Tenant) -> None:
    writes = CompiledSql(sql.Composed([sql.SQL("DELETE FROM core.event RETURNING event_id")]), {})
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
        pytest.raises(errors.ReadOnlySqlTransaction),
    ):
        read_tables(connection, writes)


def test_a_statement_that_takes_too_long_is_stopped(warehouse: Warehouse, tenant: Tenant) -> None:
    endless = CompiledSql(
        sql.Composed([sql.SQL("SELECT n::text FROM generate_series(1, 1000000000) AS n WHERE n < 0")]), {}
    )
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
        pytest.raises(Permanent, match=r"took longer than 0\.05 s and was stopped"),
    ):
        read_tables(connection, endless, timeout_ms=50)


def test_a_phrase_is_no_condition_of_the_tables() -> None:
    phrase = ProfilePhrase(phrase="weekend hikers")
    assert compiled(phrase).query.as_string() == compiled(None).query.as_string()
