"""`./leo audit`: seals, verifies with an exit code, and shows what is recorded."""

from pathlib import Path

import pytest
from click.testing import Result

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told, told_lines


@pytest.fixture
def recorded(leo: Leo, tenant: Tenant, tmp_path: Path) -> Leo:
    """Three requests, sealed; every command with the folder of anchors and the tenant."""

    def run(*arguments: str) -> Result:
        more = {"LEO_AUDIT_FOLDER": str(tmp_path)}
        return leo("audit", *arguments, "--tenant", tenant.tenant_id, more=more)

    for text in ("red socks", "blue socks", "green socks"):
        leo("request", text, "--tenant", tenant.tenant_id, "--by", "marketer")
    assert told(run("seal", "--json")) == {"batches": 1, "entries": 3, "anchored": 1}
    return run


def test_what_was_sealed_is_shown_without_the_names(recorded: Leo) -> None:
    entries = told_lines(recorded("show", "--limit", "2"))
    assert [(entry["position"], entry["action"]) for entry in entries] == [
        (2, "request.submitted"),
        (3, "request.submitted"),
    ]
    assert all(len(entry["actor"]) == 64 for entry in entries)
    assert told_lines(recorded("show", entries[0]["reference"])) == entries[:1]
    assert told_lines(recorded("show", "--customer", "nobody")) == []


def test_an_intact_log_is_verified_with_exit_code_0_and_a_changed_one_with_1(
    recorded: Leo, warehouse: Warehouse, tenant: Tenant
) -> None:
    verified = recorded("verify", "--json")
    assert verified.exit_code == 0
    assert told(verified) == {
        "entries": 3, "batches": 1, "anchors": 1, "pending": 0, "intact": True, "findings": []
    }  # fmt: skip
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM audit.log WHERE tenant_id = %s AND position = 2", [tenant.tenant_id])
    verified = recorded("verify")
    assert verified.exit_code == 1
    assert "deleted: Entries 2 to 2 are missing in batch 1." in verified.stdout
    assert verified.stdout.splitlines()[-1].startswith("2 entries in 1 batches against 1 anchors: the log was changed.")
