"""Deliveries whose end is not known: settled by evidence only, within bounds, and reported past the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.aftermath.reconciling import (
    ReconcilingCounts,
    ReconcilingLimits,
    reconcile_unknown,
    unknowns_by_age,
)
from leo_activation.activation.channels import Answer, FoundInLog, LookedFor
from leo_activation.activation.states import EventKind, Outcome
from leo_activation.errors import Configuration, Transient
from tests.activation.shop import FakeChannel, Shop

AT_ONCE = ReconcilingLimits(older_than=timedelta(0))
LOST = Answer(Outcome.UNKNOWN, "fake", "no answer")


@dataclass
class FakeLog:
    """A provider's log in memory; notes what it was asked."""

    says: dict[str, Outcome] = field(default_factory=dict)
    provider: str = "fake"
    down: Exception | None = None
    asked: list[int] = field(default_factory=list)

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        if self.down is not None:
            raise self.down
        self.asked.append(len(messages))
        return [
            FoundInLog(one.delivery_id, self.says[str(one.delivery_id)], "seen by x@example.com", "log-1")
            for one in messages
            if str(one.delivery_id) in self.says
        ]


def lost(shop: Shop, *people: str) -> activation.CampaignRun:
    """A run of which no answer came back."""
    for name in people:
        shop.person(name)
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel(answers={f"{name}@example.com": [LOST] for name in people}))
    assert set(shop.states(run).values()) == {"unknown"}
    return run


