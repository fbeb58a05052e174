"""Steps of the set-up: done once, done again when something changed, bounded, and clear when they fail."""

import io
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded.failure import SetupError
from embedded.steps import Shell, Step, digest, run_steps


class Recorder:
    """Counts how often a step was really done."""

    def __init__(self) -> None:
        self.times = 0

    def do(self, shell: Shell) -> None:
        self.times += 1


def stamped(folder: Path, do: Callable[[Shell], None], inputs: str = "a", *, there: bool = True) -> Step:
    return Step("A step", "step", do, 60, folder / "stamp", lambda: inputs, lambda: there)


def test_a_step_with_the_same_inputs_is_done_once(tmp_path: Path) -> None:
    recorder, screen = Recorder(), io.StringIO()
    for _ in range(2):
        run_steps([stamped(tmp_path, recorder.do)], tmp_path, screen=screen)
    assert recorder.times == 1
    assert screen.getvalue().splitlines()[-1] == "[ 1/1] A step … ready"


def test_a_step_is_done_again_when_its_inputs_change(tmp_path: Path) -> None:
    recorder = Recorder()
    for inputs in ("a", "b"):
        run_steps([stamped(tmp_path, recorder.do, inputs)], tmp_path, screen=io.StringIO())
    assert recorder.times == 2


def test_a_step_is_done_again_when_its_result_is_gone(tmp_path: Path) -> None:
    recorder = Recorder()
    for _ in range(2):
        run_steps([stamped(tmp_path, recorder.do, there=False)], tmp_path, screen=io.StringIO())
    assert recorder.times == 2


def test_a_step_that_failed_is_done_again(tmp_path: Path) -> None:
    def fail(shell: Shell) -> None:
        raise SetupError("No.")

    with pytest.raises(SetupError):
        run_steps([stamped(tmp_path, fail)], tmp_path, screen=io.StringIO())
    recorder = Recorder()
    run_steps([stamped(tmp_path, recorder.do)], tmp_path, screen=io.StringIO())
    assert recorder.times == 1


def test_a_failed_command_shows_its_sentence_its_last_lines_and_its_log(tmp_path: Path) -> None:
    def fail(shell: Shell) -> None:
        shell.run(["sh", "-c", "for i in $(seq 30); do echo line $i; done; exit 3"], sentence="It could not be done.")

    with pytest.raises(SetupError) as raised:
        run_steps([Step("A step", "broken", fail, 60)], tmp_path, screen=io.StringIO())
    message = str(raised.value)
    assert message.startswith("It could not be done.\n")
    assert "line 30" in message
    assert "line 3\n" not in message
    assert str(tmp_path / "broken.log") in message


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "log", time.monotonic() + 0.5)
    with pytest.raises(SetupError, match="out of its time"):
        shell.succeeds(["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; sleep 1000 & wait"])
    assert _alive_in_group((tmp_path / "pid").read_text().strip()) == []


def _alive_in_group(group: str) -> list[Path]:
    alive = [path for path in Path("/proc").glob("[0-9]*/stat") if f" {group} {group} " in _text(path)]
    return [path for path in alive if ") Z " not in _text(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_step_that_needs_only_an_early_one_is_done_beside_those_between(tmp_path: Path) -> None:
    def waiting_for(file: str) -> Callable[[Shell], None]:
        command = ["sh", "-c", f"until [ -e {tmp_path / file} ]; do sleep 0.05; done"]
        return lambda shell: shell.run(command, sentence=f"Nobody made {file}.")

    def making(file: str) -> Callable[[Shell], None]:
        return lambda shell: (tmp_path / file).touch()

    screen = io.StringIO()
    steps = [
        Step("First", "first", making("a"), 60),
        Step("Between", "between", waiting_for("b"), 60),
        Step("Last", "last", making("b"), 60, stamp=tmp_path / "stamp", after="first"),
    ]
    run_steps(steps, tmp_path, screen=screen)
    assert [line.partition(" … ")[0] for line in screen.getvalue().splitlines()] == [
        "[ 1/3] First", "[ 2/3] Between", "[ 3/3] Last",
    ]  # fmt: skip
    assert steps[2].is_done()


def test_where_a_step_fails_what_runs_beside_it_is_ended(tmp_path: Path) -> None:
    def endless(shell: Shell) -> None:
        shell.run(["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; sleep 1000 & wait"], sentence="It was ended.")

    def fail(shell: Shell) -> None:
        shell.run(["sh", "-c", f"until [ -s {tmp_path / 'pid'} ]; do sleep 0.05; done; exit 1"], sentence="It failed.")

    steps = [
        Step("First", "first", lambda shell: None, 60),
        Step("Fails", "fails", fail, 60),
        Step("Endless", "endless", endless, 600, stamp=tmp_path / "stamp", after="first"),
    ]
    with pytest.raises(SetupError, match=r"It failed\."):
        run_steps(steps, tmp_path, screen=io.StringIO())
    assert _alive_in_group((tmp_path / "pid").read_text().strip()) == []
    assert not steps[2].is_done()


def test_a_command_that_is_being_started_when_the_step_is_ended_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(tmp_path / "log", time.monotonic() + 5)
    start = subprocess.Popen

    def start_and_end(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        process = start(*arguments, **options)
        shell.end()
        return process

    monkeypatch.setattr(subprocess, "Popen", start_and_end)
    # Its time over, it would raise.
    assert not shell.succeeds(["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; sleep 1000 & wait"])
    if (tmp_path / "pid").exists():
        assert _alive_in_group((tmp_path / "pid").read_text().strip()) == []


def test_a_program_that_does_not_exist_is_a_failed_command(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "log", time.monotonic() + 60)
    assert not shell.succeeds(["no-such-program"])


def test_the_digest_of_a_folder_changes_with_any_file_but_not_with_caches(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text("1")
    before = digest(tmp_path)
    (tmp_path / "deep" / "__pycache__").mkdir()
    (tmp_path / "deep" / "__pycache__" / "a.pyc").write_text("x")
    assert digest(tmp_path) == before
    (tmp_path / "deep" / "a.py").write_text("2")
    assert digest(tmp_path) != before
