"""Who gets in where: every route of the whole desk and its API, for everybody there can be."""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient

from leo_activation.desk.api.problems import Code
from leo_activation.desk.api.serving import mount_api
from leo_activation.desk.app import WRITES, Desk, Page, Pages, Route, create_app
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.protection import HEADERS, HOURS_VALID, TOKEN_HEADER, RateLimit, Tokens
from leo_activation.desk.required_actions import in_process
from leo_activation.desk.serving import register_pages, tenants_for
from leo_activation.embedding.lazy import LazyEncoder
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenant_access import allow_users, disallow_users
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.conftest import PSEUDONYM_KEY
from tests.desk.conftest import PEOPLE, ROOT, WHO

READ, ASK, REVIEW = Capability.READ, Capability.ASK, Capability.REVIEW
CONTENT, PRIVACY, STOP = Capability.CONTENT, Capability.PRIVACY, Capability.STOP

NEEDED: Mapping[tuple[str, str], Capability] = {
    ("POST", "/api/chat"): ASK,
    ("POST", "/api/leo/dags/{agent}/dagRuns"): ASK,
    ("GET", "/api/requests"): READ,
    ("POST", "/api/requests"): ASK,
    ("GET", "/api/requests/{request_id}"): READ,
    ("GET", "/ask"): READ,
    ("POST", "/ask"): ASK,
    ("GET", "/ask/alike"): READ,
    ("GET", "/ask/counted"): READ,
    ("GET", "/ask/offers"): READ,
    ("GET", "/ask/offers/counted"): READ,
    ("GET", "/ask/understood"): READ,
    ("GET", "/ask/values"): READ,
    ("GET", "/ask/without"): READ,
    ("GET", "/campaigns"): READ,
    ("POST", "/campaigns/build"): ASK,
    ("POST", "/campaigns/build/dry-run"): ASK,
    ("POST", "/campaigns/build/email"): ASK,
    ("POST", "/campaigns/build/messages"): ASK,
    ("POST", "/campaigns/build/outlook"): ASK,
    ("POST", "/campaigns/build/save"): ASK,
    ("POST", "/campaigns/build/submit"): ASK,
    ("GET", "/campaigns/copy"): READ,
    ("POST", "/campaigns/copy"): ASK,
    ("POST", "/campaigns/copy/{draft_id:int}/accept"): CONTENT,
    ("POST", "/campaigns/copy/{draft_id:int}/reject"): CONTENT,
    ("GET", "/campaigns/drafts/{unfinished_id:int}"): ASK,
    ("POST", "/campaigns/drafts/{unfinished_id:int}/discard"): ASK,
    ("GET", "/campaigns/new"): ASK,
    ("GET", "/campaigns/{campaign_id}"): READ,
    ("POST", "/campaigns/{campaign_id}/cancel"): ASK,
    ("GET", "/campaigns/{campaign_id}/edit"): ASK,
    ("POST", "/campaigns/{campaign_id}/pause"): ASK,
    ("GET", "/campaigns/{campaign_id}/results"): READ,
    ("POST", "/campaigns/{campaign_id}/resume"): ASK,
    ("GET", "/campaigns/{campaign_id}/runs/{run_id:int}"): READ,
    ("GET", "/campaigns/{campaign_id}/runs/{run_id:int}/progress"): READ,
    ("GET", "/campaigns/{campaign_id}/runs/{run_id:int}/unknown"): READ,
    ("POST", "/campaigns/{campaign_id}/stop"): ASK,
    ("POST", "/campaigns/{campaign_id}/test"): ASK,
    ("POST", "/language"): READ,
    ("GET", "/people"): PRIVACY,
    ("POST", "/people/consent"): PRIVACY,
    ("POST", "/people/erase"): PRIVACY,
    ("POST", "/people/erasures"): PRIVACY,
    ("GET", "/people/erasures/{erasure_id:int}"): PRIVACY,
    ("POST", "/people/export"): PRIVACY,
    ("POST", "/people/requests"): PRIVACY,
    ("GET", "/people/requests/{request_id:int}"): PRIVACY,
    ("POST", "/people/requests/{request_id:int}/done"): PRIVACY,
    ("POST", "/people/requests/{request_id:int}/extend"): PRIVACY,
    ("POST", "/people/requests/{request_id:int}/lift"): PRIVACY,
    ("POST", "/people/requests/{request_id:int}/refuse"): PRIVACY,
    ("GET", "/requests"): READ,
    ("GET", "/requests/{request_id:int}"): READ,
    ("GET", "/review"): READ,
    ("GET", "/review/holds/{number}"): READ,
    ("POST", "/review/holds/{number}"): REVIEW,
    ("GET", "/review/posts/{number}"): READ,
    ("POST", "/review/posts/{number}"): REVIEW,
    ("GET", "/review/requests/{number}"): READ,
    ("POST", "/review/requests/{number}"): REVIEW,
    ("GET", "/review/requests/{number}/alike"): READ,
    ("GET", "/review/runs/{number}"): READ,
    ("POST", "/review/runs/{number}"): REVIEW,
    ("GET", "/segments"): READ,
    ("GET", "/segments/{segment_id}"): READ,
    ("GET", "/segments/{segment_id}/as-of"): READ,
    ("GET", "/segments/{segment_id}/members.csv"): READ,
    ("GET", "/segments/{segment_id}/reach"): READ,
    ("POST", "/segments/{segment_id}/retire"): REVIEW,
    ("GET", "/segments/{segment_id}/why"): READ,
    ("GET", "/stop"): STOP,
    ("GET", "/stop/arm"): STOP,
    ("POST", "/stop/arm"): STOP,
    ("GET", "/stop/disarm"): STOP,
    ("POST", "/stop/disarm"): STOP,
    ("GET", "/stop/release-all"): STOP,
    ("POST", "/stop/release-all"): STOP,
    ("GET", "/stop/release-business"): STOP,
    ("POST", "/stop/release-business"): STOP,
    ("GET", "/stop/stop-all"): STOP,
    ("POST", "/stop/stop-all"): STOP,
    ("GET", "/stop/stop-business"): STOP,
    ("POST", "/stop/stop-business"): STOP,
}
"""What somebody must be allowed for each route below a tenant; a new route is written down here."""

