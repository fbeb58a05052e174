"""The Python environments: Airflow and the pipeline, Superset, Airflow with FAB; they need different libraries."""

import os
import sys
from pathlib import Path

from embedded.environment import inherited
from embedded.failure import SetupError
from embedded.places import Places
from embedded.steps import Shell, digest

TORCH = "torch"
UV = "uv"
GPU_PREFIX = "nvidia-"


def inputs(lock: Path) -> str:
    """What an environment depends on: its lock and the Python that it is made from."""
    return digest(sys.version, sys.base_prefix, lock)


def torch_inputs(lock: Path) -> str:
    """What the environment with torch depends on: its pin, and the Python that it is made from."""
    return digest(sys.version, sys.base_prefix, pinned(lock, TORCH), pinned(lock, UV))


def package_index() -> str | None:
    """The package index named by the environment, where one is."""
    return os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL") or os.environ.get("PIP_INDEX_URL")


def pinned(lock: Path, name: str) -> str:
    """The requirement `name==version` of a lock. Raises SetupError where the lock has none."""
    for line in lock.read_text().splitlines():
        requirement = line.split("#")[0].split(";")[0].strip()
        if requirement.partition("==")[0] == name and "==" in requirement:
            return requirement
    raise SetupError(f"{lock} pins no {name}; run `make lock`.")


def make(folder: Path, shell: Shell) -> None:
    """Make an empty environment; one that works is left alone, one whose Python is gone is made anew."""
    python = folder / "bin" / "python"
    if python.exists() and shell.succeeds([python, "-m", "pip", "--version"], environment=inherited()):
        return
    shell.run(
        [sys.executable, "-m", "venv", "--clear", folder],
        sentence=f"The Python environment {folder} could not be made.",
        environment=inherited(),
    )


def install_torch(places: Places, lock: Path, shell: Shell) -> None:
    """Make the pipeline's environment with uv and torch.

    torch comes first and by pip, which sees a CPU build offered beside the registry (its own index or find-links
    settings); uv then finds the pinned version satisfied and never fetches the much larger build for GPUs.
    """
    make(places.venv, shell)
    shell.run(
        [places.python(), "-m", "pip", "install", "--no-input", pinned(lock, UV), pinned(lock, TORCH)],
        sentence="torch could not be installed.",
        environment=inherited(),
    )


def install(places: Places, folder: Path, lock: Path, shell: Shell) -> None:
    """Install what a lock pins into an environment, with uv. Raises SetupError."""
    make(folder, shell)
    shell.run(
        [places.venv / "bin" / UV, "pip", "install", "--python", folder / "bin" / "python", "--requirements", lock],
        sentence=f"The packages of {lock} could not be installed.",
        environment={**inherited(), "UV_HTTP_TIMEOUT": os.environ.get("UV_HTTP_TIMEOUT") or "180"},
    )


def compile_locks(places: Places, shell: Shell, *, upgrade: bool) -> None:
    """Compile every requirements.in into its requirements.txt, keeping pins that still serve unless upgrading.

    torch is resolved anew each time, with the CPU build, so that the lock does not name the libraries of the GPU build
    (SetupError where none is offered), and pinned without its local label (2.13.0, not 2.13.0+cpu), so that either
    build satisfies it.
    """
    links = [part for link in os.environ.get("PIP_FIND_LINKS", "").split() for part in ("--find-links", link)]
    repository = places.repository
    for source in (
        repository / "requirements.in",
        repository / "requirements-dev.in",
        repository / "deploy" / "airflow" / "requirements.in",
        repository / "superset" / "requirements.in",
        repository / "deploy" / "fab" / "requirements.in",
    ):
        lock = source.with_suffix(".txt")
        if lock.exists():
            lock.write_text("".join(line for line in _lines(lock) if not line.startswith(f"{TORCH}==")))
        shell.run(
            [
                *(places.venv / "bin" / UV, "pip", "compile", source.name, "--output-file", lock.name),
                *("--python", places.python(), "--quiet", "--no-emit-find-links"),
                *("--custom-compile-command", "make lock", *links),
                *(["--upgrade"] if upgrade else []),
            ],
            sentence=f"{source} could not be resolved.",
            environment=inherited(),
            folder=source.parent,
        )
        lock.write_text("".join(_without_local_label(line) for line in _lines(lock)))
        if any(line.startswith(GPU_PREFIX) for line in _lines(lock)):
            raise SetupError(
                f"{lock} now names the libraries of torch's GPU build; offer uv a CPU build of torch beside the "
                "registry (PIP_FIND_LINKS) and compile again."
            )


def _lines(lock: Path) -> list[str]:
    return lock.read_text().splitlines(keepends=True)


def _without_local_label(line: str) -> str:
    return line.partition("+")[0] + "\n" if line.startswith(f"{TORCH}==") and "+" in line else line
