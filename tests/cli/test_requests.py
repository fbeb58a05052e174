"""A request from the command line may change an earlier one, of its own tenant."""

from leo_activation.segments.requests import read_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told


def test_a_request_names_the_one_that_it_changes(leo: Leo, warehouse: Warehouse, tenant: Tenant) -> None:
    mine = ("--tenant", tenant.tenant_id, "--by", "marketer")
    first = told(leo("request", "customers from Poland", *mine))["request_id"]
    second = told(leo("request", "only women", *mine, "--revises", str(first)))["request_id"]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        before, after = (read_request(connection, tenant.tenant_id, one) for one in (first, second))
    assert (before.revises_request_id, after.revises_request_id) == (None, first)


def test_a_request_that_is_not_there_cannot_be_changed(leo: Leo, tenant: Tenant) -> None:
    result = leo("request", "only women", "--tenant", tenant.tenant_id, "--by", "marketer", "--revises", "987654321")
    assert result.exit_code != 0
    assert "has no request 987654321" in result.stderr
    assert result.stdout == ""
