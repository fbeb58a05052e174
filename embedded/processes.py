"""Long-running processes: started in a session of their own, found again by a pid file, ended with all children.

A pid file alone is not proof: after a kill or a reboot the number may belong to somebody else. So the file keeps the
start time of the process as the kernel counts it, and what is ended is the whole session plus its descendants,
never a name.
"""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from embedded.failure import SetupError

POLL_SECONDS = 0.25
LAST_LINES = 15
MARK = "LEO_SERVICE"  # in the environment of every process of a service


@dataclass(frozen=True)
class ProcessStat:
    """What /proc/<pid>/stat says of one process; `started` is in clock ticks since boot."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    started: int


def read_stat(pid: int) -> ProcessStat | None:
    """The state of a process, or None where it does not exist or is only waiting to be reaped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return None
    after_name = text[text.rindex(")") + 2 :].split()
    stat = ProcessStat(
        pid=pid,
        state=after_name[0],
        parent=int(after_name[1]),
        group=int(after_name[2]),
        session=int(after_name[3]),
        started=int(after_name[19]),
    )
    return None if stat.state in ("Z", "X") else stat


def all_processes() -> list[ProcessStat]:
    """Every live process of the machine."""
    found = (read_stat(int(entry)) for entry in os.listdir("/proc") if entry.isdecimal())  # noqa: PTH208 - asked often
    return [stat for stat in found if stat is not None]


def _has_mark(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


@dataclass(frozen=True)
class Service:
    """A process that stays: what to run, how to know that it is ready, how to end it.

    Attributes:
        name: names its pid file and its log.
        command: program and arguments.
        environment: the whole environment of the process.
        folder: working directory.
        run_folder: where the pid file is.
        log_folder: where the log is.
        is_ready: asks the running service; True once it answers.
        configuration: text of whatever, when changed, asks for a restart.
        start_seconds: how long it may take to become ready.
        stop_signal: asks it to end; after `stop_seconds` what is left of it is killed.
        owns: recognises processes of it that its session and its mark do not, by process id.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    run_folder: Path
    log_folder: Path
    is_ready: Callable[[], bool]
    configuration: str
    start_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    owns: Callable[[int], bool] = lambda pid: False

    @property
    def log(self) -> Path:
        return self.log_folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.run_folder / f"{self.name}.json"

    @property
    def fingerprint(self) -> str:
        """Changes with the command or the configuration, and with nothing else."""
        return sha256("\0".join([*self.command, self.configuration]).encode()).hexdigest()

    def launch(self) -> None:
        """Start the process in a session of its own, without waiting for it."""
        self.run_folder.mkdir(parents=True, exist_ok=True)
        self.log_folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**self.environment, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stat = read_stat(process.pid)
        self._write_record(process.pid, stat.started if stat else 0)

    def becomes_ready_by(self, deadline: float) -> bool:
        """Wait until the process answers, at most until a time of the monotonic clock or until it ends."""
        while not self.is_ready():
            if not self.is_running() or time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def wait_until_ready(self) -> None:
        """Wait until the process answers. Raises SetupError when it ends, or takes longer than it may."""
        if self.becomes_ready_by(time.monotonic() + self.start_seconds):
            return
        happened = f"was not ready within {self.start_seconds:.0f} s" if self.is_running() else "ended at once"
        self.stop()
        raise SetupError(f"{self.name} {happened}.\n{last_lines(self.log)}\n    Full output: {self.log}")

    def stop(self) -> bool:
        """End the service with all its children: ask, wait, then kill what is left. True if any was there.

        Raises SetupError where a process survives SIGKILL (the kernel holds it).
        """
        if not self.has_members():
            self.pid_file.unlink(missing_ok=True)
            return False
        leader = self.running_pid()
        if leader is not None:
            _send(leader, self.stop_signal)
            _wait_until(lambda: not self.is_running(), self.stop_seconds)
        for one_signal, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0)):
            for stat in self.members():
                _send(stat.pid, one_signal)
            if _wait_until(lambda: not self.has_members(), patience):
                break
        if survivors := self.members():
            raise SetupError(f"{self.name}: process {survivors[0].pid} did not end, not even when killed.")
        self.pid_file.unlink(missing_ok=True)
        return True

    def running_pid(self) -> int | None:
        """The process id of its leader, or None where that does not run."""
        record = self._record()
        pid = record.get("pid")
        if not isinstance(pid, int):
            return None
        stat = read_stat(pid)
        return pid if stat is not None and stat.started == record.get("started") else None

    def is_running(self) -> bool:
        return self.running_pid() is not None

    def has_members(self) -> bool:
        """True where any process of it lives, its leader or what that left behind."""
        return bool(self.members())

    def members(self) -> list[ProcessStat]:
        """All live processes of it: its session, those with its mark, those it owns, and all their descendants."""
        record = self._record()
        leader = record.get("pid")
        # A number that now leads somebody else's session is told apart by its start time.
        now = read_stat(leader) if isinstance(leader, int) else None
        reused = now is not None and now.started != record.get("started")
        mark = f"{MARK}={self._mark}".encode()
        processes = [stat for stat in all_processes() if stat.pid != os.getpid()]
        found = {
            stat.pid
            for stat in processes
            if (stat.session == leader and not reused) or _has_mark(stat.pid, mark) or self.owns(stat.pid)
        }
        while grown := {stat.pid for stat in processes if stat.parent in found} - found:
            found |= grown
        return [stat for stat in processes if stat.pid in found]

    def has_current_configuration(self) -> bool:
        """True where it was last started with this very command and configuration."""
        return self._record().get("fingerprint") == self.fingerprint

    @property
    def _mark(self) -> str:
        return f"{self.name}@{self.run_folder}"

    def _record(self) -> dict[str, int | str]:
        try:
            record = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _write_record(self, pid: int, started: int) -> None:
        partial = self.pid_file.with_suffix(".partial")
        partial.write_text(json.dumps({"pid": pid, "started": started, "fingerprint": self.fingerprint}))
        partial.replace(self.pid_file)


def _send(pid: int, one_signal: signal.Signals) -> None:
    try:
        os.kill(pid, one_signal)
    except ProcessLookupError:
        return


def _wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def answers(url: str, seconds: float = 5.0) -> bool:
    """True where an HTTP GET of a loopback address answers with a status below 400."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=seconds) as answer:
            return int(answer.status) < 400
    except (OSError, urllib.error.URLError, ValueError):
        return False


def last_lines(log: Path) -> str:
    """The end of a log, indented for the terminal."""
    lines = log.read_text(errors="replace").rstrip().splitlines() if log.exists() else []
    return "\n".join(f"    | {line}" for line in lines[-LAST_LINES:])
