"""A comparison shares its people out exactly, once and for good."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation import activation
from leo_activation.activation.campaigns.variants import Variant, check_variants, cumulative_shares, variant_of
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import message_layouts
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import MARKETER, SEGMENT, Shop


def variants(*shares: float) -> tuple[Variant, ...]:
    return tuple(Variant(name=f"v{at}", template_id="t", version=1, share=share) for at, share in enumerate(shares))


@pytest.mark.parametrize("shares", [(), (0.5, 0.5), (0.1, 0.2, 0.7), (0.333, 0.333, 0.333), (0.1,) * 10])
def test_shares_that_add_up_pass_and_their_last_end_is_one(shares: tuple[float, ...]) -> None:
    check_variants(variants(*shares))
    assert [end for _, end in cumulative_shares(variants(*shares))][-1:] in ([1.0], [])


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.4), (0.5, 0.6), (0.05,) * 11])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(Permanent):
        check_variants(variants(*shares))


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(Permanent, match="same name"):
        check_variants((*variants(0.5), *variants(0.5)))


def test_a_draw_at_an_end_belongs_to_the_next() -> None:
    three = variants(0.1, 0.2, 0.7)
    assert [variant_of(three, draw) for draw in (0.0, 0.0999, 0.1, 0.2999, 0.3, 0.9999)] == [
        "v0",
        "v0",
        "v1",
        "v1",
        "v2",
        "v2",
    ]
    assert variant_of((), 0.5) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=2, max_size=10), st.floats(0, 1, exclude_max=True))
def test_everybody_gets_a_variant(weights: list[int], draw: float) -> None:
    shared = variants(*(weight / sum(weights) for weight in weights))
    ends = [end for _, end in cumulative_shares(shared)]
    assert ends == sorted(ends)
    assert ends[-1] == 1.0
    assert variant_of(shared, draw) is not None


def test_sql_shares_out_as_it_was_asked_and_a_household_always_the_same(warehouse: Warehouse, tenant: Tenant) -> None:
    shared = variants(0.1, 0.3, 0.6)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        draws = [
            float(row[0])
            for row in connection.execute(
                "SELECT activation.draw('variant:c:' || number) FROM generate_series(1, 4000) AS number ORDER BY number"
            )
        ]
        again = connection.execute("SELECT activation.draw('variant:c:' || 17)").fetchone()
    drawn = [variant_of(shared, draw) for draw in draws]
    # Five standard deviations of a draw of 4,000.
    for name, share in (("v0", 0.1), ("v1", 0.3), ("v2", 0.6)):
        assert abs(drawn.count(name) / 4000 - share) < 5 * (share * (1 - share) / 4000) ** 0.5
    assert again is not None
    assert float(again[0]) == draws[16]


def test_a_comparison_needs_no_template_beside_its_variants(shop: Shop) -> None:
    shop.segment()
    shop.campaign()
    versions = [
        save_template(shop.warehouse, shop.tenant_id, *(replace(form, template_id=name) for form in message_layouts()))
        for name in ("plain", "playful")
    ]
    submitted = activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id="compared",
            name="Compared",
            segment_id=SEGMENT,
            channels=("email",),
            message_class=activation.MessageClass.MARKETING,
            requested_by=MARKETER,
            message="Warm feet.",
            variants=tuple(
                Variant(name=version.template_id, template_id=version.template_id, version=version.version, share=0.5)
                for version in versions
            ),
        ),
    )
    assert (submitted.state, submitted.missing) == (activation.CampaignState.READY, ())
