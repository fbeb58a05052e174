"""The HTTP face of SendGrid: mail send with its faults, e-mail activity, and the switches of the event webhook."""

import base64
import gzip
import json
import secrets
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received, as_text
from sandbox.poster import Poster, poster_switches
from sandbox.scenarios import HttpFault, SendgridRefusal, SendgridStory, Switchboard, WebhookManner
from sandbox.sendgrid.activity import Activity, QueryError
from sandbox.sendgrid.contract import Envelope, Fault, envelopes, faults
from sandbox.sendgrid.limits import Window
from sandbox.sendgrid.signatures import SignedPosts, SigningKey
from sandbox.sendgrid.stories import Sent, event_of, events_of

CHANNEL = "sendgrid"
KEY_PREFIX = "Bearer SG."
MOST_BYTES = 30 * 1024 * 1024
EVENTS_AT_ONCE = 100
WRONG_KEY = "The provided authorization grant is invalid, expired, or revoked"


def error_body(message: str) -> object:
    """The form of an error that names no field."""
    return {"errors": [{"message": message, "field": None, "help": None}]}


ERRORS: Mapping[str, ErrorAnswer] = {
    scenario: ErrorAnswer(status, error_body(message))
    for scenario, status, message in (
        (HttpFault.SERVER_ERROR_REJECTED, 500, "internal server error"),
        (HttpFault.SERVER_ERROR_ACCEPTED, 500, "internal server error"),
        (HttpFault.UNAVAILABLE, 503, "service unavailable"),
        (HttpFault.ERROR_IN_200, 200, "invalid request"),
        (SendgridRefusal.BAD_REQUEST, 400, "invalid request"),
        (SendgridRefusal.CREDITS_EXCEEDED, 401, "Maximum credits exceeded"),
        (SendgridRefusal.UNAUTHORIZED, 401, WRONG_KEY),
        (
            SendgridRefusal.FORBIDDEN,
            403,
            "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is "
            "resolved.",
        ),
        (SendgridRefusal.TOO_LARGE, 413, "content too large"),
    )
}


class LimitOrder(BaseModel):
    """How many requests each window takes from now on."""

    model_config = ConfigDict(extra="forbid")

    requests: Annotated[int, Field(ge=1)]
    seconds: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Refused(Exception):
    """The request is answered with an error before any recipient is looked at."""

    status: int
    faults: tuple[Fault, ...]

    def response(self, headers: Mapping[str, str]) -> JSONResponse:
        """The answer as it goes out."""
        return JSONResponse(
            {"errors": [fault.as_json() for fault in self.faults]}, status_code=self.status, headers=dict(headers)
        )


