"""TLS with a certificate authority of one's own, settings that are safe, and what opens a source."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leo_activation.errors import Configuration
from leo_activation.sources import open_source
from leo_activation.sources.aql import AQL_FOLDER, statement
from leo_activation.sources.arangodb_settings import ArangodbAuth, ArangodbSettings
from tests.sources.arangodb.standin import DATABASE, PASSWORD, USER, Standin, running_standin

Key = ec.EllipticCurvePrivateKey


def certify(name: str, key: Key, issuer: str, signer: Key, *, authority: bool = False) -> x509.Certificate:
    now = datetime.now(UTC)

    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def write_pem(path: Path, certificate: x509.Certificate) -> str:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    return write_pem(path, certify("Own CA", key, "Own CA", key, authority=True)), key


@pytest.fixture(scope="module")
def secure(authority: tuple[str, Key], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    folder = tmp_path_factory.mktemp("server")
    key = ec.generate_private_key(ec.SECP256R1())
    write_pem(folder / "server.pem", certify("127.0.0.1", key, "Own CA", authority[1]))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with running_standin(certificate=folder / "server.pem", key=folder / "server.key") as standin:
        standin.begin_anew()
        standin.insert("cdp_profile", {"_key": "p1"})
        yield standin


@pytest.mark.parametrize("auth", list(ArangodbAuth))
def test_a_server_is_trusted_by_the_authority_that_is_named(
    secure: Standin, authority: tuple[str, Key], auth: ArangodbAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    # requests would take this in the place of what it is told.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    assert secure.url.startswith("https://")
    source = secure.source(verify=authority[0], auth=auth)
    assert [row.values[0] for row in source.read("cdp_profile")] == ["p1"]


def test_a_server_of_another_authority_is_not_told_the_password(
    secure: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: tuple[str, Key]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = write_pem(tmp_path / "other.pem", certify("Other CA", key, "Other CA", key, authority=True))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority[0])
    secure.forget_asked()
    for verify in (other, True):
        with pytest.raises(Configuration, match=f"{secure.url} cannot be read: the server's certificate is not trust"):
            secure.source(verify=verify)
    assert not secure.asked("collections")


@pytest.mark.parametrize(
    "changed",
    [
        {"verify": False},
        {"verify": None},
        {"verify": "/nowhere/ca.pem"},
        {"url": "ftp://cdp:8529"},
        {"url": "https://user:secret@cdp:8529"},
        {"url": "https://cdp:8529/_db/leo"},
        {"url": "https://"},
        {"database": ""},
        {"read_seconds": 0},
        {"page_documents": 0},
        {"tries": 0},
    ],
)
def test_settings_that_cannot_work_or_are_unsafe_are_refused(changed: dict[str, object]) -> None:
    values: dict[str, object] = {"url": "https://cdp:8529", "database": "leo", "user": "u", "password": "p"}
    with pytest.raises(Configuration) as caught:
        ArangodbSettings(**{**values, **changed})  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_the_password_is_not_in_what_settings_show() -> None:
    settings = ArangodbSettings("https://cdp:8529", DATABASE, USER, PASSWORD)
    assert PASSWORD not in repr(settings) + str(settings) + settings.name


def test_a_source_without_what_its_connection_stands_for_is_refused() -> None:
    with pytest.raises(Configuration, match="connection 'leo_arangodb_shop'"):
        open_source("arangodb", "leo_arangodb_shop")


def test_a_source_is_opened_by_kind(secure: Standin, authority: tuple[str, Key]) -> None:
    source = open_source("arangodb", "leo_arangodb_shop", secure.settings(verify=authority[0]))
    assert source.count("cdp_profile") == 1


@pytest.mark.parametrize("file", sorted(AQL_FOLDER.glob("*.aql")), ids=lambda file: file.stem)
def test_each_statement_stands_alone_with_its_header_and_only_reads(file: Path) -> None:
    text = file.read_text()
    header = [line for line in text.splitlines() if line.startswith("//")]
    for word in ("Purpose:", "Grain:", "Parameters:", "Index:", "Rerun:"):
        assert any(word in line for line in header)
    body = statement(file.stem)
    assert "FOR doc IN @@collection" in body
    assert "//" not in body
    assert not {"INSERT", "UPDATE", "REPLACE", "REMOVE", "UPSERT"} & set(body.upper().split())
