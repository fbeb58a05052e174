"""The checks of `make test`, one after the other, each with the time that it took."""

import os
import subprocess
import time
from collections.abc import Sequence
from enum import StrEnum

from embedded.failure import SetupError
from embedded.installation import Installation


class Check(StrEnum):
    """What `test` can name; the first six make up `make test`."""

    LINT = "lint"
    TYPES = "types"
    LAYERS = "layers"
    DOCS = "docs"
    TESTS = "tests"
    END_TO_END = "end_to_end"
    FAULTS = "faults"
    SOAK = "soak"
    OIDC = "oidc"


EVERY_DAY = (Check.LINT, Check.TYPES, Check.LAYERS, Check.DOCS, Check.TESTS, Check.END_TO_END)
NEEDS_SERVER = (Check.TESTS, Check.END_TO_END, Check.FAULTS, Check.SOAK, Check.OIDC)
END_TO_END_LIMIT_S = 2400
"""After it no further test begins: what hangs may not use up the time of everything else."""
APART = "faults or soak or end_to_end or oidc"
"""Markers of the tests that want the machine for themselves; the others share it, a process for each core."""


def parse_checks(names: Sequence[str]) -> list[Check]:
    """Checks by name, the everyday ones without a name. Raises SetupError for an unknown one."""
    try:
        return [Check(name) for name in names] or list(EVERY_DAY)
    except ValueError as error:
        raise SetupError(f"{error}; known are {', '.join(Check)}.") from None


def command(installation: Installation, check: Check, extra: Sequence[str]) -> list[str]:
    """The program of one check; `extra` goes to pytest."""
    match check:
        case Check.LINT:
            return ["ruff", "check", "."]
        case Check.TYPES:
            return ["mypy", "--strict"]
        case Check.LAYERS:
            return ["lint-imports", "--no-logo"]
        case Check.DOCS:
            return ["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(installation.places.home / "site")]
        case Check.TESTS:
            processes = ("--numprocesses", "logical", "--maxprocesses", "4", "--dist", "loadfile")
            return ["pytest", "-m", f"not ({APART})", *processes, *extra]
        case Check.END_TO_END:
            told = ("--verbose", "--durations=0", "--durations-min=1", "--session-timeout", str(END_TO_END_LIMIT_S))
            # By its folder: twelve thousand other tests would be collected before the first begins.
            return ["pytest", "tests/end_to_end", "-m", check.value, *told, *extra]
        case _:
            return ["pytest", "-m", check.value, *extra]


def test_environment(installation: Installation) -> dict[str, str]:
    """The pipeline's environment with an Airflow of the tests' own, so that they never touch the running one."""
    places = installation.places
    home = places.home / "tests" / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **installation.base(),
        **installation.environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(places.repository / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(places.repository / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "NO_MKDOCS_2_WARNING": "1",
    }


def run(installation: Installation, checks: Sequence[Check], extra: Sequence[str]) -> int:
    """Run the checks, all of them even where one fails; 0 where all went well."""
    environment = test_environment(installation)
    results: list[tuple[Check, bool, float]] = []
    for check in checks:
        print(f"\n== {check}", flush=True)
        begin = time.monotonic()
        done = subprocess.run(
            command(installation, check, extra),
            cwd=installation.places.repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        results.append((check, done.returncode == os.EX_OK, time.monotonic() - begin))
    print()
    for check, passed, seconds in results:
        print(f"{check:10} {'passed' if passed else 'FAILED':8} {seconds:6.1f} s")
    print(f"{'in all':19} {sum(seconds for *_, seconds in results):6.1f} s", flush=True)
    return 0 if all(passed for _, passed, _ in results) else 1
