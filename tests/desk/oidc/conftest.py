"""Airflow with the FAB auth manager on a database of its own, and an OpenID provider, each at a real address."""

import json
import os
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded.places import Places
from embedded.processes import Service
from embedded.urls import sqlalchemy_url, with_database
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from sandbox.openid_provider import Account, Client, OpenIdProvider
from tests.openid import free_port, running_provider

ROLES = {"marketing": ["Viewer"], "segment-reviewers": ["User"]}
FIRST_USER_ID = "1"
"""FAB's user ids are numbers in the order of the first logins; the reviewer logs in first."""
ACCOUNTS = (
    Account("petr", "Petr", "Novák", "petr@shop.example", ("segment-reviewers",)),
    Account("linh", "Linh", "Trần", "linh@shop.example", ("marketing", "everybody")),
    Account("sam", "Sam", "Smith", "sam@shop.example", ("everybody",)),
)
CLIENT_ID, CLIENT_SECRET = "airflow", "a secret: with a colon"
LIMIT_S = 900


@dataclass(frozen=True)
class Airflow:
    """Where Airflow listens, and the URL of its own database."""

    url: str
    database: str = field(repr=False)


@pytest.fixture(scope="session")
def airflow_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def provider(airflow_port: int) -> Iterator[OpenIdProvider]:
    """The provider, with Airflow as its client."""
    client = Client(CLIENT_ID, CLIENT_SECRET, f"http://127.0.0.1:{airflow_port}/auth/oauth-authorized/openid")
    with running_provider(client, ACCOUNTS) as running:
        yield running


@pytest.fixture(scope="session")
def airflow(
    warehouse: Warehouse, provider: OpenIdProvider, airflow_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Airflow]:
    """Airflow's API server with the desk as its plugin, as `deploy/fab` describes it."""
    administrator = os.environ["LEO_ADMIN_URL"]
    name = f"leo_test_airflow_{secrets.token_hex(4)}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    found = Airflow(f"http://127.0.0.1:{airflow_port}", with_database(administrator, name))
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    places = Places.from_environment()
    environment = environment_of(found, home, places, warehouse, provider)
    program = str(places.fab_venv / "bin" / "airflow")
    subprocess.run([program, "db", "migrate"], env=environment, check=True, capture_output=True, timeout=LIMIT_S)

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"{found.url}/api/v2/version", timeout=5) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    service = Service(
        name="airflow-api-server",
        command=[program, "api-server", "--apps", "core"],
        environment=environment,
        folder=REPOSITORY,
        run_folder=home / "run",
        log_folder=home / "log",
        is_ready=is_ready,
        configuration="",
        start_seconds=LIMIT_S,
    )
    service.launch()
    try:
        service.wait_until_ready()
        yield found
    finally:
        service.stop()
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def environment_of(
    found: Airflow, home: Path, places: Places, warehouse: Warehouse, provider: OpenIdProvider
) -> dict[str, str]:
    """The settings that docs/guides/people-and-roles.md names, and those that every Airflow has."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    secret = secrets.token_hex(32)
    return {
        **kept,
        **{f"LEO_{role.name}_URL": warehouse.urls[role] for role in (DatabaseRole.LOADER, DatabaseRole.WRITER)},
        "LEO_READER_URL": warehouse.urls[DatabaseRole.READER],
        "LEO_APPROVERS": FIRST_USER_ID,
        "LEO_OIDC_ISSUER": provider.issuer,
        "LEO_OIDC_CLIENT_ID": CLIENT_ID,
        "LEO_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "LEO_OIDC_ROLES": json.dumps(ROLES),
        "PATH": f"{places.fab_venv / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__FAB__CONFIG_FILE": str(REPOSITORY / "deploy" / "fab" / "webserver_config.py"),
        # FAB remembers somebody's roles for so many seconds, 30 by default.
        "AIRFLOW__FAB__CACHE_TTL": "0",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlalchemy_url(found.database, "psycopg2"),
        "AIRFLOW__API__BASE_URL": found.url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": found.url.rpartition(":")[2],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": secret,
    }
