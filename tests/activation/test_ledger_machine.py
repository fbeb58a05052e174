"""The ledger under any order of claims, attempts, answers, ended leases, opt-outs and stops (Hypothesis)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from leo_activation import activation
from leo_activation.activation.channels import Answer
from leo_activation.activation.conditions import Conditions
from leo_activation.activation.ledger import Answered, Attempt, Claim, Ledger
from leo_activation.activation.pacing import Way
from leo_activation.activation.states import Outcome, SkipReason
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AS_OF, SANDBOX, SEGMENT, Shop

PEOPLE = 3
RETRY = activation.RetryPolicy(max_attempts=3, first_delay=timedelta(0))
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
WORKERS = ("one", "two")
WAYS = [Way("email", "fake", "example.com")]
NOT_OUT = {"ready", "claimed", "retry", "rejected", "skipped"}
STEPS = ("claim", "claim", "begin", "begin", "begin", "finish", "finish", "leases_end", "release", "opt_out")
histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(min_value=0, max_value=9), st.sampled_from(Outcome)),
    min_size=15,
    max_size=40,
)


class LedgerModel:
    """Two workers, three people; the model knows for each delivery whether a message may be out."""

    numbers = count()

    def __init__(self, shop: Shop, ledgers: dict[str, Ledger]) -> None:
        self.shop = shop
        self.ledgers = ledgers
        self.claims: list[tuple[str, Claim]] = []
        self.attempts: list[tuple[str, Attempt]] = []
        self.lost: list[Attempt] = []
        self.may_be_out: set[str] = set()
        self.begun = 0
        self.opted_out: set[str] = set()
        number = next(self.numbers)
        self.people = [f"m{number}-{letter}" for letter in "abc"]
        for name in self.people:
            shop.person(name)
        shop.allow_all()
        self.run_id = self._open_run(f"campaign_{number}")

    def step(self, name: str, index: int, outcome: Outcome) -> None:
        """Do one thing, as far as there is something to do it to, and check what must always hold."""
        worker = WORKERS[index % len(WORKERS)]
        match name:
            case "claim":
                self.claim(worker)
            case "begin" if self.claims:
                self.begin(*self.claims[index % len(self.claims)])
            case "finish" if self.attempts:
                self.finish(*self.attempts.pop(index % len(self.attempts)), outcome)
            case "leases_end":
                self.leases_end()
            case "release":
                self.ledgers[worker].release(self.run_id)
            case "opt_out":
                self.opt_out(self.people[index % PEOPLE])
        self.check()

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

    def claim(self, worker: str) -> None:
        taken = self.ledgers[worker].claim(self.run_id, PEOPLE)
        self.claims += [(worker, claim) for claim in sorted(taken, key=lambda claim: claim.customer_id)]

    def begin(self, worker: str, claim: Claim) -> None:
        begun = self.ledgers[worker].begin([claim], CONDITIONS)
        for attempt in begun.attempts:
            assert claim.customer_id not in self.opted_out, "an attempt began after an opt-out was committed"
            assert claim.customer_id not in self.may_be_out, "a second message may leave while the first may be out"
            self.may_be_out.add(claim.customer_id)
            self.begun += 1
            self.attempts.append((worker, attempt))
        for reason in begun.skipped.values():
            assert reason is SkipReason.SUPPRESSED
            assert claim.customer_id in self.opted_out

    def finish(self, worker: str, attempt: Attempt, outcome: Outcome) -> None:
        (settled,) = self.ledgers[worker].finish([Answered(attempt, Answer(outcome, "model", "answer"))], RETRY)
        assert settled.late == (attempt in self.lost)
        if outcome in {Outcome.RETRY, Outcome.REJECTED}:
            self.may_be_out.discard(attempt.claim.customer_id)

    def leases_end(self) -> None:
        self.shop.execute(
            "UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s AND leased_until IS NOT NULL",
            self.shop.tenant_id,
        )
        activation.reap(self.shop.warehouse, self.shop.tenant_id)
        self.lost += [attempt for _, attempt in self.attempts]

    def opt_out(self, name: str) -> None:
        self.shop.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "VALUES (%s, 'email', core.address_hash('email', %s, %s), 'unsubscribed', 'test') ON CONFLICT DO NOTHING",
            self.shop.tenant_id,
            f"{name}@example.com",
            self.shop.key,
        )
        self.opted_out.add(name)

    def check(self) -> None:
        """Nobody is lost, what may be out is never ready again, and every attempt that began is on record."""
        rows = self.shop.execute(
            "SELECT customer_id, state, (SELECT count(*) FROM activation.attempt WHERE attempt.tenant_id = "
            "delivery.tenant_id AND attempt.delivery_id = delivery.delivery_id) "
            "FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s ORDER BY customer_id",
            self.shop.tenant_id,
            self.run_id,
        )
        assert [row[0] for row in rows] == self.people
        for name, state, _ in rows:
            out = name in self.may_be_out
            assert state in ({"sending", "accepted", "unknown"} if out else NOT_OUT)
        assert sum(row[2] for row in rows) == self.begun


@pytest.fixture
def ledgers(shop: Shop) -> Iterator[dict[str, Ledger]]:
    with ExitStack() as stack:
        yield {
            name: Ledger(
                stack.enter_context(shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id)),
                shop.tenant_id,
                name,
                timedelta(minutes=5),
                WAYS,
            )
            for name in WORKERS
        }


def test_no_order_of_events_loses_a_delivery_or_sends_one_twice(shop: Shop, ledgers: dict[str, Ledger]) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(histories)
    def any_history(history: list[tuple[str, int, Outcome]]) -> None:
        model = LedgerModel(shop, ledgers)
        for step in history:
            model.step(*step)

    shop.segment()
    any_history()
