"""A sandbox of one's own, in its own process, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.process import SandboxProcess, running_sandbox


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One process for the session; its journal outlives the resets."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox with nothing received and no fault in force."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """Where a test's own journal goes."""
    return tmp_path / "journal.jsonl"
