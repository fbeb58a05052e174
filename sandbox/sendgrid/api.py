"""The HTTP face of SendGrid: mail send with its faults, e-mail activity, and the switches of the event webhook."""

import asyncio
import base64
import gzip
import json
import secrets
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from sandbox.connections import Connections
from sandbox.journal import Effect, Journal, Outcome
from sandbox.scenarios import SendgridScenario, SendgridStory, Switchboard, WebhookManner
from sandbox.sendgrid.activity import Activity, QueryError
from sandbox.sendgrid.contract import Envelope, Fault, envelopes, faults
from sandbox.sendgrid.limits import Window
from sandbox.sendgrid.poster import Poster
from sandbox.sendgrid.stories import Sent, events_of

CHANNEL = "sendgrid"
KEY_PREFIX = "Bearer SG."
MOST_BYTES = 30 * 1024 * 1024
DRIP_S = 0.25
LONGEST_DRIP_S = 120.0
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
ACCEPTING = frozenset(
    {
        SendgridScenario.OK,
        SendgridScenario.SERVER_ERROR_ACCEPTED,
        SendgridScenario.STALL,
        SendgridScenario.ACCEPT_THEN_RESET,
        SendgridScenario.MALFORMED_ACCEPTED,
        SendgridScenario.SLOW_DRIP,
    }
)
SILENT = frozenset({SendgridScenario.STALL, SendgridScenario.ACCEPT_THEN_RESET, SendgridScenario.RESET_BEFORE_READING})
ERRORS: Mapping[SendgridScenario, tuple[int, str]] = {
    SendgridScenario.RATE_LIMITED: (429, "too many requests"),
    SendgridScenario.SERVER_ERROR_REJECTED: (500, "internal server error"),
    SendgridScenario.SERVER_ERROR_ACCEPTED: (500, "internal server error"),
    SendgridScenario.UNAVAILABLE: (503, "service unavailable"),
    SendgridScenario.ERROR_IN_200: (200, "invalid request"),
    SendgridScenario.BAD_REQUEST: (400, "invalid request"),
    SendgridScenario.CREDITS_EXCEEDED: (401, "Maximum credits exceeded"),
    SendgridScenario.UNAUTHORIZED: (401, "The provided authorization grant is invalid, expired, or revoked"),
    SendgridScenario.FORBIDDEN: (
        403,
        "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
    ),
    SendgridScenario.TOO_LARGE: (413, "content too large"),
}


