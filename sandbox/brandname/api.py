"""The HTTP face of an aggregator: the account, messages, their log, and the reports that it posts.

A request id that was taken before is told so and sends nothing again.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received, as_text
from sandbox.poster import Event, Post, Poster, poster_switches
from sandbox.scenarios import BrandnameRefusal, BrandnameStory, HttpFault, Switchboard, WebhookManner

CHANNEL = "brandname"
SECRET = "sandbox-brandname-webhook-secret"  # noqa: S105 - of a stand-in
WRONG_SECRET = "somebody-elses-secret"  # noqa: S105 - what forgeries are signed under
LABEL = "[QC]"
REPORTS_AT_ONCE = 50
SCHEMA = Path(__file__).parent / "contract" / "message.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
STORIES: Mapping[BrandnameStory, Sequence[tuple[str, str]]] = {
    BrandnameStory.OK: (("sent", ""), ("delivered", "")),
    BrandnameStory.SILENT: (),
    BrandnameStory.UNDELIVERED: (("sent", ""), ("undelivered", "phone_off")),
    BrandnameStory.DEAD: (("sent", ""), ("undelivered", "invalid_number")),
    BrandnameStory.STOPPED: (("sent", ""), ("delivered", "")),
}


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> ErrorAnswer:
    """An error in the contract's form."""
    return ErrorAnswer(status, {"error": {"code": code, "message": message}}, headers or {})


ERRORS: dict[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: error(429, "too_many_requests", "slow down", {"Retry-After": "1"}),
    HttpFault.ERROR_IN_200: error(200, "internal", "the gateway failed"),
    BrandnameRefusal.UNAUTHORIZED: error(401, "unauthorized", "the key is not known"),
    BrandnameRefusal.FORBIDDEN: error(422, "brand_not_registered", "the brand is not registered"),
    BrandnameRefusal.NO_CREDIT: error(422, "no_credit", "the balance is used up"),
    BrandnameRefusal.BAD_REQUEST: error(422, "blocked_content", "the operator does not take this text"),
    BrandnameRefusal.DEAD_ADDRESS: error(422, "invalid_number", "no operator has this number"),
    BrandnameRefusal.OPTED_OUT: error(422, "opted_out", "the number is on the Do-Not-Call list"),
}


class StopOrder(BaseModel):
    """A person who tells the aggregator to stop."""

    model_config = ConfigDict(extra="forbid")

    sender: str


class Aggregator:
    """One account: what it took, by request id, and its webhook."""

    def __init__(
        self,
        journal: Journal,
        switchboard: Switchboard,
        connections: Connections,
        webhook: str = "",
        secret: str = SECRET,
    ) -> None:
        """Start with nothing sent."""
        self._switchboard = switchboard
        self._secret = secret
        self._provider = Misbehaving(CHANNEL, journal, switchboard, connections, ERRORS)
        self.log: dict[str, dict[str, str]] = {}
        self.poster = Poster(
            self._write, webhook, at_once=REPORTS_AT_ONCE, id_of=lambda event: str(event.get("event_id", "stop"))
        )

    def forget(self) -> None:
        """Back to the start."""
        self.log.clear()
        self.poster.forget()

    async def send(self, request: Request) -> Response:
        """`POST /v1/messages`."""
        if (refused := refuse_key(request)) is not None:
            return refused
        try:
            body = json.loads(await request.body())
        except ValueError:
            return error(400, "no_json", "the body is no JSON").response()
        if fault := next(VALIDATOR.iter_errors(body), None):
            where = ".".join(map(str, fault.absolute_path)) or str(fault.validator)
            return error(422, "invalid_field", f"{where} is not as the contract says").response()
        if body["type"] == "advertising" and not body["text"].startswith(LABEL):
            return error(422, "label_missing", f"advertising begins with {LABEL}").response()
        if body["request_id"] in self.log:
            return error(409, "duplicate_request", "the request was taken before").response()
        message_id = f"bn-{secrets.token_hex(12)}"
        one = Received(
            body["to"],
            message_id=body["request_id"],
            provider_message_id=message_id,
            message=body["text"],
            headers={"body": as_text(body)},
        )
        taken = JSONResponse({"message_id": message_id, "request_id": body["request_id"]}, status_code=202)
        return await self._provider.take(request, [one], taken, lambda: self._remember(body, message_id))

    def look_up(self, request: Request, request_id: str) -> Response:
        """`GET /v1/messages/{request_id}`."""
        if (refused := refuse_key(request)) is not None:
            return refused
        found = self.log.get(request_id)
        return error(404, "not_found", "no such request").response() if found is None else JSONResponse(found)

    def stop(self, number: str) -> None:
        """A person who wants no more."""
        manner = WebhookManner(self._switchboard.next("brandname_webhook", number))
        self.poster.put([{"from": number, "at": datetime.now(UTC).isoformat()}], manner)

    def _remember(self, body: Mapping[str, Any], message_id: str) -> None:
        number, request_id = body["to"], body["request_id"]
        story = BrandnameStory(self._switchboard.next("brandname_events", number))
        steps = STORIES[story]
        last = steps[-1][0] if steps else "accepted"
        self.log[request_id] = {"request_id": request_id, "message_id": message_id, "status": last}
        reports = [_report(body, message_id, status, code) for status, code in steps]
        lies = [_report(body, f"{message_id}-lie", "undelivered", "invalid_number")]
        self.poster.put(reports, WebhookManner(self._switchboard.next("brandname_webhook", number)), lies)
        if story is BrandnameStory.STOPPED:
            self.stop(number)

    def _write(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        body = json.dumps(
            {
                "reports": [dict(event) for event in events if "request_id" in event],
                "opt_outs": [dict(event) for event in events if "request_id" not in event],
            }
        ).encode()
        secret = WRONG_SECRET if forged else self._secret
        mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return Post(body, {"X-Signature": f"t={at},v1={mac}"})


def _report(body: Mapping[str, Any], message_id: str, status: str, code: str) -> dict[str, str]:
    return {
        "event_id": f"{message_id}:{status}",
        "request_id": body["request_id"],
        "reference": body.get("reference", ""),
        "message_id": message_id,
        "status": status,
        "code": code,
        "at": datetime.now(UTC).isoformat(),
    }


def refuse_key(request: Request) -> Response | None:
    """An answer where there is no key; any will do."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return None if kind == "Bearer" and key else ERRORS[BrandnameRefusal.UNAUTHORIZED].response()


def brandname_router(aggregator: Aggregator) -> APIRouter:
    """The routes of the contract."""
    router = APIRouter()

    @router.get("/v1/account")
    def account(request: Request) -> Response:
        return refuse_key(request) or JSONResponse({"status": "active", "brands": ["TATDO"]})

    @router.post("/v1/messages")
    async def send(request: Request) -> Response:
        return await aggregator.send(request)

    @router.get("/v1/messages/{request_id}")
    def look_up(request: Request, request_id: str) -> Response:
        return aggregator.look_up(request, request_id)

    return router


def brandname_switches(aggregator: Aggregator) -> APIRouter:
    """The sandbox's own routes, below `/sandbox/brandname`."""
    router = poster_switches(aggregator.poster)

    @router.post("/stop")
    async def stop(order: StopOrder) -> dict[str, str]:
        aggregator.stop(order.sender)
        return {"status": "ok"}

    return router
