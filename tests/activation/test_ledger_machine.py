"""The ledger under any order of what can happen to it (Hypothesis).

Claims, attempts, answers, ended leases, opt-outs, events, rests of the provider, empty buckets, last moments, pauses
and stops.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from leo_activation import activation
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.sending.ledger import Answered, Attempt, Claim, Ledger
from leo_activation.activation.sending.pacing import Rate, Way
from leo_activation.activation.sending.rate_limits import pause_provider, release_pause, set_rate
from leo_activation.activation.states import EventKind, Outcome, SkipReason
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AS_OF, SANDBOX, SEGMENT, Shop

PEOPLE = 3
RETRY = activation.RetryPolicy(max_attempts=3, first_delay=timedelta(0))
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
WORKERS = ("one", "two")
WAYS = [Way("email", "fake", "example.com")]
NOT_OUT = {"ready", "claimed", "retry", "rejected", "skipped", "cancelled"}
ENDS = {"accepted", "rejected", "skipped", "cancelled"}
AFTER_UNKNOWN = {"unknown", "accepted", "rejected"}
HARDLY_EVER = 0.0001
STEPS = (
    *("claim", "claim", "claim", "begin", "begin", "begin", "begin", "finish", "finish", "finish"),
    *("leases_end", "release", "opt_out", "event", "event", "rest", "wake", "wake", "pause", "resume", "resume"),
    *("one_token", "no_limit", "last_moment", "stop"),
)
histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(min_value=0, max_value=9), st.sampled_from(Outcome)),
    min_size=20,
    max_size=50,
)


class LedgerModel:
    """Two workers, three people; the model knows for each delivery whether a message may be out, or is."""

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
        self.taken: set[str] = set()
        self.late: set[str] = set()
        self.is_resting = self.is_paused = self.is_stopped = False
        self.tokens: int | None = None
        self.before: dict[str, tuple[str, int]] = {}
        self.wake()
        self.limit(None)
        number = next(self.numbers)
        self.people = [f"m{number}-{letter}" for letter in "abc"]
        for name in self.people:
            shop.person(name)
        shop.allow_all()
        self.campaign_id = f"campaign_{number}"
        self.run_id = self._open_run(self.campaign_id)

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
                # Tokens of what was given back are there again; the bucket holds one at most.
                self.tokens = None if self.tokens is None else 1
            case "opt_out":
                self.opt_out(self.people[index % PEOPLE])
            case "event":
                self.event(self.people[index % PEOPLE])
            case "rest":
                pause_provider(self.shop.connection, self.shop.tenant_id, "fake", ProviderPause("quota"))
                self.is_resting = True
            case "wake":
                self.wake()
            case "pause" | "resume":
                self.pause(name == "pause")
            case "one_token" | "no_limit":
                self.limit(1 if name == "one_token" else None)
            case "last_moment":
                self.last_moment(self.people[index % PEOPLE])
            case "stop" if index == 0:
                activation.stop_run(self.shop.warehouse, self.shop.tenant_id, self.run_id)
                self.is_stopped = True
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
        if self.is_resting or self.is_paused or self.is_stopped:
            assert taken == []
        if self.tokens is not None:
            assert len(taken) <= self.tokens
            self.tokens -= len(taken)
        assert not self.late.intersection(claim.customer_id for claim in taken)
        self.claims += [(worker, claim) for claim in sorted(taken, key=lambda claim: claim.customer_id)]

    def begin(self, worker: str, claim: Claim) -> None:
        begun = self.ledgers[worker].begin([claim], CONDITIONS)
        for attempt in begun.attempts:
            assert claim.customer_id not in self.opted_out, "an attempt began after an opt-out was committed"
            assert claim.customer_id not in self.may_be_out, "a second message may leave while the first may be out"
            assert claim.customer_id not in self.late
            assert not any((self.is_resting, self.is_paused, self.is_stopped))
            self.may_be_out.add(claim.customer_id)
            self.begun += 1
            self.attempts.append((worker, attempt))
        for reason in begun.skipped.values():
            who = {SkipReason.SUPPRESSED: self.opted_out, SkipReason.PAST_SEND_BY: self.late}[reason]
            assert claim.customer_id in who
        if begun.put_back:
            assert self.is_resting or self.is_paused

    def finish(self, worker: str, attempt: Attempt, outcome: Outcome) -> None:
        name = attempt.claim.customer_id
        if name in self.taken and outcome is not Outcome.UNKNOWN:
            outcome = Outcome.ACCEPTED  # What a provider has told of a message, its answer does not deny.
        (settled,) = self.ledgers[worker].finish([Answered(attempt, Answer(outcome, "model", "answer"))], RETRY)
        assert settled.late == (attempt in self.lost)
        if outcome in {Outcome.RETRY, Outcome.REJECTED}:
            self.may_be_out.discard(name)
        elif outcome is Outcome.ACCEPTED:
            self.taken.add(name)

    def leases_end(self) -> None:
        self.shop.execute(
            "UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s AND leased_until IS NOT NULL",
            self.shop.tenant_id,
        )
        activation.reap(self.shop.warehouse, self.shop.tenant_id)
        self.lost += [attempt for _, attempt in self.attempts]

    def event(self, name: str) -> None:
        """The provider tells that it took a message that may be out."""
        if name not in self.may_be_out:
            return
        self.taken.add(name)
        rows = self.shop.execute(
            "SELECT delivery_id FROM activation.delivery "
            "WHERE tenant_id = %s AND campaign_run_id = %s AND customer_id = %s",
            self.shop.tenant_id,
            self.run_id,
            name,
        )
        told = ProviderEvent(f"delivered {rows[0][0]}", rows[0][0], EventKind.DELIVERED, datetime.now(UTC))
        record_events(self.shop.warehouse, self.shop.tenant_id, "fake", [told])

    def wake(self) -> None:
        release_pause(self.shop.warehouse, self.shop.tenant_id, "fake", released_by="anna")
        self.is_resting = False

    def pause(self, paused: bool) -> None:
        self.shop.execute(
            "UPDATE activation.campaign SET paused_at = %s WHERE tenant_id = %s AND campaign_id = %s",
            datetime.now(UTC) if paused else None,
            self.shop.tenant_id,
            self.campaign_id,
        )
        self.is_paused = paused

    def limit(self, tokens: int | None) -> None:
        """A bucket with so many tokens that hardly ever gets another, or none at all."""
        self.shop.execute("DELETE FROM activation.rate_limit WHERE tenant_id = %s", self.shop.tenant_id)
        rate = None if tokens is None else Rate(HARDLY_EVER, tokens)
        set_rate(self.shop.warehouse, self.shop.tenant_id, "fake", "", rate, set_by="anna")
        self.tokens = tokens

    def last_moment(self, name: str) -> None:
        self.shop.execute(
            "UPDATE activation.delivery SET send_by = now() - interval '1 second' "
            "WHERE tenant_id = %s AND campaign_run_id = %s AND customer_id = %s",
            self.shop.tenant_id,
            self.run_id,
            name,
        )
        self.late.add(name)

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
        """What holds after every step."""
        rows = self.shop.execute(
            "SELECT customer_id, state, fence, attempt.begun, attempt.open FROM activation.delivery "
            "CROSS JOIN LATERAL (SELECT count(*) AS begun, count(*) FILTER (WHERE finished_at IS NULL) AS open "
            "FROM activation.attempt WHERE attempt.tenant_id = delivery.tenant_id "
            "AND attempt.delivery_id = delivery.delivery_id) AS attempt "
            "WHERE tenant_id = %s AND campaign_run_id = %s ORDER BY customer_id",
            self.shop.tenant_id,
            self.run_id,
        )
        assert [row[0] for row in rows] == self.people, "nobody is lost"
        assert sum(row[3] for row in rows) == self.begun, "every attempt that began is on record"
        for name, state, fence, _, still_open in rows:
            out = name in self.may_be_out
            assert state in ({"sending", "accepted", "unknown"} if out else NOT_OUT)
            assert still_open <= 1
            assert state != "accepted" or name in self.taken, "what is accepted was taken"
            state_before, fence_before = self.before.get(name, (state, fence))
            assert fence >= fence_before
            assert state == state_before or state_before not in ENDS, "an end is an end"
            assert state_before != "unknown" or state in AFTER_UNKNOWN
            assert state != "claimed" or state_before == "claimed" or fence > fence_before
            self.before[name] = (state, fence)


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
