"""The catalogue as it is read from the tenant's own rows."""

import pytest

from leo_activation.errors import Configuration
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant


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


def test_a_tenant_without_luxury_interests_has_no_tag_for_them(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert load_catalogue(connection, tenant.tenant_id).luxury_tag is None
        with pytest.raises(Configuration, match="no tenant 'nobody'"):
            load_catalogue(connection, "nobody")
