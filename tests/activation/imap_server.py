"""A mailbox by IMAP4rev1 (RFC 3501) over TLS on loopback: as much of it as a reader of reports needs.

A stand-in for tests, independent of our reader: it keeps folders of mails with flags, and can break off at a command.
"""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "bounces", "hunter2"


@dataclass
class Kept:
    """A mail of a folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """What is kept, and what went wrong on purpose: the connection is cut when `cut_at` comes (once)."""

    certificate: Path
    folders: dict[str, list[Kept]] = field(default_factory=lambda: {"INBOX": []})
    commands: list[str] = field(default_factory=list)
    cut_at: str | None = None
    port: int = 0

    def deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a folder."""
        mails = self.folders.setdefault(folder, [])
        mails.append(Kept(len(mails) + 1, raw))

    def flags(self) -> list[set[str]]:
        """The flags of the mails of the inbox."""
        return [mail.flags for mail in self.folders["INBOX"]]


@contextmanager
def running_imap_server(folder: Path) -> Iterator[ImapServer]:
    """A server on a port of its own, with a certificate of its own in `folder`."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ImapServer(certificate)
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        listener.settimeout(0.2)

        def accept() -> None:
            while not stopped.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                connection.settimeout(10)
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                    _serve(server, secured)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            thread.join(timeout=15)


def _serve(server: ImapServer, connection: socket.socket) -> None:
    with connection.makefile("rwb") as stream:
        stream.write(b"* OK ready\r\n")
        stream.flush()
        selected: list[Kept] = []
        while line := stream.readline():
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            name = command.split(" ")[0].upper()
            name = f"UID {command.split(' ')[1].upper()}" if name == "UID" else name
            server.commands.append(name)
            if name == server.cut_at:
                server.cut_at = None
                return
            state = "OK"
            if name == "CAPABILITY":
                stream.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif name == "LOGIN":
                state = "OK" if command == f'LOGIN {USER} "{PASSWORD}"' else "NO"
            elif name == "SELECT":
                folder = command.partition(" ")[2].strip('"')
                selected = server.folders.get(folder, [])
                state = "OK" if folder in server.folders else "NO"
                stream.write(f"* {len(selected)} EXISTS\r\n".encode())
            elif name == "CREATE":
                folder = command.partition(" ")[2].strip('"')
                state = "NO" if folder in server.folders else "OK"
                server.folders.setdefault(folder, [])
            elif name.startswith("UID "):
                state = _with_uid(server, selected, cast(IO[bytes], stream), command[4:])
            stream.write(f"{tag} {state} done\r\n".encode())
            stream.flush()
            if name == "LOGOUT":
                return


def _with_uid(server: ImapServer, selected: list[Kept], stream: IO[bytes], command: str) -> str:
    name, _, rest = command.partition(" ")
    if name == "SEARCH":
        assert rest == "UNSEEN"
        found = " ".join(str(mail.uid) for mail in selected if r"\Seen" not in mail.flags)
        stream.write(f"* SEARCH {found}".rstrip().encode() + b"\r\n")
        return "OK"
    uid, _, rest = rest.partition(" ")
    for mail in selected:
        if mail.uid != int(uid):
            continue
        if name == "FETCH" and "RFC822.SIZE" in rest:
            stream.write(f"* {mail.uid} FETCH (UID {uid} RFC822.SIZE {len(mail.raw)})\r\n".encode())
        elif name == "FETCH" and "BODY.PEEK[]" in rest:
            stream.write(f"* {mail.uid} FETCH (UID {uid} BODY[] {{{len(mail.raw)}}}\r\n".encode())
            stream.write(mail.raw + b")\r\n")
        elif name == "STORE" and (flags := re.fullmatch(r"\+FLAGS \((.*)\)", rest)):
            mail.flags |= set(flags[1].split())
        elif name == "COPY" and rest.strip('"') in server.folders:
            server.deliver(mail.raw, rest.strip('"'))
        else:
            return "NO"
    return "OK"


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "imap")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "imap.pem", folder / "imap.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file
