"""The graph is built, compared or followed: three ways that end in the same rows."""

import random
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from leo_activation import sync
from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.sync import projection
from leo_activation.sync.projected import LABELS
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import label_table, read_graph, use_graph
from leo_activation.warehouse.graph_schema import EDGES
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.sync.conftest import AS_OF, Sync, Synced
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT, write_dump
from tests.sync.stored import rows, versions

METRICS = [
    {**METRIC, "_key": name, "eventName": name} for name in ("item-view", "add-to-cart", "purchase", "return", "refund")
]


class Town:
    """A LEO shop of some people who change, come, go, buy and send back; drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._revision = 0
        self._keys = 0
        self.products = [self._product(number) for number in range(4)]
        self.profiles = [self._profile() for _ in range(14)]
        self.events = [self._event() for _ in range(70)]

    def write(self, folder: Path) -> Source:
        write_dump(folder, profiles=self.profiles, events=self.events, products=self.products, metrics=METRICS)
        return open_source("arangodump", str(folder))

    def change(self) -> None:
        """A few changes of every kind, each under a new revision."""
        for _ in range(3):
            self._edit(self.profiles, livingCity=self._random.choice(["Hanoi", "Hue", ""]))
            self._edit(self.profiles, status=self._random.choice([0, 1]))
            self._edit(self.events, metricName=self._metric())
            self._edit(self.events, refProfileId=self._random.choice(self.profiles)["_key"])
            self._edit(self.products, categoryName=self._random.choice(["Socks", "Hats", "Coats"]))
            self._edit(self.products, status=self._random.choice([0, 1]))
        # Two records of one person, and one who is none any more.
        self._edit(self.profiles, primaryEmail="shared@example.com")
        self._edit(self.profiles, primaryEmail=f"{self._next_key()}@example.com")
        for things in (self.events, self.profiles, self.products):
            things.remove(self._random.choice(things))
        self.profiles += [self._profile() for _ in range(2)]
        self.products.append(self._product(len(self.products) + self._keys))
        self.events += [self._event() for _ in range(6)]

    def _edit(self, things: list[dict[str, object]], **fields: object) -> None:
        thing = self._random.choice(things)
        thing |= {**fields, "_rev": self._next_revision()}

    def _profile(self) -> dict[str, object]:
        born = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=self._random.randrange(12_000))
        key = self._next_key()
        return {
            **PROFILE,
            "_key": f"p{key}",
            "_rev": self._next_revision(),
            "primaryEmail": f"p{key}@example.com",
            "dateOfBirth": born.strftime("%Y-%m-%d"),
            "createdAt": f"2025-06-01T08:00:{key % 60:02}.000Z",
        }

    def _product(self, number: int) -> dict[str, object]:
        return {
            **PRODUCT,
            "_key": f"k{number}",
            "_rev": self._next_revision(),
            "productId": f"SKU{number}",
            "brand": f"Brand {number % 3}",
        }

    def _event(self) -> dict[str, object]:
        key = self._next_key()
        who = self._random.choice(self.profiles)["_key"]
        return {
            **TRACKING_EVENT,
            "_key": f"e{key}",
            "_rev": self._next_revision(),
            "createdAt": (datetime(2025, 9, 1, tzinfo=UTC) + timedelta(hours=key * 5)).strftime(
                "%Y-%m-%dT%H:%M:%S.000Z"
            ),
            "metricName": self._metric(),
            "refProfileId": who,
            "refItemId": self._random.choice(self.products)["productId"],
            "transactionId": f"ORD-{who}",
        }

    def _metric(self) -> str:
        return str(self._random.choice(METRICS)["eventName"])

    def _next_key(self) -> int:
        self._keys += 1
        return self._keys

    def _next_revision(self) -> str:
        self._revision += 1
        return f"r{self._revision}"


def graph_rows(warehouse: Warehouse, tenant: Tenant) -> dict[str, list[str]]:
    """Every row of the sync's labels, ids and ends included."""
    found: dict[str, list[str]] = {}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        use_graph(connection)
        for label in LABELS:
            query = sql.SQL("SELECT row::text FROM {} AS row").format(label_table(tenant.graph_name, label.label))
            found[label.label] = sorted(str(row[0]) for row in connection.execute(query))
    return found


