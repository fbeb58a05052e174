"""`./leo customers`: what a person is shown and can decide; and the labels that `./leo migrate` adds."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from leo_activation.cli import main
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync
from tests.sync.people import People

MAI = "mai@example.com"


@pytest.fixture
def people(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> People:
    return People(warehouse, leo_tenant, run_sync)


def leo(people: People, pseudonym_key: bytes, *arguments: str) -> Result:
    environment = {f"LEO_{role.name}_URL": people.warehouse.urls[role] for role in DatabaseRole}
    environment |= {"LEO_DEFAULT_TENANT": people.tenant.tenant_id, "LEO_PSEUDONYM_KEY": pseudonym_key.decode()}
    return CliRunner(env=environment).invoke(main, ["customers", *arguments])


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_merge_is_listed_and_undone_by_its_number(people: People, pseudonym_key: bytes) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI)
    people.sync()
    listed = lines(leo(people, pseudonym_key, "list-merges"))
    assert [(each["survivor_id"], each["absorbed_id"], each["kinds"]) for each in listed] == [("a1", "b2", ["email"])]
    undone = leo(people, pseudonym_key, "undo-merge", str(listed[0]["merge_id"]), "--by", "linh")
    assert undone.stdout.strip() == f"Merge {listed[0]['merge_id']} is undone by the next sync."
    people.sync()
    assert people.partition() == {("a1",), ("b2",)}
    again = leo(people, pseudonym_key, "undo-merge", str(listed[0]["merge_id"]), "--by", "linh")
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)
    assert "has no merge" in again.stderr


def test_a_case_is_shown_without_values_and_decided(people: People, pseudonym_key: bytes) -> None:
    people.put("a1", primaryEmail=MAI, crmRefId="C-1")
    people.put("b2", primaryEmail=MAI, crmRefId="C-2")
    people.sync()
    shown = leo(people, pseudonym_key, "cases")
    assert "@" not in shown.stdout
    case = lines(shown)[0]
    assert (case["reason"], case["profiles"], case["kinds"]) == ("two_crm_records", 2, ["email"])
    number = str(case["case_id"])
    assert json.loads(leo(people, pseudonym_key, "cases", "--profiles", number).stdout) == ["a1", "b2"]
    leo(people, pseudonym_key, "decide", number, "approve", "--by", "linh")
    assert leo(people, pseudonym_key, "cases").stdout == ""
    assert lines(leo(people, pseudonym_key, "cases", "--state", "approved"))[0]["decided_by"] == "linh"
    people.sync()
    assert people.partition() == {("a1", "b2")}


def test_a_value_is_blocked_with_a_reason_and_released(people: People, pseudonym_key: bytes) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI)
    people.sync()
    assert leo(people, pseudonym_key, "block", "email", MAI, "--by", "linh").exit_code == 2
    blocked = leo(people, pseudonym_key, "block", "email", "MAI@example.com", "--by", "linh", "--reason", "the shop's")
    assert blocked.stdout.strip() == "Blocked; 2 profiles have it. It holds from the next sync on."
    assert people.rows("SELECT kind, reason, blocked_by FROM core.identity_block") == [("email", "the shop's", "linh")]
    people.sync()
    assert people.partition() == {("a1",), ("b2",)}
    assert leo(people, pseudonym_key, "block", "email", MAI, "--by", "linh", "--release").exit_code == 0
    people.sync()
    assert people.partition() == {("a1", "b2")}


def test_migrating_gives_the_graphs_of_tenants_the_labels_that_they_lack(
    warehouse: Warehouse, run_sync: Sync, leo_tenant: Tenant
) -> None:
    older = replace(leo_tenant, tenant_id=f"{leo_tenant.tenant_id}_older")
    with warehouse.connect(DatabaseRole.OWNER, older.tenant_id) as connection:
        connection.execute(statement("warehouse/register_tenant"), vars(older))
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        connection.execute("SELECT create_graph(%s)", [older.graph_name])
        connection.execute("SELECT create_vlabel(%s, 'Customer')", [older.graph_name])
    environment = {f"LEO_{role.name}_URL": warehouse.urls[role] for role in DatabaseRole}
    result = CliRunner(env=environment).invoke(main, ["migrate"])
    assert result.stdout.strip() == "The warehouse is up to date.", result.output
    people = People(warehouse, older, run_sync)
    people.put("a1", livingLocation="5 Lake Road")
    people.put("b2", livingLocation="5 Lake Road")
    assert people.sync().graph.by_label["MEMBER_OF_HOUSEHOLD"] == 2
