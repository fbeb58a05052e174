"""A preview counts what would happen, and writes nothing."""

from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.meaning import ProfileReading
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.plan import And, CustomerProperty, Not, Order, SegmentPlan
from leo_activation.segments.preview import Preview, count_reachable, preview_definition
from leo_activation.segments.requests import submit_request
from leo_activation.segments.surroundings import Comparison, Overlap, compare_with_members, list_overlaps
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, state_consent
from tests.segments.shop import HIKERS, IN_POLAND, RED_SOCKS, CannedPlanner, open_shop


def preview(
    warehouse: Warehouse, tenant: Tenant, plan: SegmentPlan, readings: tuple[ProfileReading, ...] = ()
) -> Preview:
    encoder = open_shop(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant.tenant_id)
    definition = define(plan, catalogue, readings, NOW)
    return preview_definition(warehouse, definition, plan, catalogue, readings, NOW, encoder)


def publish(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> str:
    """The id of a segment that was asked for so, approved and refreshed."""
    tenant_id = tenant.tenant_id
    request_id = submit_request(warehouse, tenant_id, text, "marketer")
    draft = draft_request(warehouse, tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant_id, request_id)
    record_decision(
        warehouse, tenant_id, request_id, decision="approve", decided_by="cy", decided_at=NOW, hash=shown.hash
    )
    assert draft.segment_id is not None
    refresh_segment(warehouse, tenant_id, draft.segment_id, NOW, encoder=encoder)
    return draft.segment_id


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


def test_each_condition_is_counted_by_itself_too(warehouse: Warehouse, tenant: Tenant) -> None:
    plan = SegmentPlan(where=And(conditions=(RED_SOCKS, IN_POLAND, Not(condition=IN_POLAND))))
    seen = preview(warehouse, tenant, plan)
    assert [(step.kept, step.alone) for step in seen.funnel] == [(5, None), (3, 3), (2, 2), (0, 3)]


def test_what_profiles_are_compared_for_is_not_counted_by_itself(warehouse: Warehouse, tenant: Tenant) -> None:
    reading = ProfileReading(phrase=HIKERS.phrase, model="fake", precision="fp32", threshold=-1.0)
    plan = SegmentPlan(where=And(conditions=(IN_POLAND, HIKERS)))
    seen = preview(warehouse, tenant, plan, (reading,))
    assert [(step.kept, step.alone) for step in seen.funnel] == [(5, None), (2, 2), (2, None)]


def test_a_definition_is_compared_with_the_members_of_the_active_version(warehouse: Warehouse, tenant: Tenant) -> None:
    encoder = open_shop(warehouse, tenant)
    segment_id = publish(warehouse, tenant, encoder, "red socks")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        compared = compare_with_members(connection, tenant.tenant_id, segment_id, ["ann", "dee", "eve"])
        nobody = compare_with_members(connection, tenant.tenant_id, segment_id, [])
        unknown = compare_with_members(connection, tenant.tenant_id, "no_such_segment", ["ann"])
    # ann, bob and cy are members.
    assert compared == Comparison(version=1, members=3, would_enter=2, would_exit=2)
    assert nobody == Comparison(version=1, members=3, would_enter=0, would_exit=3)
    assert unknown is None


def test_the_active_segments_that_share_most_come_first_and_ones_own_is_left_out(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    encoder = open_shop(warehouse, tenant)
    socks = publish(warehouse, tenant, encoder, "red socks")
    poland = publish(warehouse, tenant, encoder, "red socks in Poland")
    everybody = publish(warehouse, tenant, encoder, "everybody")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:

        def overlaps(own: str | None, *customer_ids: str) -> tuple[Overlap, ...]:
            return list_overlaps(connection, tenant.tenant_id, own, customer_ids)

        assert overlaps(None, "ann", "bob", "cy") == (
            Overlap(socks, "red socks", 3, 3),
            Overlap(poland, "red socks in Poland", 2, 2),
            Overlap(everybody, "everybody", 3, 5),
        )
        assert [one.segment_id for one in overlaps(socks, "ann", "bob", "cy")] == [poland, everybody]
        assert overlaps(None, "eve") == (Overlap(everybody, "everybody", 1, 5),)
        assert overlaps(None) == ()
        connection.execute("UPDATE segment.definition SET state = 'retired' WHERE segment_id = %s", [everybody])
        assert overlaps(None, "eve") == ()