def empty_graph(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        for label in LABELS:
            connection.execute(sql.SQL("TRUNCATE {}").format(label_table(tenant.graph_name, label.label)))


def merged_run(warehouse: Warehouse, tenant: Tenant, *, compare: bool, as_of: datetime = AS_OF) -> int:
    """A run that merged nothing and is to be projected."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        row = connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, as_of, compare_graph) "
            "VALUES (%s, %s, 'merged', %s, %s) RETURNING sync_run_id",
            [tenant.tenant_id, secrets.token_hex(4), as_of, compare],
        ).fetchone()
        assert row is not None
        stage = sql.Identifier(f"stage_{row[0]}")
        connection.execute(sql.SQL(statement("sync/create_stage")).format(schema=stage))
    return int(row[0])


def project(warehouse: Warehouse, tenant: Tenant, *, compare: bool, as_of: datetime = AS_OF) -> sync.GraphCounts:
    return sync.project(warehouse, tenant.tenant_id, merged_run(warehouse, tenant, compare=compare, as_of=as_of))


def indexes(warehouse: Warehouse, tenant: Tenant) -> set[tuple[object, ...]]:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        query = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s"
        return set(connection.execute(query, [tenant.graph_name]).fetchall())


@pytest.fixture
def small(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync) -> Synced:
    """The tenant's first sync, of one profile and one event."""
    return run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "small"))))


@pytest.mark.parametrize("seed", [1, 2])
def test_following_comparing_and_building_end_in_the_same_graph(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, seed: int
) -> None:
    town = Town(seed)
    as_of = AS_OF
    first = run_sync(leo_tenant, town.write(tmp_path / "0"), as_of=as_of)
    assert first.graph.way == "built"
    for step in range(1, 6):
        town.change()
        as_of += timedelta(days=20)
        synced = run_sync(leo_tenant, town.write(tmp_path / str(step)), as_of=as_of)
        assert (synced.graph.way, synced.graph.changed > 0) == ("followed", True), f"edit {step}"
        compared = project(warehouse, leo_tenant, compare=True, as_of=as_of)
        assert (compared.way, compared.changed) == ("compared", 0), f"edit {step}"
    before = graph_rows(warehouse, leo_tenant)
    assert all(before[label] for label in ("Customer", "Category", "VIEWED", "PURCHASED", "RETURNED"))
    # In the text of a row the quotation marks within a value are doubled.
    assert any('""net_quantity"": 0' in row for row in before["PURCHASED"])
    empty_graph(warehouse, leo_tenant)
    assert project(warehouse, leo_tenant, compare=False, as_of=as_of).way == "built"
    assert graph_rows(warehouse, leo_tenant) == before


@pytest.mark.parametrize(("compare", "way"), [(True, "compared"), (False, "followed")])
def test_where_nothing_is_new_nothing_is_written(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced, compare: bool, way: str
) -> None:
    before = versions(warehouse, leo_tenant)
    counts = project(warehouse, leo_tenant, compare=compare)
    assert (counts.way, counts.changed, counts.by_label) == (way, 0, small.graph.by_label)
    assert versions(warehouse, leo_tenant) == before


def test_a_birthday_is_followed_although_nothing_was_read(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    people = [
        {**PROFILE, "_key": key, "primaryEmail": f"{key}@example.com", "dateOfBirth": born}
        for key, born in (("p1", "1990-02-22"), ("p2", "1990-08-22"))
    ]
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "born", profiles=people))))
    counts = project(warehouse, leo_tenant, compare=False, as_of=AS_OF + timedelta(days=2))
    assert (counts.way, counts.changed) == ("followed", 1)
    with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as connection:
        cypher = "MATCH (c:Customer) WHERE c.age = $age RETURN c.customer_id AS customer_id"
        assert read_graph(connection, leo_tenant.graph_name, cypher, {"age": 36}) == ["p1"]
        assert read_graph(connection, leo_tenant.graph_name, cypher, {"age": 35}) == ["p2"]


@pytest.mark.parametrize("moment", ["occurred_at", "NULL"])
def test_a_changed_event_is_found_with_and_without_its_moment(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced, moment: str
) -> None:
    run = merged_run(warehouse, leo_tenant, compare=False)
    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as connection:
        connection.execute("UPDATE core.event SET color = 'green'")
        connection.execute(
            sql.SQL("INSERT INTO {} SELECT graph_key, {} FROM core.event").format(
                sql.Identifier(f"stage_{run}", "changed_event"), sql.SQL(moment)
            )
        )
    counts = sync.project(warehouse, leo_tenant.tenant_id, run)
    assert (counts.way, counts.changed) == ("followed", 1)
    with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as connection:
        cypher = "MATCH (c:Customer)-[v:VIEWED]->(p:Product) WHERE v.color = $color RETURN c.customer_id AS customer_id"
        assert read_graph(connection, leo_tenant.graph_name, cypher, {"color": "green"}) == ["p1"]


