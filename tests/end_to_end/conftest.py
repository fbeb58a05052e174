"""A second instance beside the first: its own data, ports and Airflow, on which the demo runs the whole job."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from embedded import airflow as airflow_services
from embedded import superset as superset_services
from embedded.credentials import Credentials
from embedded.places import Places
from embedded.processes import Service
from leo_activation.settings import REPOSITORY, read_settings
from leo_activation.warehouse.connections import Warehouse, warehouse_from
from tests.conftest import AUDIENCE_DISCOVERY
from tests.end_to_end.chart_figures import log_in

PORTS = {
    "LEO_POSTGRES_PORT": "25432",
    "LEO_AIRFLOW_PORT": "28080",
    "LEO_SUPERSET_PORT": "28088",
    "LEO_SANDBOX_PORT": "28090",
    "LEO_SANDBOX_SMTP_PORT": "28025",
    "LEO_SANDBOX_ARANGODB_PORT": "28529",
    "LEO_WEBHOOKS_PORT": "28091",
}
PATIENCE = {
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "10",
}
"""Sooner than elsewhere, in seconds: what is killed here is dead, and nothing else is waited for."""
DEMO_LIMIT_S = 1500
"""Of a demo: each test has its own limit, without what its fixtures take."""
STOP_LIMIT_S = 180
READERS_DOMAIN = "readers.leo.example"
"""Where whoever gets reports of Superset is written to."""

RunInSuperset = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Instance:
    """The instance's environment, what the demo printed in its two runs, and its command (`python -m embedded …`)."""

    environment: Mapping[str, str]
    first_screen: str
    second_screen: str
    embedded: Callable[..., str]

    @property
    def warehouse(self) -> Warehouse:
        """The instance's warehouse, every role."""
        return warehouse_from(read_settings(self.environment))

    @property
    def home(self) -> Path:
        """Its folder."""
        return Path(self.environment["LEO_HOME"])


@pytest.fixture(scope="session")
def places(instance: Instance) -> Places:
    return Places.from_environment(instance.environment)


@pytest.fixture(scope="session")
def credentials(places: Places) -> Credentials:
    return Credentials.load(places.secrets)


@pytest.fixture(scope="session")
def scheduler(places: Places, credentials: Credentials) -> Service:
    return airflow_services.service(places, credentials, "scheduler")


@pytest.fixture(scope="session")
def superset_url(places: Places) -> str:
    return superset_services.base_url(places)


@pytest.fixture(scope="module")
def superset_client(instance: Instance, superset_url: str) -> Iterator[httpx.Client]:
    """Superset's API as its administrator; a login holds a quarter of an hour."""
    with closing(log_in(superset_url, instance.environment["LEO_SUPERSET_ADMIN_PASSWORD"])) as client:
        yield client


@pytest.fixture(scope="session")
def run_in_superset(places: Places, credentials: Credentials) -> RunInSuperset:
    """Runs Python in Superset's own environment, with variables beside its own; gives what it ended with and said."""

    def run(*arguments: str, limit_s: int = 300, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [places.superset_venv / "bin" / "python", *arguments],
            cwd=REPOSITORY,
            env={**superset_services.environment(places, credentials), **variables},
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    """The demo, twice in a row, through a scheduler of its own: on the real data where it lies beside the clone."""
    data = ["--data", str(AUDIENCE_DISCOVERY)] if AUDIENCE_DISCOVERY.is_dir() else []
    home = REPOSITORY / ".leo" / "end-to-end"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LEO_", "AIRFLOW", "SUPERSET"))},
        **PORTS,
        **PATIENCE,
        "LEO_HOME": str(home),
        "LEO_POSTGRES_FSYNC": "off",
        "LEO_TOOLS": os.environ["LEO_TOOLS"],
    }

    def embedded(*arguments: str, limit_s: int) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "embedded", *arguments],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    if home.exists():
        embedded("clean", limit_s=STOP_LIMIT_S)
    try:
        first = embedded("demo", *data, limit_s=DEMO_LIMIT_S)
        second = embedded("demo", *data, limit_s=DEMO_LIMIT_S)
        dump = "import json, os; print(json.dumps(dict(os.environ)))"
        inside = json.loads(embedded("run", "--", "python", "-c", dump, limit_s=60).splitlines()[-1])
        yield Instance(inside, first, second, embedded)
    finally:
        embedded("stop", limit_s=STOP_LIMIT_S)
