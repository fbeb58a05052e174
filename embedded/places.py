"""Where everything is: folders and ports of one instance, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.failure import SetupError

REPOSITORY = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"

DEFAULT_PORTS = {
    "LEO_POSTGRES_PORT": 15432,
    "LEO_AIRFLOW_PORT": 8080,
    "LEO_SUPERSET_PORT": 8088,
    "LEO_SANDBOX_PORT": 8090,
    "LEO_SANDBOX_SMTP_PORT": 8025,
    "LEO_SANDBOX_ARANGODB_PORT": 8529,
    "LEO_WEBHOOKS_PORT": 8091,
}


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one instance."""

    postgres: int
    airflow: int
    superset: int
    sandbox: int
    sandbox_smtp: int
    sandbox_arangodb: int
    webhooks: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """Read the LEO_*_PORT variables. Raises SetupError on what is not a port, or on one port named twice."""
        values: dict[str, int] = {}
        for variable, default in DEFAULT_PORTS.items():
            text = environment.get(variable) or str(default)
            if not text.isdecimal() or not 1 <= int(text) <= 65535:
                raise SetupError(f"{variable}={text!r} is not a port number between 1 and 65535.")
            number = int(text)
            if number in values.values():
                other = next(name for name, value in values.items() if value == number)
                raise SetupError(f"{other} and {variable} both name port {number}; give each its own.")
            values[variable] = number
        return cls(*values.values())

    def in_order(self) -> tuple[int, ...]:
        """The ports in the order of DEFAULT_PORTS."""
        return (
            self.postgres,
            self.airflow,
            self.superset,
            self.sandbox,
            self.sandbox_smtp,
            self.sandbox_arangodb,
            self.webhooks,
        )


@dataclass(frozen=True)
class Network:
    """Where the processes listen, and under which names they reach each other: all loopback on one machine.

    Containers have a network between them instead (docker-compose.yml): there `bind` is every interface.
    """

    bind: str
    airflow_host: str
    sandbox_host: str
    webhooks_host: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Network":
        """Read LEO_BIND_ADDRESS, LEO_AIRFLOW_HOST, LEO_SANDBOX_HOST and LEO_WEBHOOKS_HOST."""
        return cls(
            bind=environment.get("LEO_BIND_ADDRESS") or LOOPBACK,
            airflow_host=environment.get("LEO_AIRFLOW_HOST") or LOOPBACK,
            sandbox_host=environment.get("LEO_SANDBOX_HOST") or LOOPBACK,
            webhooks_host=environment.get("LEO_WEBHOOKS_HOST") or LOOPBACK,
        )


@dataclass(frozen=True)
class Places:
    """The folders and ports of one instance.

    `home` holds what belongs to the instance (data, logs, secrets, pid files); `tools` holds what instances can
    share (the Python environments and PostgreSQL's root folder). By default both are `.leo` in the repository.
    """

    repository: Path
    home: Path
    tools: Path
    ports: Ports
    network: Network
    database_url: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Places":
        """Read LEO_HOME, LEO_TOOLS, LEO_DATABASE_URL and the ports. Raises SetupError for an unusable value."""
        default = REPOSITORY / ".leo"
        home = Path(environment.get("LEO_HOME") or default).expanduser().resolve()
        tools = Path(environment.get("LEO_TOOLS") or default).expanduser().resolve()
        for variable, folder in (("LEO_HOME", home), ("LEO_TOOLS", tools)):
            if folder in (Path("/"), REPOSITORY, *REPOSITORY.parents):
                raise SetupError(f"{variable}={folder} holds other things; name a folder of its own.")
        return cls(
            repository=REPOSITORY,
            home=home,
            tools=tools,
            ports=Ports.from_environment(environment),
            network=Network.from_environment(environment),
            database_url=environment.get("LEO_DATABASE_URL") or None,
        )

    @property
    def venv(self) -> Path:
        return self.tools / "venv"

    @property
    def superset_venv(self) -> Path:
        return self.tools / "superset-venv"

    @property
    def fab_venv(self) -> Path:
        return self.tools / "fab-venv"

    @property
    def postgres_root(self) -> Path:
        return self.tools / "postgres" / "root"

    @property
    def postgres_data(self) -> Path:
        return self.home / "postgres" / "data"

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"

    @property
    def superset(self) -> Path:
        return self.home / "superset"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets.json"

    def python(self) -> str:
        """The interpreter of the environment in which the pipeline runs."""
        return str(self.venv / "bin" / "python")