def test_a_price_in_another_currency_is_told_when_its_rate_arrives(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced
) -> None:
    def priced() -> list[str]:
        cypher = "MATCH (c:Customer)-[v:VIEWED]->(p:Product) WHERE p.price = $price RETURN c.customer_id AS customer_id"
        with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as connection:
            return read_graph(connection, leo_tenant.graph_name, cypher, {"price": 30_000})

    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as connection:
        # A currency of tests (ISO 4217), because rates are the same for every tenant.
        connection.execute("UPDATE core.product SET currency = 'XTS', price_minor = 120")
    assert project(warehouse, leo_tenant, compare=True).changed == 1
    assert priced() == []
    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO core.currency_rate (from_currency, to_currency, day, rate, source) "
            "VALUES ('XTS', 'VND', %s, 25000, 'a test')",
            [AS_OF.date()],
        )
    counts = project(warehouse, leo_tenant, compare=False)
    assert (counts.way, counts.changed) == ("followed", 1)
    assert priced() == ["p1"]


def test_a_graph_that_somebody_cut_short_is_mended_by_the_next_run(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced
) -> None:
    before = graph_rows(warehouse, leo_tenant)
    with warehouse.connect(DatabaseRole.WRITER, leo_tenant.tenant_id) as connection:
        connection.execute(sql.SQL("DELETE FROM {}").format(label_table(leo_tenant.graph_name, "VIEWED")))
    counts = project(warehouse, leo_tenant, compare=False)
    assert (counts.way, counts.changed) == ("compared", 1)
    assert graph_rows(warehouse, leo_tenant) == before


def test_a_property_that_somebody_changed_is_mended_by_a_comparison(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced
) -> None:
    before = graph_rows(warehouse, leo_tenant)
    with warehouse.connect(DatabaseRole.WRITER, leo_tenant.tenant_id) as connection:
        use_graph(connection)
        table = label_table(leo_tenant.graph_name, "Customer")
        connection.execute(sql.SQL("UPDATE {} SET properties = agtype_build_map('customer_id', 'x')").format(table))
    assert project(warehouse, leo_tenant, compare=True).changed == 1
    assert graph_rows(warehouse, leo_tenant) == before


def test_a_graph_of_an_older_schema_is_compared_as_a_whole(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced
) -> None:
    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as connection:
        connection.execute("UPDATE ops.sync_run SET counts = jsonb_set(counts, '{graph,schema}', '\"older\"')")
    assert project(warehouse, leo_tenant, compare=False).way == "compared"


def test_a_build_leaves_the_indexes_as_they_were(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path) -> None:
    before = indexes(warehouse, leo_tenant)
    assert {name for table, name, _ in before if table == "VIEWED"} == {
        "VIEWED_at_idx", "VIEWED_end_id_idx", "VIEWED_id_key", "VIEWED_start_id_idx"
    }  # fmt: skip
    counts = project(warehouse, leo_tenant, compare=True)
    assert counts.way == "built"
    assert indexes(warehouse, leo_tenant) == before
    assert rows(warehouse, leo_tenant, "SELECT * FROM ops.label_index") == []


def test_a_built_graph_answers_cypher_with_the_edges_that_others_keep(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    people = [{**PROFILE, "_key": key, "primaryEmail": f"{key}@example.com"} for key in ("p1", "p2", "p3")]
    seen = [{**TRACKING_EVENT, "_key": f"e{key}", "refProfileId": f"p{key}"} for key in (1, 2)]
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path, profiles=people, events=seen))))
    graph = leo_tenant.graph_name
    with warehouse.connect(DatabaseRole.WRITER, leo_tenant.tenant_id) as connection:
        use_graph(connection)
        names = {"graph": sql.Literal(graph), "segments": label_table(graph, "Segment")}
        connection.execute(
            sql.SQL(
                "INSERT INTO {segments} SELECT _graphid(_label_id({graph}, 'Segment')::integer, 1), "
                "agtype_build_map('segment_id', 's')"
            ).format(**names)
        )
        connection.execute(
            sql.SQL(
                "INSERT INTO {edges} SELECT _graphid(_label_id({graph}, 'IN_SEGMENT')::integer, row_number() OVER ()), "
                "customer.id, segment.id, agtype_build_map() FROM {customers} AS customer, {segments} AS segment "
                "WHERE agtype_access_operator(customer.properties, '\"customer_id\"') <> '\"p2\"'"
            ).format(edges=label_table(graph, "IN_SEGMENT"), customers=label_table(graph, "Customer"), **names)
        )
    empty_graph(warehouse, leo_tenant)
    assert project(warehouse, leo_tenant, compare=False).way == "built"
    cypher = (
        "MATCH (c:Customer)-[:IN_SEGMENT]->(s:Segment) WHERE s.segment_id = $segment "
        "MATCH (c)-[v:VIEWED]->(p:Product)-[:IN_CATEGORY]->(k:Category) WHERE k.name = $category "
        "RETURN c.customer_id AS customer_id"
    )
    with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as connection:
        assert read_graph(connection, graph, cypher, {"segment": "s", "category": "Socks"}) == ["p1"]
        assert read_graph(connection, graph, cypher, {"segment": "s", "category": "Hats"}) == []


