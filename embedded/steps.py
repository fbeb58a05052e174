"""The steps of a set-up: shown with their time, bounded, logged, and skipped when nothing they read has changed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from embedded.failure import SetupError
from embedded.processes import last_lines


def digest(*parts: str | Path) -> str:
    """A hash of texts and of files' contents; a folder counts with every file below it, a missing path as missing."""
    total = sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(f"text {part}\0".encode())
            continue
        files = sorted(p for p in part.rglob("*") if _counts(p)) if part.is_dir() else [part]
        for path in files:
            content = sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
            total.update(f"file {path} {content}\0".encode())
    return total.hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".pyc")


@dataclass
class Shell:
    """Runs the commands of one step: bounded by the step's deadline, all output in the step's log."""

    log: Path
    deadline: float
    notes: list[str] = field(default_factory=list)
    _running: "subprocess.Popen[bytes] | None" = None
    _ended: bool = False

    def note(self, text: str) -> None:
        """Something that the person at the terminal should know although the step went well."""
        self.notes.append(text)

    def end(self) -> None:
        """Kill the command that runs now, from another thread, and start none any more."""
        self._ended = True
        if (process := self._running) is not None and process.poll() is None:
            # It may have ended by itself since.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        sentence: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Run a command to its end. Raises SetupError with the given sentence, the last lines and the log's path."""
        if not self.succeeds(command, environment=environment, folder=folder):
            raise SetupError(f"{sentence}\n{last_lines(self.log)}\n    Full output: {self.log}")

    def succeeds(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> bool:
        """Run a command to its end; True where it exits with 0. Raises SetupError when the step's time is over."""
        if self._ended:
            return False
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(map(str, command))}\n".encode())
            log.flush()
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    env=dict(environment) if environment is not None else None,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                log.write(f"{error}\n".encode())
                return False
            self._running = process
            if self._ended:
                # While it was being started, when there was nothing to kill yet.
                self.end()
            try:
                return process.wait(timeout=max(0.1, self.deadline - time.monotonic())) == 0
            except subprocess.TimeoutExpired:
                raise SetupError(
                    f"The step ran out of its time.\n{last_lines(self.log)}\n    Full output: {self.log}"
                ) from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


@dataclass(frozen=True)
class Step:
    """One step of a set-up.

    Attributes:
        name: what it brings about, as shown.
        slug: names its stamp and its log.
        do: does it; its shell is bounded by `seconds`.
        seconds: the longest it may take.
        stamp: the file that remembers a success; None for a step that decides by itself (and must be quick).
        inputs: hash of whatever the result depends on.
        is_there: whether the result still exists; asked only when the stamp is right.
        after: slug of the last step that it needs; it begins beside those that follow that one, and consists of
            commands alone, which can be ended. None: it begins in its turn.
    """

    name: str
    slug: str
    do: Callable[[Shell], None]
    seconds: float
    stamp: Path | None = None
    inputs: Callable[[], str] = lambda: ""
    is_there: Callable[[], bool] = lambda: True
    after: str | None = None

    def is_done(self) -> bool:
        """True where an earlier run did exactly this and its result is still there."""
        if self.stamp is None or not self.stamp.exists():
            return False
        return self.stamp.read_text() == self.inputs() and self.is_there()


def run_steps(
    steps: Sequence[Step], log_folder: Path, *, first: int = 1, total: int | None = None, screen: TextIO = sys.stdout
) -> None:
    """Run the steps in order, one line each, numbered from `first` of `total`. Raises SetupError where one fails.

    Those that may begin `after` an earlier one do so in a thread, and are waited for in their turn; where a step fails,
    the commands of those beside it are ended.
    """
    log_folder.mkdir(parents=True, exist_ok=True)
    begun: dict[str, tuple[Shell, Future[float]]] = {}
    with ThreadPoolExecutor(max(1, len(steps))) as threads:
        try:
            for number, step in enumerate(steps, start=first):
                head = f"[{number:2}/{total or len(steps)}] {step.name}"
                if step.slug not in begun and step.is_done():
                    print(f"{head} … ready", file=screen, flush=True)
                else:
                    with _clock(head, screen):
                        if step.slug in begun:
                            shell, done = begun[step.slug]
                            seconds = done.result()
                        else:
                            shell = _shell(step, log_folder)
                            seconds = _do(step, shell)
                    print(f"{_elapsed(seconds)}", file=screen, flush=True)
                    for note in shell.notes:
                        print(f"        {note}", file=screen, flush=True)
                for later in steps:
                    if later.after == step.slug and not later.is_done():
                        shell = _shell(later, log_folder)
                        begun[later.slug] = shell, threads.submit(_do, later, shell)
        finally:
            for shell, _ in begun.values():
                shell.end()


def _shell(step: Step, log_folder: Path) -> Shell:
    log = log_folder / f"{step.slug}.log"
    log.unlink(missing_ok=True)
    return Shell(log=log, deadline=time.monotonic() + step.seconds)


def _do(step: Step, shell: Shell) -> float:
    """Do a step and remember it; the seconds that it took."""
    started = time.monotonic()
    step.do(shell)
    if step.stamp is not None:
        step.stamp.parent.mkdir(parents=True, exist_ok=True)
        step.stamp.write_text(step.inputs())
    return time.monotonic() - started


def _elapsed(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


@contextmanager
def _clock(head: str, screen: TextIO) -> Iterator[None]:
    """Show the step's name, and on a terminal the seconds as they pass; a log file gets one line."""
    print(f"{head} … ", end="", file=screen, flush=True)
    if not screen.isatty():
        try:
            yield
        except BaseException:
            print("failed", file=screen, flush=True)
            raise
        return
    done = threading.Event()
    started = time.monotonic()

    def tick() -> None:
        while not done.wait(1.0):
            print(f"\r{head} … {_elapsed(time.monotonic() - started)} ", end="", file=screen, flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    failed = True
    try:
        yield
        failed = False
    finally:
        done.set()
        ticker.join()
        print(f"\r\033[K{head} … {'failed' if failed else ''}", end="\n" if failed else "", file=screen, flush=True)
