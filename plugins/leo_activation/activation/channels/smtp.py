"""E-mail by SMTP (RFC 5321), its phases driven one by one so that the outcome of each is known.

Until the final dot has left, nothing can have been accepted: a lost connection is `retry`. After it, only the server's
answer tells: 2xx accepted, 4xx retry, 5xx rejected, and no answer is `unknown`. smtplib's own `sendmail` hides which of
the two happened.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr, quote
from enum import StrEnum
from typing import Literal

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.lines import is_one_line
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

MESSAGES_A_CONNECTION = 100
LONGEST_DETAIL = 300
ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
LONGEST_LINK = 900
CRLF = "\r\n"
END_OF_MESSAGE = b".\r\n"
SEVEN_BITS = SMTP.clone(cte_type="7bit")

Security = Literal["none", "starttls", "ssl"]


class Phase(StrEnum):
    """Where in the protocol an attempt was decided."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    FINAL_DOT = "final_dot"


@dataclass(frozen=True)
class SmtpSettings:
    """How to reach the mail server; `timeout_s` holds for each step of the protocol."""

    host: str
    port: int = 25
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Security = "none"
    timeout_s: float = 30.0
    messages_a_connection: int = MESSAGES_A_CONNECTION


@dataclass(frozen=True)
class MailPayload:
    """A message ready for the wire: the envelope's addresses in ASCII, the content in seven bits."""

    envelope_from: str
    envelope_to: str
    content: bytes


class SmtpChannel:
    """E-mail through one mail server."""

    provider = "smtp"

    def __init__(self, settings: SmtpSettings) -> None:
        """Remember how to reach the server; connects only when a session is made ready.

        Raises:
            Configuration: the kind of security is not known, or a password would travel in the clear.
        """
        if settings.security not in {"none", "starttls", "ssl"}:
            raise Configuration(f"SMTP security is '{settings.security}'; it must be none, starttls or ssl.")
        self._settings = settings

    def build(self, message: Message) -> MailPayload:
        """The message as RFC 5322 wants it, in seven bits.

        Raises:
            Permanent: SMTP knows no provider templates; a header has more than one line; an address is malformed or
                has a local part beyond ASCII, which few servers take (RFC 6531).
        """
        if message.provider_template_id is not None:
            raise Permanent("SMTP cannot honour a provider's template.")
        if message.subject is None:
            raise Permanent("An e-mail needs a subject.")
        sender_name, sender_address = parseaddr(_single_line(message.sender))
        envelope_from = _envelope_address(sender_address, "sender")
        envelope_to = _envelope_address(message.recipient, "recipient")
        headers = [
            _from_header(sender_name, envelope_from),
            f"To: <{envelope_to}>",
            _text_header("Subject", message.subject),
            f"Date: {format_datetime(datetime.now(UTC))}",
            f"Message-ID: <{message.delivery_id}@{envelope_from.rpartition('@')[2]}>",
        ]
        if message.unsubscribe_url is not None:
            headers.append(f"List-Unsubscribe: <{_ascii(message.unsubscribe_url)}>")
            headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        body = EmailMessage(policy=SEVEN_BITS)
        body.set_content(message.text)
        if message.html is not None:
            body.add_alternative(message.html, subtype="html")
        content = "\r\n".join(headers).encode("ascii") + b"\r\n" + body.as_bytes()
        return MailPayload(envelope_from, envelope_to, content)

    @contextmanager
    def open(self) -> Iterator["SmtpSession"]:
        """A session; the connection is made when it is first made ready, and closed with QUIT."""
        session = SmtpSession(self._settings)
        try:
            yield session
        finally:
            session.close()


