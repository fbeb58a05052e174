"""A person's decision binds exactly what they were shown."""

from datetime import timedelta

import pytest

from leo_activation import activation
from leo_activation.errors import Permanent
from tests.activation.shop import APPROVER, AS_OF, MARKETER, SANDBOX, FakeChannel, Shop


def decide(
    shop: Shop,
    run: activation.CampaignRun,
    decision: activation.Decision,
    *,
    by: str = APPROVER,
    shown: str | None = None,
) -> activation.RunState:
    return activation.decide_run(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        decision=decision,
        decided_by=by,
        decided_at=AS_OF,
        hash=shown or run.hash,
    )


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    shop.segment()
    shop.person("a")
    shop.person("b", consent=None)
    shop.campaign()
    shop.allow_all()
    return shop.plan()


def test_nothing_is_ready_before_the_approval_and_everything_planned_after_it(
    shop: Shop, run: activation.CampaignRun
) -> None:
    assert shop.states(run) == {"a": "planned", "b": "skipped"}
    with pytest.raises(Permanent, match="only an approved one"):
        shop.dispatch(run, FakeChannel())

    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.APPROVED

    assert shop.states(run) == {"a": "ready", "b": "skipped"}


def test_a_rejection_cancels_the_deliveries_for_good(shop: Shop, run: activation.CampaignRun) -> None:
    assert decide(shop, run, activation.Decision.REJECT, shown="whatever") is activation.RunState.REJECTED

    assert shop.states(run) == {"a": "cancelled", "b": "skipped"}
    with pytest.raises(Permanent, match="rejected already"):
        decide(shop, run, activation.Decision.APPROVE)


def test_the_same_decision_again_changes_nothing(shop: Shop, run: activation.CampaignRun) -> None:
    decide(shop, run, activation.Decision.APPROVE)
    shop.dispatch(run, FakeChannel())

    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.FINISHED
    assert shop.states(run)["a"] == "accepted"


def test_the_requester_cannot_approve_their_own_campaign(shop: Shop, run: activation.CampaignRun) -> None:
    with pytest.raises(Permanent, match="asked for it"):
        decide(shop, run, activation.Decision.APPROVE, by=MARKETER)

    assert shop.states(run)["a"] == "planned"


def test_an_approval_of_another_hash_is_stale(shop: Shop, run: activation.CampaignRun) -> None:
    with pytest.raises(activation.StaleApproval):
        decide(shop, run, activation.Decision.APPROVE, shown="0" * 64)


@pytest.mark.parametrize("change", ["segment", "sender"])
def test_a_change_between_plan_and_approval_makes_it_stale(
    shop: Shop, run: activation.CampaignRun, change: str
) -> None:
    _change(shop, change)

    with pytest.raises(activation.StaleApproval):
        decide(shop, run, activation.Decision.APPROVE)


@pytest.mark.parametrize("change", ["segment", "sender"])
def test_a_change_between_approval_and_sending_stops_the_sending(
    shop: Shop, run: activation.CampaignRun, change: str
) -> None:
    decide(shop, run, activation.Decision.APPROVE)
    _change(shop, change)
    channel = FakeChannel()

    with pytest.raises(activation.StaleApproval):
        shop.dispatch(run, channel)

    assert channel.sent == []


def test_the_review_shows_the_waterfall_and_the_message_and_no_contact_data(
    shop: Shop, run: activation.CampaignRun
) -> None:
    review = activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX)

    assert review.subject == "Send 'Warm feet' to 1 of 2 people?"
    assert review.requested_by == MARKETER
    assert review.hash == run.hash
    assert "| Consented | 1 | −1 |" in review.body
    assert "Hello Lan," in review.body
    assert "Hello there," in review.body
    assert "This is sandbox" in review.body
    assert "a@example.com" not in review.body
    assert "b@example.com" not in review.body


def test_a_stopped_run_sends_nothing_more(shop: Shop, run: activation.CampaignRun) -> None:
    decide(shop, run, activation.Decision.APPROVE)

    assert activation.stop_run(shop.warehouse, shop.tenant_id, run.campaign_run_id) == 1

    assert shop.states(run)["a"] == "cancelled"
    with pytest.raises(Permanent, match="stopped"):
        shop.dispatch(run, FakeChannel())


def test_the_waits_between_attempts_grow_and_follow_the_providers_wish() -> None:
    policy = activation.RetryPolicy(first_delay=timedelta(seconds=10), factor=3)

    assert [policy.delay(n, None).total_seconds() for n in (1, 2, 3)] == [10, 30, 90]
    assert policy.delay(1, timedelta(minutes=5)) == timedelta(minutes=5)


def _change(shop: Shop, change: str) -> None:
    if change == "segment":
        shop.segment(version=2)
    else:
        activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Somebody else <else@example.com>")
