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
CITIES = ("Ha Noi", "Hà Nội", "Wien", "berlin", "Łódź")
PRODUCTS = {
    "crew socks": ("socks", "Northpeak"),
    "wool socks": ("socks", "Luna"),
    "runner": ("shoes", "Northpeak"),
    "boot": ("shoes", "Luna"),
    "parka": ("jacket", "Luna"),
}
EVENTS = ("VIEWED", "ADDED_TO_CART", "PURCHASED", "RETURNED")
OTHER_EVENTS = ("page-view", "newsletter")
EXPOSURES = ("RECEIVED", "OPENED", "CLICKED", "CONVERTED")
CAMPAIGNS = ("spring", "summer")
CHANNELS = ("email", "zalo")
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
    events=OTHER_EVENTS,
    campaigns={"spring": "Spring sale", "summer": "Summer sale"},
    luxury_tag="likes luxury items",
)

_TABLES = """
CREATE TABLE customer (customer_id text, country text, age integer, favorite_color text, total_spent bigint,
                       created_at bigint, city text, birthday integer, lifetime_value bigint, loyalty_score double,
                       shuffle integer);
CREATE TABLE product (product_id text, name text, category text, brand text);
CREATE TABLE event (customer_id text, kind text, product text, happened bigint, color text, price bigint, value bigint,
                    net_quantity bigint, net_value bigint, quantity bigint, order_id text);
CREATE TABLE other_event (customer_id text, name text, happened bigint, event_id text);
CREATE TABLE exposure (customer_id text, kind text, campaign_id text, channel text, happened bigint);
CREATE TABLE reach (customer_id text, channel text, address boolean, consent boolean);
CREATE TABLE interest (customer_id text, topic_id text, score double, is_primary boolean);
CREATE TABLE member (customer_id text, segment_id text);
CREATE TABLE household (customer_id text, household_id text);
CREATE TABLE referral (customer_id text, brought text);
CREATE VIEW bought AS SELECT * FROM event JOIN product ON name = product WHERE kind = 'PURCHASED' AND net_quantity > 0;
CREATE VIEW related AS
SELECT a.customer_id, b.customer_id AS other_id, 'household' AS relation
FROM household AS a JOIN household AS b USING (household_id)
UNION ALL SELECT customer_id, brought, 'referred' FROM referral
UNION ALL SELECT brought, customer_id, 'referred_by' FROM referral
UNION ALL SELECT a.customer_id, b.customer_id, 'co_purchase'
FROM bought AS a JOIN bought AS b USING (product_id);
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
    """Sixty customers, some with missing properties, and what they did.

    Boundaries of windows are hit, and events share their moments, on purpose. A product may have one buyer or none, and
    somebody referred themselves by mistake.
    """
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
            chance.choice([None, *CITIES]),
            chance.choice([None, 101, 114, 228, 229, 301, 314, 630, 1220, 1224, 1231]),
            chance.choice([None, 100, 5_000, 70_000]),
            chance.choice([None, 0.1, 0.5, 0.75, 5.0]),
            chance.randrange(20),
        )
        for customer_id in ids
    ]
    edge_of_window = [AS_OF - timedelta(days=30), AS_OF - timedelta(days=60), AS_OF - timedelta(microseconds=1), AS_OF]

    def moment() -> int:
        """At the edge of a window, together with others, or at any time."""
        at = chance.choice([*edge_of_window, *(AS_OF - timedelta(days=chance.randrange(0, 120, 10)) for _ in range(3)),
                            *(AS_OF - timedelta(days=chance.uniform(0, 120)) for _ in range(3))])  # fmt: skip
        return micros(at) + (chance.choice([-1, 0, 0, 1]) if at in edge_of_window[:2] else 0)

    events = []
    for _ in range(500):
        price = chance.randrange(500, 20_000)
        value = chance.choice([None, price, 2 * price])
        kind = chance.choice(EVENTS)
        # Of a purchase in five everything came back, of others a part of the money.
        kept = chance.choice([0, 1, 1, 2, 2]) if kind == "PURCHASED" else None
        net = None if kept is None or value is None else 0 if kept == 0 else chance.choice([value, value // 2])
        customer = chance.choice(ids)
        # Few products are bought, so that some have one buyer or two.
        product = chance.choice([*PRODUCTS][:-1] if kind == "PURCHASED" else [*PRODUCTS])
        order = f"o{chance.randrange(2)}" if kind == "PURCHASED" else None
        events.append(
            (customer, kind, product, moment(), chance.choice(COLORS), price, value, kept, net,
             chance.choice([1, 2, 3]), order)
        )  # fmt: skip
    parkas = chance.sample(ids, seed % 3)
    events.extend((customer, "PURCHASED", "parka", moment(), "red", 900, 900, 1, 900, 1, "o9") for customer in parkas)
    interests = [
        (customer_id, topic, chance.choice([0.25, 0.5, 1.0]), chance.random() < 0.4)
        for customer_id in ids
        for topic in chance.sample(TOPICS, chance.randrange(0, 4))
    ]
    # Some rows are items of one event.
    others = [(chance.choice(ids), chance.choice(OTHER_EVENTS), moment(), f"x{chance.randrange(3)}") for _ in range(90)]
    exposures = [
        (chance.choice(ids), chance.choice(EXPOSURES), chance.choice(CAMPAIGNS), chance.choice(CHANNELS), moment())
        for _ in range(200)
    ]
    reach = [
        (customer_id, channel, chance.random() < 0.6, chance.random() < 0.6)
        for customer_id in ids
        for channel in CHANNELS
        if chance.random() < 0.8
    ]
    households = [(customer_id, f"h{chance.randrange(20)}") for customer_id in ids if chance.random() < 0.7]
    referrals = sorted({(chance.choice(ids), chance.choice(ids)) for _ in range(50)} | {("u07", "u07")})
    members = [(customer_id, segment) for customer_id in ids for segment in SEGMENTS if chance.random() < 0.3]
    for table, rows in (
        ("customer", customers),
        ("product", [(f"p-{name}", name, *of) for name, of in PRODUCTS.items()]),
        ("event", events),
        ("interest", interests),
        ("member", members),
        ("other_event", others),
        ("exposure", exposures),
        ("reach", reach),
        ("household", households),
        ("referral", referrals),
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
            "CREATE (p:Product {name: row.name, product_id: row.product_id}), "
            "(p)-[:IN_CATEGORY]->(k), (p)-[:OF_BRAND]->(b)",
            rows_of("SELECT * FROM product"),
        )
        for label in EVENTS:
            run(
                "UNWIND $rows AS row "
                "MATCH (c:Customer {customer_id: row.customer_id}), (p:Product {name: row.product}) "
                f"CREATE (c)-[:{label} {{at: row.happened, color: row.color, price: row.price, quantity: row.quantity, "
                "value: row.value, net_quantity: row.net_quantity, net_value: row.net_value, "
                "order_id: row.order_id}]->(p)",
                rows_of(f"SELECT * FROM event WHERE kind = '{label}'"),
            )
        keys = {"Topic": ("topic_id", TOPICS), "Segment": ("segment_id", SEGMENTS), "Channel": ("name", CHANNELS),
                 "EventType": ("name", OTHER_EVENTS), "Campaign": ("campaign_id", CAMPAIGNS)}  # fmt: skip
        for label, (key, ids) in keys.items():
            run(f"UNWIND $rows AS row CREATE (:{label} {{{key}: row.id}})", [{"id": name} for name in ids])
        households = rows_of("SELECT DISTINCT household_id FROM household")
        run("UNWIND $rows AS row CREATE (:Household {household_id: row.household_id})", households)

        def lead(label: str, end: str, properties: str, query: str) -> None:
            run(
                "UNWIND $rows AS row "
                f"MATCH (c:Customer {{customer_id: row.customer_id}}), (x:{end}) "
                f"CREATE (c)-[:{label} {properties}]->(x)",
                rows_of(query),
            )

        lead("INTERESTED_IN", "Topic {topic_id: row.topic_id}", "{score: row.score, is_primary: row.is_primary}",
             "SELECT * FROM interest")  # fmt: skip
        lead("IN_SEGMENT", "Segment {segment_id: row.segment_id}", "", "SELECT * FROM member")
        lead(
            "DID",
            "EventType {name: row.name}",
            "{at: row.happened, event_id: row.event_id}",
            "SELECT * FROM other_event",
        )
        lead("REACHABLE_BY", "Channel {name: row.channel}", "{address: row.address, consent: row.consent}",
             "SELECT * FROM reach")  # fmt: skip
        lead("MEMBER_OF_HOUSEHOLD", "Household {household_id: row.household_id}", "", "SELECT * FROM household")
        lead("REFERRED", "Customer {customer_id: row.brought}", "", "SELECT * FROM referral")
        for label in EXPOSURES:
            lead(label, "Campaign {campaign_id: row.campaign_id}", "{at: row.happened, channel: row.channel}",
                 f"SELECT * FROM exposure WHERE kind = '{label}'")  # fmt: skip
