"""What an aggregator's answer to `POST /v1/messages` proves; the contract is `docs/reference/brandname-contract.md`.

| Answer | Outcome | Beside it |
| --- | --- | --- |
| 202 with a `message_id` | accepted | |
| 409 `duplicate_request` | unknown | it has the id of an earlier request: its log says what became of that |
| 429 | retry | at Retry-After |
| 422 `opted_out` | rejected | the number is on the aggregator's list or the national Do-Not-Call list: an opt-out |
| 422 `invalid_number` | rejected | the address is dead |
| 422 `brand_not_registered`, `no_credit`, `type_not_allowed`; 401, 403, 404 | retry | rests until a person has looked |
| 422 with another code | rejected | |
| 3xx | unknown | rests: something in between answers |
| anything else | unknown | |
"""

from datetime import timedelta

from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import message_name, words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
OURS = frozenset({"brand_not_registered", "no_credit", "type_not_allowed"})
REFUSED_INSTALLATION = frozenset({401, 403, 404})
DEFAULT_WAIT = timedelta(minutes=1)
LONGEST_WAIT_S = 3600


def read_answer(answer: HttpAnswer) -> Answer:
    """The outcome; see the module's table."""
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    name = told.get("message_id")
    if answer.status == 202 and isinstance(name, str) and name:
        return Answer(Outcome.ACCEPTED, PHASE, "202", provider_message_id=message_name(name))
    code, detail = error_of(answer)
    if answer.status == 429:
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=_wait(answer))
    if answer.status in REFUSED_INSTALLATION or (answer.status == 422 and code in OURS):
        pause = ProviderPause(f"The SMS aggregator refuses this installation: {detail}")
        return Answer(Outcome.RETRY, PHASE, detail, pause=pause)
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"The SMS aggregator's address is elsewhere: {detail}")
        return Answer(Outcome.UNKNOWN, PHASE, detail, pause=pause)
    if answer.status == 422 and code:
        dead, stopped = code == "invalid_number", code == "opted_out"
        return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=dead, opted_out=stopped)
    return Answer(Outcome.UNKNOWN, PHASE, detail)


def error_of(answer: HttpAnswer) -> tuple[str, str]:
    """The code of the error, '' where there is none, and status, code and words."""
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    code = told.get("code") if isinstance(told.get("code"), str) else ""
    message = told.get("message") if isinstance(told.get("message"), str) else ""
    return str(code), words(f"{answer.status} {code} {message}".strip())


def _wait(answer: HttpAnswer) -> timedelta:
    said = answer.headers.get("Retry-After", "")
    # More digits than a number has in Python would be an error after the message had left.
    is_number = said.isascii() and said.isdigit() and len(said) < 10
    return timedelta(seconds=min(int(said), LONGEST_WAIT_S)) if is_number else DEFAULT_WAIT
