"""The mail server: EHLO, MAIL, RCPT and DATA as phases that can fail one by one.

RFC 5321 semantics: a recipient is refused at RCPT, a message after the final dot; a client that hears nothing
after the final dot cannot know. Each recipient's fate is in the journal before its answer is on the wire.
"""

import asyncio
import secrets
from email import message_from_bytes
from email.policy import default as email_policy
from typing import NoReturn, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

from sandbox.journal import Effect, Journal, Outcome
from sandbox.reports import Maildir, complaint, delivery_report
from sandbox.scenarios import SmtpScenario, Switchboard

CHANNEL = "smtp"
HEADERS_OF_INTEREST = (
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
)
REPORTS = {
    SmtpScenario.ACCEPT_THEN_BOUNCE: delivery_report,
    SmtpScenario.ACCEPT_THEN_COMPLAIN: complaint,
}
SIZE_LIMIT_BYTES = 10 * 1024 * 1024

RCPT_ANSWERS = {
    SmtpScenario.RCPT_4XX: "450 4.2.1 The mailbox is busy, try again later",
    SmtpScenario.RCPT_5XX: "550 5.1.1 The mailbox does not exist",
}
DATA_ANSWERS = {
    SmtpScenario.DATA_4XX: "451 4.3.0 The message could not be stored, try again later",
    SmtpScenario.DATA_5XX: "554 5.6.0 The message was refused",
}


class Mailbox:
    """The handler of one connection: chooses each recipient's scenario and writes the journal."""

    def __init__(self, journal: Journal, switchboard: Switchboard, reports: Maildir | None = None) -> None:
        """Share the journal, the scenarios and the folder for reports with the other connections."""
        self._journal = journal
        self._reports = reports
        self._switchboard = switchboard
        self.chosen: dict[str, SmtpScenario] = {}

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls handlers by the command's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a message."""
        self.chosen.clear()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        scenario = SmtpScenario(self._switchboard.next(CHANNEL, address))
        answer = RCPT_ANSWERS.get(scenario)
        if answer is not None:
            await self._write(Effect(CHANNEL, Outcome.REJECTED, scenario, address, answer))
            return answer
        self.chosen[address] = scenario
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept or refuse the whole message; SMTP has one answer for all its recipients."""
        scenario = self.message_scenario()
        refusal = DATA_ANSWERS.get(scenario)
        queue_id = "" if refusal else secrets.token_hex(8).upper()
        answer = refusal or f"250 2.0.0 Ok: queued as {queue_id}"
        silent = scenario in {SmtpScenario.ACCEPT_THEN_CLOSE, SmtpScenario.STALL}
        outcome = Outcome.REJECTED if refusal else Outcome.ACCEPTED
        await self._write_message(envelope, outcome, scenario, queue_id, "" if silent else answer)
        if scenario in REPORTS and self._reports is not None:
            for recipient in envelope.rcpt_tos:
                report = REPORTS[scenario](envelope.original_content or b"", envelope.mail_from or "", recipient)
                await asyncio.to_thread(self._reports.deliver, report)
        if scenario is SmtpScenario.STALL:
            await asyncio.Event().wait()
        if scenario is SmtpScenario.ACCEPT_THEN_CLOSE:
            await reset_connection(server)
        return answer

    async def write_unread(self, recipients: list[str], scenario: SmtpScenario, answer: str) -> None:
        """Note that a connection was reset before any byte of the message was read."""
        await self._write(*[Effect(CHANNEL, Outcome.REJECTED, scenario, recipient, answer) for recipient in recipients])

    def message_scenario(self) -> SmtpScenario:
        """The scenario of the message: that of its first recipient that has a fault."""
        return next((s for s in self.chosen.values() if s is not SmtpScenario.OK), SmtpScenario.OK)

    async def _write_message(
        self, envelope: Envelope, outcome: Outcome, scenario: SmtpScenario, queue_id: str, answer: str
    ) -> None:
        raw = envelope.original_content or b""
        parsed = message_from_bytes(raw, policy=email_policy)
        headers = {name: str(parsed[name]) for name in HEADERS_OF_INTEREST if name in parsed}
        await self._write(
            *[
                Effect(
                    channel=CHANNEL,
                    outcome=outcome,
                    scenario=scenario,
                    recipient=recipient,
                    answer=answer,
                    provider_message_id=queue_id,
                    message_id=str(parsed["Message-ID"] or ""),
                    size=len(raw),
                    headers=headers,
                    message=raw.decode("utf-8", "surrogateescape"),
                )
                for recipient in envelope.rcpt_tos
            ]
        )

    async def _write(self, *effects: Effect) -> None:
        await asyncio.to_thread(self._journal.append, *effects)


class PhasedSMTP(SMTP):
    """aiosmtpd's server with the two faults that lie before the message."""

    def __init__(self, mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> None:
        """Serve one connection; a login is optional and any non-empty one will do."""
        super().__init__(
            mailbox,
            hostname="sandbox.invalid",
            ident="LEO sandbox",
            loop=loop,
            enable_SMTPUTF8=True,
            data_size_limit=SIZE_LIMIT_BYTES,
            auth_require_tls=False,
            authenticator=_any_login,
        )
        self._mailbox = mailbox

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """DATA, unless the connection is to be reset here."""
        scenario = self._mailbox.message_scenario()
        recipients = list(self._mailbox.chosen)
        if scenario is SmtpScenario.CLOSE_AT_DATA:
            await self._mailbox.write_unread(recipients, scenario, "")
            await reset_connection(self)
        elif scenario is SmtpScenario.CLOSE_BEFORE_READING:
            await self._mailbox.write_unread(recipients, scenario, "354")
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await reset_connection(self)
        else:
            await super().smtp_DATA(arg)


async def reset_connection(server: SMTP) -> NoReturn:
    """Drop the connection without a word; the server then cancels the task that waits here."""
    if server.transport is not None:
        cast(asyncio.Transport, server.transport).abort()
    await asyncio.Event().wait()
    raise AssertionError("the connection was lost, so its task was cancelled")


def _any_login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object) -> AuthResult:
    accepted = isinstance(login, LoginPassword) and bool(login.login) and bool(login.password)
    return AuthResult(success=accepted, handled=False)


async def serve_smtp(
    host: str, port: int, journal: Journal, switchboard: Switchboard, reports: Maildir | None = None
) -> asyncio.Server:
    """Listen for mail; port 0 takes a free one. Without `reports` nothing is told of a message afterwards.

    Raises:
        OSError: the port is in use.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: PhasedSMTP(Mailbox(journal, switchboard, reports), loop), host, port)
