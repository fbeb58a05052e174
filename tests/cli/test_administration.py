"""The command `./leo`: JSON out, one sentence and exit code 1 for an error that was foreseen."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from leo_activation.cli import main
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import use_graph
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import fresh_warehouse


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """One of the file's own: `./leo migrate` looks at the graph of every tenant that there is."""
    with fresh_warehouse() as fresh:
        yield fresh


def leo(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(main, list(arguments))


def test_migrating_an_up_to_date_warehouse_says_so_and_gives_a_graph_back_what_it_lacks(
    environment: dict[str, str], warehouse: Warehouse, tenant: Tenant
) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        use_graph(connection)
        connection.execute("SELECT drop_graph(%s, true)", [tenant.graph_name])
    result = leo(environment, "migrate")
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        clicked = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE (schemaname, tablename) = (%s, 'CLICKED')", [tenant.graph_name]
        ).fetchone()
    assert clicked == (1,)
    assert (result.exit_code, result.stdout.strip()) == (0, "The warehouse is up to date.")


def test_a_request_is_submitted_and_answered_in_json(
    environment: dict[str, str], warehouse: Warehouse, tenant: Tenant
) -> None:
    result = leo(environment, "request", "red socks", "--tenant", tenant.tenant_id, "--by", "marketer")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute("SELECT request_id, text, requested_by, state FROM segment.request").fetchall()
    assert rows == [(answer["request_id"], "red socks", "marketer", "submitted")]


def test_a_tenant_id_that_is_none_is_one_sentence(environment: dict[str, str]) -> None:
    result = leo(environment, "request", "red socks", "--tenant", "No Such", "--by", "marketer")
    assert result.exit_code == 1
    assert result.stderr.startswith("leo: 'No Such' is not a tenant id")
    assert len(result.stderr.splitlines()) == 1


def test_the_kill_switch_needs_a_reason_and_a_name(environment: dict[str, str]) -> None:
    assert leo(environment, "kill-switch", "engage").exit_code == 2
    assert leo(environment, "kill-switch", "release").exit_code == 2


def test_the_kill_switch_shows_what_holds(environment: dict[str, str]) -> None:
    try:
        engaged = leo(environment, "kill-switch", "engage", "--reason", "wrong template", "--by", "ann")
        assert engaged.stdout.strip() == "Engaged: wrong template"
        assert leo(environment, "kill-switch", "show").stdout.strip() == "Engaged: wrong template"
    finally:
        released = leo(environment, "kill-switch", "release", "--by", "ann")
    assert released.stdout.strip() == "Released: sending goes on."


def test_the_kill_switch_of_one_tenant_leaves_the_others(environment: dict[str, str], tenant: Tenant) -> None:
    only = ("--only", tenant.tenant_id)
    engaged = leo(environment, "kill-switch", "engage", "--reason", "wrong price", "--by", "ann", *only)
    assert engaged.stdout.strip() == "Engaged: wrong price"
    assert leo(environment, "kill-switch", "show", *only).stdout.strip() == "Engaged: wrong price"
    assert leo(environment, "kill-switch", "show").stdout.strip() == "Released: sending goes on."
    shown = json.loads(leo(environment, "status", "--tenant", tenant.tenant_id, "--json").stdout)
    assert (shown["kill_switch"]["engaged"], shown["stopped_because"]) == (False, "wrong price")
    again = leo(environment, "kill-switch", "engage", "--reason", "again", "--by", "ann", *only)
    assert (again.exit_code, "stopped already" in again.stderr) == (1, True)
    released = leo(environment, "kill-switch", "release", "--by", "ann", *only)
    assert released.stdout.strip() == "Released: sending goes on."


def test_a_missing_setting_is_named(environment: dict[str, str]) -> None:
    result = leo(dict.fromkeys(environment, ""), "migrate")
    assert result.exit_code == 1
    assert "no database URL for the role owner" in result.stderr


def test_every_answer_in_words_is_json_where_it_is_asked_for(environment: dict[str, str]) -> None:
    assert json.loads(leo(environment, "migrate", "--json").stdout) == {"applied": []}
    shown = json.loads(leo(environment, "kill-switch", "show", "--json").stdout)
    assert shown == {"engaged": False, "reason": None}