OUTSIDER = replace(PEOPLE["admin"], user_id="outsider", name="Otto")
"""May do everything, but for another tenant."""
EVERYBODY = {**PEOPLE, OUTSIDER.user_id: OUTSIDER}
ROLES = ("stranger", "marketer", "reviewer", "editor", "officer", "admin", "outsider")
NEVER_MADE = "x1"
"""Stands for any id in an address; nothing has it."""
HOUR_S = 3600


class Stations(Pages):
    """Answers each page with the name of its route, so that a visit shows where it came and does nothing."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.desk = pages.desk

    def add(self, method: str, path: str, needs: Capability, page: Page) -> None:
        self._pages.add(method, path, needs, lambda visit: PlainTextResponse(f"{method} {path}"))


class Building:
    """The whole desk as it is served, with people by header instead of Airflow's login, for two tenants."""

    def __init__(self, warehouse: Warehouse) -> None:
        settings = read_settings()
        encoder = LazyEncoder(settings)

        async def identify(request: Request) -> Person | None:
            return EVERYBODY.get(request.headers.get(WHO, ""))

        known: dict[str, Mapping[str, str]] = {}
        look_up = tenants_for(warehouse)

        async def tenants(person: Person) -> Mapping[str, str]:
            """As production has it, but asked once a person: the test makes a thousand visits."""
            if person.user_id not in known:
                known[person.user_id] = await look_up(person)
            return known[person.user_id]

        limit = RateLimit(per_second=10_000, burst=10_000)
        self.desk = Desk(warehouse, identify, tenants, PSEUDONYM_KEY, lambda path: f"/login?next={path}", limit)
        inner = create_app(self.desk, lambda pages: register_pages(Stations(pages), settings, encoder))
        mount_api(inner, self.desk, encoder, airflow=in_process, has_model=lambda: False)
        app = FastAPI()
        app.mount(ROOT, inner)
        self.client = TestClient(app, follow_redirects=False)
        self.routes = {(route.method, route.path): route for route in self.desk.routes}
        for tenant_id in ("desk_shop", "other_shop"):
            register_tenant(warehouse, Tenant(tenant_id, tenant_id.title(), "EUR", "event_weight"))
        allow_users(warehouse, "desk_shop", list(PEOPLE), allowed_by="test")
        allow_users(warehouse, "other_shop", [OUTSIDER.user_id], allowed_by="test")

    def visit(self, route: Route, who: str | None, *, token: str = "") -> "Outcome":
        """What a route answers somebody who carries a token."""
        headers = {WHO: who or "", TOKEN_HEADER: token}
        path = re.sub(r"\{[^}:]*:int\}", "7", route.path)
        path = re.sub(r"\{[^}]*\}", NEVER_MADE, path)
        answer = self.client.request(
            route.method,
            f"{ROOT}/desk_shop{path}",
            headers=headers,
            json={} if route.method in WRITES and is_api(route) else None,
            data={"a": "b"} if route.method in WRITES and not is_api(route) else None,
        )
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        return Outcome.of(route, answer.status_code, answer.text, answer.headers.get("location", ""))


class Outcome(str):
    """let in, login, no tenant, not allowed, no token; or what else came, in words."""

    @classmethod
    def of(cls, route: Route, status: int, text: str, location: str) -> "Outcome":
        """What an answer means; of an API, whatever its handler says of an empty body means let in."""
        if is_api(route):
            refusals = {
                Code.NOT_LOGGED_IN: "login",
                Code.NO_TENANT: "no tenant",
                Code.NOT_ALLOWED: "not allowed",
                Code.NO_TOKEN: "no token",
            }
            for code, outcome in refusals.items():
                if f'"code":"{code}"' in text:
                    return cls(outcome)
            return cls("let in" if status < HTTPStatus.INTERNAL_SERVER_ERROR else f"{status}: {text}")
        if status == HTTPStatus.OK and text == f"{route.method} {route.path}":
            return cls("let in")
        if status == HTTPStatus.UNAUTHORIZED or (status == HTTPStatus.SEE_OTHER and location.startswith("/login?")):
            return cls("login")
        for said, outcome in (
            ("There is no such business here.", "no tenant"),
            ("You may not do this.", "not allowed"),
            ("This page is too old.", "no token"),
        ):
            if said in text and status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
                return cls(outcome)
        return cls(f"{status}: {text[:200]}")


