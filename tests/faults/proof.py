"""What is claimed of a story, whatever its size."""

from pathlib import Path

import pytest

from leo_activation import activation
from sandbox.process import SandboxProcess
from tests.activation.shop import Shop
from tests.faults import checker
from tests.faults.server import Interruptible
from tests.faults.story import Size, play


def prove(
    server: Interruptible,
    shop: Shop,
    sandbox: SandboxProcess,
    folder: Path,
    size: Size,
    seed: int,
    capsys: pytest.CaptureFixture[str],
    *,
    seconds: float,
) -> None:
    """Play it, print its table, and hold it to having found nothing and having done everything."""

    def say(words: str) -> None:
        with capsys.disabled():
            print(words, flush=True)

    say(f"\nLEO_FAULTS_SEED={seed}")
    outcome = play(server, shop, sandbox, folder / "outbox", size, seed, seconds, say)
    say(outcome.table)
    assert outcome.findings == checker.NONE
    assert outcome.killed == size.kills + size.deaths_a_point * len(activation.Point)
    assert outcome.died_at == dict.fromkeys(map(str, activation.Point), size.deaths_a_point)
    assert len(outcome.done.cuts) == size.cuts
    assert outcome.run_states == {
        run: "stopped" if provider == "file" else "finished" for provider, run in outcome.runs.items()
    }
    reasons = {delivery.skip_reason for delivery in outcome.records.deliveries.values()}
    assert {"no_consent", "duplicate_address", "not_allowed"} <= reasons
    assert any(delivery.state == "cancelled" for delivery in outcome.records.deliveries.values())
    late = sum(attempt.late for attempt in outcome.records.attempts)
    assert late >= 1, "the worker that was stopped past its lease left no late evidence"
    assert any(post["forged"] for post in outcome.posted), "no forged event was posted"
    assert all(not 200 <= int(str(post["status"])) < 300 for post in outcome.posted if post["forged"] or post["stale"])
