"""What Meta's answers to a message on Messenger prove: by their codes, not by their status.

`POST /{page}/messages`, the Send API:

| Answer | Outcome | Beside it | Source |
| --- | --- | --- | --- |
| 200 with `message_id` | accepted | | S |
| 1/1357046 "Received invalid JSON reply" | unknown | Meta's own note: "all sent successfully" | E |
| 1, 2 | unknown | "unexpected error"; also said where the person blocked the Page | E, H |
| 4, 17, 32, 613, 613/2534040 | retry | a rate limit | E, H |
| 613/2018338, 2022, 368 | retry | bothersome, or messaging disabled: the Page rests until a person has looked | E, H |
| 10/2018278, 10/2534022, 10/2018065 | rejected | outside the window | E |
| 10/2018108, 10/1893015, 551, 200/1545041 | rejected | the person takes no messages | E |
| 10/1893063 | retry | the Page is restricted: it rests until a person has looked | E |
| 10 otherwise, 3, 102, 190, 200, 200/2018028 | retry | token or permission: as above | E, H |
| 100/2018001 | rejected | "No matching user found": the address is dead | E |
| 100 about `appsecret_proof` | retry | not our app's secret: as above | G |
| 100 otherwise | rejected | a bad parameter | E |
| 2018300 | retry | another app holds the thread now | E |

`POST /act_{account}/messages`, the Marketing Message API:

| Answer | Outcome | Beside it | Source |
| --- | --- | --- | --- |
| `success` true with `marketing_message_tracking_id` | accepted | | M |
| 2300004, -32, -34 to -37, -42 to -44, -52 | rejected | the subscription ended, or the person gets none now | A |
| 2300010, -18, -20 to -27, -38, -46 to -48, -70 to -77 | rejected | the message's form | A |
| 2300012, -33, -41, -55, -57, -60 to -63, -68, -78 | retry | "try again later" | A |
| the others up to 2300069: `OURS` | retry | campaign, budget, terms, region: rests until a person has looked | A |

Anything else is unknown: another code, another form, a 5xx without a documented code, a redirect (the provider rests).

S "Send API", E "Common Error Codes" (updated 2026-06-25), H "Handling Errors" of the Graph API, G "Securing Graph API
Requests", M "Send Messages on Marketing Message API for Messenger" (updated 2026-06-30), A its "API References"
(updated 2026-04-24), all of developers.facebook.com and read on 2026-11-22.
"""

import re
from datetime import timedelta

from leo_activation.activation.channels import Answer, ProviderPause, RateLimits
from leo_activation.activation.channels.facebook.graph import BAD_PARAMETER, GraphError, error_of, is_about_the_proof
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
Codes = frozenset[tuple[int, int]]

NO_SUCH_PERSON = (100, 2018001)
PERHAPS_SENT = frozenset({1, 2})
RATE_LIMITED = frozenset({4, 17, 32, 613})
RESTRICTED: Codes = frozenset({(10, 1893063), (613, 2018338)})
NOT_NOW: Codes = frozenset({(10, 2018278), (10, 2534022), (10, 2018065), (10, 2018108), (10, 1893015), (200, 1545041)})
REFUSED_INSTALLATION = frozenset({3, 10, 102, 190, 200, 368, 2022})
TAKES_NONE = 551
OTHER_APP = 2018300

MARKETING = 2_300_000
ENDED = frozenset({4, 32, 34, 35, 36, 37, 42, 43, 44, 52})
MALFORMED = frozenset({10, 18, *range(20, 28), 38, 46, 47, 48, *range(70, 78)})
LATER = frozenset({12, 33, 41, 55, 57, 60, 61, 62, 63, 68, 78})
OURS = frozenset(
    {0, 1, 2, 3, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 19, 30, 31, 39, 40, 53, 54, 56, 58, 59, 64, 65, 66, 67, 69}
)

