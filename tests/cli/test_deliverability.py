"""`./leo preflight` and `./leo unknowns`: what the DNS says of a domain, and which messages have no known end."""

from collections.abc import Iterator

import pytest

from leo_activation.activation.channels import Answer
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.dns_server import DnsServer, running_dns_server
from tests.activation.shop import FakeChannel, Shop
from tests.cli.conftest import Leo, told, told_lines


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with running_dns_server() as server:
        yield server


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


def test_a_check_is_kept_told_in_json_and_exits_by_its_result(leo: Leo, shop: Shop, server: DnsServer) -> None:
    server.records = {
        "shop.example": ["v=spf1 ip4:192.0.2.8 -all"],
        "s1._domainkey.shop.example": ["v=DKIM1; k=ed25519; p=" + "A" * 43 + "="],
        "_dmarc.shop.example": ["v=DMARC1; p=none"],
    }
    more = {"LEO_DNS_SERVER": f"127.0.0.1:{server.port}"}

    good = leo("preflight", "shop.example", "--selector", "s1", "--tenant", shop.tenant_id, more=more)
    assert good.exit_code == 0
    assert told(good)["passed"] is True
    assert [check["state"] for check in told(good)["checks"]] == ["passed", "passed", "passed", "weak"]

    bad = leo("preflight", "other.example", "--selector", "s1", "--tenant", shop.tenant_id, more=more)
    assert bad.exit_code == 4
    kept = shop.execute(
        "SELECT domain, passed FROM activation.preflight WHERE tenant_id = %s ORDER BY 1", shop.tenant_id
    )
    assert kept == [("other.example", False), ("shop.example", True)]


def test_a_name_that_is_no_domain_is_one_sentence(leo: Leo, shop: Shop) -> None:
    refused = leo("preflight", "shop", "--tenant", shop.tenant_id)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("leo: The domain is none")


def test_unknown_messages_are_told_without_anybodys_data(leo: Leo, shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    lost = Answer(Outcome.UNKNOWN, "fake", "no answer")
    shop.dispatch(run, FakeChannel(answers={"a@example.com": [lost]}))

    answer = leo("unknowns", "--tenant", shop.tenant_id)

    (line,) = told_lines(answer)
    assert (line["age"], line["deliveries"], line["campaign_run_id"]) == ("under an hour", 1, run.campaign_run_id)
    assert "example.com" not in answer.output
