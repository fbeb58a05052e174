"""With a certificate the stand-in speaks TLS only, and a client that verifies takes only what its CA signed."""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from arango import ArangoClient
from arango.http import DefaultHTTPClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.arangodb.service import ROOT_PASSWORD
from sandbox.process import SandboxProcess, running_sandbox


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, signed_by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    is_ca = subject == issuer
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False)
    )
    if is_ca:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(address, critical=False)
    return builder.sign(signed_by, hashes.SHA256())


def _write(path: Path, certificate: x509.Certificate) -> Path:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, a certificate for 127.0.0.1 of it, and a CA that signed nothing here."""
    folder = tmp_path_factory.mktemp("tls")
    ca_key, server_key, other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    _write(folder / "ca.pem", _certificate("CA", ca_key, "CA", ca_key))
    _write(folder / "other.pem", _certificate("Other CA", other_key, "Other CA", other_key))
    _write(folder / "server.pem", _certificate("server", server_key, "CA", ca_key))
    (folder / "server.key").write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


@pytest.fixture(scope="module")
def secure(folder: Path) -> Iterator[SandboxProcess]:
    with running_sandbox(folder / "journal.jsonl", (), folder / "server.pem", folder / "server.key") as process:
        yield process


@pytest.fixture(autouse=True)
def no_other_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one of these variables requests forgets what the client was told to verify by."""
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)


def _version(url: str, verify: bool | str) -> str:
    once = DefaultHTTPClient(request_timeout=5, retry_attempts=0)
    client = ArangoClient(hosts=url, verify_override=verify, http_client=once, resolver_max_tries=1)
    try:
        return str(client.db("_system", "root", ROOT_PASSWORD).version())
    finally:
        client.close()


def test_a_client_with_the_right_ca_is_served(secure: SandboxProcess, folder: Path) -> None:
    assert secure.arangodb_url.startswith("https://")
    assert _version(secure.arangodb_url, str(folder / "ca.pem")).startswith("3.11.")


def test_a_client_with_another_ca_refuses_the_server(secure: SandboxProcess, folder: Path) -> None:
    with pytest.raises((requests.exceptions.SSLError, ConnectionAbortedError)):
        _version(secure.arangodb_url, str(folder / "other.pem"))


def test_no_plain_http_is_served_beside_tls(secure: SandboxProcess) -> None:
    with pytest.raises(ConnectionAbortedError):
        _version(secure.arangodb_url.replace("https://", "http://"), True)
