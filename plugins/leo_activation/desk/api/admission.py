"""Who is let in to the API: asked before the body is read, so that nobody unknown makes the server read one.

A caller is known by Airflow's bearer token, or by the cookie of the login in a browser; a write by cookie carries the
desk's token against forged writes as well. LEO's trigger call may bring a name and a password (basic auth), which
Airflow checks; the call goes on with the token that it gave for them.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from leo_activation.desk.api.problems import Code, Problem, problem_of
from leo_activation.desk.app import WRITES, Desk
from leo_activation.desk.identity import MEANINGS, Capability, Person
from leo_activation.desk.protection import TOKEN_HEADER, RateLimit, is_size
from leo_activation.warehouse.connections import TENANT_ID

LONGEST_BODY_BYTES = 64 * 1024
LONGEST_NAME = 200
LogIn = Callable[[str, str], Awaitable[str | None]]
"""The bearer token that Airflow gives for a name and a password; None where they are not right."""


@dataclass(frozen=True)
class Caller:
    """A program that was let in: as whom, and for which tenant."""

    person: Person
    tenant_id: str


@dataclass
class Door:
    """Lets in, or raises the `Problem` that says why not.

    log_in None: passwords are not taken. tries: how often one may be given for a name.
    """

    desk: Desk
    log_in: LogIn | None = None
    tries: RateLimit = field(default_factory=lambda: RateLimit(per_second=1, burst=30))

    async def admit(self, request: Request, needs: Capability, *, by_password: bool = False) -> Caller:
        """Who calls, where they may."""
        if by_password:
            request = await self._with_token(request)
        person = await self.desk.identify(request)
        if person is None:
            said = "Log in: send a bearer token of Airflow in the header Authorization."
            raise _not_logged_in(said)
        _wait(self.desk.limit, person.user_id)
        tenant_id = request.path_params.get("tenant", "")
        if not TENANT_ID.fullmatch(tenant_id) or tenant_id not in await self.desk.tenants(person):
            raise Problem(HTTPStatus.NOT_FOUND, Code.NO_TENANT, "There is no such tenant, or not for you.")
        if needs not in person.may:
            raise Problem(HTTPStatus.FORBIDDEN, Code.NOT_ALLOWED, f"You may not {MEANINGS[needs]}.")
        if request.method in WRITES:
            self._check_write(request, person)
        return Caller(person, tenant_id)

    def _check_write(self, request: Request, person: Person) -> None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            said = "The body has to be JSON, and the header Content-Type application/json."
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Code.NOT_JSON, said)
        size = request.headers.get("content-length", "")
        if not is_size(size):
            said = "The header Content-Length is needed."
            raise Problem(HTTPStatus.LENGTH_REQUIRED, Code.LENGTH_REQUIRED, said)
        if int(size) > LONGEST_BODY_BYTES:
            said = f"A body has at most {LONGEST_BODY_BYTES} bytes."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Code.TOO_LARGE, said, headers={"Connection": "close"})
        # Another site cannot make a browser send a bearer token; the cookie it sends by itself.
        if _credentials(request, "bearer") is None and not self.desk.tokens.holds(
            person.user_id, request.headers.get(TOKEN_HEADER, "")
        ):
            said = f"A write with the cookie of a login needs the header {TOKEN_HEADER} too; a bearer token does not."
            raise Problem(HTTPStatus.FORBIDDEN, Code.NO_TOKEN, said)

    async def _with_token(self, request: Request) -> Request:
        """The request with Airflow's token in the place of a password."""
        given = _credentials(request, "basic")
        if given is None or self.log_in is None:
            return request
        try:
            name, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            # Characters that base64 does not have, or bytes that are no text.
            name = colon = password = ""
        if not colon or not 1 <= len(name) <= LONGEST_NAME:
            raise _not_logged_in("The header Authorization does not hold a name and a password.")
        _wait(self.tries, name)
        token = await self.log_in(name, password)
        if token is None:
            raise _not_logged_in("Airflow does not know this name and password.")
        kept = [(header, value) for header, value in request.scope["headers"] if header != b"authorization"]
        request.scope["headers"] = [*kept, (b"authorization", f"Bearer {token}".encode())]
        # Anew, because a request keeps the headers that it has read.
        return Request(request.scope, request.receive)


def guarded(door: Door, needs: Capability, *, by_password: bool = False) -> type[APIRoute]:
    """Routes for those who have the capability; what fails behind them is answered in the one form."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    request.state.caller = await door.admit(request, needs, by_password=by_password)
                    # Its scope holds the token in the place of a password now.
                    return await handle(Request(request.scope, request.receive))
                except (RequestValidationError, HTTPException):
                    raise
                except Exception as error:  # noqa: BLE001 - every failure has its answer; `problem_of` logs it
                    raise problem_of(error) from None

            return answer

    return Guarded


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]


def _credentials(request: Request, scheme: str) -> str | None:
    """What stands in the header Authorization, where it is of this scheme."""
    named, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if named.lower() == scheme and given.strip() else None


def _wait(limit: RateLimit, name: str) -> None:
    wait_s = limit.wait_s(name)
    if wait_s > 0:
        headers = {"Retry-After": str(max(1, round(wait_s)))}
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, Code.TOO_MANY, "Too many calls; wait a little.", headers=headers)


def _not_logged_in(said: str) -> Problem:
    # No challenge for basic auth: a browser would keep the password, and send it to forged writes by itself.
    return Problem(HTTPStatus.UNAUTHORIZED, Code.NOT_LOGGED_IN, said, headers={"WWW-Authenticate": "Bearer"})
