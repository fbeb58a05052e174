"""The ledger's own promises: leases, fences, late answers, and one order of attempts and opt-outs."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest

from leo_activation import activation
from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.channels import Answer
from leo_activation.activation.safety.guard import SendingStopped, list_stops, release_tenant, stop_tenant
from leo_activation.activation.sending.ledger import Answered, Attempt, Begun, Claim, Ledger, Settled
from leo_activation.activation.sending.pacing import Way
from leo_activation.activation.states import DeliveryState, Outcome
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.shop import SANDBOX, SEGMENT, FakeChannel, Shop

ACCEPTED = Answer(Outcome.ACCEPTED, "fake", "250 ok", provider_message_id="m1")
REJECTED = Answer(Outcome.REJECTED, "fake", "550 no")
UNKNOWN = Answer(Outcome.UNKNOWN, "fake", "no answer")
RETRY = activation.RetryPolicy()
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
WAYS = [Way("email", "fake", "example.com")]
LONG = timedelta(minutes=5)
OVER = timedelta(seconds=-1)


class Workers:
    """Ledgers of several workers, each with a connection of its own."""

    def __init__(self, shop: Shop, stack: ExitStack) -> None:
        self._shop = shop
        self._stack = stack

    def hire(self, name: str, lease: timedelta = LONG) -> Ledger:
        connection = self._stack.enter_context(self._shop.warehouse.connect(DatabaseRole.WRITER, self._shop.tenant_id))
        connection.execute("SET lock_timeout = '5s'")
        connection.commit()
        return Ledger(connection, self._shop.tenant_id, name, lease, WAYS)


@pytest.fixture
def workers(shop: Shop) -> Iterator[Workers]:
    with ExitStack() as stack:
        yield Workers(shop, stack)


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    """A run with one delivery that is ready and may be sent."""
    shop.person("a")
    run = shop.approved_run()
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    return run


def claim_one(ledger: Ledger, run: activation.CampaignRun) -> Claim:
    (claim,) = ledger.claim(run.campaign_run_id, batch=10)
    return claim


def begin(ledger: Ledger, claim: Claim) -> Attempt:
    (attempt,) = ledger.begin([claim], CONDITIONS).attempts
    return attempt


def finish(ledger: Ledger, attempt: Attempt, answer: Answer) -> Settled:
    (settled,) = ledger.finish([Answered(attempt, answer)], RETRY)
    return settled


def test_the_attempt_is_on_record_before_anything_is_sent(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("one")

    attempt = begin(ledger, claim_one(ledger, run))

    assert attempt.address == "a@example.com"
    assert shop.states(run) == {"a": "sending"}
    assert shop.attempts(run) == [("a", None, None, False, None)]


def test_what_one_worker_claimed_no_other_claims(workers: Workers, run: activation.CampaignRun) -> None:
    claim_one(workers.hire("one"), run)

    assert workers.hire("two").claim(run.campaign_run_id, batch=10) == []


def test_a_worker_steps_over_what_another_is_claiming_right_now(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as claiming:
        claiming.execute(
            statement("activation/sending/claim_deliveries"),
            {
                "tenant_id": shop.tenant_id,
                "campaign_run_id": run.campaign_run_id,
                "worker": "one",
                "lease": LONG,
                "batch": 1,
                "channels": ["email"],
                "providers": ["fake"],
                "senders": ["example.com"],
            },
        )
        assert workers.hire("two").claim(run.campaign_run_id, batch=1) == []
    assert shop.states(run) == {"a": "claimed"}


def test_a_lease_that_ends_in_claimed_makes_the_delivery_ready_again(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    claim_one(workers.hire("dies", lease=OVER), run)

    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=1, unknown=0)

    assert shop.states(run) == {"a": "ready"}


def test_a_lease_that_ends_in_sending_makes_the_delivery_unknown_and_never_ready(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("dies")
    begin(ledger, claim_one(ledger, run))
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)

    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=0, unknown=1)
    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=0, unknown=0)

    assert shop.states(run) == {"a": "unknown"}
    assert workers.hire("next").claim(run.campaign_run_id, batch=10) == []
    assert shop.dispatch(run, FakeChannel()).accepted == 0


def test_a_lease_that_has_not_ended_is_not_reaped(shop: Shop, workers: Workers, run: activation.CampaignRun) -> None:
    claim_one(workers.hire("busy"), run)

    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=0, unknown=0)


def test_no_answer_after_the_lease_leaves_unknown_what_is_unknown(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("slow")
    attempt = begin(ledger, claim_one(ledger, run))
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)
    activation.reap(shop.warehouse, shop.tenant_id)

    assert finish(ledger, attempt, UNKNOWN) == Settled(None, late=True)

    assert shop.states(run) == {"a": "unknown"}
    assert shop.attempts(run) == [("a", "unknown", "fake", True, "no answer")]


@pytest.mark.parametrize(
    ("answer", "state"),
    [(ACCEPTED, "accepted"), (REJECTED, "rejected"), (Answer(Outcome.RETRY, "fake", "450 later"), "rejected")],
)
def test_a_proof_that_comes_after_the_lease_settles_what_was_unknown_and_makes_nothing_ready(
    shop: Shop, workers: Workers, run: activation.CampaignRun, answer: Answer, state: str
) -> None:
    ledger = workers.hire("slow")
    attempt = begin(ledger, claim_one(ledger, run))
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)
    activation.reap(shop.warehouse, shop.tenant_id)

    assert finish(ledger, attempt, answer) == Settled(DeliveryState(state), late=True)

    assert shop.execute(
        "SELECT state, settled_by, not_before, leased_until FROM activation.delivery WHERE tenant_id = %s",
        shop.tenant_id,
    ) == [(state, "answer", None, None)]
    assert shop.attempts(run) == [("a", answer.outcome, "fake", True, answer.detail)]
    assert ledger.claim(run.campaign_run_id, batch=10) == []


def test_a_late_answer_moves_nothing_that_other_evidence_has_settled(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("slow")
    attempt = begin(ledger, claim_one(ledger, run))
    shop.execute(
        "UPDATE activation.delivery SET state = 'accepted', settled_by = 'event' WHERE tenant_id = %s", shop.tenant_id
    )

    assert finish(ledger, attempt, REJECTED) == Settled(None, late=True)

    assert shop.states(run) == {"a": "accepted"}


def test_a_worker_whose_claim_was_given_to_another_can_not_begin(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    stale = workers.hire("stale", lease=OVER)
    old_claim = claim_one(stale, run)
    activation.reap(shop.warehouse, shop.tenant_id)
    fresh = workers.hire("fresh")
    new_claim = claim_one(fresh, run)
    assert new_claim.fence > old_claim.fence

    assert stale.begin([old_claim], CONDITIONS) == Begun(lost=frozenset({old_claim.delivery_id}))
    attempt = begin(fresh, new_claim)
    assert stale.begin([old_claim], CONDITIONS) == Begun(lost=frozenset({old_claim.delivery_id}))
    assert finish(fresh, attempt, ACCEPTED) == Settled(DeliveryState.ACCEPTED, late=False)


def test_a_claim_whose_lease_has_ended_can_not_begin_even_before_the_reaper_came(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("late", lease=OVER)

    claim = claim_one(ledger, run)
    assert ledger.begin([claim], CONDITIONS).lost == {claim.delivery_id}

    assert shop.attempts(run) == []


def test_one_claim_begins_one_attempt(shop: Shop, workers: Workers, run: activation.CampaignRun) -> None:
    ledger = workers.hire("one")
    claim = claim_one(ledger, run)
    begin(ledger, claim)

    assert ledger.begin([claim], CONDITIONS).lost == {claim.delivery_id}

    assert len(shop.attempts(run)) == 1


def test_an_answer_is_recorded_once(shop: Shop, workers: Workers, run: activation.CampaignRun) -> None:
    ledger = workers.hire("one")
    attempt = begin(ledger, claim_one(ledger, run))
    finish(ledger, attempt, ACCEPTED)

    assert finish(ledger, attempt, Answer(Outcome.RETRY, "fake", "450")) == Settled(None, late=True)

    assert shop.states(run) == {"a": "accepted"}
    assert shop.attempts(run) == [("a", "accepted", "fake", False, "250 ok")]


def test_released_claims_are_ready_and_begun_ones_stay(shop: Shop, workers: Workers) -> None:
    for name in ("a", "b"):
        shop.person(name)
    run = shop.approved_run()
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    ledger = workers.hire("one")
    first, _ = ledger.claim(run.campaign_run_id, batch=10)
    begin(ledger, first)

    ledger.release(run.campaign_run_id)

    assert sorted(shop.states(run).values()) == ["ready", "sending"]


def test_the_kill_switch_holds_at_the_claim_and_at_the_beginning(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("one")
    claim = claim_one(ledger, run)
    activation.engage_kill_switch(shop.warehouse, reason="test", changed_by="anna")
    try:
        with pytest.raises(SendingStopped):
            ledger.begin([claim], CONDITIONS)
        with pytest.raises(SendingStopped):
            ledger.claim(run.campaign_run_id, batch=1)
    finally:
        activation.release_kill_switch(shop.warehouse, changed_by="anna")

    assert shop.states(run) == {"a": "claimed"}
    begin(ledger, claim)


def test_a_stop_of_one_tenant_holds_at_the_claim_and_at_the_beginning_and_stops_no_other(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("one")
    claim = claim_one(ledger, run)
    other = "tstopsother"
    register_tenant(shop.warehouse, Tenant(other, "Another", "EUR", "event_weight"))
    stop_tenant(shop.warehouse, other, reason="theirs", stopped_by="anna")
    stop_tenant(shop.warehouse, shop.tenant_id, reason="wrong price", stopped_by="anna")
    with pytest.raises(SendingStopped):
        ledger.begin([claim], CONDITIONS)
    with pytest.raises(SendingStopped, match="wrong price"):
        ledger.claim(run.campaign_run_id, batch=1)
    with pytest.raises(Permanent, match="stopped already"):
        stop_tenant(shop.warehouse, shop.tenant_id, reason="again", stopped_by="petr")
    assert release_tenant(shop.warehouse, shop.tenant_id, released_by="petr")
    assert not release_tenant(shop.warehouse, shop.tenant_id, released_by="petr")

    assert shop.states(run) == {"a": "claimed"}
    begin(ledger, claim)
    [stop] = list_stops(shop.warehouse, shop.tenant_id)
    assert (stop.reason, stop.stopped_by, stop.released_by) == ("wrong price", "anna", "petr")
    noted = shop.execute(
        "SELECT action, actor FROM audit.pending WHERE tenant_id = %s AND action LIKE 'tenant.%%' ORDER BY pending_id",
        shop.tenant_id,
    )
    assert noted == [("tenant.stopped", "anna"), ("tenant.released", "petr")]


def test_an_opt_out_that_comes_while_an_attempt_begins_waits_for_it(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("one")
    claim = claim_one(ledger, run)
    target = activation.LinkTarget(shop.tenant_id, claim.delivery_id)
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as opener:
        opener.execute(
            "SELECT FROM core.customer WHERE tenant_id = %s AND customer_id = 'a' FOR NO KEY UPDATE", [shop.tenant_id]
        )
        opt_out = threading.Thread(
            target=activation.unsubscribe, args=(shop.warehouse, target), kwargs={"source": "one_click"}
        )
        opt_out.start()
        opt_out.join(timeout=0.3)
        assert opt_out.is_alive()
        assert shop.execute("SELECT count(*) FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [(0,)]
    opt_out.join(timeout=30)

    assert ledger.begin([claim], CONDITIONS).skipped == {claim.delivery_id: activation.SkipReason.SUPPRESSED}


def test_an_attempt_waits_for_an_opt_out_that_came_first_and_then_sees_it(
    shop: Shop, workers: Workers, run: activation.CampaignRun
) -> None:
    ledger = workers.hire("one")
    claim = claim_one(ledger, run)
    began: list[Begun] = []
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as opt_out:
        opt_out.execute(
            "SELECT FROM core.customer WHERE tenant_id = %s AND customer_id = 'a' FOR NO KEY UPDATE", [shop.tenant_id]
        )
        attempt = threading.Thread(target=lambda: began.append(ledger.begin([claim], CONDITIONS)))
        attempt.start()
        attempt.join(timeout=0.3)
        assert attempt.is_alive()
        opt_out.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "VALUES (%s, 'email', core.address_hash('email', 'a@example.com', %s), 'objected', 'test')",
            [shop.tenant_id, shop.key],
        )
    attempt.join(timeout=30)

    assert [each.skipped for each in began] == [{claim.delivery_id: activation.SkipReason.SUPPRESSED}]
    assert shop.attempts(run) == []


def test_the_writer_can_neither_delete_deliveries_nor_attempts(shop: Shop, run: activation.CampaignRun) -> None:
    for table in ("delivery", "attempt"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.execute(f"DELETE FROM activation.{table} WHERE tenant_id = %s", shop.tenant_id)


def test_another_tenants_ledger_is_out_of_sight(shop: Shop, run: activation.CampaignRun) -> None:
    with shop.warehouse.connect(DatabaseRole.WRITER, "somebody_else") as connection:
        seen = connection.execute("SELECT count(*) FROM activation.delivery").fetchone()

    assert seen == (0,)
