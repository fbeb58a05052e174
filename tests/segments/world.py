"""A small random world, twice: as a tenant's graph and as DuckDB tables, so that Cypher can be judged by plain SQL."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from leo_activation.segments.catalogue import Catalogue
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import use_graph
from leo_activation.warehouse.tenants import Tenant

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)
COLORS = ("black", "blue", "green", "red", "white")
PRODUCTS = {
    "crew socks": ("socks", "Northpeak"),
    "wool socks": ("socks", "Luna"),
    "runner": ("shoes", "Northpeak"),
    "boot": ("shoes", "Luna"),
    "parka": ("jacket", "Luna"),
}
EVENTS = ("VIEWED", "ADDED_TO_CART", "PURCHASED", "RETURNED")
TOPICS = ("category:jacket", "category:shoes", "category:socks", "color:red", "tag:likes luxury items")
SEGMENTS = ("vip", "weekend_hikers")

CATALOGUE = Catalogue(
    tenant_id="world",
    currency="EUR",
    minor_units=2,
    products=tuple(sorted(PRODUCTS)),
    categories=("jacket", "shoes", "socks"),
    brands=("Luna", "Northpeak"),
    colors=COLORS,
    countries=("AT", "DE", "PL"),
    luxury_tag="likes luxury items",
)

_TABLES = """
CREATE TABLE customer (customer_id text, country text, age integer, favorite_color text, total_spent bigint,
                       created_at bigint);
CREATE TABLE product (name text, category text, brand text);
CREATE TABLE event (customer_id text, kind text, product text, happened bigint, color text, price bigint, value bigint,
                    net_quantity bigint, net_value bigint);
CREATE TABLE interest (customer_id text, topic_id text, score double, is_primary boolean);
CREATE TABLE member (customer_id text, segment_id text);
"""


@dataclass(frozen=True)
class World:
    """The tenant whose graph holds the world, and the same rows in DuckDB."""

    tenant: Tenant
    sql: duckdb.DuckDBPyConnection


def micros(moment: datetime) -> int:
    """Epoch microseconds."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def make_world(warehouse: Warehouse, tenant: Tenant, seed: int) -> World:
    """Sixty customers, some with missing properties, and what they did; boundaries of windows are hit on purpose."""
    chance = random.Random(seed)
    sql = duckdb.connect()
    sql.execute(_TABLES)
    ids = [f"u{n:02}" for n in range(60)]
    customers = [
        (
            customer_id,
            chance.choice(["AT", "DE", "PL", None]),
            chance.choice([None, *range(18, 70)]),
            chance.choice([None, *COLORS]),
            chance.choice([None, 79_999, 80_000, 80_001, chance.randrange(0, 200_000)]),
            micros(AS_OF - timedelta(days=chance.randrange(1, 900))),
        )
        for customer_id in ids
    ]
    edge_of_window = [AS_OF - timedelta(days=30), AS_OF - timedelta(days=60), AS_OF - timedelta(microseconds=1), AS_OF]
    events = []
    for _ in range(500):
        days = chance.uniform(0, 120)
        at = chance.choice([*edge_of_window, *([AS_OF - timedelta(days=days)] * 6)])
        at += timedelta(microseconds=chance.choice([-1, 0, 0, 1])) if at in edge_of_window[:2] else timedelta()
        price = chance.randrange(500, 20_000)
        value = chance.choice([None, price, 2 * price])
        kind = chance.choice(EVENTS)
        # Of a purchase in five everything came back, of others a part of the money.
        kept = chance.choice([0, 1, 1, 2, 2]) if kind == "PURCHASED" else None
        net = None if kept is None or value is None else 0 if kept == 0 else chance.choice([value, value // 2])
        events.append(
            (chance.choice(ids), kind, chance.choice([*PRODUCTS]), micros(at), chance.choice(COLORS), price, value,
             kept, net)
        )  # fmt: skip
    interests = [
        (customer_id, topic, chance.choice([0.25, 0.5, 1.0]), chance.random() < 0.4)
        for customer_id in ids
        for topic in chance.sample(TOPICS, chance.randrange(0, 4))
    ]
    members = [(customer_id, segment) for customer_id in ids for segment in SEGMENTS if chance.random() < 0.3]
    for table, rows in (
        ("customer", customers),
        ("product", [(name, *of) for name, of in PRODUCTS.items()]),
        ("event", events),
        ("interest", interests),
        ("member", members),
    ):
        sql.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    _fill_graph(warehouse, tenant, sql)
    return World(tenant, sql)


def _fill_graph(warehouse: Warehouse, tenant: Tenant, sql: duckdb.DuckDBPyConnection) -> None:
    names = [d[0] for d in sql.execute("SELECT * FROM customer").description]
    customers = [dict(zip(names, row, strict=True)) for row in sql.execute("SELECT * FROM customer").fetchall()]
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        use_graph(connection)

        def run(cypher: str, rows: list[dict[str, object]]) -> None:
            present = [{key: value for key, value in row.items() if value is not None} for row in rows]
            connection.execute(
                f"SELECT * FROM cypher('{tenant.graph_name}', $q${cypher}$q$, %s) AS (nothing agtype)",
                [json.dumps({"rows": present})],
            )

        def rows_of(query: str) -> list[dict[str, object]]:
            found = sql.execute(query)
            columns = [d[0] for d in found.description]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

        run("UNWIND $rows AS row CREATE (c:Customer) SET c = row", customers)
        run(
            "UNWIND $rows AS row CREATE (:Category {name: row.category})",
            rows_of("SELECT DISTINCT category FROM product"),
        )
        run("UNWIND $rows AS row CREATE (:Brand {name: row.brand})", rows_of("SELECT DISTINCT brand FROM product"))
        run(
            "UNWIND $rows AS row MATCH (k:Category {name: row.category}), (b:Brand {name: row.brand}) "
            "CREATE (p:Product {name: row.name, product_id: row.name}), (p)-[:IN_CATEGORY]->(k), (p)-[:OF_BRAND]->(b)",
            rows_of("SELECT * FROM product"),
        )
        run("UNWIND $rows AS row CREATE (:Topic {topic_id: row.id})", [{"id": topic} for topic in TOPICS])
        run("UNWIND $rows AS row CREATE (:Segment {segment_id: row.id})", [{"id": name} for name in SEGMENTS])
        for label in EVENTS:
            run(
                "UNWIND $rows AS row "
                "MATCH (c:Customer {customer_id: row.customer_id}), (p:Product {name: row.product}) "
                f"CREATE (c)-[:{label} {{at: row.happened, color: row.color, price: row.price, "
                "value: row.value, net_quantity: row.net_quantity, net_value: row.net_value}]->(p)",
                rows_of(f"SELECT * FROM event WHERE kind = '{label}'"),
            )
        run(
            "UNWIND $rows AS row MATCH (c:Customer {customer_id: row.customer_id}), (t:Topic {topic_id: row.topic_id}) "
            "CREATE (c)-[:INTERESTED_IN {score: row.score, is_primary: row.is_primary}]->(t)",
            rows_of("SELECT * FROM interest"),
        )
        run(
            "UNWIND $rows AS row MATCH (c:Customer {customer_id: row.customer_id}), "
            "(s:Segment {segment_id: row.segment_id}) CREATE (c)-[:IN_SEGMENT]->(s)",
            rows_of("SELECT * FROM member"),
        )
