"""SMS under a registered brand name, by an aggregator of Vietnam that speaks `docs/reference/brandname-contract.md`.

Each aggregator has an interface of its own; what they have in common (a brand, a number, a text, advertising or care, a
request id of the sender's, delivery reports) is written down there, and an aggregator is taken on by a small service
that speaks it, or by speaking it itself. The request id is the delivery's id, and the log can be asked by it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import SystemRandom

from leo_activation.activation.channels import Answer, FoundInLog, LookedFor, Message
from leo_activation.activation.channels.brandname.answers import error_of, read_answer
from leo_activation.activation.channels.http import HttpAnswer, HttpConnection, Lost, refuse_clear_text
from leo_activation.activation.channels.sms_text import check_sms, parts_of
from leo_activation.activation.channels.words import message_name, words
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

BRAND = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ._-]{1,11}", re.ASCII)
ADVERTISING, CARE = "advertising", "care"
LABEL = "[QC]"
"""What advertising begins with, by the law of Vietnam; the tenant's policy puts it there."""
MOST_PARTS = 4
MOST_LOOKED_UP = 100
MARKS = re.compile(r"[!-~]+")
TAKEN = frozenset({"accepted", "sent", "delivered", "undelivered"})


@dataclass(frozen=True)
class BrandnameSettings:
    """How to reach one account; `timeout_s` and `authorities` are those of `HttpConnection`.

    `clear_text` lets the key travel unencrypted, to a stand-in within one's own network.
    """

    api_key: str = field(repr=False)
    tenant_id: str
    base_url: str
    timeout_s: float = 30.0
    authorities: str | None = None
    clear_text: bool = False

    def connection(self) -> HttpConnection:
        """A connection under the account's key; see `HttpConnection`."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        return HttpConnection(self.base_url, headers, self.timeout_s, self.authorities)


class BrandnameChannel:
    """SMS through one account at an aggregator."""

    provider = "brandname"

    def __init__(self, settings: BrandnameSettings) -> None:
        """Remember how to reach the account.

        Raises:
            Configuration: there is no key or address, or the key would travel in the clear.
        """
        if not settings.base_url:
            raise Configuration("The SMS aggregator has no address.")
        if not MARKS.fullmatch(settings.api_key):
            raise Configuration("The SMS aggregator needs a key, without blanks or line ends.")
        if not settings.clear_text:
            refuse_clear_text(settings.base_url)
        self._settings = settings

    def build(self, message: Message) -> bytes:
        """The body of the request. What brings a link to unsubscribe is advertising.

        Raises:
            Permanent: it has parts that an SMS has not, no registered name as its sender, too many parts, or it is
                advertising without its label.
        """
        check_sms(message)
        if not BRAND.fullmatch(message.sender):
            raise Permanent("The SMS sender is no brand name: at most 11 letters, digits, blanks, '.', '_' and '-'.")
        parts = parts_of(message.text)
        if parts.number > MOST_PARTS:
            raise Permanent(f"The text is of {parts.number} parts in {parts.encoding}; there are at most {MOST_PARTS}.")
        is_advertising = message.unsubscribe_url is not None
        if is_advertising and not message.text.startswith(LABEL):
            raise Permanent(f"Advertising by SMS begins with {LABEL}: the rules of the tenant do not put it there.")
        return json.dumps(
            {
                "request_id": str(message.delivery_id),
                "reference": self._settings.tenant_id,
                "brand": message.sender,
                "to": message.recipient,
                "text": message.text,
                "encoding": parts.encoding,
                "type": ADVERTISING if is_advertising else CARE,
            },
            ensure_ascii=False,
        ).encode()

    @contextmanager
    def open(self) -> Iterator["BrandnameSession"]:
        """A session; it connects when it is first made ready."""
        with self._settings.connection() as connection:
            yield BrandnameSession(connection)


class BrandnameSession:
    """One connection, used again while the account answers."""

    def __init__(self, connection: HttpConnection) -> None:
        """Start without having asked anything."""
        self._connection = connection
        self._answers = False

    def ready(self) -> None:
        """Know that the account answers; asked once, and again after a lost answer.

        Raises:
            Transient: the aggregator cannot be reached, or is too busy to say.
            Configuration: it does not know the key.
        """
        if not self._answers:
            _asked(self._connection, "/v1/account")
            self._answers = True

    def send(self, payload: bytes) -> Answer:
        """Send once."""
        try:
            answer = self._connection.ask("POST", "/v1/messages", content=payload)
        except Lost as lost:
            self._answers = False
            return lost.answer()
        read = read_answer(answer)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        return read


class BrandnameLog:
    """The aggregator's own record of a request, asked by the delivery's id.

    A request that it does not know stays unknown: it may still be on its way.
    """

    provider = BrandnameChannel.provider

    def __init__(self, settings: BrandnameSettings) -> None:
        """Remember how to reach the account."""
        self._settings = settings
        self._had_enough = False

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        """Those of the messages that are on record, 100 of them at most and drawn where there are more.

        Where the aggregator will not be asked more it is not asked again, and what it said until then counts.

        Raises:
            Transient: it cannot be read now.
            Configuration: the aggregator does not know the key.
        """
        found: list[FoundInLog] = []
        if self._had_enough or not messages:
            return found
        drawn = SystemRandom().sample(list(messages), min(len(messages), MOST_LOOKED_UP))
        with self._settings.connection() as connection:
            for number, message in enumerate(drawn):
                try:
                    answer = _asked(connection, f"/v1/messages/{message.delivery_id}")
                except Transient:
                    if number == 0:
                        raise
                    self._had_enough = True
                    return found
                body = answer.json()
                told = body if isinstance(body, dict) else {}
                if answer.status != 200 or told.get("request_id") != str(message.delivery_id):
                    continue
                status, name = told.get("status"), told.get("message_id")
                named = message_name(name) if isinstance(name, str) and name else message.provider_message_id
                if status in TAKEN:
                    outcome = Outcome.ACCEPTED
                elif status == "rejected":
                    outcome = Outcome.REJECTED
                else:
                    continue
                found.append(FoundInLog(message.delivery_id, outcome, words(f"log: {status}"), named))
        return found


def _asked(connection: HttpConnection, path: str) -> HttpAnswer:
    """An answer of 200 or 404, for questions that may be asked again."""
    try:
        answer = connection.ask("GET", path)
    except Lost as lost:
        raise lost.error("The SMS aggregator") from lost
    _, detail = error_of(answer)
    if answer.status == 429 or answer.status >= 500:
        raise Transient(f"The SMS aggregator does not answer now: {detail}")
    is_about_a_message = path.startswith("/v1/messages/")
    if answer.status == 404 and is_about_a_message:
        return answer
    if answer.status != 200 or not isinstance(answer.json(), dict):
        raise Configuration(f"The SMS aggregator refuses this installation: {detail}")
    return answer
