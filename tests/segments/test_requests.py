"""The inbox keeps what people ask for."""

from datetime import timedelta

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.requests import (
    RequestState,
    collect_requests,
    lock_request,
    read_request,
    set_state,
    submit_request,
)
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant


def test_requests_wait_in_the_order_they_came(warehouse: Warehouse, tenant: Tenant) -> None:
    first = submit_request(warehouse, tenant.tenant_id, "  red socks ", "marketer")
    second = submit_request(warehouse, tenant.tenant_id, "hats", "marketer")
    assert collect_requests(warehouse, tenant.tenant_id) == [first, second]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        kept = read_request(connection, tenant.tenant_id, first)
    assert (kept.text, kept.requested_by, kept.state) == ("red socks", "marketer", RequestState.SUBMITTED)


def test_blanks_beside_a_name_make_nobody_else(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", " ann ", edited_by="bob ")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        kept = read_request(connection, tenant.tenant_id, request_id)
    assert (kept.requested_by, kept.edited_by) == ("ann", "bob")


def test_a_request_is_taken_once_and_again_when_its_run_was_never_started(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    assert collect_requests(warehouse, tenant.tenant_id) == [request_id]
    assert collect_requests(warehouse, tenant.tenant_id) == []
    assert collect_requests(warehouse, tenant.tenant_id, lease=timedelta(0)) == [request_id]


def test_a_request_that_moved_on_waits_no_more(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        lock_request(connection, tenant.tenant_id, request_id)
        set_state(connection, tenant.tenant_id, request_id, RequestState.FAILED, "Too slow.")
    assert collect_requests(warehouse, tenant.tenant_id) == []


@pytest.mark.parametrize(("text", "by"), [("", "m"), ("   ", "m"), ("x" * 4001, "m"), ("red socks", " ")])
def test_an_empty_endless_or_anonymous_request_is_refused(
    warehouse: Warehouse, tenant: Tenant, text: str, by: str
) -> None:
    with pytest.raises(Permanent):
        submit_request(warehouse, tenant.tenant_id, text, by)
    assert collect_requests(warehouse, tenant.tenant_id) == []


def test_a_request_of_another_tenant_is_not_there(warehouse: Warehouse, tenant: Tenant) -> None:
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
        pytest.raises(Permanent, match="has no request 987654321"),
    ):
        read_request(connection, tenant.tenant_id, 987_654_321)
