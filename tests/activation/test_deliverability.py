"""What the DNS says of a sending domain, asked over UDP of a server of the test's own."""

import base64
import re
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leo_activation.activation.safety.deliverability import refuse_unchecked, run_preflight, warnings
from leo_activation.activation.safety.sending_domains import (
    CheckState,
    DnsSettings,
    Preflight,
    check_domain,
    dns_settings,
    domain_of,
)
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole, read_settings
from tests.activation.dns_server import DnsServer, running_dns_server
from tests.activation.shop import PRODUCTION, FakeChannel, Shop

DOMAIN = "shop.example"
SENDER = f"Red Socks <news@{DOMAIN}>"


def public_key(bits: int) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


STRONG, WEAK = public_key(2048), public_key(1024)
CURVE = base64.b64encode(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.fixture
def server() -> Iterator[DnsServer]:
    """A server that knows a domain with everything in order."""
    with running_dns_server() as server:
        server.records = {
            DOMAIN: ["google-site-verification=x", "v=spf1 ip4:192.0.2.8 include:_spf.mail.example -all"],
            "_spf.mail.example": ["v=spf1 ip4:198.51.100.0/24 ~all"],
            f"s1._domainkey.{DOMAIN}": [f"v=DKIM1; k=rsa; p={STRONG}"],
            f"_dmarc.{DOMAIN}": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example"],
        }
        yield server


def check(server: DnsServer, domain: str = DOMAIN, envelope_domain: str | None = None) -> Preflight:
    return check_domain(domain, server.settings, selector="s1", envelope_domain=envelope_domain)


def state(found: Preflight, name: str) -> CheckState:
    return next(check.state for check in found.checks if check.name == name)


def test_a_domain_with_everything_in_order_passes_without_a_warning(server: DnsServer) -> None:
    found = check(server)

    assert found.passed
    assert found.warnings() == ()
    assert {check.name for check in found.checks} == {"spf", "alignment", "dkim", "dmarc"}


def test_a_domain_without_records_fails_in_sentences(server: DnsServer) -> None:
    found = check(server, "nothing.example")

    assert not found.passed
    assert [state(found, name) for name in ("spf", "dkim", "dmarc")] == [CheckState.MISSING] * 3
    assert all("nothing.example" in warning and warning.endswith(".") for warning in found.warnings())


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (["v=spf1 -all", "v=spf1 ~all"], CheckState.FAILED),
        (["v=spf1 ip4:192.0.2.8 +all"], CheckState.FAILED),
        (["v=spf1 all"], CheckState.FAILED),
        (["v=spf1 ip4:192.0.2.8 ?all"], CheckState.WEAK),
        (["v=spf1"], CheckState.WEAK),
        (["v=spf10 -all"], CheckState.MISSING),
        (["v=spf1 redirect=_spf.mail.example"], CheckState.PASSED),
        ([f"v=spf1 {' '.join(f'include:i{n}.example' for n in range(11))} -all"], CheckState.FAILED),
        ([f"v=spf1 {' '.join(f'a:i{n}.example' for n in range(10))} -all"], CheckState.PASSED),
        (["v=spf1 include:shop.example include:loop.example -all"], CheckState.PASSED),
        ([], CheckState.MISSING),
    ],
)
def test_spf_is_judged_as_receivers_judge_it(server: DnsServer, records: list[str], expected: CheckState) -> None:
    server.records[DOMAIN] = records
    server.records["loop.example"] = ["v=spf1 include:shop.example include:loop.example -all"]

    assert state(check(server), "spf") is expected


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([f"v=DKIM1; k=rsa; p={WEAK}"], CheckState.WEAK),
        ([f"p={STRONG}"], CheckState.PASSED),
        ([f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}"], CheckState.PASSED),
        ([f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(31)).decode()}"], CheckState.FAILED),
        (["v=DKIM1; p="], CheckState.FAILED),
        (["v=DKIM1; p=%%%"], CheckState.FAILED),
        (["v=DKIM1; p=YWJj"], CheckState.FAILED),
        ([f"v=DKIM1; p={CURVE}"], CheckState.FAILED),
        ([f"p={STRONG}", f"p={WEAK}"], CheckState.FAILED),
        (["some other text"], CheckState.MISSING),
    ],
)
def test_a_dkim_key_is_read_and_measured(server: DnsServer, records: list[str], expected: CheckState) -> None:
    server.records[f"s1._domainkey.{DOMAIN}"] = records

    assert state(check(server), "dkim") is expected


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (["v=DMARC1; p=reject"], CheckState.PASSED),
        (["v=DMARC1; p=none"], CheckState.WEAK),
        (["v=DMARC1"], CheckState.FAILED),
        (["v=DMARC1; p=maybe"], CheckState.FAILED),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], CheckState.FAILED),
        (["v=DMARC2; p=none"], CheckState.MISSING),
    ],
)
def test_dmarc_is_judged_by_what_it_asks_for(server: DnsServer, records: list[str], expected: CheckState) -> None:
    server.records[f"_dmarc.{DOMAIN}"] = records

    assert state(check(server), "dmarc") is expected


def test_a_subdomain_stands_under_the_dmarc_record_of_its_organisation(server: DnsServer) -> None:
    server.records[f"_dmarc.{DOMAIN}"] = ["v=DMARC1; p=reject; sp=none"]

    assert state(check(server, f"news.{DOMAIN}"), "dmarc") is CheckState.WEAK


