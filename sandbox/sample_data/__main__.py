"""python -m sandbox.sample_data --form csv|arangodump --profiles N --seed S --as-of ISO --out DIR"""

import argparse
import sys
import time
from pathlib import Path

from sandbox.sample_data.chunks import default_workers
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from sandbox.sample_data.write_csv import CsvSettings, write_csv

_FEWEST, _MOST = 100, 1_000_000


def _profiles(text: str) -> int:
    number = int(text)
    if not _FEWEST <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"must be between {_FEWEST} and {_MOST:,}")
    return number


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return seed


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 0.05:
        raise argparse.ArgumentTypeError("must be between 0 (no faults) and 0.05")
    return share


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.sample_data", description="Write an invented shop's data. Same arguments, same bytes."
    )
    parser.add_argument("--form", choices=("csv", "arangodump"), required=True)
    parser.add_argument("--profiles", type=_profiles, default=1_000, help=f"{_FEWEST} to {_MOST:,}")
    parser.add_argument("--seed", type=_seed, default=7)
    parser.add_argument("--as-of", type=parse_as_of, default=parse_as_of("2026-02-20T00:00:00Z"), metavar="ISO")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--fault-share", type=_share, default=0.0005, help="profiles spoiled in each kind of fault, 0 for none"
    )
    parser.add_argument("--compress", action="store_true", help="arangodump only: gzip the data files")
    parser.add_argument(
        "--workers", type=int, default=default_workers(), help="processes; the bytes do not depend on it"
    )
    chosen = parser.parse_args(arguments)

    started = time.monotonic()
    if chosen.form == "csv":
        manifest = write_csv(
            CsvSettings(chosen.profiles, chosen.seed, chosen.as_of, chosen.fault_share, chosen.workers), chosen.out
        )
        counted = manifest["files"]
    else:
        manifest = write_arangodump(
            DumpSettings(
                chosen.profiles, chosen.seed, chosen.as_of, chosen.fault_share, chosen.compress, chosen.workers
            ),
            chosen.out,
        )
        counted = manifest["documents"]
    sys.stdout.write(f"{chosen.out}: {counted} in {time.monotonic() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
