"""The memory of this process, as the kernel counts it."""

import re
from pathlib import Path

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_kib() -> int:
    """The most resident memory so far, in KiB.

    Not getrusage: its peak survives exec, so a child begins with that of the process that started it.
    """
    found = PEAK.search(Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError("this kernel does not tell a process's peak memory")
    return int(found[1])
