"""Which fault meets which request: fixed, or drawn by a hash, never by chance.

A key is the recipient's address (SMTP, SendGrid), the request's text (Gemini, OpenAI), or a database, collection or
kind of request (ArangoDB, where one request goes by several keys). A plan names one scenario for one key or for all, or
a mix of shares; the draw is SHA-256 over seed and key, so the same seed gives the same faults in any order and on any
machine. `after` spares the first tries of each key, and `attempts` limits a plan to so many tries after them, which
lets a retry succeed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class SmtpScenario(StrEnum):
    """What the mail server does to one recipient."""

    OK = "ok"
    RCPT_4XX = "rcpt_4xx"
    RCPT_5XX = "rcpt_5xx"
    DATA_4XX = "data_4xx"
    DATA_5XX = "data_5xx"
    CLOSE_AT_DATA = "close_at_data"
    """The connection is reset at the command DATA: no byte of the message was asked for."""
    CLOSE_BEFORE_READING = "close_before_reading"
    """354 is answered, then the connection is reset with the message unread: the client cannot know."""
    ACCEPT_THEN_CLOSE = "accept_then_close"
    """The message is accepted, then the connection is reset without an answer."""
    STALL = "stall"
    """The message is accepted, and the answer never comes."""
    ACCEPT_THEN_BOUNCE = "accept_then_bounce"
    """The message is accepted, and a delivery report says later that it could not be delivered."""
    ACCEPT_THEN_COMPLAIN = "accept_then_complain"
    """The message is accepted, and its reader calls it unwanted."""


class HttpFault(StrEnum):
    """What any HTTP provider can do to a request; the key is its first recipient. `sandbox/misbehaving.py` does it."""

    OK = "ok"
    RATE_LIMITED = "rate_limited"
    """429 or the provider's own form of it, with the moment from which to try again where it has one."""
    SERVER_ERROR_REJECTED = "server_error_rejected"
    """500, and the message is not taken."""
    SERVER_ERROR_ACCEPTED = "server_error_accepted"
    """500, and the message is taken all the same."""
    UNAVAILABLE = "unavailable"
    """503, and the message is not taken."""
    STALL = "stall"
    """The message is accepted, and the answer never comes."""
    RESET_BEFORE_READING = "reset_before_reading"
    """The connection is reset as if no byte of the request had been read."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """The message is accepted, then the connection is reset without an answer."""
    MALFORMED_ACCEPTED = "malformed_accepted"
    """The message is accepted; the answer is a success with a page of HTML and without a message id."""
    MALFORMED_REJECTED = "malformed_rejected"
    """200 with a page of HTML, as from a proxy in between; the message is not taken."""
    SLOW_DRIP = "slow_drip"
    """The message is accepted; the answer comes byte by byte and takes longer than anybody waits."""
    ERROR_IN_200 = "error_in_200"
    """200 whose body is an error; the message is not taken."""


class SendgridRefusal(StrEnum):
    """SendGrid's own errors; the message is not taken."""

    BAD_REQUEST = "bad_request"
    CREDITS_EXCEEDED = "credits_exceeded"
    """401, as where the account's credits are used up."""
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """403: the sender is not a verified identity."""
    TOO_LARGE = "too_large"


class MessengerRefusal(StrEnum):
    """The Send API's own errors; the message is not taken, but for the last."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    BAD_REQUEST = "bad_request"
    DEAD_ADDRESS = "dead_address"
    OUTSIDE_WINDOW = "outside_window"
    BLOCKED = "blocked"
    """The person takes no messages of the Page's."""
    RESTRICTED = "restricted"
    """The Page may send none for now."""
    SENT_WITH_AN_ERROR = "sent_with_an_error"
    """The message is taken, and the answer is an error all the same."""


class MarketingRefusal(StrEnum):
    """Errors of Meta's marketing messages; the key is the subscription's token."""

    UNAUTHORIZED = "unauthorized"
    STOPPED = "stopped"
    TOO_SOON = "too_soon"
    BUDGET_SPENT = "budget_spent"


