"""The faults that every HTTP provider can have, so that a stand-in says only: check the request, accept, answer.

A stand-in writes its own scenarios as a StrEnum in `sandbox/scenarios.py`, registers `(*HttpFault, *ZaloRefusal)` there
under the name of its channel, and then:

    ERRORS = {  # what it answers where it refuses; a scenario without an entry here is a mistake found at the start
        HttpFault.RATE_LIMITED: ErrorAnswer(200, {"error": -32, "message": "Too many requests"}),
        HttpFault.ERROR_IN_200: ErrorAnswer(200, {"error": -200, "message": "Send message failed"}),
        ZaloRefusal.DEAD_ADDRESS: ErrorAnswer(200, {"error": -213, "message": "User has not followed OA"}),
    }
    provider = Misbehaving("zalo", journal, switchboard, connections, ERRORS)

    @router.post("/v3.0/oa/message/cs")
    async def send(request: Request) -> Response:
        body = await checked(request)  # by the provider's documents; what they refuse is answered and not journaled
        mid = secrets.token_hex(12)
        one = Received(body.user_id, message_id=delivery_id_in(body), provider_message_id=mid, message=body.text)
        return await provider.take(request, [one], JSONResponse({"error": 0, "data": {"message_id": mid}}), on_accept)

`take` asks the switchboard which scenario meets this try, writes the effects to the journal, and only then calls
`on_accept` (where the stand-in remembers what it took and queues its webhooks, see `sandbox/poster.py`) and answers, or
not. Statuses 429, 500 and 503 have answers of their own where ERRORS has none; ERROR_IN_200 has not, for it is each
provider's own form.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from sandbox.connections import Connections, Peer
from sandbox.journal import Effect, Journal, Outcome
from sandbox.scenarios import SCENARIOS, HttpFault, Switchboard

DRIP_S = 0.25
LONGEST_DRIP_S = 120.0
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
NOTHING: Mapping[str, str] = MappingProxyType({})

TAKING = frozenset(
    {
        HttpFault.OK,
        HttpFault.SERVER_ERROR_ACCEPTED,
        HttpFault.STALL,
        HttpFault.ACCEPT_THEN_RESET,
        HttpFault.MALFORMED_ACCEPTED,
        HttpFault.SLOW_DRIP,
    }
)
SILENT = frozenset({HttpFault.STALL, HttpFault.ACCEPT_THEN_RESET, HttpFault.RESET_BEFORE_READING})
WITHOUT_ERROR = frozenset(
    {HttpFault.OK, *SILENT, HttpFault.SLOW_DRIP, HttpFault.MALFORMED_ACCEPTED, HttpFault.MALFORMED_REJECTED}
)


@dataclass(frozen=True)
class Received:
    """One recipient's part of a request that the provider's contract has nothing against.

    recipient: the address as it was given: the switchboard's key.
    message_id: the delivery's id, wherever the provider lets it travel.
    provider_message_id: what the provider will call it if it takes it.
    message: the whole message as text; `size` its bytes, counted from the text where it is not given.
    """

    recipient: str
    message_id: str = ""
    provider_message_id: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None


@dataclass(frozen=True)
class ErrorAnswer:
    """A refusal in the provider's own words; a body of None is an empty one.

    taken: the message is taken all the same.
    """

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False

    def response(self, headers: Mapping[str, str] = NOTHING) -> Response:
        """The answer as it goes out, under headers that every answer carries."""
        together = {**headers, **self.headers}
        if self.body is None:
            return Response(status_code=self.status, headers=together)
        return JSONResponse(self.body, status_code=self.status, headers=together)


COMMON: Mapping[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: ErrorAnswer(429, {"error": {"message": "too many requests"}}, {"Retry-After": "1"}),
    HttpFault.SERVER_ERROR_REJECTED: ErrorAnswer(500, {"error": {"message": "internal server error"}}),
    HttpFault.SERVER_ERROR_ACCEPTED: ErrorAnswer(500, {"error": {"message": "internal server error"}}),
    HttpFault.UNAVAILABLE: ErrorAnswer(503, {"error": {"message": "service unavailable"}}),
}


class Misbehaving:
    """One provider's way from a good request to an answer, with what can go wrong on it."""

    def __init__(
        self,
        channel: str,
        journal: Journal,
        switchboard: Switchboard,
        connections: Connections,
        errors: Mapping[str, ErrorAnswer],
    ) -> None:
        """Take the provider's refusals, by scenario.

        Raises:
            ValueError: a scenario of the channel has no answer.
        """
        self._channel = channel
        self._journal = journal
        self._switchboard = switchboard
        self._connections = connections
        self._errors: Mapping[str, ErrorAnswer] = {**COMMON, **errors}
        missing = {str(scenario) for scenario in SCENARIOS[channel]} - WITHOUT_ERROR - set(self._errors)
        if missing:
            raise ValueError(f"{channel} has no answer to {', '.join(sorted(missing))}")

    async def take(
        self,
        request: Request,
        people: Sequence[Received],
        accepted: Response,
        on_accept: Callable[[], object] | None = None,
        *,
        errors: Mapping[str, ErrorAnswer] = MappingProxyType({}),
        headers: Mapping[str, str] = NOTHING,
        keys: Iterable[str] = (),
    ) -> Response:
        """Journal what becomes of a request, and answer it so.

        accepted: the answer to a message that was taken without any fault.
        on_accept: called once, after the journal is on disk, where the message was taken.
        errors: refusals that only this request can word, such as a 429 with what is left of its window.
        headers: what every error carries besides.
        keys: further names under which a fault may be ordered, such as that of a template.
        """
        scenario = self._switchboard.next_of(self._channel, [people[0].recipient, *keys])
        error = None if scenario in WITHOUT_ERROR else {**self._errors, **errors}[scenario]
        taken = scenario in TAKING or (error is not None and error.taken)
        if error is not None:
            response = error.response(headers)
        elif scenario == HttpFault.MALFORMED_REJECTED:
            response = Response(PAGE, 200, media_type="text/html")
        elif scenario == HttpFault.MALFORMED_ACCEPTED:
            response = Response(PAGE, accepted.status_code, media_type="application/json")
        else:
            response = accepted
        answer = "" if scenario in SILENT else str(response.status_code)
        effects = [self._effect(person, scenario, answer, taken=taken) for person in people]
        await asyncio.to_thread(self._journal.append, *effects)
        if taken and on_accept is not None:
            on_accept()
        await self._disturb(request, scenario, response)
        return response

    def _effect(self, person: Received, scenario: str, answer: str, *, taken: bool) -> Effect:
        size = len(person.message.encode("utf-8", "surrogateescape")) if person.size is None else person.size
        return Effect(
            channel=self._channel,
            outcome=Outcome.ACCEPTED if taken else Outcome.REJECTED,
            scenario=scenario,
            recipient=person.recipient,
            answer=answer,
            provider_message_id=person.provider_message_id if taken else "",
            message_id=person.message_id,
            size=size,
            headers=dict(person.headers),
            message=person.message,
        )

    async def _disturb(self, request: Request, scenario: str, response: Response) -> None:
        """What a fault of the connection does before, or instead of, the answer."""
        client = (request.client.host, request.client.port) if request.client is not None else ("", 0)
        if scenario == HttpFault.STALL:
            await until_gone(request)
        elif scenario in {HttpFault.RESET_BEFORE_READING, HttpFault.ACCEPT_THEN_RESET}:
            self._connections.reset(client)
        elif scenario == HttpFault.SLOW_DRIP:
            await self._drip(client, response)

    async def _drip(self, client: Peer, response: Response) -> None:
        """Write the answer byte by byte below HTTP until the client has had enough."""
        for byte in _drawn_out(response):
            if not self._connections.write(client, bytes([byte])):
                return
            await asyncio.sleep(DRIP_S)
        self._connections.reset(client)


async def until_gone(request: Request) -> None:
    """Wait until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def as_text(body: object) -> str:
    """A JSON body as the journal holds it."""
    return json.dumps(body, ensure_ascii=False)


def _drawn_out(response: Response) -> bytes:
    """A response as it stands on the wire, with a header that makes it last."""
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    lines += [b"X-Padding: " + b"." * int(LONGEST_DRIP_S / DRIP_S)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(response.body)
