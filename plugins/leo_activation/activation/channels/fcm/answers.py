"""What FCM's answer to `messages:send` proves.

| Status | Code in the error's details | Outcome | Beside it |
| --- | --- | --- | --- |
| 200 with `name` | | accepted | rejected where it was only to check |
| 200 without it | | unknown | not FCM's own answer |
| 400 | INVALID_ARGUMENT, by FcmError alone | rejected | the address is dead: the token is none |
| 400 | else: BadRequest names the field | rejected | our fault |
| 401 | THIRD_PARTY_AUTH_ERROR | retry | the provider rests until a person has looked: APNs key |
| 401 | else | retry | the provider rests a minute; the access token is asked for anew |
| 403 | SENDER_ID_MISMATCH | rejected | the token is of another project |
| 403 | else | retry | the provider rests until a person has looked |
| 404 | UNREGISTERED | rejected | the address is dead |
| 404 | else | retry | the provider rests: no such project |
| 413 | | rejected | |
| 429 | QUOTA_EXCEEDED | retry | after Retry-After, a minute at least |
| 3xx | | unknown | the provider rests: something in between answers |
| anything else | INTERNAL, UNAVAILABLE | unknown | |

Documented at https://firebase.google.com/docs/cloud-messaging/error-codes and
https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, read in 2026-11. Google says of 500 and 503 that the
same request may be made again; it says nowhere that the first was not carried out, so here they are unknown.

Google's own sentences are not kept: they name tokens and projects. Codes are.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from leo_activation.activation.channels import Answer, ProviderPause, RateLimits
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import message_name, words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
NAME = re.compile(r"projects/[^/\s]+/messages/\S+")
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def read_answer(answer: HttpAnswer, *, only_check: bool) -> Answer:
    """The outcome; see the module's table."""
    code = _fcm_code(answer)
    detail = error_words(answer)
    if answer.status == 200:
        return _read_success(answer, only_check=only_check)
    if answer.status == 400:
        dead = code == "INVALID_ARGUMENT" and BAD_REQUEST not in {str(each.get("@type")) for each in _details(answer)}
        return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=dead)
    if answer.status == 404 and code == "UNREGISTERED":
        return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=True)
    if answer.status == 413 or (answer.status == 403 and code == "SENDER_ID_MISMATCH"):
        return Answer(Outcome.REJECTED, PHASE, detail)
    if answer.status in {401, 403, 404}:
        lasts = SHORTEST_WAIT if answer.status == 401 and code is None else None
        return Answer(
            Outcome.RETRY, PHASE, detail, pause=ProviderPause(f"FCM refuses this installation: {detail}", lasts)
        )
    if answer.status == 429:
        wait = _wait(answer)
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=wait, limits=RateLimits(0, wait))
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"FCM's address answers with a redirect: {detail}")
        return Answer(Outcome.UNKNOWN, PHASE, detail, pause=pause)
    return Answer(Outcome.UNKNOWN, PHASE, detail)


def error_words(answer: HttpAnswer) -> str:
    """The status, Google's own and FCM's code; nothing else of the body is kept."""
    status = _error(answer).get("status")
    said = [str(answer.status)]
    for code in (status, _fcm_code(answer)):
        if isinstance(code, str) and CODE.fullmatch(code) and code not in said:
            said.append(code)
    return words(" ".join(said))


def _read_success(answer: HttpAnswer, *, only_check: bool) -> Answer:
    body = answer.json()
    name = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return Answer(Outcome.UNKNOWN, PHASE, "200 without the name of a message")
    if only_check:
        return Answer(Outcome.REJECTED, PHASE, "200 checked only: the request is valid, nothing was sent")
    return Answer(Outcome.ACCEPTED, PHASE, "200", provider_message_id=message_name(name))


def _error(answer: HttpAnswer) -> Mapping[str, object]:
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _details(answer: HttpAnswer) -> Iterator[Mapping[str, object]]:
    details = _error(answer).get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            yield detail


def _fcm_code(answer: HttpAnswer) -> str | None:
    for detail in _details(answer):
        code = detail.get("errorCode")
        if detail.get("@type") == FCM_ERROR and isinstance(code, str):
            return code
    return None


def _wait(answer: HttpAnswer) -> timedelta:
    """Retry-After in seconds, a minute where it is not there: Google's own words of the least."""
    text = answer.headers.get("Retry-After", "")
    wait = timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else SHORTEST_WAIT
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)
