"""A run sent by workers that are killed, frozen, cut off and lied to: nobody is lost or written to twice.

LEO_FAULTS_DELIVERIES (600), LEO_FAULTS_KILLS (30), LEO_FAULTS_CUTS (5, of all connections to the database) and
LEO_FAULTS_SEED (printed) set its size and repeat it.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest

from leo_activation import activation
from leo_activation.settings import DatabaseRole
from sandbox.process import SandboxProcess
from tests.activation.shop import Shop
from tests.faults import checker
from tests.faults.conftest import Await
from tests.faults.crowd import add_crowd
from tests.faults.fleet import Fleet, running_fleet
from tests.faults.worker import LEASE

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

DELIVERIES = int(os.environ.get("LEO_FAULTS_DELIVERIES") or 600)
KILLS = int(os.environ.get("LEO_FAULTS_KILLS") or 30)
CUTS = int(os.environ.get("LEO_FAULTS_CUTS") or 5)
WORKERS = 4
OPT_OUT_SHARE = 0.10
NO_CONSENT_SHARE = 0.02
# Of each recipient's first two attempts; what comes after them goes through, so that retries have an end to reach.
FAULTY_ATTEMPTS = 2
MIX = {
    "ok": 0.70,
    "rcpt_4xx": 0.06,
    "rcpt_5xx": 0.04,
    "data_4xx": 0.05,
    "data_5xx": 0.03,
    "close_at_data": 0.03,
    "close_before_reading": 0.03,
    "accept_then_close": 0.04,
    "stall": 0.02,
}
# Generous: only a run that hangs meets it.
SECONDS_TO_WAIT = 300 + DELIVERIES / 5
SECONDS_TO_ANSWER = 60
NO_CUT = datetime(2026, 1, 1, tzinfo=UTC)
Begun = tuple[str, int]
"""An attempt: its delivery and its fence."""


class Story:
    """One run, its workers, and what is done to them; the draws follow from the seed."""

    def __init__(self, shop: Shop, campaign_run_id: int, fleet: Fleet, await_until: Await, seed: int) -> None:
        self.shop = shop
        self.campaign_run_id = campaign_run_id
        self.fleet = fleet
        self.await_until = await_until
        self.rng = random.Random(seed)
        self.states_at_kill: Counter[str] = Counter()
        self.frozen: tuple[str, Begun] | None = None
        self.outlived_their_lease: set[str] = set()
        self.cuts: list[datetime] = []

    def play(self) -> None:
        """Kills, opt-outs and one freeze, each when the run has come so far, and then the run to its end."""
        names = sorted(self.customers("ready", "claimed", "sending"))
        leaving = self.rng.sample(names, int(OPT_OUT_SHARE * len(names)))
        reach = int(0.9 * len(names))
        acts: list[tuple[int, Callable[[], None]]] = [(self.rng.randrange(reach), self.kill) for _ in range(KILLS)]
        acts += [(self.rng.randrange(reach), partial(self.opt_out, name)) for name in leaving]
        # A frozen worker whose connection was cut could not bring its late answer: so the cuts come first.
        acts += [(self.rng.randrange(reach // 3), self.cut) for _ in range(CUTS)]
        acts.append((reach // 3, self.freeze))
        for moment, act in sorted(acts, key=lambda planned: planned[0]):
            self.await_until(partial(self.has_come, moment), SECONDS_TO_WAIT, f"{moment} deliveries done")
            act()
        self.await_until(self.has_ended, SECONDS_TO_WAIT, "the run at its end")

    def kill(self) -> None:
        """Kill a worker that holds something, whatever it is at."""
        self.await_until(lambda: bool(self.holders()) or self.fleet.ended(), SECONDS_TO_WAIT, "a worker at work")
        holders = self.holders()
        if holders:
            victim = self.rng.choice(holders)
            self.fleet.kill(victim)
            self.states_at_kill["sending" if self.sending(victim) else "claimed or between"] += 1

    def cut(self) -> None:
        """End the server's side of every worker's connection, as a restart of the database would."""

        def severed() -> bool:
            rows = self.shop.execute(
                "SELECT clock_timestamp(), pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
            self.cuts += [row[0] for row in rows[-1:]]
            return bool(rows) or self.fleet.ended()

        self.await_until(severed, SECONDS_TO_WAIT, "a worker with a connection")

    def freeze(self) -> None:
        """Stop a worker in the middle of an attempt, and leave it stopped."""

        def caught() -> bool:
            for name in self.holders():
                self.fleet.stop(name)
                begun = self.sending(name)
                if begun is not None:
                    self.frozen = (name, begun)
                    return True
                self.fleet.resume(name)
            return False

        self.await_until(caught, SECONDS_TO_WAIT, "a worker stopped while it sends")

    def thaw(self) -> None:
        """Let the stopped worker go on once its delivery was taken from it, and see its late answer come."""
        if self.frozen is None:
            return
        name, begun = self.frozen
        is_sending, answered, _ = self.standing(begun)
        if is_sending:
            return
        self.fleet.resume(name)
        self.frozen = None
        if answered:
            # Its answer was on the way to the database already when the worker was stopped.
            self.freeze()
        else:
            self.outlived_their_lease.add(name)
            self.await_until(lambda: self.standing(begun)[2], SECONDS_TO_ANSWER, "the late answer")

    def opt_out(self, customer_id: str) -> None:
        """The person clicks the link of the message, sent or not yet."""
        target = activation.LinkTarget(self.shop.tenant_id, self.delivery_of(customer_id))
        assert activation.unsubscribe(self.shop.warehouse, target, source="fault test") is not None

    def has_come(self, moment: int) -> bool:
        self.thaw()
        return len(self.customers(*checker.FINAL)) >= moment or self.fleet.ended()

    def has_ended(self) -> bool:
        self.thaw()
        return self.fleet.ended()

    def holders(self) -> list[str]:
        """The running workers that hold deliveries, less those that are stopped."""
        rows = self.shop.execute(
            "SELECT DISTINCT split_part(leased_by, ':', 1) FROM activation.delivery "
            "WHERE tenant_id = %s AND state IN ('claimed', 'sending') ORDER BY 1",
            self.shop.tenant_id,
        )
        frozen = {self.frozen[0]} if self.frozen else set()
        return [name for (name,) in rows if name in self.fleet.running.keys() - frozen]

    def sending(self, worker: str) -> Begun | None:
        """The attempt that a worker is at, if it is at one; what it was at before a cut, it is at no more."""
        rows = self.shop.execute(
            "SELECT delivery_id::text, fence FROM activation.delivery "
            "WHERE tenant_id = %s AND state = 'sending' AND leased_by LIKE %s AND state_changed_at > %s",
            self.shop.tenant_id,
            f"{worker}:%",
            max(self.cuts, default=NO_CUT),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def standing(self, begun: Begun) -> tuple[bool, bool, bool]:
        """Whether an attempt still holds its delivery, whether it has an answer, and whether that came late."""
        rows = self.shop.execute(
            "SELECT delivery.state = 'sending' AND delivery.fence = attempt.fence, attempt.outcome IS NOT NULL, late "
            "FROM activation.attempt JOIN activation.delivery USING (tenant_id, delivery_id) "
            "WHERE tenant_id = %s AND delivery_id = %s AND attempt.fence = %s",
            self.shop.tenant_id,
            *begun,
        )
        return rows[0][0], rows[0][1], rows[0][2]

    def customers(self, *states: str) -> list[str]:
        rows = self.shop.execute(
            "SELECT customer_id FROM activation.delivery "
            "WHERE tenant_id = %s AND state = ANY (%s) AND skip_reason IS DISTINCT FROM 'no_consent'",
            self.shop.tenant_id,
            list(states),
        )
        return [row[0] for row in rows]

    def delivery_of(self, customer_id: str) -> UUID:
        rows = self.shop.execute(
            "SELECT delivery_id::text FROM activation.delivery WHERE tenant_id = %s AND customer_id = %s",
            self.shop.tenant_id,
            customer_id,
        )
        return UUID(rows[0][0])


def test_journal_and_ledger_agree_after_kills_freezes_faults_and_opt_outs(
    shop: Shop, sandbox: SandboxProcess, await_until: Await, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    add_crowd(shop, DELIVERIES, without_consent=int(NO_CONSENT_SHARE * DELIVERIES))
    run = shop.approved_run()
    sandbox.mix("smtp", MIX, seed=seed, attempts=FAULTY_ATTEMPTS)
    arguments = {
        "url": shop.warehouse.urls[DatabaseRole.WRITER],
        "tenant_id": shop.tenant_id,
        "campaign_run_id": run.campaign_run_id,
        "port": sandbox.smtp_port,
        "key": shop.key.hex(),
    }
    with running_fleet(WORKERS, arguments) as fleet:
        story = Story(shop, run.campaign_run_id, fleet, await_until, seed)
        story.play()
        disturbances = checker.Disturbances(fleet.killed | story.outlived_their_lease, story.cuts, LEASE)

    records = checker.read_records(shop, run.campaign_run_id)
    journal = sandbox.journal()
    findings = checker.compare(records, journal, disturbances)
    states = Counter(state for _, state in records.deliveries.values())
    late = sum(attempt.late for attempt in records.attempts)
    with capsys.disabled():
        print(f"\nsending under faults, LEO_FAULTS_SEED={seed}, lease {LEASE.seconds} s")
        print(f"  {len(records.members)} people, {len(records.attempts)} attempts, {len(journal)} lines in the journal")
        print(f"  ended as {dict(sorted(states.items()))}")
        print(f"  injected {dict(sorted(Counter(line['scenario'] for line in journal).items()))}")
        print(f"  {len(fleet.killed)} kills: {dict(story.states_at_kill)}; {len(records.opted_out_at)} opt-outs")
        print(f"  {len(story.outlived_their_lease)} worker stopped past its lease; {late} late answers")
        print(f"  {len(story.cuts)} times every worker's connection to the database was cut")
        print(findings.table())
    assert findings == checker.NONE
    assert (len(fleet.killed), len(story.cuts)) == (KILLS, CUTS)
    assert states["skipped"] > int(NO_CONSENT_SHARE * DELIVERIES), "no opt-out came before its message"
    assert late >= 1, "the worker that was stopped past its lease left no late evidence"
    assert shop.execute("SELECT state FROM activation.run WHERE tenant_id = %s", shop.tenant_id) == [("finished",)]
