"""The checks of `make test`, each with the time that it took.

They run one after the other, but for the end-to-end tests: those wait much (for Airflow, for the reviewers of the demo,
for what was killed to come back), and use ports, a server and folders of their own, so they run beside the others.
"""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

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
BESIDE = frozenset({Check.END_TO_END})
"""What runs beside the others, where others run too."""
END_LIMIT_S = 240
"""For stopping the instance that it started."""
END_TO_END_LIMIT_S = 4200
"""After it no further test begins: what hangs may not use up the time of everything else."""
OIDC_FOLDERS = ("tests/desk/oidc", "tests/superset/oidc")
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
            # In the order of `tests/conftest.py`: xdist's own puts files of few tests last, however long they take.
            order = ("--dist", "loadfile", "--no-loadscope-reorder")
            processes = ("--numprocesses", "logical", "--maxprocesses", "4", *order)
            return ["pytest", "-m", f"not ({APART})", *processes, *extra]
        case Check.END_TO_END:
            told = ("--verbose", "--durations=0", "--durations-min=1", "--session-timeout", str(END_TO_END_LIMIT_S))
            # By its folder: twelve thousand other tests would be collected before the first begins.
            return ["pytest", "tests/end_to_end", "-m", check.value, *told, *extra]
        case Check.OIDC:
            return ["pytest", *OIDC_FOLDERS, "-m", check.value, *extra]
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
    installation.places.log.mkdir(parents=True, exist_ok=True)
    beside = BESIDE & set(checks) if set(checks) - BESIDE else set()
    return run_commands(
        {check: command(installation, check, extra) for check in checks},
        cwd=installation.places.repository,
        environment=test_environment(installation),
        log_folder=installation.places.log,
        beside=beside,
    )


def run_commands(
    commands: Mapping[Check, Sequence[str]],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log_folder: Path,
    beside: Collection[Check] = (),
) -> int:
    """Run the command of each check, one after the other; those of `beside` meanwhile, their output told at the end.

    Returns:
        0 where every command ended with 0, else 1.
    """
    meanwhile = [
        _Meanwhile(check, command, cwd, environment, log_folder)
        for check, command in commands.items()
        if check in beside
    ]
    results: list[tuple[Check, bool, float]] = []
    begin = time.monotonic()
    try:
        for check, command in commands.items():
            if check in beside:
                continue
            print(f"\n== {check}", flush=True)
            began = time.monotonic()
            done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, check=False)
            results.append((check, done.returncode == os.EX_OK, time.monotonic() - began))
        results += [one.wait() for one in meanwhile]
    finally:
        for one in meanwhile:
            one.end()
    print()
    for check, passed, seconds in results:
        print(f"{check:10} {'passed' if passed else 'FAILED':8} {seconds:6.1f} s")
    print(f"{'in all':19} {time.monotonic() - begin:6.1f} s", flush=True)
    return 0 if all(passed for _, passed, _ in results) else 1


class _Meanwhile:
    """A check that runs beside the others, its output in a file."""

    def __init__(
        self, check: Check, command: Sequence[str], cwd: Path, environment: Mapping[str, str], log_folder: Path
    ) -> None:
        self.check = check
        self.file = log_folder / f"{check}.log"
        self.began = time.monotonic()
        print(f"\n== {check} runs beside the others; meanwhile its output is in {self.file}", flush=True)
        with self.file.open("w") as log:
            # A session of its own: Ctrl-C reaches it once, from here, and it stops what it started.
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> tuple[Check, bool, float]:
        """Its result, once it has ended by itself and its output was told."""
        passed = self.process.wait() == os.EX_OK
        seconds = time.monotonic() - self.began
        print(f"\n== {self.check}", flush=True)
        print(self.file.read_text(errors="replace"), flush=True)
        return self.check, passed, seconds

    def end(self) -> None:
        """End it where somebody interrupted the others."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
