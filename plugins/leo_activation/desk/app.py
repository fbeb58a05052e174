"""The desk's web app: one place where every request is let in, counted, checked and given its headers.

Every route is registered by `Pages.add` with the capability that it needs. A route without one cannot be registered,
and the table of all of them is what the tests walk through.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from leo_activation.desk.identity import MEANINGS, Capability, Identify, Person
from leo_activation.desk.protection import HEADERS, TOKEN_FIELD, TOKEN_HEADER, RateLimit, Tokens
from leo_activation.desk.rendering import FOLDER, Tongue, render, tongue_of
from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.warehouse.connections import TENANT_ID, Warehouse

logger = logging.getLogger(__name__)

LONGEST_FORM_BYTES = 64 * 1024
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LANGUAGE_COOKIE = "leo_desk_language"


@dataclass(frozen=True)
class Tab:
    """An entry of the desk's navigation; shown to those who have the capability."""

    name: str
    title: str
    needs: Capability = Capability.READ


TABS = (
    Tab("ask", "Ask"),
    Tab("requests", "Requests"),
    Tab("review", "Review"),
    Tab("segments", "Segments"),
    Tab("campaigns", "Campaigns"),
    Tab("people", "People’s rights", Capability.PRIVACY),
    Tab("stop", "Stop sending", Capability.STOP),
)


@dataclass(frozen=True)
class Visit:
    """One request that was let in: who, for which tenant, in which language, and the form where one was sent."""

    request: Request
    person: Person
    tenant_id: str
    tongue: Tongue
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"


Page = Callable[[Visit], Response]
"""Answers a visit; runs in a thread, and may raise any `LeoError`."""


@dataclass(frozen=True)
class Route:
    """A route as it was registered; `path` is below the tenant."""

    method: str
    path: str
    needs: Capability


@dataclass
class Desk:
    """What every page works with.

    tenants: whom a person may work for, the first one first. key: the installation's own, for tokens. login_url: where
    somebody who is not logged in is sent, given the path to come back to.
    """

    warehouse: Warehouse
    identify: Identify
    tenants: Callable[[Person], Awaitable[list[str]]]
    key: bytes
    login_url: Callable[[str], str]
    limit: RateLimit = field(default_factory=lambda: RateLimit(per_second=10, burst=60))
    routes: list[Route] = field(default_factory=list)
    root: str = "/segment-desk"

    def __post_init__(self) -> None:
        """Derive the key of the tokens."""
        self.tokens = Tokens(self.key)

    def page(self, visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page, or with htmx the part of it that the template makes by itself."""
        shown = {
            "root": self.root,
            "tenant": visit.tenant_id,
            "person": visit.person,
            "token": self.tokens.make(visit.person.user_id),
            "token_field": TOKEN_FIELD,
            "token_header": TOKEN_HEADER,
            "fragment": visit.is_fragment,
            "tabs": [tab for tab in TABS if tab.needs in visit.person.may],
            "path": visit.request.url.path,
            **values,
        }
        return HTMLResponse(render(visit.tongue, template, shown), status_code=status)


def create_app(desk: Desk, register: Callable[["Pages"], None]) -> FastAPI:
    """The app; `register` adds the pages."""
    app = FastAPI(title="Segment desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")

    @app.middleware("http")
    async def guard_answers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/")
    async def front(request: Request) -> Response:
        """To the first tenant that the person may see."""
        person = await desk.identify(request)
        if person is None:
            return RedirectResponse(desk.login_url(desk.root + "/"), HTTPStatus.SEE_OTHER)
        tenants = await desk.tenants(person)
        if not tenants:
            return _problem(desk, request, person, HTTPStatus.FORBIDDEN, "nobody")
        return RedirectResponse(f"{desk.root}/{tenants[0]}/ask", HTTPStatus.SEE_OTHER)

    register(Pages(app, desk))
    return app


class Pages:
    """Where pages are added to an app."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        """Add none yet."""
        self._app = app
        self.desk = desk

    def add(self, method: str, path: str, needs: Capability, page: Page) -> None:
        """Answer `method` on `/{tenant}<path>` with a page, for those who may."""
        self.desk.routes.append(Route(method, path, needs))

        async def answer(request: Request) -> Response:
            return await self._answer(request, needs, page)

        self._app.add_api_route("/{tenant}" + path, answer, methods=[method], name=f"{method} {path}")

    async def _answer(self, request: Request, needs: Capability, page: Page) -> Response:
        desk = self.desk
        person = await desk.identify(request)
        if person is None:
            return self._log_in(request)
        wait_s = desk.limit.wait_s(person.user_id)
        if wait_s > 0:
            response = _problem(desk, request, person, HTTPStatus.TOO_MANY_REQUESTS, "busy")
            response.headers["Retry-After"] = str(max(1, round(wait_s)))
            return response
        tenant_id = request.path_params["tenant"]
        if not TENANT_ID.fullmatch(tenant_id) or tenant_id not in await desk.tenants(person):
            return _problem(desk, request, person, HTTPStatus.NOT_FOUND, "tenant")
        if needs not in person.may:
            return _problem(desk, request, person, HTTPStatus.FORBIDDEN, "capability", needs=MEANINGS[needs])
        form: dict[str, str] = {}
        if request.method in WRITES:
            size = request.headers.get("content-length", "")
            if not size.isdigit() or int(size) > LONGEST_FORM_BYTES:
                return _problem(desk, request, person, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size")
            form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
            given = request.headers.get(TOKEN_HEADER) or form.pop(TOKEN_FIELD, "")
            if not desk.tokens.holds(person.user_id, given):
                return _problem(desk, request, person, HTTPStatus.FORBIDDEN, "token")
        visit = Visit(request, person, tenant_id, _tongue(request), form)
        try:
            return await run_in_threadpool(page, visit)
        except (Transient, Configuration) as error:
            reference = secrets.token_hex(4)
            logger.warning("Segment desk, reference %s: %s", reference, error)
            return _problem(desk, request, person, HTTPStatus.SERVICE_UNAVAILABLE, "warehouse", reference=reference)
        except Permanent as error:
            return _problem(desk, request, person, HTTPStatus.UNPROCESSABLE_ENTITY, "refused", words=str(error))
        except LeoError:
            raise
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("Segment desk, reference %s", reference)
            return _problem(desk, request, person, HTTPStatus.INTERNAL_SERVER_ERROR, "broken", reference=reference)

    def _log_in(self, request: Request) -> Response:
        """To Airflow's own login and back; htmx is told to leave the page: a login has no place in a part of one."""
        url = self.desk.login_url(f"{self.desk.root}{request.url.path.removeprefix(self.desk.root)}")
        if request.headers.get("hx-request") == "true":
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": url})
        if request.method in WRITES:
            return Response("Log in first.", HTTPStatus.UNAUTHORIZED)
        return RedirectResponse(url, HTTPStatus.SEE_OTHER)


def _tongue(request: Request) -> Tongue:
    return tongue_of(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


def _problem(desk: Desk, request: Request, person: Person, status: HTTPStatus, kind: str, **values: Any) -> Response:
    """A page, or a part of one, that says what is wrong and what to do."""
    visit = Visit(request, person, request.path_params.get("tenant", ""), _tongue(request))
    shown = {"needs": "", "words": "", "reference": "", **values}
    return desk.page(visit, "problem.html", status=status, kind=kind, **shown)
