"""`python -m bench [name ...]`: run all benchmarks, or the ones named."""

import argparse
import importlib
import time

BENCHMARKS = {"embedding": "bench.embedding"}
"""Name to module; each has `run() -> None`, which prints, and imports what it measures only when it is run."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(BENCHMARKS)}; all by default")
    names: list[str] = parser.parse_args().names
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        started = time.perf_counter()
        print(f"== {name}", flush=True)
        importlib.import_module(BENCHMARKS[name]).run()
        print(f"== {name}: {time.perf_counter() - started:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
