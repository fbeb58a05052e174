"""What Twilio's answer to `POST …/Messages.json` proves.

| Answer | Outcome | Beside it |
| --- | --- | --- |
| 201 with a sid, of a status of a message on its way | accepted | |
| 201 with a sid and `failed` or `canceled` | rejected | |
| any 429 | retry | "never processed and always safe to retry" (20429); 63038, the day's limit: the provider rests |
| 21611 (queue of the sender is full) | retry | |
| 21610 | rejected | the person said STOP to this sender: an opt-out |
| 21211, 21214, 21217, 21614, 21635 | rejected | the address is dead: no number, or none that takes SMS |
| 401, 403, 404; sender, callback or account at fault (`OURS`) | retry | the provider rests until a person has looked |
| another 400 with Twilio's code | rejected | |
| 3xx | unknown | the provider rests: something in between answers |
| anything else | unknown | a 5xx, or an answer that is not in Twilio's form |

Twilio, "Error and Warning Dictionary" (https://www.twilio.com/docs/api/errors), the pages of the codes and "Message
resource", read on 2026-11-22 in stored copies; an error is `{"code", "message", "more_info", "status"}`.
"""

from datetime import timedelta

from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import message_name, words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "read"})
OVER = frozenset({"failed", "canceled"})
OPTED_OUT = 21610
DEAD = frozenset({21211, 21214, 21217, 21614, 21635})
SENDER_IS_BUSY = 21611
DAY_IS_FULL = 63038
OURS = frozenset(
    {
        10001,  # account is not active
        20003,  # authentication failed
        20005,  # account is not active
        21212,  # From is no valid number
        21601,  # From cannot send SMS
        21603,  # no From
        21606,  # From is not ours, or cannot send SMS
        21608,  # a trial account sends to verified numbers only
        21609,  # the callback's URL is not valid
        21659,  # From is not ours, or not of this country
        21660,  # From does not belong to the account
        21703,  # the messaging service has no sender
        21704,  # the messaging service has no sender for it
        21705,  # the messaging service's sid is not valid
    }
)
REFUSED_INSTALLATION = frozenset({401, 403, 404})
DEFAULT_WAIT = timedelta(minutes=1)
LONGEST_WAIT_S = 3600
DAY = timedelta(hours=24)


def read_answer(answer: HttpAnswer) -> Answer:
    """The outcome; see the module's table."""
    if answer.status == 201:
        return _created(answer)
    code, detail = error_of(answer)
    if answer.status == 429:
        pause = ProviderPause(f"Twilio takes no more today: {detail}", DAY) if code == DAY_IS_FULL else None
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=_wait(answer), pause=pause)
    if answer.status in REFUSED_INSTALLATION or (answer.status == 400 and code in OURS):
        return Answer(Outcome.RETRY, PHASE, detail, pause=ProviderPause(f"Twilio refuses this installation: {detail}"))
    if 300 <= answer.status < 400:
        return Answer(Outcome.UNKNOWN, PHASE, detail, pause=ProviderPause(f"Twilio's address is elsewhere: {detail}"))
    if answer.status != 400 or code is None:
        return Answer(Outcome.UNKNOWN, PHASE, detail)
    if code == SENDER_IS_BUSY:
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=DEFAULT_WAIT)
    return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=code in DEAD, opted_out=code == OPTED_OUT)


def error_of(answer: HttpAnswer) -> tuple[int | None, str]:
    """Twilio's code, and status, code and words without numbers of people."""
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    code = told.get("code")
    if isinstance(code, bool) or not isinstance(code, int):
        return None, words(f"{answer.status} {_text(told.get('message'))}".strip())
    return code, words(f"{answer.status} {code} {_text(told.get('message'))}".strip())


def _created(answer: HttpAnswer) -> Answer:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    sid, status = told.get("sid"), told.get("status")
    if not isinstance(sid, str) or not sid or not isinstance(status, str):
        return Answer(Outcome.UNKNOWN, PHASE, "201 without a message's sid and status")
    name = message_name(sid)
    if status in OVER:
        code = told.get("error_code")
        return Answer(Outcome.REJECTED, PHASE, words(f"201 {status} {_text(code)}".strip()), provider_message_id=name)
    outcome = Outcome.ACCEPTED if status in ON_ITS_WAY else Outcome.UNKNOWN
    return Answer(outcome, PHASE, words(f"201 {status}"), provider_message_id=name)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _wait(answer: HttpAnswer) -> timedelta:
    """By Retry-After in seconds, where it says so."""
    said = answer.headers.get("Retry-After", "")
    # More digits than a number has in Python would be an error after the message had left.
    is_number = said.isascii() and said.isdigit() and len(said) < 10
    return timedelta(seconds=min(int(said), LONGEST_WAIT_S)) if is_number else DEFAULT_WAIT