@pytest.mark.parametrize(
    ("policy", "envelope", "expected"),
    [
        ("v=DMARC1; p=reject", f"bounces.{DOMAIN}", CheckState.PASSED),
        ("v=DMARC1; p=reject; aspf=s", f"bounces.{DOMAIN}", CheckState.WEAK),
        ("v=DMARC1; p=reject; aspf=s", DOMAIN, CheckState.PASSED),
        ("v=DMARC1; p=reject", "sendgrid.example", CheckState.WEAK),
        ("v=DMARC1; p=reject", f"not{DOMAIN}", CheckState.WEAK),
    ],
)
def test_where_bounces_go_has_to_fit_the_domain(
    server: DnsServer, policy: str, envelope: str, expected: CheckState
) -> None:
    server.records[f"_dmarc.{DOMAIN}"] = [policy]

    assert state(check(server, envelope_domain=envelope), "alignment") is expected


def test_a_server_that_does_not_answer_is_told_as_such_in_bounded_time(server: DnsServer) -> None:
    server.silent = {DOMAIN}
    server.broken = {f"s1._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}"}
    started = time.monotonic()

    found = check(server)

    assert [state(found, name) for name in ("spf", "dkim", "dmarc")] == [CheckState.UNKNOWN] * 3
    assert not found.passed
    assert time.monotonic() - started < 5


def test_without_a_selector_dkim_is_told_as_not_checked(server: DnsServer) -> None:
    found = check_domain(DOMAIN, server.settings)

    assert state(found, "dkim") is CheckState.UNKNOWN
    assert not found.passed


@pytest.mark.parametrize("domain", ["", "shop", "shop..example", "-.example", "a b.example", "x" * 250 + ".example"])
def test_a_name_that_is_no_domain_is_refused(server: DnsServer, domain: str) -> None:
    with pytest.raises(Permanent):
        check(server, domain)
    assert server.asked == []


def test_a_selector_that_is_none_is_refused(server: DnsServer) -> None:
    with pytest.raises(Permanent, match="selector"):
        check_domain(DOMAIN, server.settings, selector="../x")


def test_the_server_is_named_by_the_environment() -> None:
    assert dns_settings(read_settings({})) == DnsSettings()
    assert dns_settings(read_settings({"LEO_DNS_SERVER": "192.0.2.1"})) == DnsSettings("192.0.2.1", 53)
    assert dns_settings(read_settings({"LEO_DNS_SERVER": "127.0.0.1:5353"})) == DnsSettings("127.0.0.1", 5353)
    assert dns_settings(read_settings({"LEO_DNS_SERVER": "[::1]:5353"})) == DnsSettings("::1", 5353)
    assert dns_settings(read_settings({"LEO_DNS_SERVER": "::1"})) == DnsSettings("::1", 53)
    with pytest.raises(Configuration):
        check_domain(DOMAIN, dns_settings(read_settings({"LEO_DNS_SERVER": "dns.example"})))


def test_the_domain_of_a_sender_is_read_in_ascii() -> None:
    assert domain_of("Cửa hàng <news@Bücher.example>") == "xn--bcher-kva.example"
    with pytest.raises(Permanent):
        domain_of("nobody")


def test_a_domain_that_was_never_checked_or_failed_is_a_warning_and_refused_in_production(
    shop: Shop, server: DnsServer
) -> None:
    assert warnings(shop.connection, shop.tenant_id, [SENDER]) == (
        f"The DNS of {DOMAIN} was never checked: run ./leo preflight {DOMAIN}.",
    )
    with pytest.raises(Configuration, match="before"):
        refuse_unchecked(shop.connection, shop.tenant_id, [SENDER])

    server.records[DOMAIN] = []
    run_preflight(shop.warehouse, shop.tenant_id, DOMAIN, server.settings, selector="s1")
    (warning,) = warnings(shop.connection, shop.tenant_id, [SENDER, SENDER])
    assert "no SPF record" in warning
    with pytest.raises(Configuration, match="no check"):
        refuse_unchecked(shop.connection, shop.tenant_id, [SENDER])

    server.records[DOMAIN] = ["v=spf1 ip4:192.0.2.8 -all"]
    run_preflight(shop.warehouse, shop.tenant_id, DOMAIN, server.settings, selector="s1")
    assert warnings(shop.connection, shop.tenant_id, [SENDER]) == ()
    refuse_unchecked(shop.connection, shop.tenant_id, [SENDER])

    server.silent = {DOMAIN}
    run_preflight(shop.warehouse, shop.tenant_id, DOMAIN, server.settings, selector="s1")
    assert len(warnings(shop.connection, shop.tenant_id, [SENDER])) == 1
    refuse_unchecked(shop.connection, shop.tenant_id, [SENDER])


@pytest.mark.parametrize(("provider", "sends"), [("smtp", False), ("file", True)])
def test_in_production_nothing_leaves_from_a_domain_that_was_never_checked_but_a_folder_needs_no_dns(
    shop: Shop, provider: str, sends: bool
) -> None:
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel(provider=provider)

    if sends:
        assert shop.dispatch(run, channel, guard=PRODUCTION).accepted == 1
    else:
        with pytest.raises(Configuration, match=r"before \./leo preflight example\.com has passed"):
            shop.dispatch(run, channel, guard=PRODUCTION)
        assert channel.sent == []
        assert shop.states(run) == {"a": "ready"}


def test_an_old_check_is_a_warning_with_its_date(shop: Shop, server: DnsServer) -> None:
    run_preflight(shop.warehouse, shop.tenant_id, DOMAIN, server.settings, selector="s1")
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        connection.execute(
            "UPDATE activation.preflight SET checked_at = checked_at - interval '31 days' WHERE tenant_id = %s",
            [shop.tenant_id],
        )

    (warning,) = warnings(shop.connection, shop.tenant_id, [SENDER])

    assert re.search(r"last checked on \d{4}-\d\d-\d\d", warning)
    refuse_unchecked(shop.connection, shop.tenant_id, [SENDER])
