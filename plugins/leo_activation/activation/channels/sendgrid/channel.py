"""E-mail by Twilio SendGrid's `POST /v3/mail/send`.

The provider's own client has neither time limits nor outcomes; its helpers make the body (`sendgrid_mail`). What an
answer proves is in `sendgrid_answers`, what a lost connection proves in `http`.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import SystemRandom
from typing import Any

from leo_activation.activation.channels import Answer, FoundInLog, LookedFor, Message
from leo_activation.activation.channels.http import HttpConnection, Lost, refuse_clear_text
from leo_activation.activation.channels.sendgrid.answers import error_words, read_answer
from leo_activation.activation.channels.sendgrid.mail import DELIVERY_ARGUMENT, mail_body
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

logger = logging.getLogger(__name__)

GLOBAL_API = "https://api.sendgrid.com"
MAIL_SEND = "mail.send"
MESSAGES_READ = "messages.read"
MOST_LOOKED_UP = 20
"""Messages asked for at once: the e-mail activity takes few requests a minute."""
MOST_ERASED = 5_000


@dataclass(frozen=True)
class SendGridSettings:
    """How to reach one account.

    `tenant_id` goes with each message and comes back with its events. `base_url` is the region's
    (https://api.eu.sendgrid.com). `timeout_s` and `authorities` are those of `HttpConnection`. `only_check`: SendGrid
    validates each request and sends nothing, and the message counts as rejected. `clear_text` lets the key travel
    unencrypted, to a stand-in within one's own network.
    """

    api_key: str = field(repr=False)
    tenant_id: str
    base_url: str = GLOBAL_API
    timeout_s: float = 30.0
    only_check: bool = False
    authorities: str | None = None
    clear_text: bool = False

    def connection(self) -> HttpConnection:
        """A connection under the account's key; see `HttpConnection`."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        return HttpConnection(self.base_url, headers, self.timeout_s, self.authorities)


class SendGridChannel:
    """E-mail through one account of SendGrid's."""

    provider = "sendgrid"

    def __init__(self, settings: SendGridSettings) -> None:
        """Remember how to reach the account.

        Raises:
            Configuration: there is no key, it could stand in no header, or it would travel in the clear.
        """
        if not settings.api_key or not all("!" <= mark <= "~" for mark in settings.api_key):
            raise Configuration("SendGrid needs an API key, without blanks or line ends.")
        if not settings.clear_text:
            refuse_clear_text(settings.base_url)
        self._settings = settings

    def build(self, message: Message) -> bytes:
        """The body of the request; see `sendgrid_mail.mail_body`.

        Raises:
            Permanent: it cannot be honoured.
        """
        return mail_body(message, self._settings.tenant_id, only_check=self._settings.only_check)

    @contextmanager
    def open(self) -> Iterator["SendGridSession"]:
        """A session; it connects when it is first made ready."""
        with self._settings.connection() as connection:
            yield SendGridSession(connection, only_check=self._settings.only_check)


class SendGridSession:
    """One connection, used again while the account answers."""

    def __init__(self, connection: HttpConnection, *, only_check: bool) -> None:
        """Start without having asked anything."""
        self._connection = connection
        self._only_check = only_check
        self._answers = False

    def ready(self) -> None:
        """Know that the account answers and that the key may send; asked once, and again after a lost answer.

        Raises:
            Transient: SendGrid cannot be reached, or is too busy to say.
            Configuration: it does not know the key, or the key may not send.
        """
        if self._answers:
            return
        if MAIL_SEND not in _scopes(self._connection):
            raise Configuration("SendGrid's key may not send: it lacks the scope mail.send.")
        self._answers = True

    def send(self, payload: bytes) -> Answer:
        """Send once."""
        try:
            answer = self._connection.ask("POST", "/v3/mail/send", content=payload)
        except Lost as lost:
            self._answers = False
            return lost.answer()
        read = read_answer(answer, only_check=self._only_check)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        return read


class SendGridLog:
    """SendGrid's e-mail activity, which an account has by an add-on; it forgets after some days.

    A message that it does not name stays unknown: the activity lags behind, and says so nowhere. One object is for one
    round of questions: once SendGrid has had enough of them, it names nothing more.
    """

    provider = "sendgrid"

    def __init__(self, settings: SendGridSettings) -> None:
        """Remember how to reach the account."""
        self._settings = settings
        self._had_enough = False

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        """Those of the messages that the activity names, 20 of them at most and drawn where there are more.

        A message that is named was accepted, whatever became of it later. An account or key without the scope
        messages.read has no activity, and names nothing.

        Raises:
            Transient: it cannot be read now.
            Configuration: SendGrid does not know the key.
        """
        found: list[FoundInLog] = []
        if self._had_enough or not messages:
            return found
        with self._settings.connection() as connection:
            if MESSAGES_READ not in _scopes(connection):
                logger.info("SendGrid's key lacks the scope %s: messages wait for their events.", MESSAGES_READ)
                return found
            drawn = SystemRandom().sample(list(messages), min(len(messages), MOST_LOOKED_UP))
            for number, message in enumerate(drawn):
                query = f"unique_args['{DELIVERY_ARGUMENT}']=\"{message.delivery_id}\""
                try:
                    listed = _object(connection, "GET", "/v3/messages", params={"query": query, "limit": "1"})
                except Transient:
                    if number == 0:
                        raise
                    self._had_enough = True
                    return found
                found += _found(message, listed.get("messages"))
        return found


def erase_recipients(settings: SendGridSettings, addresses: Sequence[str]) -> str:
    """Have SendGrid erase what it keeps of people: `POST /v3/recipients/erasejob`.

    Returns:
        The id of the job.

    Raises:
        Permanent: more than 5,000 addresses, or none.
        Transient: SendGrid cannot be reached; asking again erases nothing twice.
        Configuration: the key may not erase.
    """
    if not 0 < len(addresses) <= MOST_ERASED:
        raise Permanent(f"SendGrid erases from 1 to {MOST_ERASED} addresses at once, not {len(addresses)}.")
    with settings.connection() as connection:
        answer = _object(connection, "POST", "/v3/recipients/erasejob", json={"email_addresses": list(addresses)})
    job = answer.get("job_id")
    if not isinstance(job, str):
        raise Transient("SendGrid took the erasure and did not name its job; ask again.")
    return job


def _scopes(connection: HttpConnection) -> list[Any]:
    """What the key may do."""
    scopes = _object(connection, "GET", "/v3/scopes").get("scopes")
    return scopes if isinstance(scopes, list) else []


def _object(connection: HttpConnection, method: str, path: str, **parts: Any) -> Mapping[str, Any]:
    """The object of an answer, for requests that may be asked again."""
    try:
        answer = connection.ask(method, path, **parts)
    except Lost as lost:
        raise lost.error("SendGrid") from lost
    if answer.status == 429 or answer.status >= 500:
        raise Transient(f"SendGrid does not answer {path} now: {error_words(answer)}")
    body = answer.json()
    if answer.status not in {200, 202} or not isinstance(body, dict):
        raise Configuration(f"SendGrid refuses this installation {path}: {error_words(answer)}")
    return body


def _found(message: LookedFor, listed: object) -> list[FoundInLog]:
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return []
    first = listed[0]
    return [
        FoundInLog(
            message.delivery_id,
            Outcome.ACCEPTED,
            words(f"e-mail activity: {first.get('status')}"),
            message.provider_message_id or str(first.get("msg_id", "")).partition(".")[0] or None,
        )
    ]
