"""The rights of people on the desk: clocks, consent, an export on record, an erasure with its certificate."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.people import PeoplePages
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.requests import Ask, open_request
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import Shop
from tests.conftest import PSEUDONYM_KEY
from tests.desk.conftest import ROOT, House, Register


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        made = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        made.person("lan")
        made.person("mai", consent="denied")
        yield made


@pytest.fixture
def front(house: Callable[[Register], House], shop: Shop, tmp_path: Path) -> House:
    settings = read_settings(
        {
            "LEO_HOME": str(tmp_path),
            "LEO_PSEUDONYM_KEY": PSEUDONYM_KEY.decode(),
            "LEO_TOKEN_KEY": "5e" * 32,
        }
    )

    def pages(desk: Desk, pages: Pages) -> None:
        PeoplePages(desk, settings).add_to(pages)

    built = house(pages)
    built.tenants.append(shop.tenant_id)
    return built


def url(front: House, path: str = "") -> str:
    return f"{ROOT}/{front.tenants[0]}/people{path}"


def test_a_request_is_entered_with_its_clock_and_stops_at_once_what_it_stops(front: House, shop: Shop) -> None:
    officer = front.as_("officer")
    assert "Nobody waits for an answer." in officer.get(url(front)).text
    entered = officer.post(url(front, "/requests"), data={"person": "lan@example.com", "kind": "restriction"})
    assert entered.status_code == 303
    one = officer.get(entered.headers["location"]).text
    assert "15 days left" in one
    assert ">lan<" in one
    assert "lan@example.com" not in one
    assert shop.execute("SELECT purpose FROM rights.restriction WHERE tenant_id = %s", shop.tenant_id) == [("any",)]
    for wrong in (
        {"person": "nobody", "kind": "access"},
        {"person": "", "kind": "access"},
        {"person": "lan", "kind": "revenge"},
        {"person": "lan", "kind": "access", "received": "2999-01-01"},
        {"person": "lan", "kind": "access", "received": "yesterday"},
        {"person": "lan", "kind": "correction"},
    ):
        answer = officer.post(url(front, "/requests"), data=wrong)
        assert answer.status_code == 422, wrong
        assert "@example.com" not in answer.text


def test_a_request_is_extended_refused_with_a_reason_and_its_restriction_lifted(front: House, shop: Shop) -> None:
    officer = front.as_("officer")
    at = officer.post(url(front, "/requests"), data={"person": "lan", "kind": "objection"}).headers["location"]
    assert officer.post(f"{at}/extend", data={"reason": ""}).status_code == 422
    assert officer.post(f"{at}/extend", data={"reason": "many letters"}).status_code == 303
    assert "30 days left" in officer.get(at).text
    assert officer.post(f"{at}/refuse", data={"reason": ""}).status_code == 422
    assert officer.post(f"{at}/refuse", data={"reason": "was somebody else"}).status_code == 303
    assert "was somebody else" in officer.get(at).text
    assert shop.execute("SELECT count(*) FROM rights.restriction WHERE tenant_id = %s", shop.tenant_id) == [(0,)]
    again = officer.post(url(front, "/requests"), data={"person": "lan", "kind": "restriction"}).headers["location"]
    assert officer.post(f"{again}/done").status_code == 303
    assert officer.post(f"{again}/done").status_code == 422
    assert "Lift it" in officer.get(again).text
    assert officer.post(f"{again}/lift").status_code == 303
    assert "Lift it" not in officer.get(again).text
    assert officer.get(url(front, "/requests/999999")).status_code == 404


def test_what_is_overdue_stands_first_and_says_so(front: House, shop: Shop) -> None:
    now = datetime.now(UTC)
    for person, days in (("lan", 1), ("mai", 40)):
        open_request(
            shop.warehouse, shop.tenant_id, person, Ask(RequestKind.ACCESS, "dpo", now - timedelta(days=days)),
            read_clocks(), pseudonym_key=shop.key,
        )  # fmt: skip
    page = front.as_("officer").get(url(front)).text
    assert page.index("overdue since") < page.index("days left")
    assert page.index(">mai<") < page.index(">lan<")


def test_consent_is_shown_as_a_history_of_one_customer(front: House, shop: Shop) -> None:
    shop.execute(
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        "VALUES (%s, 'p-mai', 'any', 'profiling', 'denied', 'asked', 'mail of mai@example.com', 'desk', now())",
        shop.tenant_id,
    )
    shown = front.as_("officer").post(url(front, "/consent"), data={"person": "mai"})
    assert shown.status_code == 200
    assert "refused" in shown.text
    assert "mai@example.com" not in shown.text
    assert front.as_("officer").post(url(front, "/consent"), data={"person": "nobody"}).status_code == 422


def test_an_export_is_a_file_for_the_officer_alone_that_nothing_keeps_and_the_audit_log_knows(
    front: House, shop: Shop
) -> None:
    for person in ("marketer", "reviewer", "editor"):
        assert front.as_(person).post(url(front, "/export"), data={"person": "lan"}).status_code == 403
    assert front.as_("officer").get(url(front, "/export")).status_code in {404, 405}
    held = front.as_("officer").post(url(front, "/export"), data={"person": "lan"})
    assert held.status_code == 200
    assert held.headers["cache-control"] == "no-store"
    assert held.headers["content-disposition"].startswith("attachment")
    assert held.json()["customers"] == ["lan"]
    assert "lan@example.com" in held.text
    noted = shop.execute(
        "SELECT actor, person FROM audit.pending WHERE tenant_id = %s AND action = 'person.exported'", shop.tenant_id
    )
    assert noted == [("officer", "lan")]


def test_an_erasure_wants_the_id_typed_again_and_leaves_a_certificate(front: House, shop: Shop) -> None:
    officer = front.as_("officer")
    asked = officer.post(url(front, "/erase"), data={"person": "lan@example.com"})
    assert "Erase customer lan?" in asked.text
    assert "lan@example.com" not in asked.text
    refused = officer.post(url(front, "/erasures"), data={"person": "lan", "typed": "Lan"})
    assert refused.status_code == 422
    assert shop.execute("SELECT count(*) FROM core.customer WHERE tenant_id = %s", shop.tenant_id) == [(2,)]
    done = officer.post(url(front, "/erasures"), data={"person": "lan", "typed": "lan"})
    assert done.status_code == 303
    certificate = officer.get(done.headers["location"])
    assert "core.profile" in certificate.text
    assert ">lan<" not in certificate.text
    assert shop.execute("SELECT customer_id FROM core.customer WHERE tenant_id = %s", shop.tenant_id) == [("mai",)]
