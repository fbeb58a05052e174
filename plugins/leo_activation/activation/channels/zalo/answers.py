"""What Zalo's answer to a message proves, by the code in its body: `error`, which comes with HTTP 200.

Two tables, because two APIs use the same numbers for different things: the Official Account API (openapi.zalo.me: care
messages and templates to a user's id) and the template message API (business.openapi.zalo.me: templates to a phone
number). Each line has Zalo's own message; docs/guides/zalo.md says where and when they were read. What stands in no
table is unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

from leo_activation.activation.channels import Answer, ProviderPause, RateLimits
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
VIETNAM = timezone(timedelta(hours=7))
"""Zalo's days and nights; Vietnam has no summer time."""
MORNING = time(6)
A_WINDOW = timedelta(minutes=1)
"""The rate limit is counted by the minute."""
A_RENEWAL = timedelta(seconds=1)
LONGEST_SAID = 200
MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class Means(StrEnum):
    """What a code comes to."""

    REFUSED = "refused"
    """This message is not taken, and would not be again: rejected."""
    NOBODY = "nobody"
    """The same, and nobody is at the address, for good."""
    BUSY = "busy"
    """Not executed: retry in a minute, and everybody waits."""
    NIGHT = "night"
    """Not at night: retry in the morning."""
    TOMORROW = "tomorrow"
    """This template's messages of the day are used up: retry tomorrow."""
    SPENT = "spent"
    """The account's messages of the day are used up: retry, and the provider rests until tomorrow."""
    RENEW = "renew"
    """The access token is not taken: retry with a new one."""
    OURS = "ours"
    """Nobody's is taken (account, app, money, template): retry, and the provider rests until a person has looked."""
    UNSURE = "unsure"
    """Zalo says that it failed, and not that nothing was sent: unknown."""


