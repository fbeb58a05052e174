"""Every channel of this repository passes the one suite, over real sockets and a real folder."""

import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest

from leo_activation.activation.channels import Message
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from tests.activation.channels.conformance import ChannelConformance, Fault
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, SmtpServer, Then, http

TIMEOUT_S = 0.8
MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient="anh@example.com",
    sender="Cửa hàng Tất Đỏ <news@shop.example>",
    text="Xin chào Ánh,\n.dotted\n\nChân ấm cả mùa đông.",
    subject="Ưu đãi dành riêng cho bạn",
    html="<p>Xin chào <b>Ánh</b></p>",
    unsubscribe_url="https://shop.example/unsubscribe/x",
)
DRIP_S = 0.1


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


class MailServerUnderTest:
    """A scripted mail server."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: ("rcpt", Said(b"450 4.2.1 anh@example.com is busy\r\n")),
        Fault.REFUSED: ("end", Said(b"554 5.6.0 refused\r\n")),
        Fault.DEAD_ADDRESS: ("rcpt", Said(b"550 5.1.1 <anh@example.com> unknown\r\n")),
        Fault.OUR_FAULT: ("mail", Said(b"550 5.7.1 news@shop.example may not send here\r\n")),
        Fault.LOST_BEFORE: ("data", RESET),
        Fault.LOST_UNREAD: ("data", Said(b"354 go\r\n", then=Then.RESET)),
        Fault.LOST_AFTER: ("end", RESET),
        Fault.SILENT: ("end", SILENCE),
        Fault.DRIPPING: ("end", Said(b"250-" + b"." * 300, drip_s=DRIP_S)),
        Fault.UNREADABLE: ("end", Said(b"hello\r\n")),
    }

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self.channel = SmtpChannel(SmtpSettings("127.0.0.1", server.port, timeout_s=TIMEOUT_S))
        self.unreachable = SmtpChannel(SmtpSettings("127.0.0.1", free_port(), timeout_s=TIMEOUT_S))

    def inject(self, fault: Fault) -> None:
        verb, said = self.faults[fault]
        self._server.answers[verb] = said

    def heal(self) -> None:
        self._server.answers.clear()

    def taken(self, delivery_id: UUID) -> int:
        return sum(str(delivery_id) in str(message_from_bytes(raw)["Message-ID"]) for raw in self._server.taken)


class TestSmtp(ChannelConformance):
    faults = frozenset(MailServerUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[MailServerUnderTest]:
        with SmtpServer() as server:
            yield MailServerUnderTest(server)


class SendGridUnderTest:
    """A scripted SendGrid that remembers which deliveries it answered as taken, or took without saying so."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: http("429 Too Many Requests", X_RateLimit_Remaining="0", X_RateLimit_Reset="0"),
        Fault.REFUSED: http("413 Payload Too Large"),
        Fault.DEAD_ADDRESS: http(
            "400 Bad Request",
            b'{"errors":[{"message":"anh@example.com is not valid","field":"personalizations.0.to.0.email"}]}',
        ),
        Fault.OUR_FAULT: http("401 Unauthorized", b'{"errors":[{"message":"not for anh@example.com","field":null}]}'),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 202 Accepted\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("202 Accepted", b"<html>anh@example.com</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = SendGridChannel(SendGridSettings("SG.key", "retail", self.server.url, timeout_s=TIMEOUT_S))
        nowhere = f"http://127.0.0.1:{free_port()}"
        self.unreachable = SendGridChannel(SendGridSettings("SG.key", "retail", nowhere, timeout_s=TIMEOUT_S))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if asked.path == "/v3/scopes":
            return http("200 OK", b'{"scopes": ["mail.send"]}')
        said = http("202 Accepted", X_Message_Id="m1") if self._next is None else self._next
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(json.loads(asked.body)["personalizations"][0]["custom_args"]["delivery_id"])
        return said


class TestSendGrid(ChannelConformance):
    faults = frozenset(SendGridUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[SendGridUnderTest]:
        under_test = SendGridUnderTest()
        with under_test.server:
            yield under_test


class FolderUnderTest:
    """A folder; its one fault of the kind that a provider has is to be away."""

    message = MESSAGE

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "outbox"
        self._away = folder / "away"
        self.channel = FileChannel(FileSettings(self._folder))
        self.unreachable = FileChannel(FileSettings(Path("/proc/leo-outbox")))

    def inject(self, fault: Fault) -> None:
        self._folder.rename(self._away)

    def heal(self) -> None:
        self._away.rename(self._folder)

    def taken(self, delivery_id: UUID) -> int:
        return len(list(self._folder.glob(f"{delivery_id}*")))


class TestFile(ChannelConformance):
    faults = frozenset({Fault.BUSY})

    @pytest.fixture
    def provider(self, tmp_path: Path) -> FolderUnderTest:
        return FolderUnderTest(tmp_path)