class SmtpSession:
    """One connection at a time, used again for the next message where the last one left it in a known state."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Start without a connection."""
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def ready(self) -> None:
        """Have a connection that answers: RSET on the one there is, else a new one.

        Raises:
            Transient: the server cannot be reached or is not taking mail now.
            Configuration: the login, the certificate or STARTTLS was refused.
        """
        if self._smtp is not None and self._sent < self._settings.messages_a_connection:
            try:
                if self._smtp.rset()[0] == 250:
                    return
            except (smtplib.SMTPException, OSError):
                self._drop()
        self.close()
        self._smtp = self._connect()
        self._sent = 0

    def send(self, payload: MailPayload) -> Answer:
        """Send one message to one recipient; see the module for how each phase is read."""
        smtp = self._smtp
        if smtp is None:
            return Answer(Outcome.RETRY, Phase.MAIL, "There was no connection.")
        self._sent += 1
        phase = Phase.MAIL
        try:
            reply = smtp.mail(payload.envelope_from)
            if reply[0] == 250:
                phase = Phase.RCPT
                reply = smtp.rcpt(payload.envelope_to)
            if phase is Phase.RCPT and reply[0] in {250, 251}:
                phase = Phase.DATA
                reply = smtp.docmd("DATA")
            if phase is not Phase.DATA or reply[0] != 354:
                return self._refused(phase, reply)
            phase = Phase.CONTENT
            _write(smtp, _dot_stuffed(payload.content))
            phase = Phase.FINAL_DOT
            _write(smtp, END_OF_MESSAGE)
            reply = smtp.getreply()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            outcome = Outcome.UNKNOWN if phase is Phase.FINAL_DOT else Outcome.RETRY
            return Answer(outcome, phase, _words(f"{type(error).__name__}: {error}"))
        return self._answered(reply)

    def close(self) -> None:
        """Say QUIT where there is a connection, and forget it."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()
            self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        server = f"The mail server {settings.host}:{settings.port}"
        try:
            if settings.security == "ssl":
                context = ssl.create_default_context()
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.timeout_s, context=context
                )
            else:
                smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
            try:
                if settings.security == "starttls":
                    smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
                if settings.user:
                    smtp.login(settings.user, settings.password or "")
            except BaseException:
                smtp.close()
                raise
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise Configuration(f"{server} refuses this installation: {_words(str(error))}") from error
        except ssl.SSLError as error:
            raise Configuration(f"{server} cannot be trusted: {_words(str(error))}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Transient(f"{server} cannot be reached: {_words(str(error))}") from error
        return smtp

    def _refused(self, phase: Phase, reply: tuple[int, bytes]) -> Answer:
        """Before the message left: a 5xx is for good, anything else can be tried again."""
        code = reply[0]
        if not 400 <= code < 600 or code == 421:
            self._drop()
        outcome = Outcome.REJECTED if 500 <= code < 600 else Outcome.RETRY
        return Answer(outcome, phase, _reply_words(reply))

    def _answered(self, reply: tuple[int, bytes]) -> Answer:
        code = reply[0]
        outcome = {2: Outcome.ACCEPTED, 4: Outcome.RETRY, 5: Outcome.REJECTED}.get(code // 100, Outcome.UNKNOWN)
        if outcome is Outcome.UNKNOWN or code == 421:
            self._drop()
        return Answer(outcome, Phase.FINAL_DOT, _reply_words(reply))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _from_header(name: str, address: str) -> str:
    if not name:
        return f"From: <{address}>"
    if name.isascii():
        return f'From: "{quote(name)}" <{address}>'
    return f"{_text_header('From', name)}\r\n <{address}>"


def _text_header(name: str, text: str) -> str:
    """A header of free text, as encoded words (RFC 2047) where it is not ASCII.

    The encoded words hold the spaces between them too. EmailMessage's own folding leaves those outside, where a reader
    has to drop them: in a long Vietnamese subject words run together (seen with Python 3.11).
    """
    if _single_line(text).isascii():
        return f"{name}: {text}"
    return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=CRLF)}"


def _single_line(text: str) -> str:
    if not is_one_line(text):
        raise Permanent("A header of the e-mail holds a line break or another control character.")
    return text


def _ascii(url: str) -> str:
    """The link as it stands: folded or encoded, no mail program would read it (RFC 8058 wants it plain)."""
    if not _single_line(url).isascii() or any(mark in " <>" for mark in url) or len(url) > LONGEST_LINK:
        raise Permanent("The unsubscribe link cannot be written into a header.")
    return url


def _envelope_address(address: str, whose: str) -> str:
    local, _, domain = _single_line(address).rpartition("@")
    if not local or not domain or any(mark.isspace() or mark in "<>" for mark in address):
        raise Permanent(f"The {whose}'s address is malformed.")
    if not local.isascii():
        raise Permanent(f"The {whose}'s address has a local part beyond ASCII, which this channel cannot honour.")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Permanent(f"The domain of the {whose}'s address is malformed.") from error


def _dot_stuffed(content: bytes) -> bytes:
    """The message with CRLF line ends, a dot before every leading dot (RFC 5321, 4.5.2), and a line end at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _write(smtp: smtplib.SMTP, data: bytes) -> None:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection was closed")
    smtp.sock.sendall(data)


def _reply_words(reply: tuple[int, bytes]) -> str:
    return _words(f"{reply[0]} {reply[1].decode('utf-8', 'replace')}")


def _words(text: str) -> str:
    """The provider's words in one line, cut, with addresses blotted out: they go into the ledger and the log."""
    return ADDRESS.sub("<address>", " ".join(text.split()))[:LONGEST_DETAIL]
