"""Worker processes that can be killed, stopped and let go on; each that is killed has a successor."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from leo_activation.settings import REPOSITORY

Process = subprocess.Popen[bytes]


class Fleet:
    """So many workers at once, each under a name that no other has."""

    def __init__(self, size: int, arguments: Mapping[str, object]) -> None:
        """Start them; `arguments` go to `tests.faults.worker`, with the name added."""
        self._arguments = arguments
        self._started = 0
        self.running: dict[str, Process] = {}
        self.killed: set[str] = set()
        for _ in range(size):
            self._start()

    def kill(self, name: str) -> None:
        """End a worker as the kernel would, and start its successor."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.killed.add(name)
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
        """Whether every worker came to its own end.

        Raises:
            RuntimeError: one of them failed; what it said stands on stderr.
        """
        codes = {name: process.poll() for name, process in self.running.items()}
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
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            stdin=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({**self._arguments, "name": name}).encode() + b"\n")
        process.stdin.close()
        self.running[name] = process


@contextmanager
def running_fleet(size: int, arguments: Mapping[str, object]) -> Iterator[Fleet]:
    """A fleet for the length of the block."""
    fleet = Fleet(size, arguments)
    try:
        yield fleet
    finally:
        fleet.close()
