"""The one reader of the environment.

Every other module takes what it needs as an argument, so that a test states its settings and a secret has one way
in. A missing value is a `Configuration` error that names the variable.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leo_activation.errors import Configuration

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_SENDING_WORKERS = 64


class Environment(StrEnum):
    """Where this installation stands; only `production` may reach people outside the allow-list."""

    SANDBOX = "sandbox"
    STAGING = "staging"
    PRODUCTION = "production"


class DatabaseRole(StrEnum):
    """The database logins, each with the least it needs (`docs/security.md`)."""

    OWNER = "owner"
    LOADER = "loader"
    WRITER = "writer"
    READER = "reader"


@dataclass(frozen=True)
class EmbeddingChoice:
    """Which model embeds and by which runtime; `runtime` is one of onnx, openvino, sentence-transformers."""

    model: str
    runtime: str


@dataclass(frozen=True)
class Settings:
    """What the environment says, read once at the edge of the program."""

    environment: Environment
    home: Path
    default_tenant: str
    embedding: EmbeddingChoice
    public_url: str
    audit_folder: Path
    approvers: tuple[str, ...]
    engineers: tuple[str, ...]
    _values: Mapping[str, str]

    def database_url(self, role: DatabaseRole) -> str:
        """The libpq URL of one role, from `LEO_<ROLE>_URL`.

        Raises:
            Configuration: the variable is not set.
        """
        return self.require(f"LEO_{role.name}_URL")

    def pseudonym_key(self) -> bytes:
        """The key of every stored address hash (`LEO_PSEUDONYM_KEY`, at least 32 characters).

        Raises:
            Configuration: the variable is missing or too short to resist guessing.
        """
        key = self.require("LEO_PSEUDONYM_KEY").encode()
        if len(key) < 32:
            raise Configuration("LEO_PSEUDONYM_KEY must have at least 32 characters.")
        return key

    def sending_workers(self) -> int:
        """How many tasks send one run side by side (`LEO_SENDING_WORKERS`, 1 to 64, by default 2).

        Raises:
            Configuration: it is no such number.
        """
        value = self.optional("LEO_SENDING_WORKERS") or "2"
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= MOST_SENDING_WORKERS:
            raise Configuration(f"LEO_SENDING_WORKERS is '{value}'; it must be from 1 to {MOST_SENDING_WORKERS}.")
        return int(value)

    def require(self, name: str) -> str:
        """The value of an environment variable that has no default.

        Raises:
            Configuration: it is not set or empty.
        """
        value = self._values.get(name, "")
        if not value:
            raise Configuration(f"The environment variable {name} is not set.")
        return value

    def optional(self, name: str) -> str | None:
        """The value of an environment variable, or None where it is unset or empty."""
        return self._values.get(name) or None


def read_settings(values: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `values`, by default the process's environment.

    Raises:
        Configuration: `LEO_ENVIRONMENT` is none of sandbox, staging, production.
    """
    values = os.environ if values is None else values
    name = values.get("LEO_ENVIRONMENT", Environment.SANDBOX)
    try:
        environment = Environment(name)
    except ValueError:
        known = ", ".join(Environment)
        raise Configuration(f"LEO_ENVIRONMENT is '{name}'; it must be one of {known}.") from None
    home = Path(values.get("LEO_HOME") or REPOSITORY / ".leo")
    return Settings(
        environment=environment,
        home=home,
        default_tenant=values.get("LEO_DEFAULT_TENANT", "discovery"),
        embedding=EmbeddingChoice(
            model=values.get("LEO_EMBEDDING_MODEL") or "all-MiniLM-L6-v2",
            runtime=values.get("LEO_EMBEDDING_RUNTIME") or "onnx",
        ),
        public_url=values.get("LEO_PUBLIC_URL") or "http://127.0.0.1:8091",
        audit_folder=Path(values.get("LEO_AUDIT_FOLDER") or home / "audit"),
        approvers=_names(values.get("LEO_APPROVERS", "")),
        engineers=_names(values.get("LEO_ENGINEERS", "")),
        _values=dict(values),
    )


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())
