"""Messages into a folder, one file each: what an installation without a provider sends to, and what a dry run reads.

The file's name is the delivery's id, and the link that gives the file its name is the moment of acceptance: a whole
message stands there, on disk, or nothing does. So this provider has what no other has, an idempotency key.
A name that is taken means that an earlier attempt was accepted, and nothing is written again.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from leo_activation.activation.channels import Answer, FoundInLog, LookedFor, Message, ProviderPause
from leo_activation.activation.channels.mime import build_mail, single_line
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Transient

EMAIL = "email"
REST = timedelta(minutes=5)
"""How long a full disk is left alone."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
REFUSED_LINK = FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EMLINK}
"""What a file system says when it did not make a link; any other error leaves open whether it did."""


class Phase(StrEnum):
    """Where an attempt was decided."""

    WRITE = "write"
    LINK = "link"
    SYNC = "sync"


@dataclass(frozen=True)
class FileSettings:
    """`folder` is made where there is none, readable by this user only; `channel` decides the form of the files."""

    folder: Path
    channel: str = EMAIL


@dataclass(frozen=True)
class FilePayload:
    """A file: its name and what it says."""

    name: str
    content: bytes


class FileChannel:
    """Any channel whose messages are written to a folder: e-mail as .eml, everything else as .txt."""

    provider = "file"

    def __init__(self, settings: FileSettings) -> None:
        """Remember the folder; nothing is touched before a session is made ready."""
        self._settings = settings

    def build(self, message: Message) -> FilePayload:
        """The message as a mail program or a person reads it.

        Raises:
            Permanent: it could not be an e-mail (`mime.build_mail`), or its recipient has a line break.
        """
        if self._settings.channel == EMAIL:
            return FilePayload(_name(message.delivery_id, EMAIL), build_mail(message).content)
        return FilePayload(_name(message.delivery_id, self._settings.channel), _as_text(message).encode())

    @contextmanager
    def open(self) -> Iterator["FileSession"]:
        """A session; there is nothing to close."""
        yield FileSession(self._settings.folder)


class FileSession:
    """Writes into one folder."""

    def __init__(self, folder: Path) -> None:
        """Start without having looked at the folder."""
        self._folder = folder
        self._links_are_known = False

    def ready(self) -> None:
        """Have the folder, and know that its file system can give a file its name without overwriting another.

        Raises:
            Transient: the disk is full or does not answer.
            Configuration: the folder cannot be made or written to, or its file system knows no hard links.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._links_are_known:
                _try_link(self._folder)
                self._links_are_known = True
        except OSError as error:
            sentence = f"The folder {self._folder} of the file channel cannot be used: {error.strerror}."
            if error.errno in FULL | {errno.EIO, errno.ETIMEDOUT, errno.ESTALE}:
                raise Transient(sentence) from error
            raise Configuration(sentence) from error

    def send(self, payload: FilePayload) -> Answer:
        """Write the file under another name, have it on disk, then give it its own."""
        path = self._folder / payload.name
        partial = self._folder / f".{payload.name}.{secrets.token_hex(4)}.partial"
        phase = Phase.WRITE
        try:
            _write_through(partial, payload.content)
            phase = Phase.LINK
            words = _link(partial, path)
            phase = Phase.SYNC
            _sync_folder(self._folder)
        except OSError as error:
            return _failed(phase, error)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        return Answer(Outcome.ACCEPTED, phase, words, provider_message_id=payload.name)


class FileLog:
    """The folder asked afterwards: a file that is there was accepted.

    A file that is not there proves nothing. The worker that was to write it may only have been stopped, and would still
    write when it goes on, for the ledger's fence does not reach into a folder. Such a delivery stays unknown.
    """

    provider = "file"

    def __init__(self, settings: FileSettings) -> None:
        """Look into the same folder, for files of the same form, as the channel writes."""
        self._settings = settings

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        """Those of the messages whose file is there, on disk.

        Raises:
            Transient: the folder cannot be read now.
        """
        folder = self._settings.folder
        try:
            if not folder.is_dir():
                return []
            _sync_folder(folder)
            names = {message: _name(message.delivery_id, self._settings.channel) for message in messages}
            return [
                FoundInLog(message.delivery_id, Outcome.ACCEPTED, "the file is in the folder", name)
                for message, name in names.items()
                if (folder / name).exists()
            ]
        except OSError as error:
            raise Transient(f"The folder {folder} of the file channel cannot be read: {error.strerror}.") from error


def _name(delivery_id: object, channel: str) -> str:
    return f"{delivery_id}.{'eml' if channel == EMAIL else 'txt'}"


def _as_text(message: Message) -> str:
    lines = {
        "To": message.recipient,
        "From": message.sender,
        "Subject": message.subject,
        "Template": message.provider_template_id,
        "Unsubscribe": message.unsubscribe_url,
        "Delivery": str(message.delivery_id),
    }
    head = "".join(f"{name}: {single_line(value)}\n" for name, value in lines.items() if value)
    return f"{head}\n{message.text}\n"


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(partial: Path, path: Path) -> str:
    """Name the file; unlike a rename, a link never takes the place of a file that is there."""
    try:
        os.link(partial, path)
    except FileExistsError:
        return "the file was written by an earlier attempt"
    return "written"


def _failed(phase: Phase, error: OSError) -> Answer:
    detail = f"{errno.errorcode.get(error.errno or 0, 'error')}: {error.strerror}"
    not_taken = phase is Phase.WRITE or (phase is Phase.LINK and error.errno in REFUSED_LINK)
    pause = ProviderPause("The disk of the file channel is full.", REST) if error.errno in FULL and not_taken else None
    return Answer(Outcome.RETRY if not_taken else Outcome.UNKNOWN, phase, detail, pause=pause)


def _try_link(folder: Path) -> None:
    first = folder / f".{secrets.token_hex(8)}.partial"
    second = first.with_suffix(".linked")
    try:
        _write_through(first, b"")
        os.link(first, second)
    finally:
        for path in (first, second):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
