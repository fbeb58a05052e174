"""Requests by right: clocks of the law, what stops at once, and consent as a history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation.activation import CampaignRun
from leo_activation.activation.states import DeliveryState, SkipReason
from leo_activation.errors import Configuration, Permanent
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.requests import (
    Ask,
    close_request,
    consent_history,
    extend_request,
    lift,
    list_requests,
    open_request,
    settle_corrections,
    take_due_warnings,
)
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import FakeChannel, Shop

RECEIVED = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        made = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        made.person("lan")
        made.person("mai")
        yield made


def ask(shop: Shop, kind: RequestKind, person: str = "lan", **more: object) -> int:
    made = open_request(
        shop.warehouse, shop.tenant_id, person, Ask(kind, "dpo", **more),  # type: ignore[arg-type]  # fields of Ask
        read_clocks(), pseudonym_key=shop.key,
    )  # fmt: skip
    return made.request_id


def planned(shop: Shop, campaign_id: str) -> CampaignRun:
    """A run of a campaign of its own."""
    shop.campaign(campaign_id=campaign_id)
    return shop.plan(name=f"run of {campaign_id}", campaign_id=campaign_id)


def test_a_clock_ends_where_its_law_says_and_is_extended_once_with_a_reason(shop: Shop) -> None:
    access = ask(shop, RequestKind.ACCESS, received_at=datetime.now(UTC), law="eu_gdpr")
    [listed] = list_requests(shop.warehouse, shop.tenant_id)
    assert timedelta(days=28) <= listed.due_at - listed.received_at <= timedelta(days=31)
    with pytest.raises(Permanent, match="reason"):
        extend_request(shop.warehouse, shop.tenant_id, access, reason=" ")
    extended = extend_request(shop.warehouse, shop.tenant_id, access, reason="Many records.")
    assert timedelta(days=89) <= extended.due_at - extended.received_at <= timedelta(days=92)
    with pytest.raises(Permanent, match="cannot be extended"):
        extend_request(shop.warehouse, shop.tenant_id, access, reason="Again.")
    with pytest.raises(Permanent, match="no law"):
        ask(shop, RequestKind.ACCESS, law="mars")
    # A month from the 31st of January is the last of February; it is over, so it cannot be extended.
    old = ask(shop, RequestKind.ERASURE, received_at=RECEIVED, law="eu_gdpr")
    assert list_requests(shop.warehouse, shop.tenant_id)[0].due_at == datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    with pytest.raises(Permanent, match="cannot be extended"):
        extend_request(shop.warehouse, shop.tenant_id, old, reason="Too late.")


def test_the_strictest_law_holds_where_none_is_named_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    clocks = read_clocks()
    assert clocks.strictest(RequestKind.ACCESS) == "vietnam"
    wrong = tmp_path / "rights.yaml"
    wrong.write_text("version: 1\nwarn_days: 5\nlaws: {x: {act: X, clocks: {access: {months: 1, article: '1'}}}}\n")
    with pytest.raises(Configuration, match="wrong"):
        read_clocks(wrong)


def test_who_restricts_or_objects_is_neither_planned_nor_sent_to_until_it_is_lifted(shop: Shop) -> None:
    run = shop.approved_run()
    restricted = ask(shop, RequestKind.RESTRICTION)
    channel = FakeChannel()
    shop.dispatch(run, channel)
    assert channel.recipients() == ["mai@example.com"]
    assert shop.skip_reasons(run)["lan"] == SkipReason.RESTRICTED
    assert shop.skip_reasons(planned(shop, "second")) == {"lan": SkipReason.RESTRICTED, "mai": None}
    close_request(shop.warehouse, shop.tenant_id, restricted, decided_by="dpo")
    assert shop.skip_reasons(planned(shop, "third"))["lan"] == SkipReason.RESTRICTED
    assert lift(shop.warehouse, shop.tenant_id, restricted) == 1
    assert shop.states(planned(shop, "fourth"))["lan"] == DeliveryState.PLANNED
    # A refused objection is lifted by its refusal; the statement of consent stays: only the person can give it again.
    objected = ask(shop, RequestKind.OBJECTION)
    with pytest.raises(Permanent, match="reason"):
        close_request(shop.warehouse, shop.tenant_id, objected, decided_by="dpo", refused_because="")
    close_request(shop.warehouse, shop.tenant_id, objected, decided_by="dpo", refused_because="No marketing is sent.")
    assert shop.skip_reasons(planned(shop, "fifth"))["lan"] == SkipReason.NO_CONSENT


def test_a_withdrawal_is_a_statement_of_its_own_and_the_history_shows_both(shop: Shop) -> None:
    ask(shop, RequestKind.WITHDRAWAL, channel="email")
    told = consent_history(shop.warehouse, shop.tenant_id, "lan@example.com", pseudonym_key=shop.key)
    assert [(each.channel, each.purpose, each.state, each.source) for each in told] == [
        ("email", "marketing", "granted", "test"),
        ("email", "marketing", "denied", "rights_request"),
    ]
    shop.segment()
    shop.campaign()
    assert shop.skip_reasons(shop.plan())["lan"] == SkipReason.NO_CONSENT


def test_a_correction_is_done_when_the_source_shows_it(shop: Shop) -> None:
    with pytest.raises(Permanent, match="names what is to be corrected"):
        ask(shop, RequestKind.CORRECTION)
    correction = ask(shop, RequestKind.CORRECTION, field="last_name", wanted="Lê")
    assert settle_corrections(shop.warehouse, shop.tenant_id) == []
    shop.execute(
        "UPDATE core.profile SET last_name = 'Lê' WHERE tenant_id = %s AND customer_id = 'lan'", shop.tenant_id
    )
    assert settle_corrections(shop.warehouse, shop.tenant_id) == [correction]
    assert list_requests(shop.warehouse, shop.tenant_id) == []


def test_the_staff_is_warned_once_a_day_of_a_clock_that_ends(shop: Shop) -> None:
    soon = ask(shop, RequestKind.ACCESS, received_at=datetime.now(UTC) - timedelta(days=8), law="vietnam")
    ask(shop, RequestKind.ACCESS, law="eu_gdpr")
    due = take_due_warnings(shop.warehouse, shop.tenant_id, timedelta(days=5))
    assert [each.request_id for each in due] == [soon]
    assert take_due_warnings(shop.warehouse, shop.tenant_id, timedelta(days=5)) == []


def test_a_request_of_nobody_is_refused_and_one_from_the_future(shop: Shop) -> None:
    with pytest.raises(Permanent, match="future"):
        ask(shop, RequestKind.ACCESS, received_at=datetime.now(UTC) + timedelta(days=365))
    with pytest.raises(Permanent, match="No such person"):
        ask(shop, RequestKind.ACCESS, "nobody")
    with pytest.raises(Permanent, match="no open request"):
        close_request(shop.warehouse, shop.tenant_id, 999, decided_by="dpo")
