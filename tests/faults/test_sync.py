"""A sync disturbed at random moments of every step ends, when it is let through, as one that nobody disturbed.

LEO_FAULTS_SYNC_KILLS (50), LEO_FAULTS_PROFILES (600) and LEO_FAULTS_SEED (printed) set its size and repeat it.
"""

import os
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from leo_activation.warehouse.connections import Warehouse
from sandbox.process import running_sandbox
from tests.faults.end_state import differences
from tests.faults.sync_process import STEPS
from tests.faults.sync_runs import DUMP_LIFE, LIVE_LIFE, Disturbed, Syncs, live_calmly, live_disturbed
from tests.faults.sync_states import write_states

KILLS = int(os.environ.get("LEO_FAULTS_SYNC_KILLS") or 50)
PROFILES = int(os.environ.get("LEO_FAULTS_PROFILES") or 600)
FEW_PROFILES = 150
# How often each stage of a life is disturbed before it is let through.
KILLS_A_STAGE, CUTS_A_STAGE = 5, 1


@pytest.fixture
def syncs(warehouse: Warehouse, pseudonym_key: bytes, tmp_path: Path, profiles: int) -> Iterator[Syncs]:
    states = write_states(tmp_path / "states", profiles)
    dumps = [(folder, name) for name, folder in states]
    with running_sandbox(tmp_path / "journal.jsonl", dumps) as sandbox:
        yield Syncs(warehouse, states, pseudonym_key, sandbox)


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("profiles", [PROFILES])
def test_syncs_disturbed_at_random_moments_end_in_the_undisturbed_state(
    syncs: Syncs, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(seed)
    with capsys.disabled():
        print(f"\nLEO_FAULTS_SEED={seed}", flush=True)
    calm = {life: live_calmly(syncs, life) for life in (LIVE_LIFE, DUMP_LIFE)}
    done = Disturbed()
    tenants = 0
    while done.kills.total() < KILLS:
        # Twice as many live ones: their source fails too.
        life = DUMP_LIFE if tenants % 3 == 2 else LIVE_LIFE
        live_disturbed(syncs, life, calm[life], rng, kills=KILLS_A_STAGE, cuts=CUTS_A_STAGE, done=done)
        tenants += 1
        assert tenants <= KILLS, "too few syncs are still at work when they are to be killed"
    with capsys.disabled():
        print(f"\nsync under kills, LEO_FAULTS_SEED={seed}, {PROFILES} profiles, {tenants} tenants")
        for each in calm.values():
            for stage, seconds in each.seconds.items():
                print(f"  {stage}, calm: " + ", ".join(f"{step} {taken:.2f} s" for step, taken in seconds.items()))
        print(f"  {done.kills.total()} kills: {dict(sorted(done.kills.items()))}")
        print(f"  {done.cuts.total()} cuts of the connection: {dict(sorted(done.cuts.items()))}")
        print(f"  attempts that ended on their own: {dict(done.ends)}")
        for name, digest in calm[LIVE_LIFE].ends[LIVE_LIFE[-1].name].items():
            if digest.rows:
                print(f"  {name:34}{digest.rows:8} rows, equal")
    assert {each.rpartition(": ")[2] for each in done.kills} == set(STEPS)
    assert calm[LIVE_LIFE].ends[LIVE_LIFE[0].name]["core.profile"].rows > PROFILES / 2
    assert calm[LIVE_LIFE].ends[LIVE_LIFE[-1].name]["ops.open_quarantine"].rows > 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize("profiles", [FEW_PROFILES])
def test_a_few_kills_and_faults_in_every_mode_leave_no_trace(syncs: Syncs) -> None:
    rng = random.Random(1)
    calm = live_calmly(syncs, LIVE_LIFE)
    done = Disturbed()
    live_disturbed(syncs, LIVE_LIFE, calm, rng, kills=1, cuts=0, done=done)
    assert done.kills.total() + done.ends.total() == len(LIVE_LIFE)
    for earlier, later in pairwise(LIVE_LIFE):
        # Each stage has something to do, or its disturbance would show nothing.
        assert differences(calm.ends[earlier.name], calm.ends[later.name]) != []
