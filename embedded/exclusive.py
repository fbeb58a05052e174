"""One set-up at a time: locks that the kernel lets go of when the process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.failure import SetupError


@contextmanager
def alone(folder: Path, verb: str) -> Iterator[None]:
    """Hold the instance for one verb. Raises SetupError at once where another verb holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another set-up"
            raise SetupError(f"Already at work here: {holder}; wait for it, or end it.") from None
        file.truncate(0)
        file.write(f"`{verb}` (process {os.getpid()})")
        file.flush()
        yield


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Wait for instances that share the tools to finish making them, then hold the tools."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tools.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another set-up is making the environments in {folder}; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