RATE_LIMIT_WAIT = timedelta(minutes=5)
"""Graph says by no header of this call when its limit ends; its windows move over an hour."""
LATER_WAIT = timedelta(minutes=30)
"""Meta's own word for those of `LATER` that name a time."""
SAFE_ID = re.compile(r"[\x21-\x7e]{1,512}")


def read_answer(answer: HttpAnswer) -> Answer:
    """The outcome of a message by the Send API; see the module's first table."""
    if (special := _not_an_answer(answer)) is not None:
        return special
    error = error_of(answer)
    if error is None:
        return _taken(answer, "message_id")
    code = (error.code, error.subcode)
    detail = error.detail
    if error.code in PERHAPS_SENT:
        return Answer(Outcome.UNKNOWN, PHASE, detail)
    if code == NO_SUCH_PERSON:
        return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=True)
    if code in NOT_NOW or error.code == TAKES_NONE:
        return Answer(Outcome.REJECTED, PHASE, detail)
    if code in RESTRICTED:
        return _paused(error, "Facebook restricts the Page's messages")
    if error.code in RATE_LIMITED:
        return _limited(detail)
    if error.code == OTHER_APP:
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=LATER_WAIT)
    if error.code in REFUSED_INSTALLATION or is_about_the_proof(error):
        return _paused(error, "Facebook refuses this installation")
    if error.code == BAD_PARAMETER:
        return Answer(Outcome.REJECTED, PHASE, detail)
    return Answer(Outcome.UNKNOWN, PHASE, detail)


def read_marketing_answer(answer: HttpAnswer) -> Answer:
    """The outcome of a marketing message; see the module's second table, then the first for Graph's own codes."""
    if (special := _not_an_answer(answer)) is not None:
        return special
    error = error_of(answer)
    if error is None:
        body = answer.json()
        if not isinstance(body, dict) or body.get("success") is not True:
            return Answer(Outcome.UNKNOWN, PHASE, _status(answer))
        return _taken(answer, "marketing_message_tracking_id")
    number = error.code - MARKETING
    if number in ENDED or number in MALFORMED:
        return Answer(Outcome.REJECTED, PHASE, error.detail)
    if number in LATER:
        return Answer(Outcome.RETRY, PHASE, error.detail, retry_after=LATER_WAIT)
    if number in OURS:
        return _paused(error, "Facebook takes no marketing messages of this account")
    # A token that Graph does not know is the person's subscription here, and says nothing against their address.
    if error.code == BAD_PARAMETER and not is_about_the_proof(error):
        return Answer(Outcome.REJECTED, PHASE, error.detail)
    return read_answer(answer)


def _not_an_answer(answer: HttpAnswer) -> Answer | None:
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"Facebook's address answers with a redirect: {_status(answer)}")
        return Answer(Outcome.UNKNOWN, PHASE, _status(answer), pause=pause)
    if answer.status >= 500:
        # Also one with a documented code: nothing says that the work stopped before the message left.
        return Answer(Outcome.UNKNOWN, PHASE, _status(answer))
    return None


def _taken(answer: HttpAnswer, name: str) -> Answer:
    body = answer.json()
    message_id = body.get(name) if isinstance(body, dict) else None
    if answer.status == 200 and isinstance(message_id, str) and SAFE_ID.fullmatch(message_id):
        return Answer(Outcome.ACCEPTED, PHASE, "200", provider_message_id=message_id)
    return Answer(Outcome.UNKNOWN, PHASE, _status(answer))


def _limited(detail: str) -> Answer:
    limits = RateLimits(0, RATE_LIMIT_WAIT)
    return Answer(Outcome.RETRY, PHASE, detail, limits=limits, retry_after=RATE_LIMIT_WAIT)


def _paused(error: GraphError, reason: str) -> Answer:
    return Answer(Outcome.RETRY, PHASE, error.detail, pause=ProviderPause(f"{reason}: {error.detail}"))


def _status(answer: HttpAnswer) -> str:
    error = error_of(answer)
    return words(f"{answer.status} {error.detail if error is not None else 'without a documented body'}")
