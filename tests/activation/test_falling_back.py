"""Somebody is tried on the next channel while others close, pause or cancel: nobody is lost or sent to afterwards."""

import threading

import pytest

from leo_activation import activation
from leo_activation.activation.campaigns.schedules import Once, ReEntry
from leo_activation.activation.channels import Answer
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AT_ONCE, SANDBOX, FakeChannel, Shop
from tests.activation.waterfall_shop import allow_everything, people, set_rules, two_channel_campaign

WAIT_S = 30
REFUSED = Answer(Outcome.REJECTED, "fake", "no such mailbox")


@pytest.fixture
def refused(shop: Shop) -> activation.CampaignRun:
    """The run of a campaign that goes out once; e-mail refused its only person, who can be tried on Zalo."""
    shop.segment()
    set_rules(shop)
    people(shop, ["a"])
    shop.address("a", "zalo-a", "zalo")
    shop.consent("a", "granted", channel="zalo")
    allow_everything(shop)
    two_channel_campaign(shop, schedule=Once(), re_entry=ReEntry())
    run = shop.plan()
    shop.approve(run)
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"email": FakeChannel(answers={"a@example.com": [REFUSED]}), "zalo": FakeChannel()},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
    )
    return run


def test_a_run_that_gets_somebody_on_the_next_channel_is_not_closed_by_who_looked_just_before(
    shop: Shop, refused: activation.CampaignRun
) -> None:
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    made: list[int] = []
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as other:
        # The same place in the ledger, not committed and then given up: falling back waits in the middle.
        other.execute(
            "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, step, state) "
            "VALUES (%s, %s, 'a', 'zalo', 2, 'ready')",
            [shop.tenant_id, refused.campaign_run_id],
        )
        falling = threading.Thread(
            target=lambda: made.append(activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX))
        )
        falling.start()
        falling.join(timeout=0.3)
        closing = threading.Thread(target=activation.reap, args=(shop.warehouse, shop.tenant_id))
        closing.start()
        closing.join(timeout=0.3)
        assert falling.is_alive()
        assert closing.is_alive()
        other.rollback()
    falling.join(WAIT_S)
    closing.join(WAIT_S)

    assert made == [1]
    assert activation.runs_to_drain(shop.warehouse, shop.tenant_id) == [refused.campaign_run_id]


@pytest.mark.parametrize("end", ["state = 'cancelled'", "paused_at = now(), paused_by = 'anna'"])
def test_nobody_is_tried_on_another_channel_once_the_campaign_was_cancelled_or_paused(
    shop: Shop, refused: activation.CampaignRun, end: str
) -> None:
    made: list[int] = []
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as other:
        other.execute(f"UPDATE activation.campaign SET {end} WHERE tenant_id = %s".encode(), [shop.tenant_id])
        falling = threading.Thread(
            target=lambda: made.append(activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX))
        )
        falling.start()
        falling.join(timeout=0.5)
    falling.join(WAIT_S)

    assert made == [0]
    assert activation.run_standing(shop.warehouse, shop.tenant_id, refused.campaign_run_id).state == "finished"


def test_a_campaign_that_sends_again_on_the_next_channel_can_be_paused_and_cancelled(
    shop: Shop, refused: activation.CampaignRun
) -> None:
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 1

    assert activation.pause_campaign(shop.warehouse, shop.tenant_id, refused.campaign_id, by="anna", reason="A look.")
    assert (
        activation.cancel_campaign(shop.warehouse, shop.tenant_id, refused.campaign_id, by="anna", reason="Enough.")
        == 1
    )