class SendGrid:
    """One account: its journal, its limit, what it accepted, and its webhook."""

    def __init__(
        self,
        journal: Journal,
        switchboard: Switchboard,
        connections: Connections,
        key: SigningKey,
        webhook_url: str = "",
    ) -> None:
        """Start with nothing accepted; what becomes of what will be is told to the webhook, signed by the key."""
        self._provider = Misbehaving(CHANNEL, journal, switchboard, connections, ERRORS)
        self._switchboard = switchboard
        self.window = Window()
        self.activity = Activity()
        self.key = key
        self.poster = Poster(
            SignedPosts(key), webhook_url, at_once=EVENTS_AT_ONCE, id_of=lambda event: str(event["sg_event_id"])
        )

    def forget(self) -> None:
        """Back to the start, with the same key."""
        self.window = Window()
        self.activity.forget()
        self.poster.forget()

    async def send(self, request: Request) -> Response:
        """`POST /v3/mail/send`."""
        within = self.window.take()
        headers = self.window.headers()
        try:
            authorise(request)
            mail, size = await read_mail(request)
        except Refused as refused:
            return refused.response(headers)
        if not within:
            return _error(429, "too many requests", self.window.headers_of_refusal(by_scenario=False))
        if (mail.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable"):
            return Response(status_code=200, headers=headers)
        people = envelopes(mail)
        message_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        limited = ErrorAnswer(429, error_body("too many requests"), self.window.headers_of_refusal(by_scenario=True))
        return await self._provider.take(
            request,
            [_received(person, message_id, size) for person in people],
            Response(status_code=202, headers={**headers, "X-Message-Id": message_id}),
            lambda: self._remember(people, message_id),
            errors={HttpFault.RATE_LIMITED: limited},
            headers=headers,
        )

    def find(self, query: str, limit: int) -> list[dict[str, Any]]:
        """The messages of the e-mail activity.

        Raises:
            QueryError: it is not a query.
        """
        return [sent.summary() for sent in self.activity.find(query, limit)]

    def _remember(self, people: list[Envelope], message_id: str) -> None:
        """Into what can be asked for and is told."""
        for number, person in enumerate(people):
            sent = Sent(
                msg_id=f"{message_id}.recvd-sandbox-1-{secrets.token_hex(4).upper()}-{number}.0",
                sender=person.sender,
                recipient=person.recipient,
                subject=person.subject,
                arguments=person.arguments,
                accepted_at=int(time.time()),
            )
            self.activity.add(sent)
            story = SendgridStory(self._switchboard.next("sendgrid_events", person.recipient))
            sent.events += events_of(sent, story)
            manner = WebhookManner(self._switchboard.next("sendgrid_webhook", person.recipient))
            lies = [event_of(sent, name, {}, sent.accepted_at) for name in ("spamreport", "unsubscribe")]
            self.poster.put(sent.events, manner, lies)


def authorise(request: Request) -> None:
    """Raises Refused where the key is missing or is none of SendGrid's; any key of the right form will do."""
    given = request.headers.get("authorization", "")
    if not given:
        raise Refused(401, (Fault("", "Permission denied, wrong credentials"),))
    if not given.startswith(KEY_PREFIX) or len(given) == len(KEY_PREFIX):
        raise Refused(401, (Fault("", WRONG_KEY),))


async def read_mail(request: Request) -> tuple[dict[str, Any], int]:
    """The body of a request without faults, and its size in bytes. Raises Refused otherwise."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, (Fault("", "Content-Type should be application/json."),))
    raw = await request.body()
    if request.headers.get("content-encoding") == "gzip":
        try:
            raw = gzip.decompress(raw) if len(raw) <= MOST_BYTES else raw
        except (OSError, EOFError, zlib.error):
            raise Refused(400, (Fault("", "Bad Request: the body is no gzip"),)) from None
    if len(raw) > MOST_BYTES:
        raise Refused(413, (Fault("", "content too large"),))
    try:
        mail = json.loads(raw)
    except ValueError:
        raise Refused(400, (Fault("", "Bad Request: the body is no JSON"),)) from None
    if found := faults(mail):
        raise Refused(400, tuple(found))
    return mail, len(raw)


def _received(person: Envelope, message_id: str, size: int) -> Received:
    return Received(
        person.recipient,
        message_id=person.headers.get("Message-ID", ""),
        provider_message_id=message_id,
        message=as_text({**person.body, "custom_args": dict(person.arguments)}),
        headers={"From": person.sender, "To": person.recipient, "Subject": person.subject, **person.headers},
        size=size,
    )


def _error(status: int, message: str, headers: Mapping[str, str]) -> JSONResponse:
    return JSONResponse(error_body(message), status_code=status, headers=dict(headers))


def sendgrid_router(account: SendGrid) -> APIRouter:
    """The routes of the API, below `/v3`."""
    router = APIRouter()

    @router.post("/v3/mail/send")
    async def send(request: Request) -> Response:
        return await account.send(request)

    @router.api_route("/v3/mail/send", methods=["GET", "PUT", "PATCH", "DELETE"])
    def not_allowed() -> Response:
        return _error(405, "method not allowed", {})

    @router.get("/v3/scopes")
    def scopes(request: Request) -> Response:
        try:
            authorise(request)
        except Refused as refused:
            return refused.response({})
        return JSONResponse({"scopes": ["mail.send", "messages.read"]})

    @router.get("/v3/messages")
    def messages(request: Request, query: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 10) -> Response:
        try:
            authorise(request)
            return JSONResponse({"messages": account.find(query, limit)})
        except Refused as refused:
            return refused.response({})
        except QueryError as error:
            return _error(400, str(error), {})

    @router.get("/v3/messages/{msg_id}")
    def message(msg_id: str, request: Request) -> Response:
        try:
            authorise(request)
        except Refused as refused:
            return refused.response({})
        sent = account.activity.get(msg_id)
        return _error(404, "not found", {}) if sent is None else JSONResponse(sent.details())

    return router


def sendgrid_switches(account: SendGrid) -> APIRouter:
    """The sandbox's own routes, below `/sandbox/sendgrid`."""
    router = poster_switches(account.poster)

    @router.get("/key")
    def key() -> dict[str, str]:
        return {"public_key": account.key.public_key}

    @router.post("/limit")
    def set_limit(order: LimitOrder) -> dict[str, str]:
        account.window.set(order.requests, order.seconds)
        return {"status": "ok"}

    return router
