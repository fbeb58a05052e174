"""Fixtures that every test may use: a fresh warehouse on the real PostgreSQL, and a tenant of one's own in it."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.sync import quality
from leo_activation.sync.quality import CollectionMeasure, QualityLimits, Verdict
from leo_activation.sync.runs import SyncMode
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate
from leo_activation.warehouse.statements import SQL_FOLDER, statement
from leo_activation.warehouse.tenants import Tenant, register_tenant

# The same examples in each run, so that a change is judged by what it changed; LEO_TESTS_EXPLORE=1 draws anew. How long
# one takes says how busy the machine is.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", UNTIMED, derandomize=True)
settings.register_profile("explore", UNTIMED, max_examples=2000)
settings.load_profile("explore" if os.environ.get("LEO_TESTS_EXPLORE") else "repeatable")

# Stand-ins listen on this machine; tests of the refusal itself say so.
os.environ.setdefault("LEO_PROVIDER_REACH", "loopback")

LONG_FILES = (
    "tests/sync/test_tenants_side_by_side.py",
    "tests/segments/test_kills.py",
    "tests/orchestration/test_campaign_in_airflow.py",
    "tests/orchestration/test_review_in_airflow.py",
    "tests/sync/test_comparison.py",
    "tests/segments/test_as_of.py",
)
"""Few tests of minutes each: they begin first, or one process ends long after the others."""

PSEUDONYM_KEY = b"a key that only the tests know, 32+"


def pytest_configure(config: pytest.Config) -> None:
    """Let the embedded server wait for no disk while tests run: what they make is thrown away."""
    if not hasattr(config, "workerinput"):
        _set_fsync("off")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files come first, each whole; the rest stays as it was collected."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG_FILES))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let it wait for the disk again."""
    if not hasattr(config, "workerinput"):
        _set_fsync("DEFAULT")


def _set_fsync(value: LiteralString) -> None:
    """Only of the embedded server; `python3 -m embedded up` sets it back where tests were killed."""
    administrator = os.environ.get("LEO_ADMIN_URL")
    if administrator is None or os.environ.get("LEO_DATABASE_URL"):
        return
    with suppress(psycopg.OperationalError), psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = " + value)
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """A warehouse with all migrations and no tenant, dropped at the end; needs `python3 -m embedded up`."""
    with fresh_warehouse() as fresh:
        yield fresh


@contextmanager
def fresh_warehouse(migrations: Path = SQL_FOLDER / "migrations") -> Iterator[Warehouse]:
    """A warehouse of one's own: a folder whose tests look at every table overrides `warehouse` by it.

    The tests of a session leave a tenant each, so that there are many thousand tables in the common one.
    """
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ.get("LEO_DATABASE_URL")
    if not administrator:
        pytest.fail('No PostgreSQL: run `eval "$(python3 -m embedded env)"` or `make test`.')
    name = f"leo_test_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    with psycopg.connect(administrator, autocommit=True) as connection:
        # No test ends the server, so nobody sees the difference but the clock.
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
    fresh = Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole})
    migrate(fresh, migrations)
    yield fresh
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session", autouse=True)
def verdicts_are_remembered() -> Iterator[None]:
    """Ask Great Expectations once for each collection and its counts: it takes a second of processor time for a source.

    The verdict follows from the counts alone, and the small sources of the tests have the same ones again and again.
    """
    remembered: dict[str, Verdict] = {}

    def judge(
        measures: Sequence[CollectionMeasure], limits: QualityLimits, mode: SyncMode, optional: frozenset[str]
    ) -> Verdict:
        verdicts = []
        for measure in measures:
            asked = repr((measure, limits, mode, measure.collection in optional))
            if asked not in remembered:
                remembered[asked] = quality.judge([measure], limits, mode, optional)
            verdicts.append(remembered[asked])
        return joined(verdicts)

    with pytest.MonkeyPatch.context() as patched:
        # The package gives its function by the module's name.
        patched.setattr(import_module("leo_activation.sync.check"), "judge", judge)
        yield


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of collections that were each judged alone."""
    return Verdict(
        failures=tuple(chain.from_iterable(verdict.failures for verdict in verdicts)),
        remedies=tuple(dict.fromkeys(chain.from_iterable(verdict.remedies for verdict in verdicts))),
        results=dict(chain.from_iterable(verdict.results.items() for verdict in verdicts)),
    )


@pytest.fixture
def tenant(warehouse: Warehouse) -> Tenant:
    """A tenant of the test's own, with an empty graph: euros, event weights, luxury above 800."""
    fresh = Tenant(
        tenant_id=f"t{secrets.token_hex(6)}",
        name="A test's own",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=80_000,
    )
    register_tenant(warehouse, fresh)
    return fresh


def tenant_without_graph(warehouse: Warehouse) -> Tenant:
    """A tenant of the test's own for what never looks at a graph, whose many tables take most of a short test."""
    fresh = Tenant(
        tenant_id=f"t{secrets.token_hex(6)}", name="A test's own", currency="EUR", interest_model="event_weight"
    )
    with warehouse.connect(DatabaseRole.OWNER, fresh.tenant_id) as connection:
        connection.execute(statement("warehouse/register_tenant"), vars(fresh))
    return fresh


@pytest.fixture(scope="session")
def reporter_url() -> str:
    """The URL of Superset's login, in the live database; put a test's database in with `with_database`."""
    return os.environ["LEO_REPORTER_URL"]


@pytest.fixture(scope="session")
def pseudonym_key() -> bytes:
    """The key of address hashes in tests."""
    return PSEUDONYM_KEY


AUDIENCE_DISCOVERY = REPOSITORY.parent / "shared" / "data" / "audience_discovery"


@pytest.fixture(scope="session")
def audience_discovery() -> Path:
    """The folder of the real audience-discovery data; skips where a clone has none beside it."""
    if not AUDIENCE_DISCOVERY.is_dir():
        pytest.skip("the audience-discovery data does not lie beside this clone (../shared)")
    return AUDIENCE_DISCOVERY
