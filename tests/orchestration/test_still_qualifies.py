"""The segments' own conditions, asked again of the tables before a batch is sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from leo_activation.orchestration.still_qualifies import still_qualifies
from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import SEGMENT, Shop
from tests.activation.waterfall_shop import people, set_rules, two_channel_campaign

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)
IN_THREE_DAYS = {"kind": "last", "amount": 3, "unit": "day"}
CART = {"kind": "behaviour", "event": "add_to_cart", "window": IN_THREE_DAYS}
BOUGHT = {"kind": "behaviour", "event": "purchase", "window": IN_THREE_DAYS}
ABANDONED = {"where": {"kind": "and", "conditions": [CART, {"kind": "not", "condition": BOUGHT}]}}


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        opened = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        opened.segment()
        set_rules(opened)
        yield opened


def plan_of(shop: Shop, segment_id: str, plan: dict[str, Any]) -> None:
    SegmentPlan.model_validate(plan)
    shop.execute(
        "UPDATE segment.definition SET plan = %s WHERE tenant_id = %s AND segment_id = %s",
        Jsonb(plan),
        shop.tenant_id,
        segment_id,
    )


def event(shop: Shop, customer_id: str, event_type: str, at: datetime) -> None:
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        connection.execute("SELECT core.ensure_event_partitions(%s, %s)", [at, at])
        connection.execute(
            "INSERT INTO core.product (tenant_id, product_id, name, source_rev) VALUES (%s, 'socks', 'Socks', '1') "
            "ON CONFLICT DO NOTHING",
            [shop.tenant_id],
        )
        connection.execute(
            "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
            "product_id, source_rev) "
            "VALUES (%s, gen_random_uuid()::text, gen_random_uuid()::text, %s, %s, %s, %s, 'socks', '1')",
            [shop.tenant_id, f"p-{customer_id}", event_type, event_type, at],
        )


def merged(shop: Shop, as_of: datetime, state: str) -> None:
    shop.execute(
        "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, as_of) "
        "VALUES (%s, gen_random_uuid()::text, %s, %s)",
        shop.tenant_id,
        state,
        as_of,
    )


def test_a_cart_reminder_does_not_reach_who_bought_after_the_last_refresh(shop: Shop) -> None:
    """The sync has merged the purchase; neither the graph nor the membership knows of it yet."""
    plan_of(shop, SEGMENT, ABANDONED)
    people(shop, ["buyer", "waverer", "gone_cold"])
    for customer_id in ("buyer", "waverer"):
        event(shop, customer_id, "add_to_cart", AS_OF - timedelta(hours=5))
    event(shop, "gone_cold", "add_to_cart", AS_OF - timedelta(days=3, hours=5))
    merged(shop, AS_OF, "projected")
    two_channel_campaign(shop)
    run = shop.plan()
    asks = still_qualifies(shop.warehouse, shop.tenant_id, run.campaign_run_id)
    assert set(asks(["buyer", "waverer", "gone_cold"])) == {"buyer", "waverer"}

    event(shop, "buyer", "purchase", AS_OF + timedelta(hours=1))
    merged(shop, AS_OF + timedelta(days=1), "merged")

    assert set(asks(["buyer", "waverer"])) == {"waverer"}
    assert set(asks([])) == set()


def test_who_meets_the_conditions_of_a_segment_that_is_left_out_no_longer_qualifies(shop: Shop) -> None:
    plan_of(shop, SEGMENT, {"where": CART})
    shop.segment(segment_id="buyers")
    plan_of(shop, "buyers", {"where": BOUGHT})
    people(shop, ["buyer", "waverer"])
    for customer_id in ("buyer", "waverer"):
        event(shop, customer_id, "add_to_cart", AS_OF - timedelta(hours=5))
    event(shop, "buyer", "purchase", AS_OF - timedelta(hours=4))
    merged(shop, AS_OF, "projected")
    two_channel_campaign(shop, without_segment_ids=("buyers",))
    run = shop.plan()

    asks = still_qualifies(shop.warehouse, shop.tenant_id, run.campaign_run_id)

    assert set(asks(["buyer", "waverer"])) == {"waverer"}


def test_of_a_segment_that_is_cut_the_condition_is_asked_without_the_cut(shop: Shop) -> None:
    plan_of(shop, SEGMENT, {"where": CART, "limit": 1})
    people(shop, ["a", "b", "c"])
    for customer_id in ("a", "b"):
        event(shop, customer_id, "add_to_cart", AS_OF - timedelta(hours=5))
    merged(shop, AS_OF, "projected")
    two_channel_campaign(shop)
    run = shop.plan()

    asks = still_qualifies(shop.warehouse, shop.tenant_id, run.campaign_run_id)

    assert set(asks(["a", "b", "c"])) == {"a", "b"}


def test_a_segment_that_the_tables_cannot_be_asked_about_is_left_to_membership(shop: Shop) -> None:
    money = {"kind": "behaviour", "event": "purchase", "value": {"at_least": "5"}}
    plan_of(shop, SEGMENT, {"where": {**money}, "currency": "USD"})
    people(shop, ["a"])
    merged(shop, AS_OF, "projected")
    two_channel_campaign(shop)
    run = shop.plan()

    asks = still_qualifies(shop.warehouse, shop.tenant_id, run.campaign_run_id)

    assert set(asks(["a"])) == {"a"}
