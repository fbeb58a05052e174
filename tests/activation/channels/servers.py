"""Servers on loopback that answer to the letter as a test says: for what a well-behaved stand-in would never say."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LONGEST_S = 30.0


class Then(StrEnum):
    """What follows the bytes of an answer."""

    NEXT = "next"
    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True)
class Said:
    """Bytes to say, one every `drip_s` seconds where that is set, and what follows them."""

    raw: bytes = b""
    drip_s: float = 0.0
    then: Then = Then.NEXT


RESET = Said(then=Then.RESET)
SILENCE = Said(then=Then.SILENCE)


@dataclass(frozen=True)
class Asked:
    """A request that was read whole; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def http(status: str, body: bytes = b"", **headers: str) -> Said:
    """An answer of HTTP; underscores in names become hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Said("\r\n".join([*lines, "", ""]).encode() + body)


class LoopbackServer:
    """Serves each connection in a thread of its own until the block ends."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ended = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        self.stop_listening()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LONGEST_S)

    @property
    def connections(self) -> int:
        """How many were made."""
        return len(self._open)

    def stop_listening(self) -> None:
        """Refuse connections from now on; those that stand stay."""
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def serve(self, connection: socket.socket) -> None:
        """Talk over one connection until it ends."""
        raise NotImplementedError

    def say(self, connection: socket.socket, said: Said) -> bool:
        """Say it; False where the connection ends with it."""
        if said.drip_s:
            for byte in said.raw:
                connection.sendall(bytes([byte]))
                if self._ended.wait(said.drip_s):
                    return False
        else:
            connection.sendall(said.raw)
        if said.then is Then.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif said.then is Then.SILENCE:
            self._ended.wait(LONGEST_S)
        return said.then is Then.NEXT

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.serve(connection)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


class HttpServer(LoopbackServer):
    """An HTTP server: `answer` says what each whole request is told."""

    def __init__(self, answer: Callable[[Asked], Said], certificate: Path | None = None) -> None:
        """Listen; `certificate` is a PEM file with its key, for TLS."""
        super().__init__()
        self._answer = answer
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        """Read requests and answer them."""
        if self.tls is not None:
            with self.tls.wrap_socket(connection, server_side=True) as secured:
                self._serve_plain(secured)
        else:
            self._serve_plain(connection)

    def _serve_plain(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            while start := lines.readline():
                method, path, _ = start.decode().split()
                headers = {}
                for line in iter(lines.readline, b"\r\n"):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                asked = Asked(method, path, headers, lines.read(int(headers.get("content-length", 0))))
                self.asked.append(asked)
                if not self.say(connection, self._answer(asked)):
                    return


def certificate_for_loopback(folder: Path) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1 that it signed itself."""
    return _certificate(folder, x509.IPAddress(ip_address("127.0.0.1")))


def certificate_for(folder: Path, name: str) -> Path:
    """The same for a name."""
    return _certificate(folder, x509.DNSName(name))


def _certificate(folder: Path, subject: x509.GeneralName) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a provider of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "provider.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        certificate.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption())
    )
    return path


class SmtpServer(LoopbackServer):
    """A mail server: `answers` holds the reply to a verb, to the final dot (`.`) and the greeting (`hello`).

    What it has no reply for is taken. `taken` holds each message that was not refused, still dot-stuffed.
    """

    def __init__(self, **answers: bytes | Said) -> None:
        """Listen; `end` stands for the final dot."""
        super().__init__()
        self.answers = {verb: Said(answer) if isinstance(answer, bytes) else answer for verb, answer in answers.items()}
        self.commands: list[str] = []
        self.taken: list[bytes] = []

    def serve(self, connection: socket.socket) -> None:
        """Read commands and answer them."""
        with connection.makefile("rb") as lines:
            if not self.say(connection, self.answers.get("hello", Said(b"220 scripted\r\n"))):
                return
            in_message, content = False, b""
            for line in lines:
                if in_message and line != b".\r\n":
                    content += line
                    continue
                verb = "end" if in_message else line[:4].decode().strip().lower()
                in_message = False
                self.commands.append(line.decode().strip())
                default = b"354 go\r\n" if verb == "data" else b"250 ok\r\n"
                said = self.answers.get(verb, Said(default))
                if verb == "end" and not said.raw.startswith((b"4", b"5")):
                    self.taken.append(content)
                if not self.say(connection, said):
                    return
                content = b""
                in_message = verb == "data" and said.raw.startswith(b"354")
                if verb == "quit":
                    return
