"""Runs whose messages bounce or are complained of too often are stopped, with the reason, and others are not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.bad_runs import BadRunLimits, stop_bad_runs
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.channels import Answer
from leo_activation.activation.states import EventKind, MessageClass, Outcome
from tests.activation.shop import MARKETER, FakeChannel, Shop

LIMITS = BadRunLimits(
    bounce_share=0.3, bounces_of_at_least=4, complaint_share=0.2, complaints_of_at_least=4, least_complaints=2
)
PEOPLE = ("a", "b", "c", "d", "e")
LATER = Answer(Outcome.RETRY, "fake", "later", retry_after=timedelta(hours=1))


def begun(shop: Shop) -> activation.CampaignRun:
    """A run that four of five have got; the fifth waits for its next attempt."""
    for name in PEOPLE:
        shop.person(name)
    run = shop.approved_run()
    limits = activation.DispatchLimits(
        batch=5,
        time_limit=timedelta(seconds=1),
        retry=activation.RetryPolicy(max_attempts=3, first_delay=timedelta(hours=1)),
    )
    shop.dispatch(run, FakeChannel(answers={"e@example.com": [LATER]}), limits=limits)
    assert sorted(shop.states(run).values()) == ["accepted"] * 4 + ["retry"]
    return run


def happen(
    shop: Shop, run: activation.CampaignRun, kind: EventKind, people: Sequence[str], permanent: bool | None = None
) -> None:
    events = [
        ProviderEvent(f"{kind}-{name}", shop.delivery_id(run, name), kind, datetime.now(UTC), permanent)
        for name in people
    ]
    record_events(shop.warehouse, shop.tenant_id, "fake", events)


def state(shop: Shop, run: activation.CampaignRun) -> tuple[str, str | None]:
    rows = shop.execute(
        "SELECT state, stop_reason FROM activation.run WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return rows[0][0], rows[0][1]


def test_a_run_whose_messages_bounce_for_good_is_stopped_and_its_requester_is_named(shop: Shop) -> None:
    run = begun(shop)
    happen(shop, run, EventKind.BOUNCED, "ab", permanent=True)

    (stopped,) = stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS)

    assert (stopped.campaign_run_id, stopped.requested_by, stopped.cancelled) == (run.campaign_run_id, MARKETER, 1)
    assert "2 of 4 messages on email bounced for good: 50.00%, and the limit is 30.00%." in stopped.reason
    assert state(shop, run) == ("stopped", stopped.reason)
    assert shop.states(run)["e"] == "cancelled"
    assert stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS) == []


def test_a_run_that_is_complained_of_is_stopped(shop: Shop) -> None:
    run = begun(shop)
    happen(shop, run, EventKind.COMPLAINED, "ab")

    (stopped,) = stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS)

    assert "2 of 4 messages on email were complained of" in stopped.reason


@pytest.mark.parametrize(
    ("kind", "people", "permanent"),
    [
        (EventKind.BOUNCED, "a", True),
        (EventKind.BOUNCED, "abcd", False),
        (EventKind.BLOCKED, "abcd", None),
        (EventKind.COMPLAINED, "a", None),
        (EventKind.OPENED, "abcd", None),
    ],
)
def test_within_the_limits_a_run_goes_on(shop: Shop, kind: EventKind, people: str, permanent: bool | None) -> None:
    run = begun(shop)
    happen(shop, run, kind, people, permanent)

    assert stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS) == []
    assert state(shop, run)[0] == "sending"


def test_a_share_of_few_messages_stops_nothing(shop: Shop) -> None:
    run = begun(shop)
    happen(shop, run, EventKind.BOUNCED, "abcd", permanent=True)

    assert stop_bad_runs(shop.warehouse, shop.tenant_id) == []


def test_our_own_addresses_do_not_count(shop: Shop) -> None:
    run = begun(shop)
    happen(shop, run, EventKind.BOUNCED, "ab", permanent=True)
    shop.execute(
        "UPDATE activation.delivery SET recipient_kind = 'seed' WHERE tenant_id = %s AND customer_id IN ('a', 'b')",
        shop.tenant_id,
    )

    assert stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS) == []


@pytest.mark.parametrize(("message_class", "stops"), [(MessageClass.MARKETING, 1), (MessageClass.TRANSACTIONAL, 0)])
def test_what_a_sender_did_to_its_name_today_stops_its_next_marketing_but_no_receipts(
    shop: Shop, message_class: MessageClass, stops: int
) -> None:
    first = begun(shop)
    happen(shop, first, EventKind.BOUNCED, "ab", permanent=True)
    stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS)
    shop.person("f")
    shop.consent("f", "granted", purpose="transactional")
    shop.allow("f@example.com")
    shop.campaign(campaign_id="next", message_class=message_class)
    run = shop.plan(name="run-2", campaign_id="next")
    shop.approve(run)

    def sent_ago(hours: int) -> None:
        shop.execute(
            "UPDATE activation.delivery SET state_changed_at = now() - make_interval(hours => %s) "
            "WHERE tenant_id = %s AND state = 'accepted'",
            hours,
            shop.tenant_id,
        )

    sent_ago(25)
    assert stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS) == []
    sent_ago(23)
    stopped = stop_bad_runs(shop.warehouse, shop.tenant_id, LIMITS)

    assert len(stopped) == stops
    assert all("in the last 24 hours" in one.reason for one in stopped)
