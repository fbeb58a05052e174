"""Syncs as processes that can be disturbed: killed, cut off from the database, or given a source that fails."""

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.sources import Source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.arangodb.service import READER, READER_PASSWORD
from sandbox.process import SandboxProcess
from tests.faults.end_state import State, differences, end_state, merged_state, stages
from tests.faults.sync_process import REFUSED, STEPS, open_stated, synchronise
from tests.faults.sync_states import AS_OF, LATER_AS_OF, SourceStates

SECONDS_TO_END = 300
COLLECTIONS = ("cdp_eventmetric", "cdp_productitem", "cdp_profile", "cdp_trackingevent")
REQUESTS = ("query", "next", "count")
FAULTS = ("cursor_lost", "unavailable", "server_error", "cut", "truncated", "stall")
# An empty page looks like nothing new to a run that reads what is new; the others must see through it.
FAULTS_OF_COMPLETE_READS = (*FAULTS, "empty")


@dataclass(frozen=True)
class Stage:
    """One sync of a tenant's life: from which state of the source, how it is reached, and how much is read."""

    name: str
    kind: str
    state: str
    mode: str
    as_of: str


LIVE_LIFE = (
    Stage("live, whole", "arangodb", "first", "incremental", AS_OF),
    Stage("live, incremental", "arangodb", "second", "incremental", LATER_AS_OF),
    Stage("live, comparison", "arangodb", "third", "comparison", LATER_AS_OF),
)
DUMP_LIFE = (
    Stage("dump, whole", "arangodump", "first", "whole", AS_OF),
    Stage("dump, whole again", "arangodump", "third", "whole", LATER_AS_OF),
)


