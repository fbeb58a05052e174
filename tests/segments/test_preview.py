"""A preview counts what would happen, and writes nothing."""

from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define
from leo_activation.segments.plan import CustomerProperty, Order, SegmentPlan
from leo_activation.segments.preview import Preview, count_reachable, preview_definition
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.people import NOW, state_consent
from tests.segments.shop import RED_SOCKS, open_shop


def preview(warehouse: Warehouse, tenant: Tenant, plan: SegmentPlan) -> Preview:
    encoder = open_shop(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant.tenant_id)
    definition = define(plan, catalogue, (), NOW)
    return preview_definition(warehouse, definition, plan, catalogue, (), NOW, encoder)


def reachable(warehouse: Warehouse, tenant: Tenant) -> dict[str, int]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return count_reachable(connection, tenant.tenant_id, ["ann", "bob", "cy", "dee"])


def test_a_limit_is_a_step_of_the_funnel(warehouse: Warehouse, tenant: Tenant) -> None:
    plan = SegmentPlan(where=RED_SOCKS, order=Order(by=CustomerProperty.TOTAL_SPENT), limit=2)
    seen = preview(warehouse, tenant, plan)
    assert [step.kept for step in seen.funnel] == [5, 3, 2]
    assert seen.funnel[-1].condition == "the first 2"
    assert set(seen.sample) == {"ann", "cy"}


def test_everybody_is_a_funnel_of_one_step(warehouse: Warehouse, tenant: Tenant) -> None:
    seen = preview(warehouse, tenant, SegmentPlan())
    assert [step.kept for step in seen.funnel] == [5]
    assert seen.member_count == 5


def test_without_consent_nobody_is_reachable(warehouse: Warehouse, tenant: Tenant) -> None:
    open_shop(warehouse, tenant)
    assert reachable(warehouse, tenant) == {"email": 0}


def test_consent_for_the_channel_makes_reachable_and_a_suppression_ends_it(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    open_shop(warehouse, tenant)
    for who in ("ann", "bob", "dee"):
        state_consent(warehouse, tenant.tenant_id, who, "marketing", "granted", channel="email")
    # dee agreed and has no address; cy has one and said nothing.
    assert reachable(warehouse, tenant) == {"email": 2}
    state_consent(warehouse, tenant.tenant_id, "bob", "marketing", "denied", channel="email")
    assert reachable(warehouse, tenant) == {"email": 1}
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "SELECT tenant_id, channel, address_hash, 'unsubscribed', 'test' FROM core.channel_address "
            "WHERE profile_id = 'ann'"
        )
    assert reachable(warehouse, tenant) == {"email": 0}


def test_a_tenants_own_basis_counts_where_nothing_is_recorded(warehouse: Warehouse, tenant: Tenant) -> None:
    register_tenant(warehouse, Tenant(**{**vars(tenant), "consent_basis": "a study that everybody agreed to"}))
    open_shop(warehouse, tenant)
    state_consent(warehouse, tenant.tenant_id, "bob", "marketing", "denied", channel="email")
    assert reachable(warehouse, tenant) == {"email": 2}
