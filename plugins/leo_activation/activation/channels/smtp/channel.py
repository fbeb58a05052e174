"""E-mail by SMTP (RFC 5321), its phases driven one by one so that the outcome of each is known.

Until the final dot has left, nothing can have been accepted: a lost connection is `retry`. After it, only the server's
answer tells: 2xx accepted, 4xx retry, 5xx rejected, and no answer is `unknown`. smtplib's own `sendmail` hides which of
the two happened.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.cutting import cut_after
from leo_activation.activation.channels.mime import build_mail, wire_address
from leo_activation.activation.channels.smtp.replies import read_reply, refusal
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Transient

MESSAGES_A_CONNECTION = 100
STEPS_BEFORE_THE_ANSWER = 4
END_OF_MESSAGE = b".\r\n"

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
    """How to reach the mail server.

    `timeout_s` holds for each step of the protocol. `answer_timeout_s` holds for the answer to the whole message, for
    which RFC 5321 asks for patience (None: as each step); all of them together stay below a delivery's lease.
    `return_path` is where bounces go (None: to the sender). `greeting` is the name in EHLO (None: this machine's).
    """

    host: str
    port: int = 25
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Security = "none"
    timeout_s: float = 30.0
    answer_timeout_s: float | None = None
    messages_a_connection: int = MESSAGES_A_CONNECTION
    return_path: str | None = None
    greeting: str | None = None


@dataclass(frozen=True)
class MailPayload:
    """A message ready for the wire: the envelope's addresses in ASCII, its id, the content in seven bits."""

    envelope_from: str
    envelope_to: str
    envelope_id: str
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
        if settings.user and settings.security == "none" and not _is_loopback(settings.host):
            raise Configuration(
                f"A login at {settings.host} would show its password; set SMTP security to starttls or ssl."
            )
        self._settings = settings

    def build(self, message: Message) -> MailPayload:
        """The message as RFC 5322 wants it, in seven bits; see `mime.build_mail`.

        Raises:
            Permanent: it cannot be honoured.
        """
        mail = build_mail(message)
        return_path = self._settings.return_path
        sender = mail.sender if return_path is None else wire_address(return_path, "return path")
        return MailPayload(sender, mail.recipient, str(mail.delivery_id), mail.content)

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
                with cut_after(self._settings.timeout_s, self._socket):
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
        patience = self._settings.answer_timeout_s or self._settings.timeout_s
        whole = STEPS_BEFORE_THE_ANSWER * self._settings.timeout_s + patience
        phase = Phase.MAIL
        try:
            with cut_after(whole, self._socket):
                _be_patient(smtp, self._settings.timeout_s)
                reply = smtp.mail(payload.envelope_from, _mail_options(smtp, payload))
                if reply[0] // 100 == 2:
                    phase = Phase.RCPT
                    reply = smtp.rcpt(payload.envelope_to, _rcpt_options(smtp, payload))
                if phase is Phase.RCPT and reply[0] // 100 == 2:
                    phase = Phase.DATA
                    reply = smtp.docmd("DATA")
                if phase is not Phase.DATA or reply[0] != 354:
                    return self._refused(phase, reply)
                phase = Phase.CONTENT
                _write(smtp, _dot_stuffed(payload.content))
                phase = Phase.FINAL_DOT
                _write(smtp, END_OF_MESSAGE)
                _be_patient(smtp, patience)
                reply = smtp.getreply()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            outcome = Outcome.UNKNOWN if phase is Phase.FINAL_DOT else Outcome.RETRY
            return Answer(outcome, phase, words(f"{type(error).__name__}: {error}"))
        return self._answered(reply)

    def close(self) -> None:
        """Say QUIT where there is a connection, and forget it."""
        if self._smtp is not None:
            try:
                with cut_after(self._settings.timeout_s, self._socket):
                    self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()
            self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        server = f"The mail server {settings.host}:{settings.port}"
        try:
            if settings.security == "ssl":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host,
                    settings.port,
                    local_hostname=settings.greeting,
                    timeout=settings.timeout_s,
                    context=ssl.create_default_context(),
                )
            else:
                smtp = smtplib.SMTP(
                    settings.host, settings.port, local_hostname=settings.greeting, timeout=settings.timeout_s
                )
            try:
                with cut_after(STEPS_BEFORE_THE_ANSWER * settings.timeout_s, lambda: smtp.sock):
                    if settings.security == "starttls":
                        smtp.starttls(context=ssl.create_default_context())
                    smtp.ehlo_or_helo_if_needed()
                    if settings.user:
                        smtp.login(settings.user, settings.password or "")
            except BaseException:
                smtp.close()
                raise
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code // 100 == 4:
                raise Transient(f"{server} cannot check the login now: {words(str(error))}") from error
            raise Configuration(f"{server} refuses this installation: {words(str(error))}") from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Transient(f"{server} hung up: {words(str(error))}") from error
        except ssl.SSLError as error:
            raise Configuration(f"{server} cannot be trusted: {words(str(error))}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Transient(f"{server} cannot be reached: {words(str(error))}") from error
        return smtp

    def _refused(self, phase: Phase, reply: tuple[int, bytes]) -> Answer:
        """Before the message left: a 5xx is for good, anything else can be tried again."""
        if not 400 <= reply[0] < 600 or reply[0] == 421:
            self._drop()
        return refusal(phase, read_reply(reply), about_sender=phase is Phase.MAIL)

    def _answered(self, reply: tuple[int, bytes]) -> Answer:
        read = read_reply(reply)
        if 400 <= read.code < 600:
            if read.code == 421:
                self._drop()
            return refusal(Phase.FINAL_DOT, read, about_sender=False)
        if read.code // 100 != 2:
            self._drop()
            return Answer(Outcome.UNKNOWN, Phase.FINAL_DOT, read.detail)
        return Answer(Outcome.ACCEPTED, Phase.FINAL_DOT, read.detail)

    def _socket(self) -> socket.socket | None:
        return None if self._smtp is None else self._smtp.sock

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _mail_options(smtp: smtplib.SMTP, payload: MailPayload) -> list[str]:
    """Ask for bounces without the message's text, marked with the delivery id (RFC 3461), where the server can."""
    return ["RET=HDRS", f"ENVID={payload.envelope_id}"] if smtp.has_extn("dsn") else []


def _rcpt_options(smtp: smtplib.SMTP, payload: MailPayload) -> list[str]:
    """Have a bounce name the recipient as we know it, wherever the mail was forwarded to."""
    if not smtp.has_extn("dsn"):
        return []
    return ["NOTIFY=FAILURE", f"ORCPT=rfc822;{_xtext(payload.envelope_to)}"]


def _xtext(text: str) -> str:
    """RFC 3461, section 4: printable ASCII, with '+' and '=' as +2B and +3D."""
    return "".join(mark if "!" <= mark <= "~" and mark not in "+=" else f"+{ord(mark):02X}" for mark in text)


def _be_patient(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _dot_stuffed(content: bytes) -> bytes:
    """The message with CRLF line ends, a dot before every leading dot (RFC 5321, 4.5.2), and a line end at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _write(smtp: smtplib.SMTP, data: bytes) -> None:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection was closed")
    smtp.sock.sendall(data)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
