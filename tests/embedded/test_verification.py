"""Checks run one after the other, the end-to-end tests beside them, and each failure counts."""

import os
import sys
from pathlib import Path

import pytest

from embedded.verification import Check, run_commands


def say(words: str, status: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({words!r}); raise SystemExit({status})"]


def wait_for(path: Path) -> list[str]:
    """A command that ends when a file is there, and fails where it does not come."""
    return [
        sys.executable,
        "-c",
        f"import pathlib, time\nend = time.monotonic() + 30\nwhile not pathlib.Path({str(path)!r}).exists():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.01)\nprint('it came')",
    ]


def make(path: Path) -> list[str]:
    return [sys.executable, "-c", f"import pathlib; pathlib.Path({str(path)!r}).touch()"]


def run(tmp_path: Path, commands: dict[Check, list[str]], *beside: Check) -> int:
    return run_commands(commands, cwd=tmp_path, environment=dict(os.environ), log_folder=tmp_path, beside=beside)


def test_what_runs_beside_the_others_has_begun_before_them_and_is_told_after_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It waits for a file that another check makes, which comes after it in the list or before it."""
    for order in ((Check.TESTS, Check.END_TO_END), (Check.END_TO_END, Check.TESTS)):
        commands = {Check.TESTS: make(tmp_path / "made"), Check.END_TO_END: wait_for(tmp_path / "made")}
        assert run(tmp_path, {check: commands[check] for check in order}, Check.END_TO_END) == 0
        told = capfd.readouterr().out
        assert told.index("== tests") < told.index("it came") < told.index("in all")
        (tmp_path / "made").unlink()


@pytest.mark.parametrize("failing", [Check.LINT, Check.TESTS, Check.END_TO_END])
def test_one_failure_fails_all_and_stops_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], failing: Check
) -> None:
    checks = (Check.LINT, Check.TESTS, Check.END_TO_END)
    commands = {check: say(f"{check} was run", 3 if check is failing else 0) for check in checks}
    assert run(tmp_path, commands, Check.END_TO_END) == 1
    told = capfd.readouterr().out
    assert all(f"{check} was run" in told for check in checks)
    assert [line.split()[0] for line in told.splitlines() if "FAILED" in line] == [str(failing)]
