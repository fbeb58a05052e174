"""Stopping all sending, of one business and of all, and arming, on the desk."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape

import pytest

from leo_activation.activation import SendingGuard, engage_kill_switch, kill_switch_reason, release_kill_switch
from leo_activation.activation.safety.guard import list_stops, release_tenant, stop_tenant
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.stop import StopPages
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.desk.conftest import ROOT, House, Register


def pages(desk: Desk, pages: Pages) -> None:
    StopPages(desk, SendingGuard(Environment.PRODUCTION)).add_to(pages)


@pytest.fixture
def front(house: Callable[[Register], House], tenant: Tenant) -> Iterator[House]:
    built = house(pages)
    built.tenants.append(tenant.tenant_id)
    yield built
    release_kill_switch(built.desk.warehouse, changed_by="test")


def url(front: House, path: str = "") -> str:
    return f"{ROOT}/{front.tenants[0]}/stop{path}"


def shown(front: House, act: str) -> dict[str, str]:
    """What the form of a release carries."""
    found = re.search(r'name="seen" value="([^"]*)"', front.as_("admin").get(url(front, f"/{act}")).text)
    assert found is not None
    return {"seen": unescape(found[1])}


def armed(warehouse: Warehouse, tenant_id: str) -> bool:
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        row = connection.execute("SELECT armed_at FROM ops.tenant WHERE tenant_id = %s", [tenant_id]).fetchone()
    return row is not None and row[0] is not None


def test_only_who_may_stop_everything_sees_the_page(front: House) -> None:
    for person in ("marketer", "reviewer", "editor", "officer"):
        assert front.as_(person).get(url(front)).status_code == 403
        assert front.as_(person).post(url(front, "/stop-all"), data={"reason": "x"}).status_code == 403
    assert kill_switch_reason(front.desk.warehouse) is None


def test_one_business_is_stopped_by_a_second_press_with_a_reason_and_shows_who_did_it(front: House) -> None:
    admin, warehouse, tenant_id = front.as_("admin"), front.desk.warehouse, front.tenants[0]
    asked = admin.get(url(front, "/stop-business"))
    assert f"Stop all sending of {tenant_id.title()} now" in asked.text
    assert list_stops(warehouse, tenant_id) == []
    assert admin.post(url(front, "/stop-business"), data={"reason": "  "}).status_code == 422
    assert admin.post(url(front, "/stop-business"), data={"reason": "wrong price"}).status_code == 303
    page = admin.get(url(front)).text
    assert "nothing of this business is sent" in page
    assert "wrong price" in page
    assert kill_switch_reason(warehouse) is None
    assert admin.post(url(front, "/stop-business"), data={"reason": "again"}).status_code == 422
    assert admin.post(url(front, "/release-business"), data=shown(front, "release-business")).status_code == 303
    [stop] = list_stops(warehouse, tenant_id)
    assert (stop.stopped_by, stop.released_by, stop.reason) == ("admin", "admin", "wrong price")


def test_all_sending_is_stopped_at_once_and_a_stop_of_one_business_outlives_its_release(front: House) -> None:
    admin, warehouse = front.as_("admin"), front.desk.warehouse
    assert admin.post(url(front, "/stop-all"), data={"reason": "a leak"}).status_code == 303
    assert kill_switch_reason(warehouse) == "a leak"
    stop_tenant(warehouse, front.tenants[0], reason="its own", stopped_by="anna")
    assert "The other stop still holds" in admin.get(url(front, "/release-all")).text
    assert admin.post(url(front, "/release-all"), data=shown(front, "release-all")).status_code == 303
    assert kill_switch_reason(warehouse) is None
    assert "its own" in admin.get(url(front)).text


def test_a_release_ends_the_stop_that_was_shown_and_no_later_one(front: House) -> None:
    admin, warehouse, tenant_id = front.as_("admin"), front.desk.warehouse, front.tenants[0]
    assert admin.get(url(front, "/release-business")).status_code == 422, "nothing is stopped"
    stop_tenant(warehouse, tenant_id, reason="wrong price", stopped_by="anna")
    engage_kill_switch(warehouse, reason="a test of the switch", changed_by="anna")
    assert "wrong price" in admin.get(url(front, "/release-business")).text
    before = {act: shown(front, act) for act in ("release-business", "release-all")}
    release_tenant(warehouse, tenant_id, released_by="anna")
    release_kill_switch(warehouse, changed_by="anna")
    stop_tenant(warehouse, tenant_id, reason="a leak", stopped_by="petr")
    engage_kill_switch(warehouse, reason="a leak", changed_by="petr")
    for act, seen in before.items():
        assert admin.post(url(front, f"/{act}"), data=seen).status_code == 422
        assert admin.post(url(front, f"/{act}")).status_code == 422
    assert kill_switch_reason(warehouse) == "a leak"
    assert list_stops(warehouse, tenant_id)[0].released_at is None


def test_arming_shows_the_allow_list_and_wants_the_name_of_the_business(front: House) -> None:
    admin, warehouse, tenant_id = front.as_("admin"), front.desk.warehouse, front.tenants[0]
    assert "It is empty: nobody is sent to." in admin.get(url(front, "/arm")).text
    for typed in ("", tenant_id, "another"):
        assert admin.post(url(front, "/arm"), data={"name": typed}).status_code == 422
    assert not armed(warehouse, tenant_id)
    assert admin.post(url(front, "/arm"), data={"name": tenant_id.title()}).status_code == 303
    assert armed(warehouse, tenant_id)
    assert "Real customers are sent to." in admin.get(url(front)).text
    assert admin.post(url(front, "/disarm")).status_code == 303
    assert not armed(warehouse, tenant_id)


def test_a_server_without_the_owners_login_says_how_to_arm_and_cannot(front: House) -> None:
    known = front.desk.warehouse.urls
    urls: dict[DatabaseRole, str] = {role: known[role] for role in DatabaseRole if role is not DatabaseRole.OWNER}
    front.desk.warehouse = replace(front.desk.warehouse, urls=urls)
    asked = front.as_("admin").get(url(front, "/arm"))
    assert f"./leo tenant arm {front.tenants[0]}" in asked.text
    assert 'name="name"' not in asked.text
    assert front.as_("admin").post(url(front, "/arm"), data={"name": front.tenants[0].title()}).status_code == 503