OFFICIAL_ACCOUNT: Mapping[int, Means] = {
    -32: Means.BUSY,  # Your application / Your OA reached limit call api
    -200: Means.UNSURE,  # Send message failed
    -201: Means.REFUSED,  # <field> is invalid!
    -204: Means.OURS,  # Offical Account is disable
    -205: Means.OURS,  # Offical Account is not exist
    -209: Means.OURS,  # Not supported this api (the app is not activated)
    -210: Means.REFUSED,  # Parameter exceeds allowable limit
    -211: Means.SPENT,  # Out of quota
    -212: Means.OURS,  # App has not registed this api
    -213: Means.REFUSED,  # User has not followed OA
    -216: Means.RENEW,  # Access token is invalid
    -217: Means.REFUSED,  # User has blocked invitation from OA
    -218: Means.REFUSED,  # Out of quota receive: of this user, not of the account
    -219: Means.OURS,  # App is removed or disabled
    -220: Means.RENEW,  # access_token is expired or removed
    -221: Means.OURS,  # The OA needs to be verified to use this feature
    -223: Means.OURS,  # Official Account has not authorized this API
    -224: Means.OURS,  # The OA needs to upgrade OA Tier Package
    -227: Means.REFUSED,  # User is banned or has been inactive for more than 45 days
    -230: Means.REFUSED,  # User has not interacted with the OA in the past 7 days
    -232: Means.REFUSED,  # User has not interacted with the OA, or the last interaction has expired
    -233: Means.REFUSED,  # message type is invalid or not support
    -234: Means.NIGHT,  # This message cannot be sent at night (10:00PM - 6:00AM)
    -235: Means.OURS,  # This API does not support this type of OA
    -240: Means.OURS,  # MessageV2 API has been shut down
    -242: Means.OURS,  # Invalid appsecret_proof provided in the API argument
    -244: Means.REFUSED,  # User has restricted this message type from your OA
    -248: Means.REFUSED,  # Violates our platform standards
    -249: Means.OURS,  # Template does not support send via UID
    -320: Means.OURS,  # Your app needs to connect with Zalo Cloud Account to use paid features
    -321: Means.OURS,  # Zalo Cloud Account is out of money or unable to be charged
}
TEMPLATES: Mapping[int, Means] = {
    -32: Means.BUSY,  # Your application reached limit call api: said by the gateway, before either API
    -100: Means.UNSURE,  # Unknown error
    -101: Means.OURS,  # Application invalid
    -102: Means.OURS,  # Application not existed
    -103: Means.OURS,  # Application not activated
    -104: Means.OURS,  # App secret key invalid
    -105: Means.OURS,  # Application not link to any OA
    -106: Means.OURS,  # Method unsupported
    -108: Means.NOBODY,  # Phone number invalid
    -109: Means.OURS,  # Template ID invalid
    -110: Means.REFUSED,  # Zalo version unsupported
    -111: Means.REFUSED,  # Template data empty
    -112: Means.REFUSED,  # Template data invalid
    -1121: Means.REFUSED,  # Parameter data exceeds its longest
    -1122: Means.REFUSED,  # A parameter is missing
    -1123: Means.REFUSED,  # QR code cannot be generated
    -1124: Means.REFUSED,  # A parameter has an invalid format
    -113: Means.REFUSED,  # Button invalid
    -1131: Means.REFUSED,  # Content of a button invalid
    -114: Means.REFUSED,  # User is inactive, or reject the message, or using an outdated Zalo version
    -115: Means.OURS,  # Out of quota (the balance)
    -116: Means.REFUSED,  # Text invalid
    -117: Means.OURS,  # OA or App does not have permission to access this template
    -118: Means.NOBODY,  # Zalo account not existed
    -119: Means.REFUSED,  # Account can not receive message
    -120: Means.OURS,  # OA does not have permission to use this feature
    -121: Means.REFUSED,  # Body data empty
    -122: Means.REFUSED,  # Body format invalid
    -124: Means.RENEW,  # Access token invalid
    -1241: Means.OURS,  # appsecret_proof invalid
    -125: Means.OURS,  # OA ID invalid
    -126: Means.OURS,  # Out of quota (the wallet of development mode)
    -127: Means.OURS,  # Test template can only be sent to administrators
    -130: Means.REFUSED,  # Content exceeds the character limit
    -131: Means.OURS,  # Template not approved
    -132: Means.REFUSED,  # Parameter invalid
    -133: Means.NIGHT,  # Cannot be sent at night (22:00 - 06:00)
    -135: Means.OURS,  # OA has no permission to send
    -1351: Means.OURS,  # The system blocked the OA from sending
    -136: Means.OURS,  # Needs to connect with a Zalo Cloud Account
    -137: Means.OURS,  # The Zalo Cloud Account cannot be charged
    -138: Means.OURS,  # App does not have permission to use this feature
    -1381: Means.OURS,  # The OA has not granted the permission of its Zalo Cloud Account
    -139: Means.REFUSED,  # User refused this type of content
    -140: Means.REFUSED,  # User is not eligible for this type of content
    -141: Means.REFUSED,  # User refused messages from this OA
    -144: Means.SPENT,  # OA exceeded its daily sending limit
    -1441: Means.REFUSED,  # OA exceeded its monthly quota of promotions: other messages still go
    -145: Means.OURS,  # OA not allowed to send this type of content
    -146: Means.OURS,  # Template disabled due to low sending quality
    -147: Means.TOMORROW,  # Template exceeded its daily sending limit
    -1471: Means.REFUSED,  # Monthly limit for this user
    -1472: Means.REFUSED,  # Daily limit of promotions for this user
    -153: Means.REFUSED,  # Data violates the specification
}


@dataclass(frozen=True)
class Form:
    """Which table an API's codes stand in, and what its answer calls the message that it took."""

    meanings: Mapping[int, Means]
    message_id: str


BY_USER = Form({**TEMPLATES, **OFFICIAL_ACCOUNT}, "message_id")
"""The Official Account API: its own codes go before those of templates, which it sends too."""
BY_PHONE = Form(TEMPLATES, "msg_id")


