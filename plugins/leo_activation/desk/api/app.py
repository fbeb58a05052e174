"""The API put together: its routes below each tenant, and their description for programs."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from leo_activation.desk.api.admission import Door, guarded
from leo_activation.desk.api.agents import LeoAgents
from leo_activation.desk.api.chat import Chat
from leo_activation.desk.api.inbox import Inbox
from leo_activation.desk.api.problems import ErrorBody, answer_problems
from leo_activation.desk.app import Desk, Route
from leo_activation.desk.identity import Capability
from leo_activation.desk.protection import TOKEN_HEADER
from leo_activation.warehouse.connections import TENANT_ID

VERSION = "1"
BELOW = "/{tenant}/api"
DESCRIPTION_PATH = "/api/openapi.json"
LOGIN_COOKIE = "_token"
"""Airflow's cookie of a login."""
_ERRORS = {
    HTTPStatus.BAD_REQUEST: "The body could not be read.",
    HTTPStatus.UNAUTHORIZED: "Nobody is logged in, or the token is over.",
    HTTPStatus.FORBIDDEN: "The caller may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such thing, or not for the caller.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was sent is not valid, or cannot be done.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many calls; `Retry-After` says for how many seconds to wait.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "It failed here; `request_id` stands in the log.",
    HTTPStatus.SERVICE_UNAVAILABLE: "It cannot be done now; `Retry-After` says for how many seconds to wait.",
}
_ERRORS_OF_WRITES = {
    HTTPStatus.LENGTH_REQUIRED: "The header Content-Length is missing.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON.",
}
_SECURITY: dict[str, dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of Airflow: `POST /auth/token` with `username` and `password`.",
    },
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": LOGIN_COOKIE,
        "description": f"Airflow's own login in a browser. A write needs the header `{TOKEN_HEADER}` as well.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "Name and password of a user of Airflow, for LEO's trigger call alone.",
    },
}


class DeskApi:
    """The app; `routes` are registered with the capability that each needs."""

    def __init__(self, desk: Desk, door: Door) -> None:
        """Register none yet."""
        self._desk = desk
        self._door = door
        self.app = FastAPI(title="Segment desk, API", docs_url=None, redoc_url=None, openapi_url=None)
        answer_problems(self.app)

    def add(
        self,
        method: str,
        path: str,
        needs: Capability,
        handler: Callable[..., Any],
        *,
        status: HTTPStatus = HTTPStatus.OK,
        by_password: bool = False,
        errors: dict[HTTPStatus, str] | None = None,
        tag: str = "Requests",
    ) -> None:
        """Answer `method` on `/{tenant}/api<path>`; `errors` are those beyond what every route may answer."""
        self._desk.routes.append(Route(method, "/api" + path, needs))
        told = {**_ERRORS, **(_ERRORS_OF_WRITES if method == "POST" else {}), **(errors or {})}
        schemes = ["bearer", "login", *(["password"] if by_password else [])]
        self.app.router.add_api_route(
            path,
            handler,
            methods=[method],
            status_code=status,
            tags=[tag],
            operation_id=f"{method.lower()}{path.replace('/', '_').replace('{', '').replace('}', '')}",
            summary=(handler.__doc__ or "").partition("\n")[0].rstrip("."),
            responses={int(code): {"model": ErrorBody, "description": words} for code, words in told.items()},
            openapi_extra={"security": [{scheme: []} for scheme in schemes]},
            response_model_exclude_none=False,
            route_class_override=guarded(self._door, needs, by_password=by_password),
        )

    def description(self) -> dict[str, Any]:
        """The description of the API by OpenAPI 3.1."""
        described = get_openapi(
            title="Segment desk",
            version=VERSION,
            description=(
                "Segments asked for in words. Nothing is approved or sent here: what is drafted waits for a person. "
                'Every error has one form: `{"error": {"code", "message", "request_id"?}}`.'
            ),
            routes=self.app.routes,
            servers=[{"url": self._desk.root}],
        )
        tenant = {
            "name": "tenant",
            "in": "path",
            "required": True,
            "description": "The tenant's id.",
            "schema": {"type": "string", "title": "Tenant", "pattern": f"^{TENANT_ID.pattern}$"},
            "example": "retail",
        }
        described["paths"] = {
            BELOW + path: {**operations, "parameters": [tenant]} for path, operations in described["paths"].items()
        }
        described["components"]["securitySchemes"] = _SECURITY
        return described

    def mount(self, app: FastAPI) -> None:
        """Serve it as a part of the desk; the description is open to everybody, for it tells nothing of a tenant."""
        described = self.description()

        @app.get(DESCRIPTION_PATH)
        async def describe() -> JSONResponse:
            return JSONResponse(described)

        app.mount(BELOW, self.app)


def register(api: DeskApi, inbox: Inbox, chat: Chat, leo: LeoAgents) -> None:
    """All routes."""
    api.add("POST", "/requests", Capability.ASK, inbox.submit, status=HTTPStatus.CREATED)
    api.add("GET", "/requests", Capability.READ, inbox.list_page)
    api.add("GET", "/requests/{request_id}", Capability.READ, inbox.read)
    api.add("POST", "/chat", Capability.ASK, chat.answer, tag="Chat")
    api.add(
        "POST",
        "/leo/dags/{agent}/dagRuns",
        Capability.ASK,
        leo.trigger,
        by_password=True,
        errors={HTTPStatus.CONFLICT: "The segment has no approved version, or the run's id was used for another one."},
        tag="LEO CDP",
    )
