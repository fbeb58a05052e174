"""Errors as JSON, all of one form: `{"error": {"code", "message", "request_id"?}}`.

A message never repeats what was sent: a body may hold a secret or somebody's address.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from leo_activation.errors import Configuration, LeoError, Permanent, Transient

logger = logging.getLogger(__name__)

MOST_FAULTS = 5


class Code(StrEnum):
    """What went wrong, for programs."""

    BAD_REQUEST = "bad_request"
    NOT_LOGGED_IN = "not_logged_in"
    NOT_ALLOWED = "not_allowed"
    NO_TOKEN = "no_token"  # noqa: S105 - a name
    NOT_FOUND = "not_found"
    NO_TENANT = "no_tenant"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    LENGTH_REQUIRED = "length_required"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    INVALID = "invalid"
    REFUSED = "refused"
    TOO_MANY = "too_many"
    BROKEN = "broken"
    UNAVAILABLE = "unavailable"


class Error(BaseModel):
    """What went wrong."""

    code: Code = Field(description="For programs; it does not change with the wording.")
    message: str = Field(
        description="One sentence for people.", examples=["A request has 1 to 4000 characters, not 0."]
    )
    request_id: str | None = Field(
        default=None, description="Where the reason stands in the log of the server.", examples=["9f2c11ab"]
    )


class ErrorBody(BaseModel):
    """Every answer that is not what was asked for."""

    error: Error


@dataclass(eq=False)
class Problem(Exception):
    """Ends a call with an error of this form."""

    status: HTTPStatus
    code: Code
    message: str
    request_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """The answer."""
        error = Error(code=self.code, message=self.message, request_id=self.request_id)
        body = ErrorBody(error=error).model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, status_code=self.status, headers=dict(self.headers))


def problem_of(error: Exception) -> Problem:
    """What a caller is told of a failure; what only an operator can mend is logged under the id that they are told."""
    match error:
        case Problem():
            return error
        case Permanent():
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, Code.REFUSED, str(error))
        case Transient() | Configuration():
            request_id = secrets.token_hex(4)
            logger.warning("API of the Segment desk, request %s: %s", request_id, error)
            said = "It cannot be done now; try again later."
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, Code.UNAVAILABLE, said, request_id, {"Retry-After": "30"})
        case LeoError():
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, Code.REFUSED, str(error))
    request_id = secrets.token_hex(4)
    # The place, and not the error's own words: those of a library quote what they were given.
    logger.error("API of the Segment desk, request %s: %s%s", request_id, type(error).__name__, _place(error))
    said = "This failed here, and not by what was sent."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, Code.BROKEN, said, request_id)


def answer_problems(app: FastAPI) -> None:
    """Give every error of the app the one form, those of the framework too."""

    @app.exception_handler(Problem)
    async def answer(request: Request, problem: Problem) -> JSONResponse:
        return problem.response()

    @app.exception_handler(RequestValidationError)
    async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, Code.INVALID, _faults(error)).response()

    @app.exception_handler(HTTPException)
    async def answer_framework(request: Request, error: HTTPException) -> JSONResponse:
        code, said = _FRAMEWORK.get(error.status_code, (Code.BAD_REQUEST, "The body could not be read."))
        headers = dict(error.headers or {})
        if code is Code.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        return Problem(HTTPStatus(error.status_code), code, said, headers=headers).response()


_FRAMEWORK: Mapping[int, tuple[Code, str]] = {
    HTTPStatus.NOT_FOUND: (Code.NOT_FOUND, "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: (Code.METHOD_NOT_ALLOWED, "This address takes another method."),
}


def _methods(app: FastAPI, request: Request) -> set[str]:
    """What the address takes, by all routes; the framework names the first one's methods alone."""
    routes = (route for route in app.routes if isinstance(route, APIRoute))
    return {method for route in routes if route.matches(request.scope)[0] is not Match.NONE for method in route.methods}


def _faults(error: RequestValidationError) -> str:
    """Which fields are wrong and how, without what they held."""
    faults = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"][:1])
        known = [str(part) for part in fault["loc"][1:] if isinstance(part, str) and part.isidentifier()]
        if fault["type"] == "extra_forbidden":
            # The name of an unknown field is what was sent, too.
            faults.append(f"{place}: a field that is not known")
        elif fault["type"] == "json_invalid":
            faults.append(f"{place}: not JSON")
        else:
            faults.append(f"{'.'.join([place, *known])}: {fault['msg'].removeprefix('Value error, ')}")
    shown = "; ".join(dict.fromkeys(faults[:MOST_FAULTS]))
    return f"What was sent is not valid: {shown}."


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