def read_answer(answer: HttpAnswer, form: Form) -> Answer:
    """The outcome; see the module's tables. Only an HTTP 200 whose body is an object with a code proves anything."""
    limits = _limits(answer)
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"Zalo's address answers with a redirect: {answer.status}")
        return Answer(Outcome.UNKNOWN, PHASE, str(answer.status), pause=pause)
    body = answer.json()
    code = body.get("error") if isinstance(body, dict) else None
    if answer.status != 200 or not isinstance(body, dict) or not isinstance(code, int) or isinstance(code, bool):
        return Answer(Outcome.UNKNOWN, PHASE, f"{answer.status} not in the form of Zalo's API", limits=limits)
    if code == 0:
        return _taken(body, form, limits)
    means = form.meanings.get(code, Means.UNSURE)
    return _refused(means, error_words(code, body), answer, body, limits)


def error_words(code: object, body: Mapping[str, Any]) -> str:
    """Code and message as they may be kept."""
    return words(f"error {code} {str(body.get('message') or '')[:LONGEST_SAID]}".strip())


def is_busy(code: object) -> bool:
    """Whether a code says only that it was asked too often: it may be asked again."""
    return isinstance(code, int) and TEMPLATES.get(code) is Means.BUSY


def means_token(answer: HttpAnswer) -> bool:
    """Whether it says that the access token is not taken."""
    body = answer.json()
    code = body.get("error") if isinstance(body, dict) else None
    return isinstance(code, int) and BY_USER.meanings.get(code) is Means.RENEW


def _taken(body: Mapping[str, Any], form: Form, limits: RateLimits | None) -> Answer:
    data = body.get("data")
    named = data.get(form.message_id) if isinstance(data, dict) else None
    if not isinstance(named, str) or not MESSAGE_ID.fullmatch(named):
        return Answer(Outcome.UNKNOWN, PHASE, "error 0 without the message's id", limits=limits)
    return Answer(Outcome.ACCEPTED, PHASE, "error 0", provider_message_id=named, limits=limits)


def _refused(
    means: Means, detail: str, answer: HttpAnswer, body: Mapping[str, Any], limits: RateLimits | None
) -> Answer:
    match means:
        case Means.REFUSED:
            dead = body.get("error") == -201 and str(body.get("message", "")).startswith("user_id is invalid")
            return Answer(Outcome.REJECTED, PHASE, detail, limits=limits, address_is_dead=dead)
        case Means.NOBODY:
            return Answer(Outcome.REJECTED, PHASE, detail, limits=limits, address_is_dead=True)
        case Means.BUSY:
            return Answer(Outcome.RETRY, PHASE, detail, retry_after=A_WINDOW, limits=RateLimits(0, A_WINDOW))
        case Means.NIGHT:
            return Answer(Outcome.RETRY, PHASE, detail, retry_after=_until(answer.at, MORNING), limits=limits)
        case Means.TOMORROW:
            return Answer(Outcome.RETRY, PHASE, detail, retry_after=_until(answer.at, time.min), limits=limits)
        case Means.SPENT:
            rest = ProviderPause(f"Zalo's quota is used up: {detail}", _until(answer.at, time.min))
            return Answer(Outcome.RETRY, PHASE, detail, limits=limits, pause=rest)
        case Means.RENEW:
            return Answer(Outcome.RETRY, PHASE, detail, retry_after=A_RENEWAL, limits=limits)
        case Means.OURS:
            rest = ProviderPause(f"Zalo takes nothing from this account or template: {detail}")
            return Answer(Outcome.RETRY, PHASE, detail, limits=limits, pause=rest)
    return Answer(Outcome.UNKNOWN, PHASE, detail, limits=limits)


def _until(at: float, clock: time) -> timedelta:
    """From a moment (seconds since 1970) until the next time that clocks in Vietnam show this."""
    now = datetime.fromtimestamp(at, UTC).astimezone(VIETNAM)
    next_one = now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return (next_one if next_one > now else next_one + timedelta(days=1)) - now


def _limits(answer: HttpAnswer) -> RateLimits | None:
    """`X-RateLimit-Remain`: what is left of this minute."""
    told = answer.headers.get("X-RateLimit-Remain", "")
    if not told.isascii() or not told.isdigit() or len(told) > 9:
        return None
    return RateLimits(int(told), A_WINDOW)
