"""The fault test in small, for every day: each disturbance at least once, by a seed that is always the same.

LEO_FAULTS_SEED names another.
"""

import os
from pathlib import Path

import pytest

from sandbox.process import SandboxProcess
from tests.activation.shop import Shop
from tests.faults.proof import prove
from tests.faults.server import Interruptible
from tests.faults.story import Size

SIZE = Size(deliveries=150, kills=3, deaths_a_point=1, cuts=1, latest_passing=2, lease_s=12, timeout_s=2)
SEED = int(os.environ.get("LEO_FAULTS_SEED") or 6)


@pytest.mark.timeout(300)
def test_providers_and_ledger_agree_after_a_few_of_everything(
    server: Interruptible,
    shop_on_server: Shop,
    sandbox: SandboxProcess,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prove(server, shop_on_server, sandbox, tmp_path, SIZE, SEED, capsys, seconds=240)
