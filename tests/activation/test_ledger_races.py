"""Several hands on the same deliveries at once: who waits for whom, who wins, and that nobody waits for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

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


def lie_against_their_keys(shop: Shop, names: str, state: str) -> None:
    """Give the deliveries keys that fall as the rows rise: who takes the rows as they lie begins with the last key."""
    for number, name in enumerate(names):
        shop.execute(
            "UPDATE activation.delivery SET delivery_id = %s, state = %s, leased_until = now() + interval '5 minutes', "
            "leased_by = 'one' WHERE tenant_id = %s AND customer_id = %s",
            UUID(int=len(names) - number),
            state,
            shop.tenant_id,
            name,
        )


def give_up(shop: Shop) -> None:
    """Wait no longer for evidence about what is unknown."""
    waited = {"tenant_id": shop.tenant_id, "deadline": timedelta(0), "except_providers": []}
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        connection.execute(statement("activation/aftermath/pass_deadline"), waited)


def free(shop: Shop, table: str) -> int:
    """How many rows of the tenant nobody holds."""
    return len(
        shop.execute(f"SELECT 1 FROM {table} WHERE tenant_id = %s FOR NO KEY UPDATE SKIP LOCKED", shop.tenant_id)
    )


@pytest.mark.parametrize("act", ["stop", "pause", "change", "decide", "release", "deadline"])
def test_who_moves_many_deliveries_takes_them_by_their_keys_as_answers_do(shop: Shop, ledger: Ledger, act: str) -> None:
    """In another order, an answer to two of them and a stop could wait for each other."""
    for name in "abc":
        shop.person(name)
    shop.segment()
    shop.campaign()
    shop.allow_all()
    run = shop.plan()
    if act != "decide":
        shop.approve(run)
        shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    lie_against_their_keys(shop, "abc", {"decide": "planned", "deadline": "unknown"}.get(act, "claimed"))
    acts: dict[str, Callable[[], object]] = {
        "stop": lambda: activation.stop_run(shop.warehouse, shop.tenant_id, run.campaign_run_id),
        "pause": lambda: activation.pause_campaign(
            shop.warehouse, shop.tenant_id, run.campaign_id, by="anna", reason="A look."
        ),
        "change": lambda: shop.campaign(message="Warm hands."),
        "decide": lambda: shop.approve(run),
        "release": lambda: ledger.release(run.campaign_run_id),
        "deadline": lambda: give_up(shop),
    }
    with under_way(
        shop,
        "SELECT FROM activation.delivery WHERE tenant_id = %(tenant_id)s AND customer_id = 'c' FOR NO KEY UPDATE",
    ):
        hand = threading.Thread(target=acts[act])
        hand.start()
        hand.join(timeout=0.3)
        assert hand.is_alive()
        assert free(shop, "activation.delivery") == 2
    hand.join(WAIT_S)

    ends = {"stop": "cancelled", "change": "cancelled", "deadline": "unknown"}
    assert set(shop.states(run).values()) == {ends.get(act, "ready")}


def test_dead_addresses_are_held_by_their_keys_whatever_the_order_of_the_answers(shop: Shop, ledger: Ledger) -> None:
    for name in "abc":
        shop.person(name)
    run = shop.approved_run()
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    begun = ledger.begin(ledger.claim(run.campaign_run_id, 10), CONDITIONS).attempts
    dead = Answer(Outcome.REJECTED, "rcpt", "550 no such user", address_is_dead=True)
    backwards = sorted(begun, key=lambda attempt: attempt.claim.customer_id, reverse=True)
    with under_way(
        shop,
        "SELECT FROM core.channel_address WHERE tenant_id = %(tenant_id)s AND profile_id = 'p-a' FOR NO KEY UPDATE",
    ):
        answers = [Answered(attempt, replace(dead, detail=f"550 {attempt.claim.customer_id}")) for attempt in backwards]
        hand = threading.Thread(target=ledger.finish, args=(answers, RETRY))
        hand.start()
        hand.join(timeout=0.3)
        assert hand.is_alive()
        assert free(shop, "core.channel_address") == 2
    hand.join(WAIT_S)

    assert shop.execute(
        "SELECT profile_id, retired_reason FROM core.channel_address WHERE tenant_id = %s ORDER BY 1", shop.tenant_id
    ) == [("p-a", "fake: 550 a"), ("p-b", "fake: 550 b"), ("p-c", "fake: 550 c")]


def test_a_bounce_waits_for_a_sync_without_holding_the_person_whom_the_sync_holds_next(
    shop: Shop, ledger: Ledger, run: activation.CampaignRun
) -> None:
    attempt = begin_one(ledger, run)
    ledger.finish([Answered(attempt, ACCEPTED)], RETRY)
    bounce = ProviderEvent("e-1", attempt.claim.delivery_id, EventKind.BOUNCED, AS_OF, permanent=True)
    with under_way(
        shop, "UPDATE core.channel_address SET last_interaction_at = now() WHERE tenant_id = %(tenant_id)s"
    ) as sync:
        hand = threading.Thread(target=record_events, args=(shop.warehouse, shop.tenant_id, "fake", [bounce]))
        hand.start()
        hand.join(timeout=0.3)
        assert hand.is_alive()
        sync.execute("SELECT FROM core.customer WHERE tenant_id = %s FOR NO KEY UPDATE NOWAIT", [shop.tenant_id])
    hand.join(WAIT_S)

    assert shop.execute("SELECT state FROM core.channel_address WHERE tenant_id = %s", shop.tenant_id) == [("retired",)]