class WebhookOrder(BaseModel):
    """Where events go from now on; '' for nowhere."""

    model_config = ConfigDict(extra="forbid")

    url: str


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

    def __init__(self, journal: Journal, switchboard: Switchboard, connections: Connections, poster: Poster) -> None:
        """Start with nothing accepted; the poster tells what becomes of what will be."""
        self._journal = journal
        self._switchboard = switchboard
        self._connections = connections
        self.window = Window()
        self.activity = Activity()
        self.poster = poster

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
        scenario = SendgridScenario(self._switchboard.next(CHANNEL, people[0].recipient))
        message_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        response = _answer(scenario, message_id, headers, self.window)
        await self._note(people, scenario, message_id, size, response)
        return await self._end(request, scenario, response, message_id)

    def find(self, query: str, limit: int) -> list[dict[str, Any]]:
        """The messages of the e-mail activity.

        Raises:
            QueryError: it is not a query.
        """
        return [sent.summary() for sent in self.activity.find(query, limit)]

    async def _note(
        self, people: list[Envelope], scenario: SendgridScenario, message_id: str, size: int, response: Response
    ) -> None:
        """Into the journal, and only then into what can be asked for and is told."""
        accepted = scenario in ACCEPTING
        effects = [
            Effect(
                channel=CHANNEL,
                outcome=Outcome.ACCEPTED if accepted else Outcome.REJECTED,
                scenario=scenario,
                recipient=person.recipient,
                answer="" if scenario in SILENT else str(response.status_code),
                provider_message_id=message_id if accepted else "",
                message_id=person.headers.get("Message-ID", ""),
                size=size,
                headers={"From": person.sender, "To": person.recipient, "Subject": person.subject, **person.headers},
                message=json.dumps({**person.body, "custom_args": dict(person.arguments)}, ensure_ascii=False),
            )
            for person in people
        ]
        await asyncio.to_thread(self._journal.append, *effects)
        if not accepted:
            return
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
            self.poster.put(sent, sent.events, manner)

    async def _end(self, request: Request, scenario: SendgridScenario, response: Response, message_id: str) -> Response:
        """The answer, or what a fault of the connection leaves of it."""
        client = (request.client.host, request.client.port) if request.client is not None else ("", 0)
        match scenario:
            case SendgridScenario.STALL:
                await until_gone(request)
            case SendgridScenario.RESET_BEFORE_READING | SendgridScenario.ACCEPT_THEN_RESET:
                self._connections.reset(client)
            case SendgridScenario.SLOW_DRIP:
                await self._drip(client, message_id)
        return response

    async def _drip(self, client: tuple[str, int], message_id: str) -> None:
        """Write an answer byte by byte below HTTP until the client has had enough."""
        answer = f"HTTP/1.1 202 Accepted\r\nX-Message-Id: {message_id}\r\nContent-Length: 0\r\n\r\n".encode()
        padded = answer[:-4] + b"\r\nX-Padding: " + b"." * int(LONGEST_DRIP_S / DRIP_S) + b"\r\n\r\n"
        for at in range(len(padded)):
            if not self._connections.write(client, padded[at : at + 1]):
                return
            await asyncio.sleep(DRIP_S)
        self._connections.reset(client)


def authorise(request: Request) -> None:
    """Raises Refused where the key is missing or is none of SendGrid's; any key of the right form will do."""
    given = request.headers.get("authorization", "")
    if not given:
        raise Refused(401, (Fault("", "Permission denied, wrong credentials"),))
    if not given.startswith(KEY_PREFIX) or len(given) == len(KEY_PREFIX):
        raise Refused(401, (Fault("", ERRORS[SendgridScenario.UNAUTHORIZED][1]),))


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


async def until_gone(request: Request) -> None:
    """Wait until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _answer(scenario: SendgridScenario, message_id: str, headers: Mapping[str, str], window: Window) -> Response:
    if scenario is SendgridScenario.RATE_LIMITED:
        headers = window.headers_of_refusal(by_scenario=True)
    if scenario in ERRORS:
        return _error(*ERRORS[scenario], headers)
    if scenario is SendgridScenario.MALFORMED_REJECTED:
        return Response(PAGE, 200, media_type="text/html")
    if scenario is SendgridScenario.MALFORMED_ACCEPTED:
        return Response(PAGE, 202, media_type="application/json")
    return Response(status_code=202, headers={**headers, "X-Message-Id": message_id})


def _error(status: int, message: str, headers: Mapping[str, str]) -> JSONResponse:
    return JSONResponse(
        {"errors": [{"message": message, "field": None, "help": None}]}, status_code=status, headers=dict(headers)
    )


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
    router = APIRouter()

    @router.post("/webhook")
    def set_webhook(order: WebhookOrder) -> dict[str, str]:
        account.poster.url = order.url
        return {"status": "ok", "public_key": account.poster.key.public_key}

    @router.get("/key")
    def key() -> dict[str, str]:
        return {"public_key": account.poster.key.public_key}

    @router.post("/limit")
    def set_limit(order: LimitOrder) -> dict[str, str]:
        account.window.set(order.requests, order.seconds)
        return {"status": "ok"}

    @router.get("/posted")
    def posted() -> StreamingResponse:
        lines: Iterator[str] = (json.dumps(each.as_json()) + "\n" for each in account.poster.posted())
        return StreamingResponse(lines, media_type="application/jsonl")

    @router.get("/waiting")
    def waiting() -> dict[str, int]:
        return {"events": account.poster.waiting}

    return router
