"""Timing things side by side: in one run, interleaved, so that a busy machine disturbs all of them alike."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TOLERATED_LOAD = 0.1


@dataclass(frozen=True)
class Timing:
    """Seconds of each repeat, in the order they were run; wall clock, and processor over all threads."""

    wall_samples: tuple[float, ...]
    cpu_samples: tuple[float, ...]

    @property
    def wall(self) -> float:
        """Median seconds on the clock."""
        return median(self.wall_samples)

    @property
    def cpu(self) -> float:
        """Median seconds of processor time: the fairer of the two where other programs run."""
        return median(self.cpu_samples)

    @property
    def least_cpu(self) -> float:
        """The fewest seconds of processor time that a repeat took."""
        return min(self.cpu_samples)


@dataclass(frozen=True)
class Comparison:
    """The timings by name, and how far the machine was the benchmark's own.

    Attributes:
        busy_elsewhere: share of the machine's cores that other programs used meanwhile, 0 to 1. Threads that wait
            for each other lose far more than that share, so ratios from a busy machine mislead.
    """

    timings: Mapping[str, Timing]
    busy_elsewhere: float

    def warning(self) -> str | None:
        """A sentence if the machine was too busy for the ratios to be believed, else None."""
        if self.busy_elsewhere <= TOLERATED_LOAD:
            return None
        return f"Other programs took {self.busy_elsewhere:.0%} of the machine meanwhile: do not believe these ratios."


@dataclass(frozen=True)
class Speedup:
    """How many times faster one side is than the other, by the clock and by processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Spent:
    """Seconds that one piece of work took: on the clock, of this process, and of the server processes that it used."""

    wall: float
    client: float
    server: float

    @property
    def cpu(self) -> float:
        """Processor time on both sides: the fairer of the two where other programs run."""
        return self.client + self.server

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.client + other.client, self.server + other.server)


def processor_seconds(process_id: int) -> float:
    """Processor time of another process of this machine so far, in steps of 10 ms; 0 where it cannot be seen."""
    try:
        # Fields 14 and 15 of /proc/<pid>/stat, counted after the name, which may hold spaces and parentheses.
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(sides: Mapping[str, Callable[[], object]], *, repeats: int = 5) -> Comparison:
    """Time each side `repeats` times, one after the other in every round, after one round that does not count.

    Every second round runs backwards, so that no side always follows the same neighbour. Processor time is of this
    process only: a side that works in another process has to be judged by the clock.
    """
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for run in sides.values():
        run()
    order = list(sides.items())
    started, all_before, own_before = time.perf_counter(), _busy_seconds(), time.process_time()
    for _ in range(repeats):
        for name, run in order:
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            samples[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        order.reverse()
    others = _busy_seconds() - all_before - (time.process_time() - own_before)
    capacity = (time.perf_counter() - started) * (os.cpu_count() or 1)
    timings = {
        name: Timing(tuple(wall for wall, _ in taken), tuple(cpu for _, cpu in taken))
        for name, taken in samples.items()
    }
    return Comparison(timings, max(0.0, others / capacity))


def _busy_seconds() -> float:
    # The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in clock ticks of all cores.
    total = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, total)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def speedup(baseline: Timing, faster: Timing) -> Speedup:
    """Median of the baseline ÷ median of the other."""
    return Speedup(wall=baseline.wall / faster.wall, cpu=baseline.cpu / faster.cpu)


def verdict(value: float, *, floor: float, goal: float) -> str:
    """Where a value stands between floor and goal; less is better where the goal lies below the floor."""
    less_is_better = goal < floor
    reached, wanted = (value <= floor, value <= goal) if less_is_better else (value >= floor, value >= goal)
    sign = "≤" if less_is_better else "≥"
    state = "goal reached" if wanted else "floor reached" if reached else "BELOW THE FLOOR"
    return f"floor {sign} {floor:g}, goal {sign} {goal:g}: {state}"
