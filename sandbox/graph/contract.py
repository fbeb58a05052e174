"""What Graph takes: its written schemas, the token in the header, and the proof that the app uses it."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from jsonschema import Draft202012Validator

from sandbox.misbehaving import ErrorAnswer

APP_SECRET = "the-secret-of-the-sandbox-app"  # noqa: S105 - of a stand-in
PAGE_TOKEN = re.compile(r"EAAPage(?P<page>[0-9]{1,32})")
"""The token of a Page of the stand-in's: its id stands in it."""
SYSTEM_TOKEN = re.compile(r"EAASystem[0-9A-Za-z]*")
FOLDER = Path(__file__).parent / "contract"


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")))


VALIDATORS = {name: _validator(name) for name in ("send", "marketing", "feed")}


def error(code: int, message: str, subcode: int = 0, status: int = 400) -> ErrorAnswer:
    """An error as Graph writes it ("Handling Errors")."""
    said: dict[str, object] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode:
        said["error_subcode"] = subcode
    return ErrorAnswer(status, {"error": {**said, "fbtrace_id": "Asandbox"}})


@dataclass(frozen=True)
class Refused(Exception):
    """The request is answered with an error before anybody is looked at."""

    answer: ErrorAnswer

    def response(self) -> JSONResponse:
        """The answer as it goes out."""
        return JSONResponse(self.answer.body, status_code=self.answer.status)


def token_of(request: Request, secret: str, form: re.Pattern[str]) -> re.Match[str]:
    """The token of a request, with its proof.

    Raises:
        Refused: it is none of this kind, or the app's proof is missing or wrong.
    """
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token:
        raise Refused(error(104, "An access token is required to request this resource."))
    found = form.fullmatch(token)
    if found is None:
        raise Refused(error(190, "Invalid OAuth access token.", status=401))
    proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    given = request.query_params.get("appsecret_proof")
    if given is None:
        raise Refused(error(100, "API calls from the server require an appsecret_proof argument"))
    if not hmac.compare_digest(proof, given):
        raise Refused(error(100, "Invalid appsecret_proof provided in the API argument"))
    return found


async def body_of(request: Request, schema: str) -> dict[str, Any]:
    """The body of a request, within its schema.

    Raises:
        Refused: it is not JSON, or not within the schema.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(error(100, "The parameter recipient is required"))
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(error(100, "The body is no JSON")) from None
    for fault in VALIDATORS[schema].iter_errors(body):
        where = ".".join(str(step) for step in fault.absolute_path) or "the request"
        raise Refused(error(100, f"Invalid parameter: {where}"))
    found: dict[str, Any] = body
    return found
