"""What can go wrong with the bytes of an answer, the same for each provider."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from fastapi.responses import Response, StreamingResponse

from sandbox.scenarios import ModelScenario

JSON = "application/json"
EVENTS = "text/event-stream"
RETRY_AFTER_S = 7
RETRY_AFTER_DAY_S = 3600
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def whole(text: str, scenario: ModelScenario) -> Response:
    """A JSON answer in one piece, or what the scenario leaves of it."""
    match scenario:
        case ModelScenario.MALFORMED_BODY:
            return Response(PAGE, media_type=JSON)
        case ModelScenario.TRUNCATED:
            return Response(text[: len(text) // 2], media_type=JSON)
        case ModelScenario.CLOSE:
            return _cut(text, JSON)
    return Response(text, media_type=JSON)


def streamed(events: Sequence[str], scenario: ModelScenario) -> Response:
    """An answer as server-sent events, or what the scenario leaves of it."""
    match scenario:
        case ModelScenario.MALFORMED_BODY:
            return Response(PAGE, media_type=EVENTS)
        case ModelScenario.TRUNCATED:
            return StreamingResponse(iter(events[: len(events) // 2]), media_type=EVENTS)
        case ModelScenario.CLOSE:
            return _cut("".join(events), EVENTS)
    return StreamingResponse(iter(events), media_type=EVENTS)


def retry_after(seconds: int, scenario: ModelScenario) -> dict[str, str]:
    """The header that asks to wait: a number of seconds, or the date that they lead to."""
    if scenario is ModelScenario.RATE_LIMITED_UNTIL:
        return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)}
    return {"Retry-After": str(seconds)}


def _cut(text: str, media_type: str) -> Response:
    """An answer that promises its whole length and ends half-way, so that the client sees a broken
    transfer."""

    async def half() -> AsyncIterator[bytes]:
        yield text[: len(text) // 2].encode()
        raise ConnectionResetError("cut on purpose")

    return StreamingResponse(half(), media_type=media_type, headers={"Content-Length": str(len(text.encode()))})
