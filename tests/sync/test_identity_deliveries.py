"""What becomes of messages, consent and the ledger when two customers turn out to be one, and when they part again."""

from collections.abc import Iterator

import pytest

from leo_activation import activation
from leo_activation.settings import DatabaseRole
from leo_activation.sync import identity_decisions as decisions
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import AS_OF, SEGMENT, FakeChannel, Shop
from tests.sync.conftest import Sync
from tests.sync.people import People

LAN, MAI = "a1@example.com", "b2@example.com"


@pytest.fixture
def people(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> People:
    """Two customers who agreed to e-mail, each at an address of their own; nobody knows yet that they are one."""
    people = People(warehouse, leo_tenant, run_sync)
    people.put("a1", primaryEmail=LAN, receiveEmail=1)
    people.put("b2", primaryEmail=MAI, receiveEmail=1)
    people.sync()
    return people


@pytest.fixture
def shop(warehouse: Warehouse, people: People, pseudonym_key: bytes) -> Iterator[Shop]:
    """A segment of both of them."""
    tenant_id = people.tenant.tenant_id
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.autocommit = True
        for customer in ("a1", "b2"):
            connection.execute(
                "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, %s, %s)",
                [tenant_id, SEGMENT, customer, AS_OF],
            )
        yield Shop(warehouse, tenant_id, pseudonym_key, connection)


def join(people: People, **fields: object) -> None:
    """The source learns that both are one person."""
    people.put("a1", primaryEmail=LAN, receiveEmail=1, loyaltyIDs=["L-1"])
    people.put("b2", **{"primaryEmail": MAI, "receiveEmail": 1, "loyaltyIDs": ["L-1"], **fields})
    people.sync()
    assert people.customers() == {"a1": ["a1", "b2"]}


def take_apart(people: People) -> None:
    tenant_id = people.tenant.tenant_id
    merge = decisions.list_merges(people.warehouse, tenant_id)[0]
    decisions.undo_merge(people.warehouse, tenant_id, merge.merge_id, asked_by="linh")
    people.sync()
    assert people.customers() == {"a1": ["a1"], "b2": ["b2"]}


def ledger(shop: Shop) -> list[tuple[object, ...]]:
    return shop.execute(
        "SELECT customer_id, profile_id, state, skip_reason FROM activation.delivery "
        "WHERE tenant_id = %s ORDER BY 1, 2",
        shop.tenant_id,
    )


def test_one_person_gets_one_message_of_a_run_that_was_planned_for_two(people: People, shop: Shop) -> None:
    run = shop.approved_run()
    join(people)
    assert ledger(shop) == [("a1", "a1", "ready", None), ("b2", "b2", "skipped", "duplicate_address")]
    channel = FakeChannel()
    assert shop.dispatch(run, channel).accepted == 1
    assert channel.recipients() == [LAN]


def test_what_was_sent_follows_to_the_survivor_and_what_waits_for_it_is_ended(people: People, shop: Shop) -> None:
    run = shop.approved_run()
    shop.execute(
        "UPDATE activation.delivery SET not_before = now() + interval '1 day' "
        "WHERE tenant_id = %s AND customer_id = 'a1'",
        shop.tenant_id,
    )
    channel = FakeChannel()
    shop.dispatch(run, channel)
    join(people)
    # Its place beside the survivor's own is taken, so the accepted one stays where it is; nothing more is sent.
    assert ledger(shop) == [("a1", "a1", "skipped", "duplicate_address"), ("b2", "b2", "accepted", None)]
    assert channel.recipients() == [MAI]


def only_the_other(shop: Shop) -> activation.CampaignRun:
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'a1'", shop.tenant_id)
    return shop.approved_run()


def test_the_ledger_of_the_absorbed_goes_on_under_the_survivor_and_back(people: People, shop: Shop) -> None:
    run = only_the_other(shop)
    shop.dispatch(run, FakeChannel())
    join(people)
    assert ledger(shop) == [("a1", "b2", "accepted", None)]
    take_apart(people)
    assert ledger(shop) == [("b2", "b2", "accepted", None)]


def test_a_waiting_message_goes_to_the_person_whoever_it_is_by_now(people: People, shop: Shop) -> None:
    run = only_the_other(shop)
    join(people)
    assert ledger(shop) == [("a1", "b2", "ready", None)]
    shop.execute(
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, 'a1', %s)",
        shop.tenant_id, SEGMENT, AS_OF,
    )  # fmt: skip
    channel = FakeChannel()
    shop.dispatch(run, channel)
    assert channel.recipients() == [MAI]


def test_a_message_on_its_way_keeps_its_own_end_and_follows_afterwards(people: People, shop: Shop) -> None:
    run = only_the_other(shop)
    seen: list[tuple[object, ...]] = []

    def meanwhile() -> None:
        join(people)
        seen.extend(ledger(shop))

    counts = shop.dispatch(run, FakeChannel(before_send={MAI: meanwhile}))
    assert seen == [("b2", "b2", "sending", None)]
    assert counts.accepted == 1
    people.sync()
    assert ledger(shop) == [("a1", "b2", "accepted", None)]
    assert people.rows("SELECT deliveries_left FROM core.customer_merge") == [(False,)]


def test_the_strictest_consent_of_both_holds_until_they_are_taken_apart(people: People, shop: Shop) -> None:
    run = shop.approved_run()
    join(people, receiveEmail=-1)
    channel = FakeChannel()
    assert shop.dispatch(run, channel).skipped == 1
    assert channel.sent == []
    assert ledger(shop)[0] == ("a1", "a1", "skipped", "no_consent")
    granted = "SELECT granted FROM activation.consent_of(%s, %s, 'email', 'marketing')"
    assert shop.execute(granted, shop.tenant_id, "a1") == [(False,)]
    take_apart(people)
    assert shop.execute(granted, shop.tenant_id, "a1") == [(True,)]
    assert shop.execute(granted, shop.tenant_id, "b2") == [(False,)]


def test_an_address_stays_suppressed_whoever_has_it(people: People, shop: Shop) -> None:
    shop.suppress(MAI, "bounced")
    join(people)
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'b2'", shop.tenant_id)
    run = shop.approved_run()
    channel = FakeChannel()
    shop.dispatch(run, channel)
    assert channel.recipients() == [LAN]
    shop.suppress(LAN, "complained")
    shop.campaign(campaign_id="again")
    again = shop.plan(name="run-2", campaign_id="again")
    assert shop.skip_reasons(again) == {"a1": "suppressed"}


def test_the_membership_of_the_absorbed_ends_by_the_source(people: People, shop: Shop) -> None:
    shop.segment()
    join(people)
    assert shop.execute("SELECT customer_id FROM segment.membership WHERE tenant_id = %s", shop.tenant_id) == [("a1",)]
    assert shop.execute(
        "SELECT customer_id, change, cause FROM segment.membership_change WHERE tenant_id = %s", shop.tenant_id
    ) == [("b2", "exit", "source")]
