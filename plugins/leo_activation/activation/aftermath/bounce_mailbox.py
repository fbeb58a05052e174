"""The mailbox to which delivery reports and complaints come back: read in batches, each mail once.

A mail is marked as read only after what it says was committed, so that a process that dies in between reads it again,
which changes nothing. What is no report, or none of a message and recipient of ours, goes to a folder named by the
reason and is not read again.
"""

import imaplib
import logging
import re
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.aftermath.mail_reports import Aside, NotAReport, Reported, read_report
from leo_activation.errors import Configuration, Transient
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

PROVIDER = "smtp"
LARGEST_MAIL_BYTES = 1 << 20
ASIDE_FOLDER = "leo-aside"


@dataclass(frozen=True)
class Mail:
    """A mail that was not read before; `raw` is None where it is too large to be a report."""

    key: str
    raw: bytes | None = field(repr=False)


class OpenMailbox(Protocol):
    """A mailbox while it is open."""

    def waiting(self) -> int:
        """How many mails were not marked yet.

        Raises:
            Transient: the mailbox cannot be read now.
        """
        ...

    def unread(self, most: int) -> Sequence[Mail]:
        """At most so many mails that were not marked yet.

        Raises:
            Transient: the mailbox cannot be read now.
        """
        ...

    def done(self, key: str) -> None:
        """Mark a mail as read."""
        ...

    def set_aside(self, key: str, reason: Aside) -> None:
        """Put a mail into the folder of the reason, and mark it as read."""
        ...


class Mailbox(Protocol):
    """Where reports come back to."""

    def open(self) -> AbstractContextManager[OpenMailbox]:
        """The mailbox, closed at the end of the block.

        Raises:
            Transient: it cannot be reached now.
            Configuration: it refuses this installation, or is not there.
        """
        ...


@dataclass(frozen=True)
class MailReportCounts:
    """What one reading did: mails that were read, events that were new, and how many went aside for each reason."""

    read: int
    kept: int
    aside: Mapping[Aside, int]


def read_mail_reports(
    warehouse: Warehouse,
    tenant_ids: Sequence[str],
    mailbox: Mailbox,
    key: bytes,
    *,
    batch: int = 50,
    most: int = 1_000,
) -> MailReportCounts:
    """Take in the reports that came back, of all tenants whose mail comes back to this mailbox.

    Args:
        key: the pseudonym key, by which a report's recipient is compared with the delivery's.
        batch: how many mails are read before what they say is committed.
        most: how many are read by one call.

    Raises:
        Transient: the mailbox or the warehouse cannot be reached; what was not marked is read again.
        Configuration: the mailbox refuses this installation.
    """
    read = kept = 0
    aside: Counter[Aside] = Counter()
    with mailbox.open() as opened:
        progress = Progress(logger, "Reading the mailbox of reports", min(opened.waiting(), most), "mails")
        while read < most and (mails := opened.unread(min(batch, most - read))):
            now = datetime.now(UTC)
            reports: dict[str, list[Reported]] = {}
            reasons: dict[str, Aside] = {}
            for mail in mails:
                try:
                    reports[mail.key] = _read(mail, now)
                except NotAReport as no_report:
                    reasons[mail.key] = no_report.reason
            standing = dict.fromkeys(reports, Aside.UNKNOWN_MESSAGE)
            for tenant_id in tenant_ids:
                kept += _take(warehouse, tenant_id, reports, standing, key)
            for mail in mails:
                reason = reasons.get(mail.key) or standing.get(mail.key)
                if reason is None:
                    opened.done(mail.key)
                else:
                    opened.set_aside(mail.key, reason)
                    aside[reason] += 1
            read += len(mails)
            progress.done(read)
    if aside:
        logger.warning("Put aside of the mailbox of reports: %s.", ", ".join(f"{n} {why}" for why, n in aside.items()))
    return MailReportCounts(read=read, kept=kept, aside=aside)


def _read(mail: Mail, now: datetime) -> list[Reported]:
    if mail.raw is None:
        raise NotAReport(Aside.TOO_LARGE)
    return read_report(mail.raw, now)


def _take(
    warehouse: Warehouse, tenant_id: str, reports: Mapping[str, list[Reported]], standing: dict[str, Aside], key: bytes
) -> int:
    """Record what reports say of a tenant's deliveries; of `standing` those are taken away that were the tenant's."""
    asked = [
        (mail_key, report.event, address)
        for mail_key, of_mail in reports.items()
        if mail_key in standing
        for report in of_mail
        for address in (report.recipients or (None,))
    ]
    if not asked:
        return 0
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/aftermath/match_reports"),
            {
                "tenant_id": tenant_id,
                "key": key,
                "delivery_ids": [event.delivery_id for _, event, _ in asked],
                "addresses": [address for _, _, address in asked],
            },
        ).fetchall()
    events: list[ProviderEvent] = []
    matched: set[str] = set()
    for position, is_recipient in rows:
        mail_key, event, _ = asked[position - 1]
        if is_recipient:
            events.append(event)
            matched.add(mail_key)
        else:
            standing[mail_key] = Aside.OTHER_RECIPIENT
    kept = record_events(warehouse, tenant_id, PROVIDER, events).kept
    for mail_key in matched:
        del standing[mail_key]
    return kept


