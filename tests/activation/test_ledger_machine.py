"""The ledger under any order of claims, attempts, answers, ended leases, opt-outs and stops (Hypothesis)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from leo_activation import activation
from leo_activation.activation.channels import Answer
from leo_activation.activation.ledger import Attempt, Claim, Conditions, Ledger
from leo_activation.activation.states import Outcome, SkipReason
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AS_OF, SANDBOX, SEGMENT, Shop

PEOPLE = 3
RETRY = activation.RetryPolicy(max_attempts=3, first_delay=timedelta(0))
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
WORKERS = ("one", "two")
indexes = st.integers(min_value=0, max_value=9)


class LedgerMachine(RuleBasedStateMachine):
    """Two workers, three people; the model knows for each delivery whether a message may be out."""

    numbers = count()

    def __init__(self, shop: Shop, ledgers: dict[str, Ledger]) -> None:
        super().__init__()
        self.shop = shop
        self.ledgers = ledgers
        self.claims: list[tuple[str, Claim]] = []
        self.attempts: list[tuple[str, Attempt]] = []
        self.may_be_out: set[str] = set()
        self.begun = 0
        self.opted_out: set[str] = set()
        number = next(self.numbers)
        self.people = [f"m{number}-{letter}" for letter in "abc"]
        for name in self.people:
            shop.person(name)
        shop.allow_all()
        self.run_id = self._open_run(f"campaign_{number}")

    def _open_run(self, campaign_id: str) -> int:
        """A run in sending with one ready delivery a person."""
        tenant = self.shop.tenant_id
        self.shop.campaign(campaign_id=campaign_id)
        rows = self.shop.execute(
            "INSERT INTO activation.run "
            "(tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state) "
            "VALUES (%s, %s, 'machine', %s, 1, 'x', 'sending') RETURNING campaign_run_id",
            tenant,
            campaign_id,
            AS_OF,
        )
        self.shop.execute(
            "INSERT INTO activation.delivery "
            "(tenant_id, campaign_run_id, customer_id, profile_id, channel, address, address_hash, state) "
            "SELECT tenant_id, %s, customer_id, profile_id, channel, address, address_hash, 'ready' "
            "FROM core.channel_address JOIN core.profile USING (tenant_id, profile_id) "
            "WHERE tenant_id = %s AND customer_id = ANY (%s)",
            rows[0][0],
            tenant,
            self.people,
        )
        return int(rows[0][0])

    @rule(worker=st.sampled_from(WORKERS), batch=st.integers(min_value=1, max_value=PEOPLE))
    def claim(self, worker: str, batch: int) -> None:
        self.claims += [(worker, claim) for claim in self.ledgers[worker].claim(self.run_id, batch)]

    @precondition(lambda self: self.claims)
    @rule(index=indexes)
    def begin(self, index: int) -> None:
        worker, claim = self.claims[index % len(self.claims)]
        begun = self.ledgers[worker].begin(claim, CONDITIONS)
        if isinstance(begun, Attempt):
            assert claim.customer_id not in self.opted_out, "an attempt began after an opt-out was committed"
            assert claim.customer_id not in self.may_be_out, "a second message may leave while the first may be out"
            self.may_be_out.add(claim.customer_id)
            self.begun += 1
            self.attempts.append((worker, begun))
        elif begun is not None:
            assert begun is SkipReason.SUPPRESSED
            assert claim.customer_id in self.opted_out

    @precondition(lambda self: self.attempts)
    @rule(index=indexes, outcome=st.sampled_from(Outcome))
    def finish(self, index: int, outcome: Outcome) -> None:
        worker, attempt = self.attempts.pop(index % len(self.attempts))
        state = self.ledgers[worker].finish(attempt, Answer(outcome, "model", "answer"), RETRY)
        if state is not None and outcome in {Outcome.RETRY, Outcome.REJECTED}:
            self.may_be_out.discard(attempt.claim.customer_id)

    @rule()
    def leases_end(self) -> None:
        self.shop.execute(
            "UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s AND leased_until IS NOT NULL",
            self.shop.tenant_id,
        )
        activation.reap(self.shop.warehouse, self.shop.tenant_id)

    @rule(worker=st.sampled_from(WORKERS))
    def release(self, worker: str) -> None:
        self.ledgers[worker].release(self.run_id)

    @rule(index=indexes)
    def opt_out(self, index: int) -> None:
        name = self.people[index % PEOPLE]
        self.shop.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "VALUES (%s, 'email', core.address_hash('email', %s, %s), 'unsubscribed', 'test') ON CONFLICT DO NOTHING",
            self.shop.tenant_id,
            f"{name}@example.com",
            self.shop.key,
        )
        self.opted_out.add(name)

    @invariant()
    def nobody_is_lost_and_what_may_be_out_is_never_ready_again(self) -> None:
        states = dict(
            self.shop.execute(
                "SELECT customer_id, state FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
                self.shop.tenant_id,
                self.run_id,
            )
        )
        assert sorted(states) == self.people
        for name in self.may_be_out:
            assert states[name] in {"sending", "accepted", "unknown"}
        for name in set(self.people) - self.may_be_out:
            assert states[name] in {"ready", "claimed", "retry", "rejected", "skipped"}

    @invariant()
    def every_attempt_that_began_is_on_record(self) -> None:
        rows = self.shop.execute(
            "SELECT count(*) FROM activation.attempt JOIN activation.delivery USING (tenant_id, delivery_id) "
            "WHERE tenant_id = %s AND campaign_run_id = %s",
            self.shop.tenant_id,
            self.run_id,
        )
        assert rows == [(self.begun,)]


@pytest.fixture
def ledgers(shop: Shop) -> Iterator[dict[str, Ledger]]:
    with ExitStack() as stack:
        yield {
            name: Ledger(
                stack.enter_context(shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id)),
                shop.tenant_id,
                name,
                timedelta(minutes=5),
            )
            for name in WORKERS
        }


def test_no_order_of_events_loses_a_delivery_or_sends_one_twice(shop: Shop, ledgers: dict[str, Ledger]) -> None:
    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(shop, ledgers)

    shop.segment()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
