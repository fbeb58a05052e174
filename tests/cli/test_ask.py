"""`./leo ask` answers a prompt at once and shows what was done for it."""

import pytest

from leo_activation.segments.requests import collect_requests
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.actions.conftest import RED_SOCKS, Shop
from tests.cli.conftest import Leo, told
from tests.segments.shop import open_shop


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Shop:
    return Shop(warehouse, tenant.tenant_id, open_shop(warehouse, tenant))


def of(shop: Shop) -> tuple[str, ...]:
    return ("--tenant", shop.tenant_id, "--as-of", "2026-02-20", "--as", "mai")


def test_a_segment_is_drafted_at_once_and_waits_for_its_review(leo: Leo, shop: Shop) -> None:
    answer = told(leo("ask", RED_SOCKS, *of(shop)))
    data = answer["debug"]["data"]
    assert (data["state"], data["segment_id"], data["member_count"]) == ("drafted", "red_socks", 3)
    assert [call["action"] for call in answer["debug"]["calls"]] == ["create_segment"]
    assert shop.request(data["request_id"]).requested_by == "mai"
    assert collect_requests(shop.warehouse, shop.tenant_id) == [data["request_id"]]


def test_a_follow_up_changes_the_segment(leo: Leo, shop: Shop) -> None:
    first = told(leo("ask", RED_SOCKS, *of(shop)))["debug"]["data"]
    second = told(leo("ask", "now only Poland", "--revises", str(first["request_id"]), *of(shop)))["debug"]["data"]
    assert (second["segment_id"], second["version"]) == ("red_socks", 2)


def test_a_question_is_answered(leo: Leo, shop: Shop) -> None:
    shop.approved()
    answer = told(leo("ask", "why is customer ann in Red socks?", *of(shop)))
    assert answer["answer"].startswith("Customer ann is in the segment “Red socks” since 2026-02-20.")
    assert answer["debug"]["data"]["state"] == "answered"


def test_the_same_key_is_the_same_request(leo: Leo, shop: Shop) -> None:
    answers = [told(leo("ask", RED_SOCKS, "--key", "k", *of(shop))) for _ in range(2)]
    assert answers[0] == answers[1]


def test_what_is_not_understood_is_asked_back(leo: Leo, shop: Shop) -> None:
    result = leo("ask", "qwertz uiop", *of(shop))
    assert result.exit_code == 3
    assert told(result)["debug"]["data"]["waits_for"] == "requester"


def test_what_cannot_be_answered_fails_with_its_reason(leo: Leo, shop: Shop) -> None:
    shop.approved()
    result = leo("ask", "why is customer nobody_1 in Red socks?", *of(shop))
    assert result.exit_code == 1
    assert told(result)["answer"] == f"There is no customer 'nobody_1' of '{shop.tenant_id}'."
