"""`./leo quarantine`: counts and ids on the screen, customer data only in the file that was asked for."""

import json
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leo_activation import sync
from leo_activation.cli import main
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant
from tests.sync.small_sources import CUSTOMER, EVENT, write_csv

CUSTOMERS = [{**CUSTOMER, "customer_id": str(number)} for number in range(1, 31)]
BAD = {**CUSTOMER, "customer_id": "99", "first_name": "Nguyệt", "email": "nguyet@@example.com"}


@pytest.fixture
def synced(warehouse: Warehouse, tenant: Tenant, tmp_path: Path, pseudonym_key: bytes) -> Tenant:
    """A tenant with one customer set aside."""
    folder = write_csv(tmp_path / "csv", [*CUSTOMERS, BAD], [EVENT])
    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder)))
    run = sync.open_run(warehouse, tenant.tenant_id, secrets.token_hex(4))
    sync.extract(warehouse, tenant.tenant_id, run, open_source("csv", str(folder)))
    sync.check(warehouse, tenant.tenant_id, run)
    sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=pseudonym_key)
    sync.project(warehouse, tenant.tenant_id, run)
    return tenant


def leo(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["quarantine", *arguments])


def test_from_the_list_to_the_repaired_row(environment: dict[str, str], synced: Tenant, tmp_path: Path) -> None:
    listed = leo(environment, "list", "--tenant", synced.tenant_id)
    told = json.loads(listed.stdout)
    assert (told["collection"], told["rule"], told["rows"]) == ("crm_customers", "bad_email", 1)
    file = tmp_path / "rows.jsonl"
    exported = leo(environment, "export", "--tenant", synced.tenant_id, "--rule", "bad_email", str(file))
    assert "holds the customer data of 1 rows" in exported.stdout
    for shown in (listed.output, exported.output):
        assert "nguyet" not in shown.lower()
    file.write_text(file.read_text(encoding="utf-8").replace("@@", "@"), encoding="utf-8")
    replayed = leo(environment, "replay", "--tenant", synced.tenant_id, str(file))
    assert replayed.exit_code == 0, replayed.output
    answer = json.loads(replayed.stdout)
    assert (answer["replayed"], answer["still_open"]) == (1, {})
    assert "nguyet" not in replayed.output.lower()
    assert leo(environment, "list", "--tenant", synced.tenant_id).stdout == ""


def test_a_file_that_is_not_there_is_one_sentence(environment: dict[str, str], synced: Tenant, tmp_path: Path) -> None:
    result = leo(environment, "replay", "--tenant", synced.tenant_id, str(tmp_path / "none.jsonl"))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("leo: The file ")


def test_a_file_is_exported_for_a_named_tenant_only(environment: dict[str, str], tmp_path: Path) -> None:
    assert leo(environment, "export", str(tmp_path / "rows.jsonl")).exit_code == 2
    assert not (tmp_path / "rows.jsonl").exists()
