"""A shop of random customers and events, twice: in plain tables with good indexes, and as a tenant's graph."""

from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString

from psycopg import sql

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_table, use_graph
from leo_activation.warehouse.tenants import Tenant

MODEL, PRECISION = "bench", "fp32"
DIMENSIONS = 384
TEXTS = 20_000

VERTICES: Mapping[str, LiteralString] = {
    "Customer": """SELECT graph_key, agtype_build_map_nonull('customer_id', customer_id, 'country', country,
        'city', city, 'age', age, 'birthday', birthday, 'favorite_color', favorite_color, 'total_spent', total_spent,
        'created_at', (extract(epoch FROM created_at) * 1000000)::bigint, 'loyalty_score', loyalty_score,
        'shuffle', shuffle) FROM bench.customer""",
    "Product": """SELECT graph_key, agtype_build_map_nonull('product_id', product_id, 'name', name, 'price', price)
        FROM bench.product""",
    "Category": """SELECT row_number() OVER (ORDER BY category), agtype_build_map_nonull('name', category)
        FROM (SELECT DISTINCT category FROM bench.product)""",
    "Brand": """SELECT row_number() OVER (ORDER BY brand), agtype_build_map_nonull('name', brand)
        FROM (SELECT DISTINCT brand FROM bench.product)""",
    "Topic": """SELECT DISTINCT topic_key, agtype_build_map_nonull('topic_id', topic_id) FROM bench.interest""",
    "Segment": """SELECT DISTINCT segment_key, agtype_build_map_nonull('segment_id', segment_id)
        FROM bench.membership""",
    "Campaign": """SELECT DISTINCT campaign_key, agtype_build_map_nonull('campaign_id', campaign_id)
        FROM bench.campaign_touch""",
    "Channel": "SELECT 1, agtype_build_map_nonull('name', 'email'::text)",
    "Household": """SELECT household_key, agtype_build_map_nonull('household_id', household_key::text)
        FROM bench.household_member GROUP BY household_key""",
}
"""Label → its rows as key and properties."""

_EVENTS: LiteralString = """SELECT graph_key, 'Customer', customer_key, 'Product', product_key,
    agtype_build_map_nonull('at', (extract(epoch FROM at) * 1000000)::bigint, 'quantity', quantity, 'price', price,
    'value', value, 'color', color, 'order_id', order_ref{more}) FROM bench.event WHERE kind = '{kind}'"""
_KEPT: LiteralString = ", 'net_quantity', net_quantity, 'net_value', net_value"
EDGES: Mapping[str, str] = {
    "VIEWED": _EVENTS.format(kind="view", more=""),
    "ADDED_TO_CART": _EVENTS.format(kind="add_to_cart", more=""),
    "PURCHASED": _EVENTS.format(kind="purchase", more=_KEPT),
    "RETURNED": _EVENTS.format(kind="return", more=""),
    "IN_CATEGORY": """SELECT graph_key, 'Product', graph_key, 'Category', dense_rank() OVER (ORDER BY category),
        agtype_build_map() FROM bench.product""",
    "OF_BRAND": """SELECT graph_key, 'Product', graph_key, 'Brand', dense_rank() OVER (ORDER BY brand),
        agtype_build_map() FROM bench.product""",
    "INTERESTED_IN": """SELECT row_number() OVER (), 'Customer', customer_key, 'Topic', topic_key,
        agtype_build_map_nonull('score', score, 'is_primary', is_primary) FROM bench.interest""",
    "IN_SEGMENT": """SELECT row_number() OVER (), 'Customer', customer_key, 'Segment', segment_key, agtype_build_map()
        FROM bench.membership""",
    "OPENED": """SELECT graph_key, 'Customer', customer_key, 'Campaign', campaign_key,
        agtype_build_map_nonull('at', (extract(epoch FROM at) * 1000000)::bigint, 'channel', 'email'::text)
        FROM bench.campaign_touch WHERE exposure = 'OPENED'""",
    "REACHABLE_BY": """SELECT row_number() OVER (), 'Customer', customer_key, 'Channel', 1,
        agtype_build_map_nonull('address', has_address, 'consent', has_consent) FROM bench.reachability""",
    "REFERRED": """SELECT graph_key, 'Customer', customer_key, 'Customer', brought_key, agtype_build_map()
        FROM bench.referral""",
    "MEMBER_OF_HOUSEHOLD": """SELECT row_number() OVER (), 'Customer', customer_key, 'Household', household_key,
        agtype_build_map() FROM bench.household_member""",
}
"""Label → its rows as key, label and key of both ends, and properties."""


def make_shop(warehouse: Warehouse, tenant: Tenant, customers: int, edges: int) -> int:
    """Fill tables and graph; gives the number of edges in the graph."""
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        for part in Path(__file__).with_name("shop.sql").read_text().split(";\n"):
            if part.strip():
                connection.execute(part, {"customers": customers, "edges": edges})
        made = _fill_graph(connection, tenant.graph_name)
        _fill_texts(connection, tenant.tenant_id)
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        connection.rollback()
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
    return made


def _fill_graph(connection: Connection, graph_name: str) -> int:
    use_graph(connection)
    made = 0
    for label, query in VERTICES.items():
        connection.execute(
            sql.SQL(
                "INSERT INTO {} (id, properties) SELECT {}, properties FROM ({}) AS row (graph_key, properties)"
            ).format(label_table(graph_name, label), _id(graph_name, sql.Literal(label), "graph_key"), sql.SQL(query))
        )
    for label, edges in EDGES.items():
        made += connection.execute(
            sql.SQL(
                "INSERT INTO {} (id, start_id, end_id, properties) SELECT {}, {}, {}, properties "
                "FROM ({}) AS row (graph_key, start_label, start_key, end_label, end_key, properties)"
            ).format(
                label_table(graph_name, label),
                _id(graph_name, sql.Literal(label), "graph_key"),
                _id(graph_name, sql.Identifier("start_label"), "start_key"),
                _id(graph_name, sql.Identifier("end_label"), "end_key"),
                sql.SQL(edges),
            )
        ).rowcount
    return made


def _id(graph_name: str, label: sql.Composable, key: LiteralString) -> sql.Composed:
    return sql.SQL("_graphid(_label_id({}, {})::integer, {}::bigint)").format(
        sql.Literal(graph_name), label, sql.Identifier(key)
    )


def _fill_texts(connection: Connection, tenant_id: str) -> None:
    """Random vectors of the members of the segment `trial` and others."""
    values = {"tenant_id": tenant_id, "model": MODEL, "precision": PRECISION, "dimensions": DIMENSIONS, "texts": TEXTS}
    connection.execute(
        "INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant_id)s, customer_id FROM ("
        "SELECT customer_id FROM bench.membership "
        "UNION SELECT customer_id FROM bench.customer WHERE graph_key <= %(texts)s"
        ") AS chosen",
        values,
    )
    connection.execute(
        "INSERT INTO profile.text (tenant_id, customer_id, body, input_hash, as_of) "
        "SELECT tenant_id, customer_id, 'a text', sha256(customer_id::bytea), now() FROM core.customer "
        "WHERE tenant_id = %(tenant_id)s",
        values,
    )
    connection.execute(
        "INSERT INTO profile.embedding (tenant_id, model, precision, input_hash, vector) "
        "SELECT tenant_id, %(model)s, %(precision)s, input_hash, ("
        "SELECT array_agg(random() - 0.5) FROM generate_series(1, %(dimensions)s) WHERE text.customer_id <> ''"
        ")::real[]::public.vector FROM profile.text AS text WHERE tenant_id = %(tenant_id)s",
        values,
    )
