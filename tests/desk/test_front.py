"""What stands around every page: login, tenants, tokens, limits, headers, languages."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi.testclient import TestClient

from leo_activation.desk.app import Desk, Pages, Visit, create_app
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.language import LanguageChoice
from leo_activation.desk.plugin import DeskApp
from leo_activation.desk.protection import HEADERS, TOKEN_FIELD, TOKEN_HEADER, RateLimit
from leo_activation.errors import Permanent, Transient
from leo_activation.warehouse.tenants import Tenant
from tests.desk.conftest import ROOT, House, Register


def hello(visit: Visit) -> Response:
    return PlainTextResponse(f"{visit.person.user_id} of {visit.tenant_id}")


def broken(visit: Visit) -> Response:
    raise RuntimeError("secret of a traceback")


def refused(visit: Visit) -> Response:
    raise Permanent("The answer is <b>no</b>.")


def down(visit: Visit) -> Response:
    raise Transient("The warehouse of the test cannot be reached.")


def pages(desk: Desk, pages: Pages) -> None:
    pages.add("GET", "/hello", Capability.READ, hello)
    pages.add("POST", "/hello", Capability.ASK, hello)
    pages.add("GET", "/reviewed", Capability.REVIEW, hello)
    pages.add("GET", "/hello/{name}", Capability.READ, hello)
    pages.add("GET", "/broken", Capability.READ, broken)
    pages.add("GET", "/refused", Capability.READ, refused)
    pages.add("GET", "/down", Capability.READ, down)
    LanguageChoice(desk).add_to(pages)


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


def test_the_language_is_chosen_once_and_leads_back_into_the_desk_alone(front: House) -> None:
    client = front.as_("marketer")
    back = url(front, "/hello?q=1&r=2")
    answer = client.post(url(front, "/language"), data={"language": "vi", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert 'lang="vi"' in client.get(url(front, "/reviewed")).text
    for elsewhere in ("https://evil.example/", "//evil.example", f"{ROOT}/another/ask", "javascript:alert(1)"):
        sent = client.post(url(front, "/language"), data={"language": "en", "back": elsewhere})
        assert sent.headers["location"] == url(front, "/ask")
    assert client.post(url(front, "/language"), data={"language": "xx"}).status_code == 422


def test_a_problem_is_a_page_or_a_part_that_leaves_what_was_written(front: House) -> None:
    page = front.as_("marketer").get(url(front, "/broken"))
    assert (page.status_code, page.text.count("<h1>")) == (500, 1)
    assert "secret of a traceback" not in page.text
    part = front.as_("marketer", fragment=True).get(url(front, "/broken"))
    assert (part.status_code, part.headers["hx-retarget"], part.headers["hx-reswap"]) == (500, "#trouble", "innerHTML")
    assert "<html" not in part.text
    refused = front.as_("marketer").get(url(front, "/refused"))
    assert (refused.status_code, "<b>no</b>" in refused.text) == (422, False)
    assert "&lt;b&gt;no&lt;/b&gt;" in refused.text
    down = front.as_("marketer").get(url(front, "/down"))
    assert down.status_code == 503
    assert "warehouse of the test" not in down.text


def test_a_form_that_is_too_long_is_not_read(front: House) -> None:
    assert front.as_("marketer").post(url(front), data={"text": "x" * 70_000}).status_code == 413
    chunked = front.as_("marketer").post(url(front), content=iter([b"text=x"]))
    assert chunked.status_code == 413
    form = {"content-type": "application/x-www-form-urlencoded", "content-length": "0" * 20 + "70007"}
    hidden = front.as_("marketer").post(url(front), content=b"text=" + b"x" * 70_002, headers=form)
    assert hidden.status_code == 413


def test_a_form_that_cannot_be_read_is_its_senders_mistake(front: House) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = front.as_("marketer").post(url(front), content=b"text=x", headers={"content-type": kind})
        assert (answer.status_code, "This could not be read." in answer.text) == (400, True)


def test_what_no_text_of_the_warehouse_holds_is_no_address(front: House) -> None:
    for path in ("/hello?q=%00", "/hello/a%00b"):
        assert front.as_("marketer").get(url(front, path)).status_code == 404, path
    assert front.as_("marketer").get(url(front, "/hello/a?q=100%2500")).status_code == 200


def test_what_was_written_is_kept_when_a_session_ended(front: House) -> None:
    answer = front.as_(None).post(url(front), data={"text": "x"})
    assert (answer.status_code, "You are logged out." in answer.text) == (401, True)
    assert (
        front.as_(None).get(url(front, "/hello?q=1")).headers["location"] == f"/login?next={url(front, '/hello?q=1')}"
    )


def test_other_businesses_are_offered_to_whoever_may_see_them(front: House) -> None:
    assert "Choose a business" not in front.as_("marketer").get(url(front, "/reviewed")).text
    front.tenants.append("second_shop")
    shown = front.as_("marketer").get(url(front, "/reviewed")).text
    assert f'href="{ROOT}/second_shop/ask"' in shown


def test_a_desk_of_an_airflow_below_a_path_knows_where_it_stands(front: House) -> None:
    made: list[str] = []

    def make(root: str) -> FastAPI:
        made.append(root)
        return create_app(replace(front.desk, root=root, routes=[]), lambda below: pages(front.desk, below))

    airflow = FastAPI(root_path="/airflow")
    airflow.mount(ROOT, DeskApp(make))
    answer = TestClient(airflow, follow_redirects=False).get(f"/airflow{url(front)}")
    assert answer.headers["location"] == f"/login?next=/airflow{url(front)}"
    assert made == [f"/airflow{ROOT}"]


def test_airflow_answers_others_while_the_desk_is_made_once() -> None:
    made: list[str] = []
    answered: list[str] = []
    goes_on = Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answered.append(scope["path"])

    def make(root: str) -> Any:
        made.append(root)
        assert goes_on.wait(10), "the event loop stood still while the desk was made"
        return app

    async def visit_twice() -> None:
        desk: Any = DeskApp(make)
        visits = [asyncio.ensure_future(desk({"path": path}, None, None)) for path in ("/a", "/b")]
        while not made:
            await asyncio.sleep(0.01)
        goes_on.set()
        await asyncio.gather(*visits)

    asyncio.run(visit_twice())
    assert (made, sorted(answered)) == ([ROOT], ["/a", "/b"])


def test_styles_and_scripts_are_kept_by_browsers_and_pages_are_not(front: House) -> None:
    client = front.as_(None)
    style = client.get(f"{ROOT}/static/desk.css")
    assert (style.status_code, style.headers["cache-control"]) == (200, "no-cache")
    assert style.headers["x-content-type-options"] == "nosniff"
    again = client.get(f"{ROOT}/static/desk.css", headers={"if-none-match": style.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert front.as_("marketer").get(url(front)).headers["cache-control"] == "no-store"