class PagePostRefusal(StrEnum):
    """Errors of a Page's feed; the key is the Page."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    BAD_REQUEST = "bad_request"
    DUPLICATE = "duplicate"
    """506: the same words were posted just now."""


class PageFeed(StrEnum):
    """Whether a Page's feed can be read."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


class MessengerStory(StrEnum):
    """What becomes of a message that a Page sent, as its webhook tells; the key is the person or the subscription."""

    OK = "ok"
    """Its echo, then that it was delivered."""
    SILENT = "silent"
    READ = "read"
    ANSWERED = "answered"


class FcmRefusal(StrEnum):
    """FCM's own errors; the message is not taken. The key is the token or installation id."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    DEAD_ADDRESS = "dead_address"
    """UNREGISTERED: the app was removed from the device."""
    BAD_TOKEN = "bad_token"  # noqa: S105 - a scenario's name
    BAD_REQUEST = "bad_request"
    WRONG_SENDER = "wrong_sender"
    APNS_KEY = "apns_key"
    """The project's key for Apple's service is missing."""


class WebPushRefusal(StrEnum):
    """A push service's own errors; the message is not taken. The key is the endpoint."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """The browser subscribed under another key."""
    NOT_FOUND = "not_found"
    DEAD_ADDRESS = "dead_address"
    """410: the browser has unsubscribed."""
    TOO_LARGE = "too_large"


class SendgridStory(StrEnum):
    """What becomes of a message that SendGrid accepted, as its event webhook tells; the key is the recipient."""

    OK = "ok"
    """Processed and delivered."""
    SILENT = "silent"
    """Nothing is ever told."""
    OPENED = "opened"
    OPENED_BY_MACHINE = "opened_by_machine"
    CLICKED = "clicked"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    """A bounce that says nothing about the address."""
    DROPPED = "dropped"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class WebhookManner(StrEnum):
    """How the events of one message are posted; the key is the recipient."""

    OK = "ok"
    DUPLICATED = "duplicated"
    """Twice, in different posts."""
    REORDERED = "reordered"
    """One by one, the last first."""
    DELAYED = "delayed"
    FORGED = "forged"
    """Truthfully, and beside it a complaint and an unsubscription under another key's signature."""
    STALE = "stale"
    """Truthfully, and beside it an unsubscription whose signed timestamp is an hour old."""


class ZaloRefusal(StrEnum):
    """Zalo's own refusals, which come with HTTP 200; the message is not taken."""

    DEAD_ADDRESS = "dead_address"
    NOT_A_FOLLOWER = "not_a_follower"
    OUT_OF_WINDOW = "out_of_window"
    RESTRICTED = "restricted"
    """The person takes no such messages from the account."""
    NIGHT = "night"
    OUT_OF_QUOTA = "out_of_quota"
    OUT_OF_MONEY = "out_of_money"
    UNAUTHORIZED = "unauthorized"
    """The access token is not taken."""
    FORBIDDEN = "forbidden"
    """The app may not send."""


class ZaloStory(StrEnum):
    """What becomes of a message that Zalo took, as its webhook tells; the key is the recipient."""

    OK = "ok"
    """It came to the person's device."""
    SILENT = "silent"
    SEEN = "seen"
    ANSWERED = "answered"
    """The person writes back."""
    STOPPED = "stopped"
    """The person writes that they want nothing more."""
    UNFOLLOWED = "unfollowed"


class TwilioRefusal(StrEnum):
    """Twilio's own errors; the message is not taken."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """The sender is not ours."""
    BAD_REQUEST = "bad_request"
    DEAD_ADDRESS = "dead_address"
    OPTED_OUT = "opted_out"
    """The person answered STOP to this sender."""
    QUEUE_FULL = "queue_full"
    DAY_FULL = "day_full"
    """429: the account's messages of the day are used up."""


