"""What the command's tests share: its environment, and two ways to start it."""

import json
import os
import sys
from collections.abc import Callable
from subprocess import PIPE, Popen
from typing import Any

import pytest
from click.testing import CliRunner, Result

from leo_activation.cli import main
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse

Leo = Callable[..., Result]
Start = Callable[..., "Popen[bytes]"]


@pytest.fixture
def environment(warehouse: Warehouse, pseudonym_key: bytes) -> dict[str, str]:
    urls = {f"LEO_{role.name}_URL": warehouse.urls[role] for role in DatabaseRole}
    return {**urls, "LEO_PSEUDONYM_KEY": pseudonym_key.decode()}


@pytest.fixture
def leo(environment: dict[str, str]) -> Leo:
    """Run the command within this process."""

    def run(*arguments: str, given: str | bytes | None = None, more: dict[str, str] | None = None) -> Result:
        return CliRunner(env={**environment, **(more or {})}).invoke(main, list(arguments), input=given)

    return run


@pytest.fixture
def start(environment: dict[str, str]) -> Start:
    """Start the command as a process of its own, as a script does; pipes to all three streams."""

    def run(*arguments: str, more: dict[str, str] | None = None) -> "Popen[bytes]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEO_")}
        variables = {**inherited, **environment, "PYTHONPATH": str(REPOSITORY / "plugins"), **(more or {})}
        command = [sys.executable, "-m", "leo_activation", *arguments]
        return Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=variables)

    return run


def told(result: Result) -> dict[str, Any]:
    """The one JSON object that a command wrote."""
    [line] = result.stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


def told_lines(result: Result) -> list[dict[str, Any]]:
    """The JSON objects that a command wrote, one a line."""
    return [json.loads(line) for line in result.stdout_bytes.decode().split("\n")[:-1]]
