"""The catalogue as it is read from the tenant's own rows."""

from datetime import timedelta

import pytest

from leo_activation.errors import Configuration
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import NOW, Event, Person, add_events, add_people


def test_a_catalogue_holds_the_names_of_live_rows_of_its_tenant_only(warehouse: Warehouse, tenant: Tenant) -> None:
    of = {"tenant": tenant.tenant_id}
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        for statement in (
            "INSERT INTO core.customer (tenant_id, customer_id) VALUES (%(tenant)s, 'a'), (%(tenant)s, 'b')",
            """INSERT INTO core.profile (tenant_id, profile_id, customer_id, country, city, gender, language,
                                         funnel_stage, favorite_color, source_rev, deleted_at)
               VALUES (%(tenant)s, 'a', 'a', 'DE', 'Berlin', 'female', 'de', 'new-visitor', 'red', '1', NULL),
                      (%(tenant)s, 'b', 'b', 'FR', 'Paris', 'male', 'fr', 'gone', 'pink', '1', now())""",
            """INSERT INTO core.product (tenant_id, product_id, name, category, brand, source_rev, deleted_at)
               VALUES (%(tenant)s, '1', 'Crew Socks', 'Socks', 'Luna', '1', NULL),
                      (%(tenant)s, '2', 'Old Hat', 'Hats', '', '1', now())""",
            """INSERT INTO profile.topic (tenant_id, topic_type, topic)
               VALUES (%(tenant)s, 'tag', 'likes luxury items'), (%(tenant)s, 'category', 'Socks')""",
            """INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters,
                                               schema_version, hash, state)
               VALUES (%(tenant)s, 'vip', 1, 'VIP', '{}', '', '', '{}', '', '', 'active'),
                      (%(tenant)s, 'draft', 1, 'Draft', '{}', '', '', '{}', '', '', 'draft')""",
        ):
            connection.execute(statement, of)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        found = load_catalogue(connection, tenant.tenant_id)
    assert (found.currency, found.minor_units, found.time_zone) == ("EUR", 2, "UTC")
    assert (found.products, found.categories, found.brands) == (("Crew Socks",), ("Socks",), ("Luna",))
    assert (found.countries, found.cities, found.genders) == (("DE",), ("Berlin",), ("female",))
    assert (found.languages, found.funnel_stages, found.colors) == (("de",), ("new-visitor",), ("red",))
    assert found.segments == {"vip": "VIP"}
    assert found.topics == {"tag": ("likes luxury items",), "category": ("Socks",)}
    assert found.luxury_tag == "likes luxury items"


def test_a_catalogue_names_campaigns_and_the_events_that_plans_do_not_know_by_themselves(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    happened = ("view", "page_view", "email_open", "refund", "page_view", "_odd", "login")
    colors = ("red", None, "blue", "red", None, "red", None)
    add_people(warehouse, tenant.tenant_id, [Person("a")])
    # In two months, so that the names are gathered from more than one partition.
    events = [
        Event("a", name, None, NOW + timedelta(days=4 * day), color)
        for day, (name, color) in enumerate(zip(happened, colors, strict=True))
    ]
    add_events(warehouse, tenant.tenant_id, events)
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute(
            "INSERT INTO core.campaign (tenant_id, campaign_id, name) VALUES (%s, 'spring', 'Spring sale')",
            [tenant.tenant_id],
        )
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        found = load_catalogue(connection, tenant.tenant_id)
    assert found.events == ("login", "page_view", "refund")
    assert found.colors == ("blue", "red")
    assert found.campaigns == {"spring": "Spring sale"}


def test_a_tenant_without_luxury_interests_has_no_tag_for_them(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert load_catalogue(connection, tenant.tenant_id).luxury_tag is None
        with pytest.raises(Configuration, match="no tenant 'nobody'"):
            load_catalogue(connection, "nobody")
