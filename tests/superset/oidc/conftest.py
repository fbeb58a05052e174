"""Superset on a metadata database of its own, and an OpenID provider, each at a real address."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from embedded import superset as superset_service
from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import sqlalchemy_url, with_database
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from sandbox.openid_provider import Account, Client, OpenIdProvider
from tests.conftest import fresh_warehouse, tenant_without_graph
from tests.openid import free_port, running_provider

ACCOUNTS = (
    Account("linh", "Linh", "Trần", "linh@shop.example", ("retail-team", "everybody")),
    Account("anna", "Anna", "Novák", "anna@shop.example", ("marketing",)),
    Account("petr", "Petr", "Novák", "petr@shop.example", ("retail-team", "discovery-team")),
    Account("ines", "Inês", "Silva", "ines@shop.example", ("bi-admins",)),
    Account("sam", "Sam", "Smith", "sam@shop.example", ("everybody",)),
    # Called at the provider what Superset's administrator is called.
    Account("admin", "Mallory", "Admin", "admin@example.com", ("retail-team",)),
)
CLIENT_ID, CLIENT_SECRET = "superset", "a secret: with a colon"
LIMIT_S = 900
PYTHON = Places.from_environment().superset_venv / "bin" / "python"


@dataclass(frozen=True)
class Superset:
    """Where Superset listens, its log, its two tenants, its settings and its own database.

    `before` is what it answered while the provider described itself as another issuer: later it has read it.
    """

    url: str
    log: Path
    retail: str
    discovery: str
    before: httpx.Response
    environment: Mapping[str, str] = field(repr=False)
    database: str = field(repr=False)


@pytest.fixture(scope="session")
def superset_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def provider(superset_port: int) -> Iterator[OpenIdProvider]:
    """The provider, with Superset as its client."""
    client = Client(CLIENT_ID, CLIENT_SECRET, f"http://127.0.0.1:{superset_port}/oauth-authorized/openid")
    with running_provider(client, ACCOUNTS) as running:
        yield running


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """A warehouse of one's own: a role is made for each of its tenants."""
    with fresh_warehouse() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def superset(
    warehouse: Warehouse,
    provider: OpenIdProvider,
    superset_port: int,
    reporter_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Superset]:
    """Superset as it is set up on one machine, with the settings that docs/guides/superset-people.md names."""
    retail, discovery = (tenant_without_graph(warehouse).tenant_id for _ in range(2))
    places = own_places(superset_port, tmp_path_factory.mktemp("superset"))
    credentials = Credentials.load(Places.from_environment().secrets)
    with own_database() as database:
        environment = {
            **superset_service.environment(places, credentials),
            "LEO_SUPERSET_DATABASE_URI": sqlalchemy_url(database, "psycopg2"),
            "LEO_REPORTER_URL": with_database(reporter_url, warehouse_name(warehouse)),
            "LEO_SUPERSET_URL": superset_service.base_url(places),
            "LEO_OIDC_ISSUER": provider.issuer,
            "LEO_SUPERSET_OIDC_CLIENT_ID": CLIENT_ID,
            "LEO_SUPERSET_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "LEO_SUPERSET_OIDC_ROLES": json.dumps(
                {"bi-admins": "Admin", "marketing": ["*"], "retail-team": [retail], "discovery-team": [discovery]}
            ),
        }
        service = replace(superset_service.service(places, credentials), environment=environment, start_seconds=LIMIT_S)
        prepare(environment)
        service.launch()
        try:
            service.wait_until_ready()
            url = superset_service.base_url(places)
            before = ask_as_another_issuer(provider, url)
            yield Superset(url, service.log, retail, discovery, before, environment, database)
        finally:
            service.stop()


def own_places(port: int, home: Path) -> Places:
    """The places of the instance in use, but for a port and a home of one's own."""
    shared = Places.from_environment()
    own = replace(shared, home=home, ports=replace(shared.ports, superset=port))
    own.superset.mkdir()
    return own


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of an empty database for Superset's metadata, dropped at the end."""
    administrator = os.environ["LEO_ADMIN_URL"]
    name = f"leo_test_superset_{secrets.token_hex(4)}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield with_database(administrator, name)
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def warehouse_name(warehouse: Warehouse) -> str:
    """The database of a warehouse."""
    return urlsplit(warehouse.urls[DatabaseRole.OWNER]).path.lstrip("/")


def prepare(environment: Mapping[str, str]) -> None:
    """What the set-up does before Superset starts: schema, roles, dashboards."""
    done = subprocess.run(
        [PYTHON, REPOSITORY / "superset" / "bootstrap.py"],
        env=dict(environment),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]


def ask_as_another_issuer(provider: OpenIdProvider, url: str) -> httpx.Response:
    """What the first login is answered while the provider describes itself as another issuer."""
    issuer = provider.issuer
    provider.issuer = "https://elsewhere.example"
    try:
        return httpx.get(f"{url}/login/openid", timeout=60)
    finally:
        provider.issuer = issuer
