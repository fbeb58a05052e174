"""Debian packages of the machine itself: the few that are needed, only those that are missing."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded.checks import check_root
from embedded.steps import Shell

Presence = Callable[[], bool]

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def _has_fonts() -> bool:
    return any(Path("/usr/share/fonts/truetype/dejavu").glob("DejaVuSans.ttf"))


def _has_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


SERVER: dict[str, Presence] = {
    "mmdebstrap": lambda: shutil.which("mmdebstrap") is not None,
    "debian-archive-keyring": KEYRING.exists,
}
PYTHON: dict[str, Presence] = {"python3-venv": _has_venv}
BROWSER: dict[str, Presence] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-dejavu-core": _has_fonts,
}
DRIVER: dict[str, Presence] = {"chromium-driver": lambda: shutil.which("chromedriver") is not None}
REPORTS: dict[str, Presence] = {
    **DRIVER,
    # It holds the server's program too; the package redis-server would start one of its own on this machine.
    "redis-tools": lambda: shutil.which("redis-check-rdb") is not None,
}


def missing(packages: Mapping[str, Presence]) -> list[str]:
    """The packages whose files are not there."""
    return [name for name, is_there in packages.items() if not is_there()]


def install(packages: list[str], shell: Shell) -> None:
    """Install packages, refreshing the package lists only where they are too old for it. Raises SetupError."""
    if not packages:
        return
    check_root(f"to install the Debian packages {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]
    command = ["apt-get", *options, "install", "--yes", "--no-install-recommends", *packages]
    if shell.succeeds(command, environment=environment):
        return
    shell.succeeds(["apt-get", *options, "update"], environment=environment)
    shell.run(
        command,
        sentence=f"The Debian packages {', '.join(packages)} could not be installed.",
        environment=environment,
    )
