"""`./leo erase`, `export`, `rights` and `retention`, as a person at a terminal or a script calls them."""

import json
from pathlib import Path

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import Shop
from tests.cli.conftest import Leo, told, told_lines


def test_a_person_asks_is_answered_and_is_erased(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, tmp_path: Path
) -> None:
    of = ("--tenant", tenant.tenant_id)
    home = {"LEO_HOME": str(tmp_path)}
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.person("lan")
    opened = told(leo("rights", "open", "access", "lan@example.com", "--law", "eu_gdpr", "--by", "dpo", "--json", *of))
    assert (opened["state"], opened["kind"], opened["customer_id"]) == ("open", "access", "lan")
    number = str(opened["request_id"])
    assert [each["request_id"] for each in told_lines(leo("rights", "list", *of))] == [opened["request_id"]]
    extended = told(leo("rights", "extend", number, "--reason", "Many records.", "--json", *of))
    assert extended["due_at"] > opened["due_at"]
    file = tmp_path / "lan.json"
    assert leo("export", "lan", "--output", str(file), *of).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["held"]["core.channel_address"]["rows"][0]["address"] == "lan@example.com"
    assert "is there already" in leo("export", "lan", "--output", str(file), *of).stderr
    assert told(leo("rights", "refuse", number, "--reason", "Not the person.", "--json", *of))["state"] == "refused"
    assert leo("rights", "done", number, *of).exit_code == 1
    assert [each["state"] for each in told_lines(leo("rights", "consent", "lan", *of))] == ["granted"]
    certificate = told(leo("erase", "lan", "--by", "dpo", "--json", *of, more=home))
    assert certificate["rows"]["core.profile"] == 1
    assert "lan@example.com" not in json.dumps(certificate)
    again = leo("erase", "lan", *of, more=home)
    assert again.exit_code == 1
    assert "erased on" in again.stderr
    assert leo("export", "lan", *of).exit_code == 1


def test_retention_is_shown_and_counted_before_it_runs(leo: Leo, tenant: Tenant) -> None:
    shown = told(leo("retention", "show", "--json"))
    assert shown["tables"]["ops.action_call"]["days"] > 0
    counted = told(leo("retention", "run", "--dry-run", "--tenant", tenant.tenant_id))
    assert counted["dry_run"] is True
    assert set(counted["rows"].values()) == {0}
    assert told(leo("retention", "run", "--tenant", tenant.tenant_id))["rows"] == {}
