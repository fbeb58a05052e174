"""Worker processes that can be killed, stopped and let go on; each that is killed has a successor."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from leo_activation.settings import REPOSITORY

Process = subprocess.Popen[bytes]
Death = tuple[str, int]
"""A named point, and at which passing of it a worker kills itself."""


class Fleet:
    """So many workers at once, each under a name that no other has."""

    def __init__(self, size: int, arguments: Mapping[str, object], deaths: Sequence[Death] = ()) -> None:
        """Start them.

        Args:
            arguments: go to `tests.faults.worker`, with the name added.
            deaths: the first workers to be started have one of these each.
        """
        self._arguments = arguments
        self._started = 0
        self._deaths = list(deaths)
        self._fated: dict[str, Death] = {}
        self.running: dict[str, Process] = {}
        self.killed: set[str] = set()
        self.died_at: Counter[str] = Counter()
        for _ in range(size):
            self._start()

    @property
    def fated(self) -> frozenset[str]:
        """Who will die by itself, or has just done so."""
        return frozenset(self._fated)

    @property
    def deaths_left(self) -> int:
        """How many of the deaths by point have not come yet."""
        return len(self._deaths) + len(self._fated.keys() & self.running.keys())

    def kill(self, name: str) -> None:
        """End a worker as the kernel would, and start its successor."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.killed.add(name)
        if name in self._fated:
            # It did not come to the point at which it was to die; another will.
            self._deaths.append(self._fated.pop(name))
        self._start()

    def stop(self, name: str) -> None:
        """Freeze a worker where it is; it is off the processor when this returns."""
        process = self.running[name]
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)

    def resume(self, name: str) -> None:
        """Let a frozen worker go on as if nothing had happened."""
        self.running[name].send_signal(signal.SIGCONT)

    def ended(self) -> bool:
        """Whether every worker came to its own end; who died at a point is noted and has a successor.

        Raises:
            RuntimeError: one of them failed; what it said stands on stderr.
        """
        codes = {name: process.poll() for name, process in self.running.items()}
        for name in [name for name, code in codes.items() if code == -signal.SIGKILL and name in self._fated]:
            self.died_at[self._fated.pop(name)[0]] += 1
            self.killed.add(name)
            del self.running[name]
            self._start()
            codes[name] = None
        failed = [name for name, code in codes.items() if code]
        if failed:
            raise RuntimeError(f"the worker {failed[0]} failed")
        return all(code is not None for code in codes.values())

    def close(self) -> None:
        """End those that still run."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def _start(self) -> None:
        self._started += 1
        name = f"w{self._started}"
        fate: dict[str, object] = {}
        if self._deaths:
            self._fated[name] = self._deaths.pop(0)
            fate = dict(zip(("die_at", "passing"), self._fated[name], strict=True))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            stdin=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({**self._arguments, **fate, "name": name}).encode() + b"\n")
        process.stdin.close()
        self.running[name] = process


@contextmanager
def running_fleet(size: int, arguments: Mapping[str, object], deaths: Sequence[Death] = ()) -> Iterator[Fleet]:
    """A fleet for the length of the block."""
    fleet = Fleet(size, arguments, deaths)
    try:
        yield fleet
    finally:
        fleet.close()
