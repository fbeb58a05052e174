"""Services: found again after anything, ended with all that they started, and nobody else with them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embedded.failure import SetupError
from embedded.installation import keep_running
from embedded.processes import Service, read_stat
from embedded.steps import Shell

# A leader with one child in its session and one in a session of its own; it says so once both run.
FAMILY = """
import pathlib, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
own = subprocess.Popen(["sleep", "1000"])
apart = subprocess.Popen(["sleep", "1000"], start_new_session=True)
(folder / "pids.partial").write_text(f"{own.pid} {apart.pid}")
(folder / "pids.partial").rename(folder / "pids")
time.sleep(1000)
"""

Maker = Callable[..., Service]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    """Makes services named after the test; whatever they leave is ended."""
    made: list[Service] = []

    def one(program: str = FAMILY, configuration: str = "a") -> Service:
        service = Service(
            name="family",
            command=[sys.executable, "-c", program, str(tmp_path)],
            environment={"PATH": os.environ["PATH"]},
            folder=tmp_path,
            run_folder=tmp_path / "run",
            log_folder=tmp_path / "log",
            is_ready=(tmp_path / "pids").exists,
            configuration=configuration,
            stop_seconds=5.0,
        )
        made.append(service)
        return service

    yield one
    for service in made:
        service.stop()


def children(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def test_stopping_ends_the_leader_and_every_child(make: Maker, tmp_path: Path) -> None:
    service = make()
    service.launch()
    service.wait_until_ready()
    leader = service.running_pid()
    assert leader is not None
    assert service.stop()
    assert [read_stat(pid) for pid in (leader, *children(tmp_path))] == [None, None, None]
    assert not service.stop()


def test_children_that_outlive_a_killed_leader_are_ended_too(make: Maker, tmp_path: Path) -> None:
    service = make()
    service.launch()
    service.wait_until_ready()
    leader = service.running_pid()
    assert leader is not None
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)
    assert not service.is_running()
    assert {stat.pid for stat in service.members()} == set(children(tmp_path))
    assert service.stop()
    assert [read_stat(pid) for pid in children(tmp_path)] == [None, None]


def test_a_number_that_now_belongs_to_another_process_is_left_alone(make: Maker) -> None:
    service = make()
    stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        service.run_folder.mkdir()
        service.pid_file.write_text(json.dumps({"pid": stranger.pid, "started": 1, "fingerprint": "x"}))
        assert not service.is_running()
        assert not service.stop()
        assert read_stat(stranger.pid) is not None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_service_knows_when_its_configuration_changed(make: Maker) -> None:
    service = make()
    service.launch()
    service.wait_until_ready()
    assert make().has_current_configuration()
    assert not make(configuration="b").has_current_configuration()


def test_a_service_that_ends_at_once_is_reported_with_its_last_lines(make: Maker) -> None:
    service = make(program="print('the reason'); raise SystemExit(7)")
    service.launch()
    with pytest.raises(SetupError, match=r"family ended at once[\s\S]*the reason[\s\S]*family\.log"):
        service.wait_until_ready()


def test_a_broken_pid_file_counts_as_not_running(make: Maker) -> None:
    service = make()
    service.run_folder.mkdir()
    service.pid_file.write_text("{")
    assert not service.is_running()


def test_a_service_that_ends_while_others_start_is_started_again(make: Maker, tmp_path: Path) -> None:
    """As one does that was found running a moment after its database had gone."""
    service = make()
    service.launch()
    service.wait_until_ready()
    before = service.running_pid()
    assert before is not None

    def is_ready_once_it_has_ended_the_other() -> bool:
        if service.running_pid() == before:
            (tmp_path / "pids").unlink()
            os.kill(before, signal.SIGKILL)
            os.waitpid(before, 0)
        return True

    other = replace(make(), name="other", is_ready=is_ready_once_it_has_ended_the_other)
    try:
        shell = Shell(tmp_path / "log", time.monotonic() + 60)
        keep_running([other, service], shell)
        assert service.is_running()
        assert service.running_pid() != before
        assert shell.notes == ["family: it ended meanwhile, started again."]
    finally:
        other.stop()
