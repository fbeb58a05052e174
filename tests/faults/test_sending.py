"""Runs sent by workers that are killed, frozen, cut off and lied to: nobody is lost or written to twice.

LEO_FAULTS_DELIVERIES (10,000), LEO_FAULTS_KILLS (100, at any time), LEO_FAULTS_DEATHS (3, at each named point),
LEO_FAULTS_CUTS (5, PostgreSQL stopped in immediate mode) and LEO_FAULTS_SEED (printed) set its size and repeat it.
"""

import os
from pathlib import Path

import pytest

from sandbox.process import SandboxProcess
from tests.activation.shop import Shop
from tests.faults.proof import prove
from tests.faults.server import Interruptible
from tests.faults.story import Size

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200)]

SIZE = Size(
    deliveries=int(os.environ.get("LEO_FAULTS_DELIVERIES") or 10_000),
    kills=int(os.environ.get("LEO_FAULTS_KILLS") or 100),
    deaths_a_point=int(os.environ.get("LEO_FAULTS_DEATHS") or 3),
    cuts=int(os.environ.get("LEO_FAULTS_CUTS") or 5),
)


def test_providers_and_ledger_agree_after_kills_freezes_crashes_lies_and_opt_outs(
    server: Interruptible,
    shop_on_server: Shop,
    sandbox: SandboxProcess,
    tmp_path: Path,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Generous: only a run that hangs meets it.
    prove(server, shop_on_server, sandbox, tmp_path, SIZE, seed, capsys, seconds=600 + SIZE.deliveries / 2)