class TwilioStory(StrEnum):
    """What becomes of an SMS that Twilio took, as it posts to the message's own callback; the key is the number."""

    OK = "ok"
    """Sent and delivered."""
    SILENT = "silent"
    UNDELIVERED = "undelivered"
    DEAD = "dead"
    """Nobody has the number."""
    FAILED = "failed"
    """It never left Twilio."""
    OPTED_OUT = "opted_out"
    """It never left Twilio, because the person answered STOP before."""
    STOPPED = "stopped"
    """Delivered, and the person answers STOP."""


class BrandnameRefusal(StrEnum):
    """An SMS aggregator's own errors; the message is not taken."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    """The brand name is not registered."""
    NO_CREDIT = "no_credit"
    BAD_REQUEST = "bad_request"
    DEAD_ADDRESS = "dead_address"
    OPTED_OUT = "opted_out"
    """The number is on a list of those who want no advertising."""


class BrandnameStory(StrEnum):
    """What becomes of an SMS that an aggregator took, as it reports; the key is the number."""

    OK = "ok"
    SILENT = "silent"
    UNDELIVERED = "undelivered"
    DEAD = "dead"
    STOPPED = "stopped"
    """Delivered, and the person tells the aggregator to stop."""


class ModelScenario(StrEnum):
    """What a language model's server does to one request, of whichever provider."""

    OK = "ok"
    MALFORMED_JSON = "malformed_json"
    """A function call or JSON text that the model could not finish."""
    MALFORMED_BODY = "malformed_body"
    """HTTP 200 whose body is not JSON but a page of HTML, as from a proxy in between."""
    TRUNCATED = "truncated"
    """HTTP 200 whose body, or stream of events, ends half-way, while the transfer says that it is complete."""
    WRONG_SCHEMA = "wrong_schema"
    INJECTED = "injected"
    """The scripted answer with what a prompt injection would add: an undeclared tool call and extra
    fields."""
    UNDECLARED_CALL = "undeclared_call"
    """Only a call of a function that the client never declared."""
    INSTRUCTIONS = "instructions"
    """The scripted answer, whose free texts that were left empty now hold an instruction."""
    REFUSAL = "refusal"
    """An apology instead of the structure: in words, or in the field that the provider has for it."""
    BLOCKED_PROMPT = "blocked_prompt"
    BLOCKED_ANSWER = "blocked_answer"
    """The provider's filter stopped the answer."""
    LENGTH = "length"
    """The answer reached the most tokens that it may have, in the middle of the structure."""
    RATE_LIMITED = "rate_limited"
    """429, with the wait in seconds."""
    RATE_LIMITED_UNTIL = "rate_limited_until"
    """429, with the moment from which to try again."""
    QUOTA_EXHAUSTED = "quota_exhausted"
    INVALID_KEY = "invalid_key"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    CLOSE = "close"
    """The connection is cut in the middle of the answer."""
    STALL = "stall"


class ArangoScenario(StrEnum):
    """What the database does to one request."""

    OK = "ok"
    CURSOR_LOST = "cursor_lost"
    """The cursor is gone: before its next batch, or as soon as it is made."""
    UNAVAILABLE = "unavailable"
    """503, as in maintenance mode."""
    SERVER_ERROR = "server_error"
    UNAUTHORIZED = "unauthorized"
    """401 in the middle of the work."""
    SLOW = "slow"
    STALL = "stall"
    """The answer never comes."""
    CUT = "cut"
    """The connection is cut in the middle of the answer."""
    TRUNCATED = "truncated"
    """HTTP 200 whose JSON ends half-way."""
    EMPTY = "empty"
    """No rows where there are some."""
    EMPTY_COUNT = "empty_count"
    """A collection's count is 0 whatever it holds."""


