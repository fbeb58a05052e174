"""A connection sees its own tenant's rows, an unbound one none, and Superset's login only the report views."""

import shutil
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from embedded.urls import with_database
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate
from leo_activation.warehouse.statements import SQL_FOLDER
from leo_activation.warehouse.tenants import Tenant, register_tenant

PROTECTED = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ops', 'core', 'profile', 'segment', 'activation', 'llm') AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND EXISTS (
    SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
"""


def add_customer(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, '1')", [tenant.tenant_id])


def count_customers(warehouse: Warehouse, tenant_id: str | None) -> int:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute("SELECT count(*) FROM core.customer").fetchone()
    assert row is not None
    return int(row[0])


def test_only_the_bound_tenant_sees_its_rows(warehouse: Warehouse, tenant: Tenant) -> None:
    add_customer(warehouse, tenant)
    other = Tenant(tenant_id=f"{tenant.tenant_id}x", name="Other", currency="EUR", interest_model="event_weight")
    register_tenant(warehouse, other)
    assert count_customers(warehouse, tenant.tenant_id) == 1
    assert count_customers(warehouse, other.tenant_id) == 0
    assert count_customers(warehouse, None) == 0


def test_a_row_of_another_tenant_cannot_be_written(warehouse: Warehouse, tenant: Tenant) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(DatabaseRole.LOADER, "somebody_else") as connection,
    ):
        connection.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, '1')", [tenant.tenant_id])


def test_every_table_with_a_tenant_is_protected(warehouse: Warehouse) -> None:
    """The registry itself is the one exception: connections are bound by it."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        assert [row[0] for row in connection.execute(PROTECTED)] == ["ops.tenant"]


@pytest.mark.parametrize("table", ["core.profile", "core.channel_address", "activation.delivery", "segment.request"])
def test_the_reader_cannot_see_contact_data_or_the_ledger(warehouse: Warehouse, tenant: Tenant, table: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection,
    ):
        connection.execute(f"SELECT * FROM {table}".encode())


def test_a_word_that_is_no_tenant_id_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(Permanent, match="not a tenant id"), warehouse.connect(DatabaseRole.READER, "A; DROP"):
        pass


def test_a_second_migration_run_applies_nothing(warehouse: Warehouse) -> None:
    assert migrate(warehouse) == []


def test_an_edited_migration_stops_the_start(warehouse: Warehouse, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(SQL_FOLDER / "migrations", tmp_path / "migrations"))
    with next(copy.glob("0001_*")).open("a", encoding="utf-8") as file:
        file.write("-- edited")
    with pytest.raises(Configuration, match="edited"):
        migrate(warehouse, copy)


def test_a_program_older_than_its_warehouse_does_not_start(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(Configuration, match="newer"):
        migrate(warehouse, tmp_path)


@pytest.mark.parametrize(
    "call",
    [
        "query_to_xml('SELECT tenant_id FROM report.tenant', true, true, '')",
        "table_to_xml('report.tenant', true, true, '')",
        "schema_to_xml('report', true, true, '')",
        "database_to_xml(true, true, '')",
        "ts_stat('SELECT to_tsvector(tenant_id) FROM report.tenant')",
        "ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, tenant_id::tsquery FROM report.tenant')",
    ],
)
def test_the_reports_login_calls_nothing_that_runs_a_query_given_as_text(
    warehouse: Warehouse, reporter_url: str, call: str
) -> None:
    """Superset puts its row filters around an expression that a person sent, not into a query within it."""
    database = psycopg.conninfo.conninfo_to_dict(warehouse.urls[DatabaseRole.READER])["dbname"]
    with (
        psycopg.connect(with_database(reporter_url, str(database)), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"),
    ):
        connection.execute(f"SELECT {call}".encode())


def test_the_reports_login_sees_views_and_no_table(warehouse: Warehouse, tenant: Tenant, reporter_url: str) -> None:
    add_customer(warehouse, tenant)
    database = psycopg.conninfo.conninfo_to_dict(warehouse.urls[DatabaseRole.READER])["dbname"]
    with psycopg.connect(with_database(reporter_url, str(database)), autocommit=True) as connection:
        views = connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'report'").fetchall()
        assert len(views) >= 11
        for (view,) in views:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("report", str(view)))
            assert connection.execute(query).fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM core.customer")
