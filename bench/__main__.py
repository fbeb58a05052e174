"""`python -m bench [name ...]`: run all benchmarks, or the ones named."""

import argparse
import importlib
import time

BENCHMARKS = {
    "desk": "bench.desk",
    "dispatch": "bench.dispatch",
    "embedding": "bench.embedding",
    "gate": "bench.gate",
    "planner": "bench.planner",
    "refresh": "bench.refresh",
    "reports": "bench.reports",
    "requests": "bench.requests",
    "segments": "bench.segments",
    "sync": "bench.sync",
}
"""Name to module; each has `run() -> None`, which prints, and imports what it measures only when it is run."""

SIZED = frozenset({"refresh", "sync"})
FEWEST_PROFILES, MOST_PROFILES = 100, 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument(
        "--profiles",
        type=_sizes,
        metavar="N[,N]",
        help="sizes of the sources of sync and refresh, ascending: 10000,100000",
    )
    parser.add_argument("--customers", type=int, metavar="N", help="customers of desk, reports and segments")
    parser.add_argument("--edges", type=int, metavar="N", help="edges of segments")
    chosen = parser.parse_args()
    names: list[str] = chosen.names
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    if chosen.profiles and SIZED.isdisjoint(names or BENCHMARKS):
        parser.error(f"--profiles is for {' and '.join(sorted(SIZED))} only")
    for name in names or BENCHMARKS:
        started = time.perf_counter()
        print(f"== {name}", flush=True)
        run = importlib.import_module(BENCHMARKS[name]).run
        if name in SIZED and chosen.profiles:
            run(chosen.profiles)
        elif name == "segments":
            run(**{size: given for size in ("customers", "edges") if (given := getattr(chosen, size))})
        elif name in {"desk", "reports"} and chosen.customers:
            run(chosen.customers)
        else:
            run()
        print(f"== {name}: {time.perf_counter() - started:.0f} s\n", flush=True)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in text.split(","))
    if any(not FEWEST_PROFILES <= size <= MOST_PROFILES for size in sizes) or list(sizes) != sorted(set(sizes)):
        raise argparse.ArgumentTypeError(f"must be ascending, between {FEWEST_PROFILES} and {MOST_PROFILES:,}")
    return sizes


if __name__ == "__main__":
    main()