def settled_by(shop: Shop, run: activation.CampaignRun) -> dict[str, tuple[str, str | None]]:
    rows = shop.execute(
        "SELECT customer_id, state, settled_by FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def age(shop: Shop, hours: int) -> None:
    """Let the time pass since the attempts."""
    passed = timedelta(hours=hours)
    shop.execute(
        "UPDATE activation.delivery SET state_changed_at = state_changed_at - %s WHERE tenant_id = %s",
        passed,
        shop.tenant_id,
    )
    shop.execute(
        "UPDATE activation.attempt SET started_at = started_at - %s WHERE tenant_id = %s", passed, shop.tenant_id
    )


def test_a_log_settles_what_it_names_and_the_rest_stays_unknown(shop: Shop) -> None:
    run = lost(shop, "a", "b", "c")
    log = FakeLog(
        {str(shop.delivery_id(run, "a")): Outcome.ACCEPTED, str(shop.delivery_id(run, "b")): Outcome.REJECTED}
    )

    counts = reconcile_unknown(shop.warehouse, shop.tenant_id, [log], AT_ONCE)

    assert counts == ReconcilingCounts(asked=3, accepted=1, rejected=1)
    assert settled_by(shop, run) == {"a": ("accepted", "log"), "b": ("rejected", "log"), "c": ("unknown", None)}
    assert reconcile_unknown(shop.warehouse, shop.tenant_id, [log], AT_ONCE) == ReconcilingCounts(asked=1)
    kept = shop.execute(
        "SELECT DISTINCT answer FROM activation.attempt WHERE tenant_id = %s AND provider_message_id = 'log-1'",
        shop.tenant_id,
    )
    assert kept == [("no answer; seen by <address>",)]


def test_a_log_that_says_unknown_or_names_others_settles_nothing(shop: Shop) -> None:
    run = lost(shop, "a", "b")
    asked_for = shop.delivery_id(run, "a")

    class Confused(FakeLog):
        def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
            other = shop.delivery_id(run, "b")
            return [FoundInLog(asked_for, Outcome.UNKNOWN, "?"), FoundInLog(other, Outcome.ACCEPTED, "not asked")]

    shop.execute("UPDATE activation.attempt SET provider = 'other' WHERE delivery_id <> %s", asked_for)
    reconcile_unknown(shop.warehouse, shop.tenant_id, [Confused()], AT_ONCE)

    assert set(shop.states(run).values()) == {"unknown"}


def test_a_log_is_asked_in_batches_up_to_a_bound_and_only_for_its_own_provider(shop: Shop) -> None:
    lost(shop, *(f"p{number}" for number in range(5)))
    log, other = FakeLog(), FakeLog(provider="other")

    reconcile_unknown(
        shop.warehouse, shop.tenant_id, [log, other], ReconcilingLimits(batch=2, most=4, older_than=timedelta(0))
    )

    assert log.asked == [2, 2]
    assert other.asked == []


def test_a_log_is_not_asked_about_an_attempt_of_this_moment(shop: Shop) -> None:
    lost(shop, "a")
    log = FakeLog()

    reconcile_unknown(shop.warehouse, shop.tenant_id, [log])

    assert log.asked == []


def test_past_the_deadline_a_delivery_stays_unknown_is_reported_and_an_event_still_settles_it(shop: Shop) -> None:
    run = lost(shop, "a", "b")
    age(shop, 73)

    assert reconcile_unknown(shop.warehouse, shop.tenant_id, [], AT_ONCE).past_deadline == 2
    assert reconcile_unknown(shop.warehouse, shop.tenant_id, [], AT_ONCE).past_deadline == 0
    assert set(settled_by(shop, run).values()) == {("unknown", "deadline")}
    (told,) = unknowns_by_age(shop.warehouse, shop.tenant_id)
    assert (told.age, told.campaign_id, told.deliveries, told.past_deadline) == (
        "three days and more",
        "warm_feet",
        2,
        2,
    )

    delivered = ProviderEvent("e1", shop.delivery_id(run, "a"), EventKind.DELIVERED, datetime.now(UTC))
    record_events(shop.warehouse, shop.tenant_id, "fake", [delivered])
    assert settled_by(shop, run)["a"] == ("accepted", "event")


def test_the_deadline_waits_for_a_log_that_cannot_be_read_and_the_others_are_asked_all_the_same(shop: Shop) -> None:
    run = lost(shop, "a", "b")
    age(shop, 73)
    shop.execute("UPDATE activation.attempt SET provider = 'other' WHERE delivery_id = %s", shop.delivery_id(run, "b"))
    found = FakeLog({str(shop.delivery_id(run, "b")): Outcome.ACCEPTED}, provider="other")

    with pytest.raises(Transient, match="the log is away"):
        reconcile_unknown(shop.warehouse, shop.tenant_id, [FakeLog(down=Transient("the log is away")), found], AT_ONCE)

    assert settled_by(shop, run) == {"a": ("unknown", None), "b": ("accepted", "log")}

    with pytest.raises(Configuration, match="no log"):
        reconcile_unknown(shop.warehouse, shop.tenant_id, [FakeLog(down=Configuration("no log here"))], AT_ONCE)
    assert settled_by(shop, run)["a"] == ("unknown", "deadline")


def test_an_event_that_came_while_the_message_was_being_sent_settles_it_later(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    delivery_id = shop.delivery_id(run, "a")

    def told() -> None:
        event = ProviderEvent("e1", delivery_id, EventKind.DELIVERED, datetime.now(UTC))
        record_events(shop.warehouse, shop.tenant_id, "fake", [event])
        assert shop.states(run) == {"a": "sending"}

    shop.dispatch(run, FakeChannel(answers={"a@example.com": [LOST]}, before_send={"a@example.com": told}))
    assert shop.states(run) == {"a": "unknown"}

    assert reconcile_unknown(shop.warehouse, shop.tenant_id, [], AT_ONCE).by_events == 1
    assert settled_by(shop, run) == {"a": ("accepted", "event")}


def test_a_young_unknown_is_told_apart_and_nobodys_data_is_told(shop: Shop) -> None:
    lost(shop, "a")

    (told,) = unknowns_by_age(shop.warehouse, shop.tenant_id)

    assert (told.age, told.deliveries, told.past_deadline) == ("under an hour", 1, 0)
    assert "example.com" not in repr(told)