@dataclass(frozen=True)
class MaildirMailbox:
    """A folder in the form of Maildir, into which a local mail server delivers; for an embedded set-up."""

    folder: Path

    @contextmanager
    def open(self) -> Iterator["OpenMaildir"]:
        """Refuses a folder that is none."""
        if not (self.folder / "new").is_dir():
            raise Configuration(f"{self.folder} is no Maildir: it has no folder 'new'.")
        yield OpenMaildir(self.folder)


@dataclass(frozen=True)
class OpenMaildir:
    """See `OpenMailbox`; what is in 'new' was not read yet."""

    folder: Path

    def waiting(self) -> int:
        """The files in 'new'."""
        return len(self._files())

    def unread(self, most: int) -> Sequence[Mail]:
        """The oldest first, as mail servers name them."""
        return [
            Mail(file.name, file.read_bytes() if file.stat().st_size <= LARGEST_MAIL_BYTES else None)
            for file in self._files()[:most]
        ]

    def done(self, key: str) -> None:
        """Move it to 'cur' with the flag S (seen)."""
        self._move(key, self.folder / "cur", f"{key}:2,S")

    def set_aside(self, key: str, reason: Aside) -> None:
        """Move it to a folder beside."""
        self._move(key, self.folder / ASIDE_FOLDER / reason, key)

    def _files(self) -> list[Path]:
        return sorted(file for file in (self.folder / "new").iterdir() if file.is_file())

    def _move(self, key: str, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "new" / key).rename(folder / name)


@dataclass(frozen=True)
class ImapSettings:
    """How to reach the mailbox: IMAP over TLS. `ca_file` names your own certificate authorities."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    folder: str = "INBOX"
    ca_file: str | None = None
    timeout_s: float = 30.0


@dataclass(frozen=True)
class ImapMailbox:
    """A mailbox by IMAP (RFC 3501) over TLS."""

    settings: ImapSettings

    @contextmanager
    def open(self) -> Iterator["OpenImap"]:
        """Log in and choose the folder."""
        where = f"The mailbox of reports at {self.settings.host}"
        try:
            context = ssl.create_default_context(cafile=self.settings.ca_file)
            connection = imaplib.IMAP4_SSL(
                self.settings.host, self.settings.port, ssl_context=context, timeout=self.settings.timeout_s
            )
        except ssl.SSLCertVerificationError as error:
            raise Configuration(f"{where} shows a certificate that is not trusted.") from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise Transient(f"{where} cannot be reached: {type(error).__name__}.") from error
        try:
            _log_in(connection, self.settings, where)
            yield OpenImap(connection)
        except (OSError, imaplib.IMAP4.abort) as error:
            raise Transient(f"{where} broke off: {type(error).__name__}.") from error
        except imaplib.IMAP4.error as error:
            raise Transient(f"{where} answered what was not expected.") from error
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.logout()


def _log_in(connection: imaplib.IMAP4_SSL, settings: ImapSettings, where: str) -> None:
    try:
        connection.login(settings.user, settings.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Configuration(f"{where} refuses the login.") from error
    if connection.select(f'"{settings.folder}"')[0] != "OK":
        raise Configuration(f"{where} has no folder '{settings.folder}'.")


@dataclass(frozen=True)
class OpenImap:
    """See `OpenMailbox`; keys are UIDs, and the flag Seen marks what was read."""

    connection: imaplib.IMAP4_SSL

    def waiting(self) -> int:
        """The unseen mails."""
        return len(self._unseen())

    def unread(self, most: int) -> Sequence[Mail]:
        """Unseen mails, the lowest UIDs first; reading them marks nothing."""
        return [Mail(key, self._content(key)) for key in self._unseen()[:most]]

    def done(self, key: str) -> None:
        """Flag it as seen."""
        self._uid("STORE", key, "+FLAGS", r"(\Seen)")

    def set_aside(self, key: str, reason: Aside) -> None:
        """Copy it to a folder, which is made where it is missing, and flag it as seen."""
        folder = f'"{ASIDE_FOLDER}-{reason}"'
        self.connection.create(folder)  # answers NO where it is there
        self._uid("COPY", key, folder)
        self.done(key)

    def _unseen(self) -> list[str]:
        found = self._uid("SEARCH", "UNSEEN")
        return found[0].decode().split() if found and isinstance(found[0], bytes) else []

    def _content(self, key: str) -> bytes | None:
        (size,) = self._uid("FETCH", key, "(RFC822.SIZE)")[:1]
        told = re.search(rb"RFC822\.SIZE (\d+)", size if isinstance(size, bytes) else b"")
        if told is None or int(told[1]) > LARGEST_MAIL_BYTES:
            return None
        for part in self._uid("FETCH", key, "(BODY.PEEK[])"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return None

    def _uid(self, *command: str) -> list[bytes | tuple[bytes, bytes]]:
        state, answer = self.connection.uid(*command)
        if state != "OK":
            raise imaplib.IMAP4.error(f"{command[0]}: {state}")
        return [part for part in answer if part is not None]
