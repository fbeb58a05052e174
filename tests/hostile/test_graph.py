"""Hostile names go through the graph, the interests, the texts and the vectors as they are, and as nothing else."""

import secrets

import pytest

from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define, find_customers
from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.hostile.strings import STRINGS
from tests.hostile.test_segments import leaf
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products
from tests.segments.shop import bring_up_to_date, day

LONGEST_INDEXED = 500
"""Names beyond it do not fit into an index of the catalogue's, and no plan can say them."""
NAMES = [one for one in STRINGS if one.storable and one.text.strip() and len(one.text) <= LONGEST_INDEXED]


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> tuple[Tenant, FakeEncoder]:
    """Each string is the name of a product, its brand, its category, and where its one buyer lives."""
    tenant = Tenant(
        tenant_id=f"n{secrets.token_hex(6)}",
        name="Hostile names",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=80_000,
    )
    register_tenant(warehouse, tenant)
    of = tenant.tenant_id
    add_people(
        warehouse, of, [Person(f"c{one.number}", "PL", 30, one.text, email=f"c{one.number}@x.example") for one in NAMES]
    )
    add_products(warehouse, of, [Product(f"p{one.number}", one.text, one.text, one.text) for one in NAMES])
    add_events(warehouse, of, [Event(f"c{one.number}", "purchase", f"p{one.number}", day(5)) for one in NAMES])
    with warehouse.connect(DatabaseRole.LOADER, of) as connection:
        connection.cursor().executemany(
            "UPDATE core.profile SET city = %s, first_name = %s WHERE tenant_id = %s AND profile_id = %s",
            [(one.text, one.text, of, f"c{one.number}") for one in NAMES],
        )
    return tenant, bring_up_to_date(warehouse, tenant)


def test_each_name_finds_its_own_people(warehouse: Warehouse, shop: tuple[Tenant, FakeEncoder]) -> None:
    tenant, encoder = shop
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        known = load_catalogue(connection, tenant.tenant_id)
    assert {one.text for one in NAMES} <= set(known.products) & set(known.brands) & set(known.cities)
    for one in [one for one in NAMES if len(one.text) <= 200][::3]:
        bought = define(SegmentPlan(where=leaf("product", one.text)), known, (), NOW)
        assert find_customers(warehouse, bought, encoder).customer_ids == [f"c{one.number}"], one
        lives = Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(one.text,))
        there = define(SegmentPlan(where=lives), known, (), NOW)
        assert find_customers(warehouse, there, encoder).customer_ids == [f"c{one.number}"], one


def test_one_vertex_one_edge_one_text_each(warehouse: Warehouse, shop: tuple[Tenant, FakeEncoder]) -> None:
    tenant, _ = shop
    graph = tenant.graph_name
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        for label in ("Customer", "Product", "PURCHASED"):
            counted = connection.execute(f'SELECT count(*) FROM {graph}."{label}"'.encode()).fetchone()
            assert counted == (len(NAMES),), label
        texts = connection.execute(
            "SELECT customer_id, body FROM profile.text WHERE tenant_id = %s", [tenant.tenant_id]
        ).fetchall()
    assert len(texts) == len(NAMES)
    said = dict(texts)
    for one in NAMES:
        body = said[f"c{one.number}"]
        # A person's first name and city are no part of it, and what is, stands in its own frame.
        assert body.startswith(f"Customer from PL, age 30, favorite color {one.text}."), one
        others = body.replace(one.text, "")
        assert not [other for other in NAMES if len(other.text) > 12 and other.text in others], one
