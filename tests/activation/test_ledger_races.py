"""Several hands on the same deliveries at once: who waits for whom, who wins, and that nobody waits for ever."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.channels import Answer
from leo_activation.activation.sending.ledger import Answered, Attempt, Claim, Ledger, Settled
from leo_activation.activation.sending.pacing import Way
from leo_activation.activation.states import DeliveryState, EventKind, Outcome
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement
from tests.activation.shop import AS_OF, AT_ONCE, SANDBOX, SEGMENT, FakeChannel, Shop

ACCEPTED = Answer(Outcome.ACCEPTED, "fake", "250 ok", provider_message_id="m1")
RETRY = activation.RetryPolicy()
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
WAYS = [Way("email", "fake", "example.com")]
WAIT_S = 30


@pytest.fixture
def ledger(shop: Shop) -> Iterator[Ledger]:
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        yield Ledger(connection, shop.tenant_id, "one", timedelta(minutes=5), WAYS)


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    shop.person("a")
    run = shop.approved_run()
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    return run


@contextmanager
def under_way(shop: Shop, query: str) -> Iterator[Connection]:
    """A transaction that has done this much and is committed at the end of the block."""
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        connection.execute(query.encode(), {"tenant_id": shop.tenant_id})
        yield connection


def claim_one(ledger: Ledger, run: activation.CampaignRun) -> Claim:
    (claim,) = ledger.claim(run.campaign_run_id, 10)
    return claim


def begin_one(ledger: Ledger, run: activation.CampaignRun) -> Attempt:
    (attempt,) = ledger.begin([claim_one(ledger, run)], CONDITIONS).attempts
    return attempt


def test_an_answer_waits_for_the_reaper_that_came_first_and_then_proves_what_became_unknown(
    shop: Shop, ledger: Ledger, run: activation.CampaignRun
) -> None:
    attempt = begin_one(ledger, run)
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)
    settled: list[Settled] = []
    with under_way(shop, statement("activation/sending/reap_deliveries")):
        answer = threading.Thread(target=lambda: settled.extend(ledger.finish([Answered(attempt, ACCEPTED)], RETRY)))
        answer.start()
        answer.join(timeout=0.3)
        assert answer.is_alive()
    answer.join(WAIT_S)

    assert settled == [Settled(DeliveryState.ACCEPTED, late=True)]
    assert shop.states(run) == {"a": "accepted"}


def test_a_reaper_steps_over_a_delivery_whose_answer_is_being_written(
    shop: Shop, ledger: Ledger, run: activation.CampaignRun
) -> None:
    begin_one(ledger, run)
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)

    with under_way(shop, "SELECT FROM activation.delivery WHERE tenant_id = %(tenant_id)s FOR NO KEY UPDATE"):
        assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(0, 0)


def test_what_is_being_stopped_is_lost_to_who_would_begin_it_and_nobody_waits(
    shop: Shop, ledger: Ledger, run: activation.CampaignRun
) -> None:
    claim = claim_one(ledger, run)
    with under_way(shop, "UPDATE activation.delivery SET state = 'cancelled' WHERE tenant_id = %(tenant_id)s"):
        assert ledger.begin([claim], CONDITIONS).lost == {claim.delivery_id}

    assert shop.states(run) == {"a": "cancelled"}
    assert shop.attempts(run) == []


def test_a_stop_waits_for_an_attempt_that_is_beginning_and_leaves_it_its_own_end(
    shop: Shop, ledger: Ledger, run: activation.CampaignRun
) -> None:
    claim_one(ledger, run)
    with under_way(
        shop, "UPDATE activation.delivery SET state = 'sending' WHERE tenant_id = %(tenant_id)s AND state = 'claimed'"
    ):
        stop = threading.Thread(target=activation.stop_run, args=(shop.warehouse, shop.tenant_id, run.campaign_run_id))
        stop.start()
        stop.join(timeout=0.3)
        assert stop.is_alive()
    stop.join(WAIT_S)

    assert shop.states(run) == {"a": "sending"}
    assert shop.execute("SELECT state FROM activation.run WHERE tenant_id = %s", shop.tenant_id) == [("stopped",)]


def test_two_batches_with_the_same_people_in_another_order_do_not_wait_for_each_other_for_ever(shop: Shop) -> None:
    names = [f"c{number:02}" for number in range(12)]
    for name in names:
        shop.person(name)
    shop.segment()
    shop.campaign()
    shop.allow_all()
    shop.campaign(campaign_id="cold_hands")
    runs = [shop.plan(), shop.plan(name="run-2", campaign_id="cold_hands")]
    for run in runs:
        shop.approve(run)
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)

    def begin(run: activation.CampaignRun, backwards: bool) -> int:
        with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
            own = Ledger(connection, shop.tenant_id, f"w{run.campaign_run_id}", timedelta(minutes=5), WAYS)
            claims = sorted(own.claim(run.campaign_run_id, 20), key=lambda claim: claim.customer_id, reverse=backwards)
            return len(own.begin(claims, CONDITIONS).attempts)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(begin, runs, (False, True))) == [12, 12]


def test_in_a_crowd_of_workers_opt_outs_events_pauses_and_reapers_nobody_fails_and_nobody_is_written_to_twice(
    shop: Shop,
) -> None:
    names = [f"c{number:02}" for number in range(40)]
    for name in names:
        shop.person(name)
    run = shop.approved_run()
    deliveries = {name: shop.delivery_id(run, name) for name in names}
    channel = FakeChannel(answers={f"{name}@example.com": [replace(ACCEPTED, address_is_dead=True)] for name in names})
    in_flight = replace(AT_ONCE, batch=8, in_flight=4)

    def work() -> activation.DispatchCounts:
        return shop.dispatch(run, channel, limits=in_flight)

    def opt_out() -> None:
        for name in reversed(names[::3]):
            activation.unsubscribe(
                shop.warehouse, activation.LinkTarget(shop.tenant_id, deliveries[name]), source="one_click"
            )

    def tell() -> None:
        for start in range(0, 40, 10):
            told = [
                ProviderEvent(f"e-{name}", deliveries[name], EventKind.COMPLAINED, AS_OF)
                for name in reversed(names[start : start + 10])
            ]
            record_events(shop.warehouse, shop.tenant_id, "fake", told)

    def disturb() -> None:
        for _ in range(3):
            activation.pause_campaign(shop.warehouse, shop.tenant_id, run.campaign_id, by="anna", reason="A look.")
            activation.reap(shop.warehouse, shop.tenant_id)
            activation.resume_campaign(shop.warehouse, shop.tenant_id, run.campaign_id, by="anna", reason="Fine.")

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(7))
        hands: list[Future[Any]] = [pool.submit(work) for _ in range(4)]
        hands += [pool.submit(opt_out), pool.submit(tell), pool.submit(disturb)]
        for hand in hands:
            hand.result(timeout=120)
    shop.dispatch(run, channel, limits=in_flight)

    assert len(channel.sent) == len({message.recipient for message in channel.sent})
    states = shop.states(run)
    assert {message.recipient for message in channel.sent} == {
        f"{name}@example.com" for name, state in states.items() if state == "accepted"
    }
    assert set(states.values()) <= {"accepted", "skipped"}
    # The moment of a withdrawal is read under the lock that an attempt takes too, so it orders the two.
    assert shop.execute(
        "SELECT count(*) FROM activation.attempt JOIN activation.delivery USING (tenant_id, delivery_id) "
        "JOIN core.consent USING (tenant_id, profile_id, channel) "
        "WHERE tenant_id = %s AND consent.state = 'denied' AND attempt.started_at > consent.since",
        shop.tenant_id,
    ) == [(0,)]