@dataclass
class Disturbed:
    """What was done to syncs: kills by step, cuts by step, and how attempts ended on their own."""

    kills: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Syncs:
    """Starts syncs as processes; the states of the source are databases of the stand-in, and folders."""

    warehouse: Warehouse
    states: SourceStates
    key: bytes
    sandbox: SandboxProcess

    def tenant(self) -> Tenant:
        fresh = Tenant(
            tenant_id=f"f{secrets.token_hex(6)}",
            name="Shop",
            currency="VND",
            minor_units=0,
            interest_model="leo_event_metric",
        )
        register_tenant(self.warehouse, fresh)
        return fresh

    def start(self, tenant: Tenant, run_id: str, stage: Stage) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sync_process"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._arguments(tenant, run_id, stage)) + "\n")
        process.stdin.close()
        return process

    def run(self, tenant: Tenant, run_id: str, stage: Stage) -> dict[str, float]:
        """A sync in this process that nobody disturbs: the seconds of each step."""
        begun: dict[str, float] = {}

        def announce(step: str) -> None:
            begun[step] = time.monotonic()

        synchronise(**self._arguments(tenant, run_id, stage), announce=announce)
        ends = [*begun.values(), time.monotonic()][1:]
        assert tuple(begun) == STEPS
        return {step: end - start for (step, start), end in zip(begun.items(), ends, strict=True)}

    def _arguments(self, tenant: Tenant, run_id: str, stage: Stage) -> dict[str, Any]:
        return {
            "url": self.warehouse.urls[DatabaseRole.LOADER],
            "tenant_id": tenant.tenant_id,
            "run_id": run_id,
            "source": self._source(stage),
            "key": self.key.hex(),
            "as_of": stage.as_of,
            "mode": stage.mode,
        }

    def kill_in(self, tenant: Tenant, run_id: str, stage: Stage, step: str, after: float) -> tuple[int, str]:
        """Kill a sync so many seconds into a step: how it ended, and at which step or with what last words."""
        process = self.start(tenant, run_id, stage)
        announced: list[str] = []
        try:
            self._wait_for(process, step, announced)
            with suppress(subprocess.TimeoutExpired):
                process.wait(after)
        finally:
            process.send_signal(signal.SIGKILL)
        return self._end_of(process, announced)

    def cut_in(self, tenant: Tenant, run_id: str, stage: Stage, step: str, after: float) -> tuple[int, str]:
        """End the server's side of a sync so many seconds into a step, and let the process go on."""
        process = self.start(tenant, run_id, stage)
        announced: list[str] = []
        try:
            self._wait_for(process, step, announced)
            with suppress(subprocess.TimeoutExpired):
                process.wait(after)
            with self.warehouse.connect(DatabaseRole.LOADER) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                )
            process.wait(SECONDS_TO_END)
        finally:
            process.kill()
        return self._end_of(process, announced)

    def source(self, stage: Stage) -> Source:
        """What a stage reads, for this process."""
        return open_stated(self._source(stage))

    def put_faults(self, rng: random.Random, stage: Stage) -> None:
        """One to three faults at requests drawn by chance; each passes after a few tries."""
        faults = FAULTS if stage.mode == "incremental" and stage.state != "first" else FAULTS_OF_COMPLETE_READS
        for _ in range(rng.randint(1, 3)):
            key = f"{stage.state}/{rng.choice(COLLECTIONS)}:{rng.choice(REQUESTS)}"
            self.sandbox.scenario(
                "arangodb", rng.choice(faults), key=key, attempts=rng.randint(1, 3), after=rng.randint(0, 3)
            )

    def _source(self, stage: Stage) -> Mapping[str, str]:
        if stage.kind == "arangodump":
            return {"kind": stage.kind, "location": str(dict(self.states)[stage.state])}
        return {
            "kind": stage.kind,
            "location": self.sandbox.arangodb_url,
            "database": stage.state,
            "user": READER,
            "password": READER_PASSWORD,
        }

    @staticmethod
    def _wait_for(process: subprocess.Popen[str], step: str, announced: list[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            announced.append(line.strip())
            if announced[-1] == step:
                break

    @staticmethod
    def _end_of(process: subprocess.Popen[str], announced: list[str]) -> tuple[int, str]:
        assert process.stdout is not None
        announced += process.stdout.read().splitlines()
        code = process.wait()
        assert code in {0, REFUSED, -signal.SIGKILL}, f"a sync ended with {code} after {announced[-1:]}"
        return code, announced[-1]


@dataclass(frozen=True)
class Calm:
    """What each stage of a life takes and leaves where nobody disturbs it."""

    seconds: Mapping[str, Mapping[str, float]]
    ends: Mapping[str, State]
    nothing: State


def live_calmly(syncs: Syncs, life: tuple[Stage, ...]) -> Calm:
    """A tenant's life without disturbances."""
    tenant = syncs.tenant()
    nothing = merged_state(syncs.warehouse, tenant)
    seconds, ends = {}, {}
    for stage in life:
        seconds[stage.name] = syncs.run(tenant, stage.name, stage)
        ends[stage.name] = end_state(syncs.warehouse, tenant)
    return Calm(seconds, ends, nothing)


def half_merged(found: State, before: State, after: State) -> list[str]:
    """What shows that a merge is there in part: the state is neither that before it nor that after it."""
    here = [name for name in found if before[name] != after[name]]
    if all(found[name] == before[name] for name in here) or all(found[name] == after[name] for name in here):
        return [each for each in differences(found, after) if each.partition(":")[0] not in here]
    return differences(found, after)


def live_disturbed(
    syncs: Syncs, life: tuple[Stage, ...], calm: Calm, rng: random.Random, *, kills: int, cuts: int, done: Disturbed
) -> Tenant:
    """A tenant's life in which every stage is disturbed so often; fails where a state is not as it must be."""
    tenant = syncs.tenant()
    before = calm.nothing
    for stage in life:
        after = calm.ends[stage.name]
        ways = ["kill"] * kills + ["cut"] * cuts
        rng.shuffle(ways)
        run_id = stage.name
        for number, way in enumerate(ways):
            if stage.kind == "arangodb" and rng.random() < 0.5:
                syncs.put_faults(rng, stage)
            step = rng.choice(STEPS)
            disturb = syncs.kill_in if way == "kill" else syncs.cut_in
            code, last = disturb(tenant, run_id, stage, step, rng.uniform(0, calm.seconds[stage.name][step]))
            if code == -signal.SIGKILL:
                done.kills[f"{stage.name}: {last}"] += 1
            else:
                done.cuts[f"{stage.name}: {step}"] += way == "cut"
                done.ends["refused" if code == REFUSED else "complete"] += 1
            broken = half_merged(merged_state(syncs.warehouse, tenant), before, after)
            assert broken == [], f"{stage.name}, {way} in {step}, ended {code} at {last}: {broken}"
            syncs.sandbox.reset()
            # A run that has ended is not taken up again; of the others some are, and some are given up for another.
            if code != -signal.SIGKILL or rng.random() < 0.4:
                run_id = f"{stage.name} {number}"
        syncs.run(tenant, run_id, stage)
        wrong = differences(end_state(syncs.warehouse, tenant), after)
        assert wrong == [], f"{stage.name}: {wrong}"
        assert stages(syncs.warehouse, tenant) == []
        before = after
    return tenant