SCENARIOS: Mapping[str, Iterable[StrEnum]] = {
    "smtp": SmtpScenario,
    "sendgrid": (*HttpFault, *SendgridRefusal),
    "sendgrid_events": SendgridStory,
    "sendgrid_webhook": WebhookManner,
    "messenger": (*HttpFault, *MessengerRefusal),
    "messenger_marketing": (*HttpFault, *MarketingRefusal),
    "messenger_events": MessengerStory,
    "messenger_webhook": WebhookManner,
    "page_posts": (*HttpFault, *PagePostRefusal),
    "page_feed": PageFeed,
    "zalo": (*HttpFault, *ZaloRefusal),
    "zalo_events": ZaloStory,
    "zalo_webhook": WebhookManner,
    "fcm": (*HttpFault, *FcmRefusal),
    "webpush": (*HttpFault, *WebPushRefusal),
    "twilio": (*HttpFault, *TwilioRefusal),
    "twilio_events": TwilioStory,
    "twilio_webhook": WebhookManner,
    "brandname": (*HttpFault, *BrandnameRefusal),
    "brandname_events": BrandnameStory,
    "brandname_webhook": WebhookManner,
    "gemini": ModelScenario,
    "openai": ModelScenario,
    "arangodb": ArangoScenario,
}


@dataclass(frozen=True)
class Plan:
    """Shares of scenarios, drawn by `seed`.

    attempts: how many tries of a key it covers, None for all.
    after: how many tries of a key pass before those.
    """

    shares: Mapping[str, float]
    seed: int = 0
    attempts: int | None = None
    after: int = 0

    def covers(self, tried: int) -> bool:
        """Whether it holds for the try with this number, from 1."""
        return tried > self.after and (self.attempts is None or tried <= self.after + self.attempts)


class Switchboard:
    """The plans in force, per channel and key, and how often each key has come by."""

    def __init__(self) -> None:
        """Start with no faults."""
        self._plans: dict[tuple[str, str | None], Plan] = {}
        self._tries: Counter[tuple[str, str]] = Counter()

    def set(self, channel: str, plan: Plan, key: str | None = None) -> None:
        """Put a plan in force for one key, or with key None for all that have none of their own.

        Raises:
            ValueError: an unknown channel or scenario, or shares that do not sum to 1.
        """
        if channel not in SCENARIOS:
            raise ValueError(f"unknown channel '{channel}'; known: {', '.join(SCENARIOS)}")
        known = {str(scenario) for scenario in SCENARIOS[channel]}
        unknown = set(plan.shares) - known
        if unknown:
            raise ValueError(f"unknown scenarios {sorted(unknown)} of {channel}; known: {', '.join(sorted(known))}")
        if abs(sum(plan.shares.values()) - 1) > 1e-9:
            raise ValueError(f"the shares sum to {sum(plan.shares.values())}, not to 1")
        self._plans[channel, key] = plan
        self._tries = Counter({tried: n for tried, n in self._tries.items() if tried[0] != channel})

    def clear(self) -> None:
        """Back to no faults."""
        self._plans.clear()
        self._tries.clear()

    def next(self, channel: str, key: str) -> str:
        """The scenario for this try of a key; counts the try."""
        return self.next_of(channel, [key])

    def next_of(self, channel: str, keys: Sequence[str]) -> str:
        """The scenario for this try of what goes by several keys: the plan of the first that has one counts."""
        for key in keys:
            self._tries[channel, key] += 1
        key = next((each for each in keys if (channel, each) in self._plans), keys[0])
        plan = self._plans.get((channel, key)) or self._plans.get((channel, None))
        if plan is None or not plan.covers(self._tries[channel, key]):
            return "ok"
        return draw(plan, key)


def draw(plan: Plan, key: str) -> str:
    """The scenario that the plan's seed gives to a key: the share that SHA-256(seed, key) / 2^64 falls
    into."""
    digest = hashlib.sha256(f"{plan.seed}\0{key}".encode("utf-8", "surrogatepass")).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64
    for scenario, share in plan.shares.items():
        if point < share:
            return scenario
        point -= share
    return list(plan.shares)[-1]
