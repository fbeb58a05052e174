"""What holds for every view that Superset may read, whoever adds one."""

import psycopg
import pytest
from psycopg import sql

from tests.report.reading import Row

OF_A_PERSON = {"customer_id", "profile_id", "household_id", "address", "address_hash", "email", "phone", "recipient"}


@pytest.fixture(scope="module")
def columns(superset_login: psycopg.Connection[Row]) -> dict[str, list[str]]:
    """The columns of each view, in their order."""
    views = superset_login.execute("SELECT viewname FROM pg_views WHERE schemaname = 'report'").fetchall()
    names = [str(row["viewname"]) for row in views]
    described = {
        name: superset_login.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier("report", name)))
        for name in names
    }
    return {name: [column.name for column in found.description or []] for name, found in described.items()}


def test_every_view_begins_with_its_tenant(columns: dict[str, list[str]]) -> None:
    """By it rows are filtered for whoever looks; `report.tenant` is the list of tenants itself."""
    assert {name: found[:2] for name, found in columns.items() if found[:2] != ["tenant_id", "tenant"]} == {
        "tenant": ["tenant_id", "name"]
    }


def test_no_view_has_a_column_of_a_person(columns: dict[str, list[str]]) -> None:
    assert {name: OF_A_PERSON & set(found) for name, found in columns.items() if OF_A_PERSON & set(found)} == {}


def test_every_view_says_what_it_is(superset_login: psycopg.Connection[Row], columns: dict[str, list[str]]) -> None:
    said = superset_login.execute(
        "SELECT viewname, obj_description(format('report.%I', viewname)::regclass) AS words "
        "FROM pg_views WHERE schemaname = 'report'"
    ).fetchall()
    assert [row["viewname"] for row in said if not row["words"]] == []
    assert len(said) == len(columns) > 40
