"""What stands around every page: login, tenants, tokens, limits, headers, languages."""

from collections.abc import Callable

import pytest
from fastapi.responses import PlainTextResponse, Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.protection import HEADERS, TOKEN_FIELD, TOKEN_HEADER, RateLimit
from leo_activation.warehouse.tenants import Tenant
from tests.desk.conftest import ROOT, House, Register


def hello(visit: Visit) -> Response:
    return PlainTextResponse(f"{visit.person.user_id} of {visit.tenant_id}")


def pages(desk: Desk, pages: Pages) -> None:
    pages.add("GET", "/hello", Capability.READ, hello)
    pages.add("POST", "/hello", Capability.ASK, hello)
    pages.add("GET", "/reviewed", Capability.REVIEW, hello)


@pytest.fixture
def front(house: Callable[[Register], House], tenant: Tenant) -> House:
    built = house(pages)
    built.tenants.append(tenant.tenant_id)
    return built


def url(front: House, path: str = "/hello") -> str:
    return f"{ROOT}/{front.tenants[0]}{path}"


def test_nobody_is_sent_to_the_login_and_back(front: House) -> None:
    answer = front.as_(None).get(url(front))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={url(front)}"
    part = front.as_(None, fragment=True).get(url(front))
    assert (part.status_code, part.headers["hx-retarget"]) == (401, "#trouble")
    assert f'href="/login?next={ROOT}/"' in part.text
    assert front.as_(None).post(url(front)).status_code == 401


def test_somebody_sees_their_tenants_and_no_other(front: House) -> None:
    assert front.as_("marketer").get(url(front)).text == f"marketer of {front.tenants[0]}"
    assert front.as_("marketer").get(f"{ROOT}/another/hello").status_code == 404
    assert front.as_("marketer").get(f"{ROOT}/").headers["location"] == f"{ROOT}/{front.tenants[0]}/ask"
    assert front.as_("stranger").get(f"{ROOT}/").status_code == 403


def test_a_capability_that_is_missing_is_said(front: House) -> None:
    answer = front.as_("marketer").get(url(front, "/reviewed"))
    assert answer.status_code == 403
    assert "decide about requests" in answer.text
    assert front.as_("reviewer").get(url(front, "/reviewed")).status_code == 200


def test_a_write_needs_the_token_of_the_one_who_writes(front: House) -> None:
    client = front.as_("marketer")
    assert client.post(url(front)).status_code == 200
    del client.headers[TOKEN_HEADER]
    assert client.post(url(front)).status_code == 403
    assert client.post(url(front), data={TOKEN_FIELD: front.desk.tokens.make("colleague")}).status_code == 403
    assert client.post(url(front), data={TOKEN_FIELD: front.desk.tokens.make("marketer")}).status_code == 200


def test_every_answer_has_the_headers_of_security(front: House) -> None:
    for answer in (
        front.as_(None).get(url(front)),
        front.as_("marketer").get(url(front)),
        front.as_("stranger").get(ROOT + "/"),
    ):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_whoever_asks_too_often_waits(front: House) -> None:
    front.desk.limit = RateLimit(per_second=0.001, burst=2)
    client = front.as_("marketer")
    assert [client.get(url(front)).status_code for _ in range(3)] == [200, 200, 429]
    assert front.as_("colleague").get(url(front)).status_code == 200
