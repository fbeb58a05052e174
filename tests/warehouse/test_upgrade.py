"""A warehouse that the released program filled is brought to this version: rows, rights and row security stand."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded.urls import with_database
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import count_labels
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from leo_activation.warehouse.migrations import migrate, read_migrations
from leo_activation.warehouse.statements import SQL_FOLDER
from leo_activation.warehouse.tenants import refresh_graphs
from tests.conftest import fresh_warehouse

LAST_RELEASED = 48
SHOP = Path(__file__).with_name("released_shop.sql")
COLUMNS = """
SELECT attrelid::regclass::text, array_agg(attname::text ORDER BY attnum)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace::regnamespace::text = ANY (%(schemas)s) AND relkind IN ('r', 'p') AND NOT relispartition
  AND attnum > 0 AND NOT attisdropped AND attrelid <> 'ops.migration'::regclass
GROUP BY 1
"""
GRANTS = """
SELECT class.oid::regclass::text, grantee::regrole::text, privilege_type
FROM pg_class AS class, aclexplode(class.relacl)
WHERE relnamespace::regnamespace::text = ANY (%(schemas)s) AND relkind IN ('r', 'p', 'S')
UNION ALL
SELECT attrelid::regclass::text || '.' || attname, grantee::regrole::text, privilege_type
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl)
WHERE relnamespace::regnamespace::text = ANY (%(schemas)s)
UNION ALL
SELECT routine.oid::regprocedure::text, grantee::regrole::text, privilege_type
FROM pg_proc AS routine, aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner)))
WHERE pronamespace::regnamespace::text = ANY (%(schemas)s)
"""
ROW_SECURITY = """
SELECT class.oid::regclass::text, relforcerowsecurity AND relrowsecurity, polname::text, polcmd::text,
       polroles::regrole[]::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_class AS class LEFT JOIN pg_policy ON polrelid = class.oid
WHERE relnamespace::regnamespace::text = ANY (%(schemas)s) AND relkind IN ('r', 'p') AND NOT relispartition
"""
SCHEMAS = ["activation", "audit", "core", "llm", "ops", "profile", "rights", "segment"]
SHOWN = {
    "activity": 2,
    "buyer": 1,
    "campaign": 1,
    "campaign_outcome": 1,
    "campaign_run": 1,
    "customer": 2,
    "delivery": 2,
    "interest": 1,
    "model_call": 1,
    "request": 1,
    "sale": 1,
    "segment": 1,
    "segment_change": 2,
    "segment_size": 2,
    "sync": 1,
    "sync_proof": 1,
    "tenant": 1,
    "waterfall": 2,
}
"""Rows of the shop in views of which each row stands for something that was written."""

Facts = set[tuple[object, ...]]


@dataclass(frozen=True)
class State:
    """What a warehouse holds: the rows of each table, who may do what, and who sees which rows."""

    rows: dict[str, list[str]]
    grants: Facts
    row_security: Facts


@dataclass(frozen=True)
class Upgraded:
    """A warehouse before and after its upgrade, and what was applied meanwhile."""

    before: State
    after: State
    applied: list[str]


def state(owner: Connection, columns: dict[str, list[str]]) -> State:
    """The state of the tables of `columns`, by these columns."""
    ask = {"schemas": SCHEMAS}
    return State(
        rows={table: rows(owner, table, names) for table, names in columns.items()},
        grants=set(owner.execute(GRANTS.encode(), ask)),
        row_security={row for row in owner.execute(ROW_SECURITY.encode(), ask) if row[0] in columns},
    )


def rows(connection: Connection, table: str, names: list[str]) -> list[str]:
    """Each row of a table as text, by the columns named, in one order."""
    query = sql.SQL("SELECT ROW({})::text FROM {} ORDER BY 1").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(*table.split("."))
    )
    return [str(row[0]) for row in connection.execute(query)]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of migrations as the released program has it."""
    folder = tmp_path_factory.mktemp("released")
    for migration in read_migrations(SQL_FOLDER / "migrations"):
        if migration.number <= LAST_RELEASED:
            shutil.copy(SQL_FOLDER / "migrations" / f"{migration.name}.sql", folder)
    return folder


@pytest.fixture(scope="module")
def warehouse(released: Path) -> Iterator[Warehouse]:
    """A warehouse as the released program left it, with the rows of a small shop."""
    with fresh_warehouse(released) as filled:
        with filled.connect(DatabaseRole.OWNER, "shop") as owner:
            owner.execute(SHOP.read_bytes())
        yield filled


@pytest.fixture(scope="module")
def upgraded(warehouse: Warehouse) -> Upgraded:
    """The same warehouse once this program's `./leo migrate` has run."""
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        columns: dict[str, list[str]] = dict(owner.execute(COLUMNS.encode(), {"schemas": SCHEMAS}).fetchall())
        before = state(owner, columns)
    applied = migrate(warehouse)
    refresh_graphs(warehouse)
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        return Upgraded(before, state(owner, columns), applied)


def test_every_migration_since_the_release_applies_to_rows(upgraded: Upgraded) -> None:
    newer = [one.name for one in read_migrations(SQL_FOLDER / "migrations") if one.number > LAST_RELEASED]
    assert upgraded.applied == newer


def test_no_row_is_lost_or_changed(upgraded: Upgraded) -> None:
    assert sum(map(len, upgraded.before.rows.values())) > 50
    assert upgraded.after.rows == upgraded.before.rows


def test_no_login_loses_a_right(upgraded: Upgraded) -> None:
    assert len(upgraded.before.grants) > 500
    assert upgraded.before.grants - upgraded.after.grants == set()


def test_row_security_is_what_it_was(upgraded: Upgraded) -> None:
    assert len(upgraded.before.row_security) > 200
    assert upgraded.after.row_security == upgraded.before.row_security


@pytest.mark.usefixtures("upgraded")
def test_another_tenant_sees_none_of_the_rows_that_an_upgrade_wrote(warehouse: Warehouse) -> None:
    counted = "SELECT count(*) FROM segment.change_count"
    for tenant_id, seen in (("shop", 2), ("somebody_else", 0)):
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as writer:
            assert writer.execute(counted.encode()).fetchone() == (seen,)


@pytest.mark.usefixtures("upgraded")
def test_the_graph_keeps_its_customers_and_gets_the_labels_that_it_lacks(warehouse: Warehouse) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        labels = count_labels(owner, "graph_shop")
    assert set(labels) == {*VERTICES, *EDGES}
    assert labels["Customer"] == 1


@pytest.mark.usefixtures("upgraded")
def test_every_report_view_answers_and_shows_what_was_written_before(warehouse: Warehouse, reporter_url: str) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        database = owner.info.dbname
    with psycopg.connect(with_database(reporter_url, database), autocommit=True) as reporter:
        views = reporter.execute("SELECT viewname FROM pg_views WHERE schemaname = 'report'").fetchall()
        found = {
            str(name): len(
                reporter.execute(
                    sql.SQL("SELECT * FROM {} WHERE tenant_id = 'shop'").format(sql.Identifier("report", name))
                ).fetchall()
            )
            for (name,) in views
        }
    assert {name: found.get(name) for name in SHOWN} == SHOWN
