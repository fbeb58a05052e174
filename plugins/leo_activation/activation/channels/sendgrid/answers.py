"""What SendGrid's answer to `POST /v3/mail/send` proves.

| Status | Outcome | Beside it |
| --- | --- | --- |
| 202 with X-Message-Id | accepted | |
| 202 without it | unknown | not SendGrid's own answer |
| 200 | rejected where it was only to check, else unknown | |
| 400, 404, 405, 413 | rejected | an address that SendGrid calls invalid is dead |
| 400 about the sender, 401, 403 | retry | the provider rests until a person has looked |
| 429 | retry | at X-RateLimit-Reset |
| 3xx | unknown | the provider rests: something in between answers |
| anything else | unknown | |

Documented at https://www.twilio.com/docs/sendgrid/api-reference/mail-send and in the provider's OpenAPI document; 429
in the first alone. 401 is also said where the credits are used up.
"""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from leo_activation.activation.channels import Answer, ProviderPause, RateLimits
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import message_name, words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
REFUSED_FOR_GOOD = frozenset({400, 404, 405, 413})
REFUSED_INSTALLATION = frozenset({401, 403})
DEFAULT_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
"""No window of SendGrid's is longer; a header that says so is not believed."""
MOST_CALLS = 10**9
"""More is no bound, and more than the database's numbers hold would be an error after the message had left."""


def read_answer(answer: HttpAnswer, *, only_check: bool) -> Answer:
    """The outcome; see the module's table."""
    limits = _limits(answer)
    detail = error_words(answer)
    message_id = answer.headers.get("X-Message-Id")
    if answer.status == 202 and message_id:
        return Answer(Outcome.ACCEPTED, PHASE, "202", provider_message_id=message_name(message_id), limits=limits)
    if answer.status == 200 and only_check:
        return Answer(
            Outcome.REJECTED, PHASE, "200 checked only: the request is valid, nothing was sent", limits=limits
        )
    if answer.status == 429:
        limits = limits or RateLimits(0, DEFAULT_WAIT)
        return Answer(Outcome.RETRY, PHASE, detail, limits=limits, retry_after=limits.resets_in)
    if answer.status in REFUSED_INSTALLATION:
        pause = ProviderPause(f"SendGrid refuses this installation: {detail}")
        return Answer(Outcome.RETRY, PHASE, detail, limits=limits, pause=pause)
    if answer.status in REFUSED_FOR_GOOD:
        return _refused(answer, detail, limits)
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"SendGrid's address answers with a redirect: {detail}")
        return Answer(Outcome.UNKNOWN, PHASE, detail, pause=pause)
    return Answer(Outcome.UNKNOWN, PHASE, detail, limits=limits)


def error_words(answer: HttpAnswer) -> str:
    """The status and what SendGrid says is wrong, without addresses; nothing else of the body is kept."""
    said = "; ".join(f"{name} {message}".strip() for name, message in _errors(answer))
    return words(f"{answer.status} {said}".strip())


def _refused(answer: HttpAnswer, detail: str, limits: RateLimits | None) -> Answer:
    fields = [name for name, _ in _errors(answer)]
    if answer.status == 400 and any(name.partition(".")[0] in {"from", "reply_to"} for name in fields):
        pause = ProviderPause(f"SendGrid does not take our sender: {detail}")
        return Answer(Outcome.RETRY, PHASE, detail, limits=limits, pause=pause)
    dead = answer.status == 400 and any(name.startswith("personalizations.0.to.0.email") for name in fields)
    return Answer(Outcome.REJECTED, PHASE, detail, limits=limits, address_is_dead=dead)


def _errors(answer: HttpAnswer) -> Iterator[tuple[str, str]]:
    """Field and message of each error; a field that is null is written 'null' or left out."""
    body = answer.json()
    listed: Any = body.get("errors") if isinstance(body, dict) else None
    for error in listed if isinstance(listed, list) else []:
        if isinstance(error, dict):
            name = str(error.get("field"))
            yield ("" if name in {"None", "null"} else name, str(error.get("message", "")))


def _limits(answer: HttpAnswer) -> RateLimits | None:
    """By X-RateLimit-Remaining and -Reset (seconds since 1970), on the provider's own clock where it tells it."""
    try:
        remaining = int(answer.headers["X-RateLimit-Remaining"])
        resets_at = float(answer.headers["X-RateLimit-Reset"])
        wait = timedelta(seconds=resets_at - _now_there(answer))
    except (KeyError, ValueError, OverflowError):
        return None
    return RateLimits(min(max(remaining, 0), MOST_CALLS), min(max(wait, timedelta(0)), LONGEST_WAIT))


def _now_there(answer: HttpAnswer) -> float:
    try:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return answer.at
