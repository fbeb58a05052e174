"""What interests say, and that they are written only where they changed."""

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from psycopg import sql

from leo_activation.profiles.interests import compute_interests
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.discovery import load_audience_discovery
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products, state_consent

Interests = dict[tuple[str, str, str], float]


def interests(warehouse: Warehouse, tenant_id: str, column: str = "raw") -> Interests:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            "SELECT customer_id, topic_type, topic, raw, score FROM profile.interest WHERE tenant_id = %s", [tenant_id]
        ).fetchall()
    return {(row[0], row[1], row[2]): row[3] if column == "raw" else row[4] for row in rows}


def primary(warehouse: Warehouse, tenant_id: str, topic_type: str) -> set[tuple[str, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return {
            (row[0], row[1])
            for row in connection.execute(
                "SELECT customer_id, topic FROM profile.interest WHERE is_primary AND topic_type = %s", [topic_type]
            )
        }


def edges(warehouse: Warehouse, tenant: Tenant) -> set[tuple[str, str, float]]:
    """The INTERESTED_IN edges by what they join, read without looking at any id."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        rows = connection.execute(
            sql.SQL(
                "SELECT c.customer_id, t.topic_type || ':' || t.topic, agtype_to_float8(agtype_access_operator("
                "VARIADIC ARRAY[e.properties, '\"score\"'::agtype])) "
                "FROM {edges} AS e "
                "JOIN core.customer AS c ON c.graph_key = e.start_id::text::bigint & ((1::bigint << 48) - 1) "
                "JOIN {topics} AS v ON v.id = e.end_id "
                "JOIN profile.topic AS t "
                "ON agtype_access_operator(VARIADIC ARRAY[v.properties, '\"topic_id\"'::agtype]) "
                "= to_json(t.topic_type || ':' || t.topic)::text::agtype"
            ).format(
                edges=sql.Identifier(tenant.graph_name, "INTERESTED_IN"),
                topics=sql.Identifier(tenant.graph_name, "Topic"),
            )
        ).fetchall()
    return {(row[0], row[1], row[2]) for row in rows}


def test_purchase_weighs_three_cart_two_and_view_one(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    add_products(warehouse, tenant.tenant_id, [Product("p1", "socks", "clothing", "Acme", ["warm"])])
    day = NOW - timedelta(days=1)
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "view", "p1", day, "Red"),
            Event("ann", "add_to_cart", "p1", day, "red"),
            Event("ann", "purchase", "p1", day, "blue"),
            Event("ann", "email_open", None, day),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {
        ("ann", "product", "socks"): 6,
        ("ann", "category", "clothing"): 6,
        ("ann", "brand", "Acme"): 6,
        ("ann", "keyword", "warm"): 6,
        ("ann", "color", "red"): 3,
        ("ann", "color", "blue"): 3,
    }


def test_events_at_or_after_as_of_do_not_count(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    before = NOW - timedelta(microseconds=1)
    add_events(
        warehouse, tenant.tenant_id, [Event("ann", "view", "socks", before), Event("ann", "purchase", "socks", NOW)]
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", "socks"): 1}


def test_a_half_life_halves_what_is_that_old(warehouse: Warehouse, tenant: Tenant) -> None:
    register_tenant(warehouse, Tenant(**{**vars(tenant), "interest_half_life_days": Decimal(30)}))
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "old", NOW - timedelta(days=60)),
            Event("ann", "view", "new", NOW - timedelta(days=30)),
            Event("ann", "view", "ancient", NOW - timedelta(days=365 * 20)),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", "old"): 0.75, ("ann", "product", "new"): 0.5}
    assert interests(warehouse, tenant.tenant_id, "score")[("ann", "product", "new")] == pytest.approx(2 / 3, abs=1e-6)


def test_growing_older_alone_writes_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    register_tenant(warehouse, Tenant(**{**vars(tenant), "interest_half_life_days": Decimal(30)}))
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "socks", NOW - timedelta(days=3)),
            Event("ann", "view", "hat", NOW - timedelta(days=7)),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    later = compute_interests(warehouse, tenant.tenant_id, NOW + timedelta(days=11))
    assert set(vars(later).values()) == {0}


def test_a_second_run_writes_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann", total_spent_minor=90_000), Person("bob")])
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "view", "socks", NOW - timedelta(days=1), "red"),
            Event("bob", "view", "hat", NOW - timedelta(9)),
        ],
    )
    first = compute_interests(warehouse, tenant.tenant_id, NOW)
    assert (first.added, first.topics_added, first.vertices_written, first.edges_written) == (4, 4, 4, 4)
    assert set(vars(compute_interests(warehouse, tenant.tenant_id, NOW)).values()) == {0}


def test_more_than_the_threshold_likes_luxury_and_exactly_the_threshold_does_not(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    add_people(
        warehouse,
        tenant.tenant_id,
        [Person("rich", total_spent_minor=80_001), Person("edge", total_spent_minor=80_000), Person("unknown")],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("rich", "tag", "likes luxury items"): 1}


def test_who_refused_profiling_has_no_interests_and_loses_those_there_were(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann", keywords=["hiking"]), Person("bob")])
    events = [Event(who, "view", "socks", NOW - timedelta(days=1)) for who in ("ann", "bob")]
    add_events(warehouse, tenant.tenant_id, events)
    state_consent(warehouse, tenant.tenant_id, "bob", "profiling", "granted")
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert {key[0] for key in interests(warehouse, tenant.tenant_id)} == {"ann", "bob"}

    state_consent(warehouse, tenant.tenant_id, "ann", "profiling", "denied")
    counts = compute_interests(warehouse, tenant.tenant_id, NOW)
    assert counts.removed == 2
    assert counts.edges_removed == 2
    assert {key[0] for key in interests(warehouse, tenant.tenant_id)} == {"bob"}
    assert edges(warehouse, tenant) == {("bob", "product:socks", 1)}

    state_consent(warehouse, tenant.tenant_id, "ann", "profiling", "granted")
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert {key[0] for key in interests(warehouse, tenant.tenant_id)} == {"ann", "bob"}


def test_one_refusal_among_the_profiles_of_a_person_is_enough(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, is_primary, source_rev, deleted_at) "
            "VALUES (%s, 'ann-2', 'ann', false, '1', now())",
            [tenant.tenant_id],
        )
    state_consent(warehouse, tenant.tenant_id, "ann-2", "profiling", "denied")
    state_consent(warehouse, tenant.tenant_id, "ann", "profiling", "granted")
    add_events(warehouse, tenant.tenant_id, [Event("ann", "view", "socks", NOW - timedelta(days=1))])
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {}


def test_the_two_largest_are_primary_and_ties_break_by_name(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    day = NOW - timedelta(days=1)
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "zebra", day, "red"),
            *(Event("ann", "view", p, day, "red") for p in ("c", "b", "d")),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert primary(warehouse, tenant.tenant_id, "product") == {("ann", "zebra"), ("ann", "b")}
    assert primary(warehouse, tenant.tenant_id, "color") == {("ann", "red")}


def test_a_purchase_that_was_taken_back_does_not_count(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann"), Person("bob")])
    day = NOW - timedelta(days=2)
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "socks", day, order_id="o1"),
            Event("ann", "return", "socks", day + timedelta(hours=1), order_id="o1"),
            Event("ann", "purchase", "hat", day, order_id="o1", quantity=2),
            Event("ann", "return", "hat", day + timedelta(hours=1), order_id="o1", quantity=1),
            Event("ann", "purchase", "scarf", day, order_id="o2"),
            Event("ann", "cancel", None, day + timedelta(hours=1), order_id="o2"),
            Event("ann", "purchase", "coat", day, order_id="o3"),
            Event("ann", "return", "coat", NOW + timedelta(hours=1), order_id="o3"),
            Event("bob", "purchase", "socks", day, order_id="o1"),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {
        ("ann", "product", "hat"): 1.5,
        ("ann", "product", "coat"): 3,
        ("bob", "product", "socks"): 3,
    }
    compute_interests(warehouse, tenant.tenant_id, NOW + timedelta(hours=2))
    assert ("ann", "product", "coat") not in interests(warehouse, tenant.tenant_id)


def test_money_given_back_for_goods_that_were_kept_leaves_the_interest(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    day = NOW - timedelta(days=2)
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "socks", day, order_id="o1", price_minor=1000),
            Event("ann", "refund", None, day + timedelta(hours=1), order_id="o1", price_minor=999),
            Event("ann", "purchase", "hat", day, order_id="o2", price_minor=1000),
            Event("ann", "refund", None, day + timedelta(hours=1), order_id="o2", price_minor=1000),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", "socks"): 3}


def test_a_return_of_another_profile_of_the_same_customer_counts(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann"), Person("ann-2")])
    day = NOW - timedelta(days=2)
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("ann", "purchase", "socks", day, order_id="o1", quantity=4),
            Event("ann-2", "return", "socks", day + timedelta(hours=1), order_id="o1", quantity=1),
        ],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", "socks"): 3}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET customer_id = 'ann', is_primary = false WHERE profile_id = 'ann-2'")
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", "socks"): 2.25}


def test_what_is_left_of_many_orders_is_what_duckdb_nets(warehouse: Warehouse, tenant: Tenant) -> None:
    chance = random.Random(7)
    people, products = ("ann", "bob", "cy"), ("socks", "hat", "coat")
    start = NOW - timedelta(days=20)
    events = [
        Event(who, "purchase", product, start, order_id=f"{who}-{number}", quantity=chance.randrange(1, 6))
        for who in people
        for number in range(8)
        for product in chance.sample(products, 2)
    ]
    for _ in range(60):
        # Some come back after as-of, to another order, or of something that was not bought.
        when = start + timedelta(days=chance.choice([1, 2, 30]))
        kind, who = chance.choice(["return", "return", "return", "cancel"]), chance.choice(people)
        order_id = f"{who}-{chance.randrange(10)}"
        events.append(
            Event(who, kind, chance.choice(products), when, order_id=order_id, quantity=chance.randrange(1, 4))
        )
    add_people(warehouse, tenant.tenant_id, [Person(who) for who in people])
    add_events(warehouse, tenant.tenant_id, events)
    compute_interests(warehouse, tenant.tenant_id, NOW)

    told = duckdb.connect()
    told.execute("CREATE TABLE told (who text, kind text, product text, quantity int, order_id text)")
    told.executemany(
        "INSERT INTO told VALUES (?, ?, ?, ?, ?)",
        [(e.profile_id, e.event_type, e.product_id, e.quantity, e.order_id) for e in events if e.occurred_at < NOW],
    )
    netted = told.execute(
        "SELECT who, product, sum(3.0 * greatest(0, bought - back) / bought) FROM ("
        "  SELECT who, order_id, product, sum(quantity) AS bought, ("
        "    SELECT coalesce(sum(t.quantity), 0) FROM told t WHERE t.kind = 'return' AND t.order_id = p.order_id"
        "    AND t.product = p.product) AS back"
        "  FROM told p WHERE kind = 'purchase'"
        "  AND order_id NOT IN (SELECT order_id FROM told WHERE kind = 'cancel') GROUP BY ALL"
        ") GROUP BY ALL HAVING sum(greatest(0, bought - back)) > 0"
    ).fetchall()
    assert len(netted) == 9
    assert interests(warehouse, tenant.tenant_id) == {
        (who, "product", product): pytest.approx(float(raw), abs=1e-5) for who, product, raw in netted
    }


def test_leo_metrics_weigh_as_leo_scores_them_unless_the_tenant_scores_them_itself(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    register_tenant(warehouse, Tenant(**{**vars(tenant), "interest_model": "leo_event_metric"}))
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    day = NOW - timedelta(days=1)
    metrics = {
        "a": "page-view", "b": "item-view", "c": "add-to-cart", "d": "purchase", "e": "repurchase",
        "f": "negative-feedback", "g": "scan-qr", "h": "unheard-of",
    }  # fmt: skip
    add_events(
        warehouse,
        tenant.tenant_id,
        [Event("ann", "view", product, day, metric_name=metric) for product, metric in metrics.items()],
    )
    expected = {"a": 1, "b": 6, "c": 24, "d": 27, "e": 34}
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", p): w for p, w in expected.items()}

    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.cursor().executemany(
            "INSERT INTO core.event_metric (tenant_id, metric_name, event_type, score) VALUES (%s, %s, 'view', %s)",
            [(tenant.tenant_id, "item-view", 7), (tenant.tenant_id, "scan-qr", 9)],
        )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    expected |= {"b": 7, "g": 9}
    assert interests(warehouse, tenant.tenant_id) == {("ann", "product", p): w for p, w in expected.items()}


def test_edges_follow_the_table_when_events_change(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann")])
    add_events(
        warehouse,
        tenant.tenant_id,
        [Event("ann", "view", "hat", NOW - timedelta(days=1)), Event("ann", "purchase", "socks", NOW - timedelta(9))],
    )
    compute_interests(warehouse, tenant.tenant_id, NOW)
    assert edges(warehouse, tenant) == {("ann", "product:hat", 0.333333), ("ann", "product:socks", 1)}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM core.event WHERE product_id = 'socks'")
    counts = compute_interests(warehouse, tenant.tenant_id, NOW)
    assert (counts.topics_removed, counts.vertices_removed, counts.edges_removed) == (1, 1, 1)
    assert edges(warehouse, tenant) == {("ann", "product:hat", 1)}


def test_the_plain_sums_are_those_of_the_csv_files(
    warehouse: Warehouse, tenant: Tenant, audience_discovery: Path
) -> None:
    load_audience_discovery(warehouse, tenant.tenant_id, audience_discovery)
    compute_interests(warehouse, tenant.tenant_id, NOW)
    truth: Interests = {}
    events = duckdb.read_csv(str(audience_discovery / "clickstream_events.csv"))
    weighed = events.filter("event_timestamp < TIMESTAMP '2026-02-20'").project(
        "customer_id::text AS customer_id, product, color, "
        "CASE event_type WHEN 'purchase' THEN 3 WHEN 'add_to_cart' THEN 2 WHEN 'view' THEN 1 END AS weight"
    )
    for topic_type in ("product", "color"):
        rows = weighed.aggregate(f"customer_id, {topic_type}, sum(weight)").fetchall()
        truth |= {(customer_id, topic_type, topic): float(raw) for customer_id, topic, raw in rows}
    customers = duckdb.read_csv(str(audience_discovery / "crm_customers.csv"))
    rich = customers.filter("total_spent > 800").project("customer_id::text").fetchall()
    truth |= {(customer_id, "tag", "likes luxury items"): 1.0 for (customer_id,) in rich}
    assert len(truth) > 4_000
    assert interests(warehouse, tenant.tenant_id) == truth


def test_only_customers_of_whom_something_changed_are_computed(warehouse: Warehouse, tenant: Tenant) -> None:
    people = [Person(who, total_spent_minor=90_000) for who in ("ann", "bob", "cy", "dee")]
    add_people(warehouse, tenant.tenant_id, people)
    add_products(warehouse, tenant.tenant_id, [Product("p1", "socks"), Product("p2", "hat")])
    day = NOW - timedelta(days=1)
    events = [Event("ann", "view", "p1", day), Event("bob", "view", "p2", day), Event("cy", "view", "p2", NOW)]
    add_events(warehouse, tenant.tenant_id, events)
    assert compute_interests(warehouse, tenant.tenant_id, NOW).customers == 4
    changes = [
        "UPDATE core.product SET brand = 'Acme' WHERE product_id = 'p1'",
        "UPDATE core.event SET color = 'red' WHERE profile_id = 'bob'",
        "UPDATE core.profile SET total_spent_minor = 1 WHERE profile_id = 'dee'",
        "DELETE FROM core.event WHERE profile_id = 'ann'",
    ]
    for change in changes:
        with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
            connection.execute(change.encode())
        assert compute_interests(warehouse, tenant.tenant_id, NOW).customers == 1, change
    # cy's event is not before NOW, and is before the next moment.
    assert compute_interests(warehouse, tenant.tenant_id, NOW + timedelta(seconds=1)).customers == 1
    assert interests(warehouse, tenant.tenant_id) == {
        ("ann", "tag", "likes luxury items"): 1,
        ("bob", "tag", "likes luxury items"): 1,
        ("bob", "product", "hat"): 1,
        ("bob", "color", "red"): 1,
        ("cy", "tag", "likes luxury items"): 1,
        ("cy", "product", "hat"): 1,
    }


def test_a_change_of_the_tenants_settings_computes_everybody(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann", total_spent_minor=85_000), Person("bob")])
    compute_interests(warehouse, tenant.tenant_id, NOW)
    register_tenant(warehouse, Tenant(**{**vars(tenant), "luxury_threshold_minor": 90_000}))
    counts = compute_interests(warehouse, tenant.tenant_id, NOW)
    assert (counts.customers, counts.removed) == (2, 1)


def test_edges_that_the_graph_lost_are_written_again(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("ann"), Person("bob")])
    day = NOW - timedelta(days=1)
    add_events(warehouse, tenant.tenant_id, [Event("ann", "view", "hat", day), Event("bob", "view", "socks", day)])
    compute_interests(warehouse, tenant.tenant_id, NOW)
    kept = edges(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(tenant.graph_name, "INTERESTED_IN")))
    counts = compute_interests(warehouse, tenant.tenant_id, NOW)
    assert (counts.customers, counts.edges_written) == (0, 2)
    assert edges(warehouse, tenant) == kept