def is_api(route: Route) -> bool:
    return route.path.startswith("/api/")


def expected(person: Person | None, needs: Capability) -> str:
    """What the table means for somebody."""
    if person is None:
        return "login"
    if person is OUTSIDER or not person.may:
        return "no tenant"
    return "let in" if needs in person.may else "not allowed"


@pytest.fixture(scope="module")
def building(warehouse: Warehouse) -> Building:
    return Building(warehouse)


def test_every_route_stands_in_the_table_with_what_it_needs(building: Building) -> None:
    served = {key: route.needs for key, route in building.routes.items()}
    wrong = [
        *(
            f"{key} is a new route: write in NEEDED that it needs {served[key]}"
            for key in served.keys() - NEEDED.keys()
        ),
        *(f"{key} is no route any more: take it out of NEEDED" for key in NEEDED.keys() - served.keys()),
        *(
            f"{key} asks for {served[key]}, and NEEDED says {NEEDED[key]}"
            for key in served.keys() & NEEDED.keys()
            if served[key] != NEEDED[key]
        ),
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_nobody_registers_a_route_beside_the_guard(building: Building) -> None:
    """What the app serves is the table's routes, and four addresses that tell nothing of a tenant."""
    [inner] = [route.app for route in building.client.app.routes if getattr(route, "path", "") == ROOT]  # type: ignore[attr-defined]
    guarded = {"/{tenant}" + path for _, path in building.routes}
    served = {getattr(route, "path", "") for route in inner.routes}
    assert served - guarded == {"/", "/static", "/api/openapi.json", "/{tenant}/api"}


@pytest.mark.parametrize("who", [None, *ROLES])
def test_everybody_gets_in_where_the_table_lets_them_and_nowhere_else(building: Building, who: str | None) -> None:
    person = EVERYBODY[who] if who else None
    token = building.desk.tokens.make(who) if who else ""
    wrong = []
    for key, route in building.routes.items():
        outcome = building.visit(route, who, token=token)
        wanted = expected(person, NEEDED.get(key, route.needs))
        if outcome != wanted:
            wrong.append(f"{' '.join(key)} for {who or 'nobody'}: {outcome}, and the table says {wanted}")
    assert not wrong, "\n".join(wrong)


def test_no_write_happens_without_a_fresh_token_of_the_one_who_writes(building: Building) -> None:
    late = Tokens(PSEUDONYM_KEY, clock=lambda: 0.0)
    tokens = {"none": "", "somebody else's": building.desk.tokens.make("reviewer"), "an old one": late.make("admin")}
    wrong = [
        f"{' '.join(key)} with the token {name}: {outcome}"
        for key, route in building.routes.items()
        if route.method in WRITES
        for name, token in tokens.items()
        if (outcome := building.visit(route, "admin", token=token)) != "no token"
    ]
    assert not wrong, "\n".join(wrong)


def test_a_token_holds_for_half_a_day() -> None:
    now = [1_000_000.0]
    tokens = Tokens(PSEUDONYM_KEY, clock=lambda: now[0])
    token = tokens.make("linh")
    now[0] += (HOURS_VALID - 1) * HOUR_S
    assert tokens.holds("linh", token)
    now[0] += HOUR_S
    assert not tokens.holds("linh", token)


def test_other_methods_and_addresses_reach_no_page(building: Building) -> None:
    headers = {WHO: "admin", TOKEN_HEADER: building.desk.tokens.make("admin")}
    for method, path in (("PUT", "/ask"), ("DELETE", "/requests/7"), ("GET", "/nowhere"), ("POST", "/review")):
        answer = building.client.request(method, f"{ROOT}/desk_shop{path}", headers=headers)
        assert answer.status_code == HTTPStatus.NOT_FOUND, (method, path)
        assert "There is no such page." in answer.text
    assert building.client.get(f"{ROOT}/desk_shop/nowhere").status_code == HTTPStatus.SEE_OTHER


def test_who_may_see_a_tenant_is_asked_at_every_request(warehouse: Warehouse, tenant: Tenant) -> None:
    async def identify(request: Request) -> Person | None:
        return PEOPLE.get(request.headers.get(WHO, ""))

    desk = Desk(warehouse, identify, tenants_for(warehouse), PSEUDONYM_KEY, lambda path: path)
    app = FastAPI()
    app.mount(
        ROOT, create_app(desk, lambda pages: pages.add("GET", "/seen", READ, lambda visit: PlainTextResponse("seen")))
    )
    client = TestClient(app, headers={WHO: "marketer"})
    path = f"{ROOT}/{tenant.tenant_id}/seen"
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    allow_users(warehouse, tenant.tenant_id, ["marketer"], allowed_by="test")
    assert client.get(path).text == "seen"
    disallow_users(warehouse, tenant.tenant_id, ["marketer"])
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