def test_who_reads_a_label_that_is_being_built_waits_and_sees_none_of_it(
    warehouse: Warehouse, leo_tenant: Tenant
) -> None:
    graph = leo_tenant.graph_name
    table = label_table(graph, "Customer")
    cypher = "MATCH (c:Customer) RETURN c.customer_id AS customer_id"
    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as builder:
        use_graph(builder)
        builder.execute("SELECT ops.drop_label_indexes(%s::regclass)", [table.as_string()])
        builder.execute(
            sql.SQL(
                "INSERT INTO {} VALUES (_graphid(_label_id({}, 'Customer')::integer, 1), "
                "agtype_build_map('customer_id', 'p1'))"
            ).format(table, sql.Literal(graph))
        )
        waits = pytest.raises(psycopg.errors.QueryCanceled)
        with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as reader, waits:
            read_graph(reader, graph, cypher, {}, timeout_ms=200)
        builder.rollback()
    with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as reader:
        assert read_graph(reader, graph, cypher, {}) == []


def _call(warehouse: Warehouse, role: DatabaseRole, tenant: Tenant, query: str, values: Sequence[str] = ()) -> None:
    with warehouse.connect(role, tenant.tenant_id) as connection:
        connection.execute(query.encode(), values)


@pytest.mark.parametrize("function", ["drop_label_indexes", "create_label_indexes"])
@pytest.mark.parametrize("table", ['{other}."Customer"', "core.customer", '{own}."_ag_label_vertex_pkey"'])
def test_only_labels_of_the_bound_tenants_graph_give_up_their_indexes(
    warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant, function: str, table: str
) -> None:
    name = table.format(other=leo_tenant.graph_name, own=tenant.graph_name)
    with pytest.raises(psycopg.errors.RaiseException, match="is no label of the graph"):
        _call(warehouse, DatabaseRole.LOADER, tenant, f"SELECT ops.{function}(%s::regclass)", [name])


def test_a_label_with_rows_keeps_its_indexes(warehouse: Warehouse, leo_tenant: Tenant, small: Synced) -> None:
    name = f'{leo_tenant.graph_name}."VIEWED"'
    with pytest.raises(psycopg.errors.RaiseException, match="has rows"):
        _call(warehouse, DatabaseRole.LOADER, leo_tenant, "SELECT ops.drop_label_indexes(%s::regclass)", [name])


@pytest.mark.parametrize("role", [DatabaseRole.READER, DatabaseRole.WRITER])
def test_only_the_loader_may_take_indexes_off(warehouse: Warehouse, leo_tenant: Tenant, role: DatabaseRole) -> None:
    name = f'{leo_tenant.graph_name}."VIEWED"'
    for function in ("drop_label_indexes", "create_label_indexes", "label_of_bound_tenant"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _call(warehouse, role, leo_tenant, f"SELECT ops.{function}(%s::regclass)", [name])


def test_nobody_can_slip_a_statement_among_the_indexes(warehouse: Warehouse, tenant: Tenant) -> None:
    insert = "INSERT INTO ops.label_index VALUES (%s, 'Customer', 'x', 'DROP TABLE core.customer')"
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _call(warehouse, role, tenant, insert, [tenant.tenant_id])


def test_every_label_is_either_the_syncs_or_kept_by_others() -> None:
    projected = [label.label for label in LABELS]
    assert len(set(projected)) == len(projected)
    assert set(EDGES) - set(projected) == {"INTERESTED_IN", "IN_SEGMENT"}


def test_a_label_that_somebody_reads_for_too_long_puts_the_build_off(
    warehouse: Warehouse, leo_tenant: Tenant, small: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = graph_rows(warehouse, leo_tenant)
    empty_graph(warehouse, leo_tenant)
    run = merged_run(warehouse, leo_tenant, compare=False)
    monkeypatch.setattr(projection, "LABEL_LOCK_TIMEOUT", "100ms")
    with warehouse.connect(DatabaseRole.READER, leo_tenant.tenant_id) as reader:
        reader.execute(sql.SQL("SELECT FROM {}").format(label_table(leo_tenant.graph_name, "Product")))
        with pytest.raises(Transient, match=f"The label Product of tenant {leo_tenant.tenant_id} is being read"):
            sync.project(warehouse, leo_tenant.tenant_id, run)
    assert not any(graph_rows(warehouse, leo_tenant).values())
    assert sync.project(warehouse, leo_tenant.tenant_id, run).way == "built"
    assert graph_rows(warehouse, leo_tenant) == before


def test_two_tenants_are_built_side_by_side(
    warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant, small: Synced
) -> None:
    before = graph_rows(warehouse, leo_tenant)
    register_tenant(warehouse, tenant)
    assert project(warehouse, tenant, compare=True).by_label["Customer"] == 0
    assert graph_rows(warehouse, leo_tenant) == before
