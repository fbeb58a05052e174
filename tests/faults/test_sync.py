"""A sync killed at random moments of every step ends, when it is let through, as one that nobody disturbed.

LEO_FAULTS_SYNC_KILLS (25), LEO_FAULTS_PROFILES (600) and LEO_FAULTS_SEED (printed) set its size and repeat it.
"""

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from tests.faults.end_state import end_state, stages
from tests.faults.sync_process import STEPS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("LEO_FAULTS_SYNC_KILLS") or 25)
PROFILES = int(os.environ.get("LEO_FAULTS_PROFILES") or 600)
AS_OF = "2026-02-20T00:00:00Z"
# How often a tenant is disturbed before it is let through.
KILLS_A_TENANT = 9
SAME_RUN_SHARE = 0.6
SECONDS_TO_END = 300


@dataclass(frozen=True)
class Syncs:
    """Starts syncs of one dump as processes."""

    warehouse: Warehouse
    folder: Path
    key: bytes

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

    def start(self, tenant: Tenant, run_id: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sync_process"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        arguments = {
            "url": self.warehouse.urls[DatabaseRole.LOADER],
            "tenant_id": tenant.tenant_id,
            "run_id": run_id,
            "folder": str(self.folder),
            "key": self.key.hex(),
            "as_of": AS_OF,
        }
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.close()
        return process

    def run(self, tenant: Tenant, run_id: str) -> dict[str, float]:
        """A sync that nobody disturbs: the seconds of each step."""
        process = self.start(tenant, run_id)
        assert process.stdout is not None
        try:
            begun = {line.strip(): time.monotonic() for line in process.stdout}
            assert process.wait(SECONDS_TO_END) == 0
        finally:
            process.kill()
            process.wait()
        ends = [*begun.values(), time.monotonic()][1:]
        assert tuple(begun) == STEPS
        return {step: end - start for (step, start), end in zip(begun.items(), ends, strict=True)}

    def kill_in(self, tenant: Tenant, run_id: str, step: str, after: float) -> str | None:
        """Kill a sync so many seconds into a step: the step that it was at, or None where it had come to its end."""
        process = self.start(tenant, run_id)
        assert process.stdout is not None
        announced = []
        try:
            for line in process.stdout:
                announced.append(line.strip())
                if announced[-1] == step:
                    break
            with suppress(subprocess.TimeoutExpired):
                process.wait(after)
        finally:
            process.send_signal(signal.SIGKILL)
            announced += process.stdout.read().split()
            process.wait()
        assert process.returncode in {0, -signal.SIGKILL}
        return announced[-1] if process.returncode else None


@pytest.fixture
def syncs(warehouse: Warehouse, pseudonym_key: bytes, tmp_path: Path) -> Syncs:
    settings = DumpSettings(
        profiles=PROFILES, seed=23, as_of=parse_as_of(AS_OF), fault_share=0.0005, compress=True, workers=1
    )
    write_arangodump(settings, tmp_path / "dump")
    return Syncs(warehouse, tmp_path / "dump", pseudonym_key)


def test_a_sync_killed_at_random_moments_ends_in_the_undisturbed_state(
    warehouse: Warehouse, syncs: Syncs, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(seed)
    calm = syncs.tenant()
    seconds = syncs.run(calm, "calm")
    undisturbed = end_state(warehouse, calm, "calm")
    killed_at: Counter[str] = Counter()
    tenants = 0
    while killed_at.total() < KILLS:
        tenant = syncs.tenant()
        tenants += 1
        assert tenants <= KILLS, "too few syncs are still at work when they are to be killed"
        run_id = "first"
        for number in range(min(KILLS_A_TENANT, KILLS - killed_at.total())):
            step = rng.choice(STEPS)
            at = syncs.kill_in(tenant, run_id, step, rng.uniform(0, seconds[step]))
            if at is None:
                break
            killed_at[at] += 1
            if rng.random() > SAME_RUN_SHARE:
                run_id = f"after-kill-{number}"
        syncs.run(tenant, run_id)
        assert end_state(warehouse, tenant, run_id) == undisturbed
        assert stages(warehouse, tenant) == []
    with capsys.disabled():
        print(f"\nsync under kills, LEO_FAULTS_SEED={seed}, {PROFILES} profiles, {tenants} tenants")
        print("  a calm one: " + ", ".join(f"{step} {taken:.2f} s" for step, taken in seconds.items()))
        print(f"  {killed_at.total()} kills: {dict(killed_at)}")
        for name, digest in undisturbed.items():
            if digest.rows:
                print(f"  {name:34}{digest.rows:8} rows, equal")
    assert undisturbed["profile"].rows > PROFILES / 2
    assert undisturbed["quarantine"].rows > 0
