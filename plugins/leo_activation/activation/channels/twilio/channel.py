"""SMS by Twilio's `POST /2010-04-01/Accounts/{AccountSid}/Messages.json`.

A message resource has no place for our own id, and its list cannot be asked by one: the delivery's id stands in the
path of the message's own StatusCallback, by which everything that becomes of it comes back. What an answer proves is in
`twilio_answers`.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.http import HttpConnection, Lost, refuse_clear_text
from leo_activation.activation.channels.sms_text import E164, check_sms
from leo_activation.activation.channels.twilio.answers import error_of, read_answer
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

API = "https://api.twilio.com"
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
SHORT_CODE = re.compile(r"[0-9]{3,8}", re.ASCII)
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}", re.ASCII)
"""An alphanumeric sender: 1 to 11 characters, at least one letter."""
LONGEST_TEXT = 1_600
MARKS = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class TwilioSettings:
    """How to reach one account.

    `user` and `secret` are an API key with its secret, or the account's sid with its auth token. `public_url` is where
    Twilio reaches our webhooks. `timeout_s` and `authorities` are those of `HttpConnection`; `clear_text` lets the
    secret travel unencrypted, to a stand-in within one's own network.
    """

    account_sid: str
    secret: str = field(repr=False)
    tenant_id: str
    public_url: str
    user: str = ""
    base_url: str = API
    timeout_s: float = 30.0
    authorities: str | None = None
    clear_text: bool = False

    def connection(self) -> HttpConnection:
        """A connection with the account's login; see `HttpConnection`."""
        login = base64.b64encode(f"{self.user or self.account_sid}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}
        return HttpConnection(self.base_url, headers, self.timeout_s, self.authorities)


class TwilioChannel:
    """SMS through one account of Twilio's."""

    provider = "twilio"

    def __init__(self, settings: TwilioSettings) -> None:
        """Remember how to reach the account.

        Raises:
            Configuration: the account's sid or the secret is none, the secret would travel in the clear, or there is no
                address to which Twilio can tell what became of a message.
        """
        if not ACCOUNT_SID.fullmatch(settings.account_sid):
            raise Configuration("Twilio needs the account's sid: AC and 32 hexadecimal digits.")
        if not MARKS.fullmatch(settings.secret) or not MARKS.fullmatch(settings.user or "-") or ":" in settings.user:
            raise Configuration("Twilio needs an API key with its secret, or the auth token, without blanks.")
        if urlsplit(settings.public_url).scheme not in {"http", "https"}:
            raise Configuration("Twilio needs to reach our webhooks: LEO_PUBLIC_URL is no address.")
        if not settings.clear_text:
            refuse_clear_text(settings.base_url)
        self._settings = settings

    def build(self, message: Message) -> bytes:
        """The form of the request.

        Raises:
            Permanent: it has parts that an SMS has not, a sender that Twilio does not know, or it is too long.
        """
        check_sms(message)
        if len(message.text) > LONGEST_TEXT:
            raise Permanent(f"The text has {len(message.text)} characters; Twilio takes {LONGEST_TEXT}.")
        return urlencode(
            {
                "To": message.recipient,
                **_sender(message.sender),
                "Body": message.text,
                "StatusCallback": self._callback(message),
            }
        ).encode()

    @contextmanager
    def open(self) -> Iterator["TwilioSession"]:
        """A session; it connects when it is first made ready."""
        with self._settings.connection() as connection:
            yield TwilioSession(connection, self._settings.account_sid, by_api_key=bool(self._settings.user))

    def _callback(self, message: Message) -> str:
        base = self._settings.public_url.rstrip("/")
        return f"{base}/webhooks/{self.provider}/{self._settings.tenant_id}/{message.delivery_id}"


class TwilioSession:
    """One connection, used again while the account answers."""

    def __init__(self, connection: HttpConnection, account_sid: str, *, by_api_key: bool) -> None:
        """Start without having asked anything.

        by_api_key: a standard API key may use everything but the account's own resource (Twilio, "API keys overview",
        read on 2026-11-22), so another is asked, which names nobody: the account's numbers.
        """
        self._connection = connection
        self._account = f"/2010-04-01/Accounts/{account_sid}"
        self._by_api_key = by_api_key
        self._answers = False

    def ready(self) -> None:
        """Know that the account answers, and by its own login that it is active.

        Asked once, and again after a lost answer.

        Raises:
            Transient: Twilio cannot be reached, or is too busy to say.
            Configuration: it does not know the login, or the account may not send.
        """
        if self._answers:
            return
        try:
            if self._by_api_key:
                answer = self._connection.ask(
                    "GET", f"{self._account}/IncomingPhoneNumbers.json", params={"PageSize": "1"}
                )
            else:
                answer = self._connection.ask("GET", f"{self._account}.json")
        except Lost as lost:
            raise lost.error("Twilio") from lost
        _, detail = error_of(answer)
        if answer.status == 429 or answer.status >= 500:
            raise Transient(f"Twilio does not answer for the account now: {detail}")
        body = answer.json()
        if answer.status != 200 or not isinstance(body, dict):
            raise Configuration(f"Twilio refuses this installation: {detail}")
        if not self._by_api_key and body.get("status") != "active":
            raise Configuration("Twilio's account is not active: it may not send.")
        self._answers = True

    def send(self, payload: bytes) -> Answer:
        """Send once."""
        try:
            answer = self._connection.ask("POST", f"{self._account}/Messages.json", content=payload)
        except Lost as lost:
            self._answers = False
            return lost.answer()
        read = read_answer(answer)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        return read


def _sender(sender: str) -> dict[str, str]:
    """By a number, a short code, a registered name or a messaging service, as the sender is written."""
    if SERVICE_SID.fullmatch(sender):
        return {"MessagingServiceSid": sender}
    if E164.fullmatch(sender) or SHORT_CODE.fullmatch(sender) or SENDER_NAME.fullmatch(sender):
        return {"From": sender}
    raise Permanent("The SMS sender is no telephone number, short code, name of at most 11 characters or service.")
