"""No customer can be reached by what Airflow keeps or Superset reads: its tables, its logs, the views of reports.

Every e-mail address and telephone number that the warehouse holds of a customer is a canary here: whatever looks like
one is taken out of what is searched, and must be nobody's.
"""

import re
from collections.abc import Iterable, Iterator

import psycopg
import pytest
from psycopg import sql

from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import role_url
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300, func_only=True)]

TENANTS = ("discovery", "retail")
EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ .()-]?\d){8,14}(?!\w)")
COLUMNS = """
    SELECT table_schema, table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
    ORDER BY 1, 2, 3
"""


def contacts_in(text: str) -> set[str]:
    """What looks like an address or a number, an address in lower case, a number in digits alone."""
    emails = {found[0].lower() for found in EMAIL.finditer(text)}
    return emails | {re.sub(r"\D", "", found[0]) for found in NUMBER.finditer(text)}


@pytest.fixture(scope="module")
def reachable(instance: Instance) -> frozenset[str]:
    """By what customers are reached."""
    found: set[str] = set()
    for tenant in TENANTS:
        with instance.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
            rows = connection.execute(
                "SELECT address FROM core.channel_address WHERE tenant_id = %s AND channel IN ('email', 'sms')",
                [tenant],
            )
            found |= {contact for (address,) in rows for contact in contacts_in(str(address))}
    assert len(found) > 500
    return frozenset(found)


def values_of(url: str, schema: str) -> Iterator[tuple[str, str]]:
    """Every value of every column of a schema that holds words, with the place where it stands."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _, table, column in connection.execute(COLUMNS, [schema]).fetchall():
            query = sql.SQL("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL").format(
                column=sql.Identifier(column), table=sql.Identifier(schema, table)
            )
            for (value,) in connection.execute(query):
                yield f"{table}.{column}", _spelled(str(value))


def _spelled(value: str) -> str:
    return bytes.fromhex(value[2:]).decode("utf-8", "replace") if value.startswith("\\x") else value


def told(places: Iterable[tuple[str, str]], reachable: frozenset[str]) -> tuple[set[str], set[str]]:
    """Where somebody is told of, and everywhere that was looked."""
    telling, looked = set(), set()
    for place, value in places:
        looked.add(place)
        if contacts_in(value) & reachable:
            telling.add(place)
    return telling, looked


def test_airflow_keeps_nobodys_contact_data_in_any_table(
    instance: Instance, places: Places, reachable: frozenset[str]
) -> None:
    url = role_url(places, Credentials.load(places.secrets), "airflow", "airflow")
    telling, looked = told(values_of(url, "public"), reachable)
    assert telling == set()
    # Among them what tasks hand on, and what their templates were filled in with.
    assert {"xcom.value", "rendered_task_instance_fields.rendered_fields"} <= looked


def test_no_log_of_any_process_holds_anybodys_contact_data(instance: Instance, reachable: frozenset[str]) -> None:
    files = [path for path in instance.home.rglob("*.log") if path.is_file()]
    telling, looked = told(
        ((str(path), path.read_text(encoding="utf-8", errors="replace")) for path in files), reachable
    )
    assert telling == set()
    assert len(looked) > 20


def test_no_view_of_reports_shows_anybodys_contact_data(instance: Instance, reachable: frozenset[str]) -> None:
    telling, looked = told(values_of(instance.environment["LEO_REPORTER_URL"], "report"), reachable)
    assert telling == set()
    assert "request.request" in looked
