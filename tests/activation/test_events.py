"""What providers tell afterwards: once however often it is told, and the same in whatever order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_activation import activation
from leo_activation.activation.aftermath.events import (
    EventCounts,
    ProviderEvent,
    record_events,
    settle_by_events,
    without_addresses,
)
from leo_activation.activation.channels import Answer
from leo_activation.activation.states import EventKind, Outcome
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.shop import FakeChannel, Shop

LATER = datetime.now(UTC) + timedelta(hours=1)
LOST = Answer(Outcome.UNKNOWN, "fake", "no answer")


def sent(shop: Shop, *people: str, unknown: Sequence[str] = ()) -> activation.CampaignRun:
    """A run that reached everybody; of some the answer was lost."""
    for name in people:
        shop.person(name)
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel(answers={f"{name}@example.com": [LOST] for name in unknown}))
    return run


def event(delivery_id: UUID, kind: EventKind, name: str | None = None, **changes: Any) -> ProviderEvent:
    values: dict[str, Any] = {"occurred_at": LATER, **changes}
    return ProviderEvent(name or f"{kind}-{delivery_id}", delivery_id, kind, **values)


def tell(shop: Shop, *events: ProviderEvent) -> EventCounts:
    return record_events(shop.warehouse, shop.tenant_id, "fake", events)


def state_of(shop: Shop, delivery_id: UUID) -> tuple[str, str | None]:
    return shop.execute(
        "SELECT state, settled_by FROM activation.delivery WHERE tenant_id = %s AND delivery_id = %s",
        shop.tenant_id,
        delivery_id,
    )[0]


def suppressions(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.execute("SELECT reason FROM core.suppression WHERE tenant_id = %s ORDER BY reason", shop.tenant_id)


def kept(shop: Shop) -> int:
    return int(
        shop.execute("SELECT count(*) FROM activation.provider_event WHERE tenant_id = %s", shop.tenant_id)[0][0]
    )


def outcome(shop: Shop, delivery_id: UUID, column: str) -> Any:
    rows = shop.execute(
        f"SELECT {column} FROM activation.outcome WHERE tenant_id = %s AND delivery_id = %s",
        shop.tenant_id,
        delivery_id,
    )
    return rows[0][0] if rows else None


@pytest.mark.parametrize(
    ("kind", "changes", "state"),
    [
        (EventKind.ACCEPTED, {}, "accepted"),
        (EventKind.DELIVERED, {}, "accepted"),
        (EventKind.DEFERRED, {}, "accepted"),
        (EventKind.BOUNCED, {"permanent": True}, "accepted"),
        (EventKind.COMPLAINED, {}, "accepted"),
        (EventKind.OPENED, {}, "accepted"),
        (EventKind.CLICKED, {}, "accepted"),
        (EventKind.UNSUBSCRIBED, {}, "accepted"),
        (EventKind.OPENED, {"machine_flag": True}, "unknown"),
        (EventKind.CLICKED, {"user_agent": "curl/8"}, "unknown"),
        (EventKind.DROPPED, {}, "rejected"),
        (EventKind.BLOCKED, {}, "rejected"),
    ],
)
def test_evidence_settles_what_was_unknown_and_a_machine_is_none(
    shop: Shop, kind: EventKind, changes: dict[str, Any], state: str
) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a", unknown=["a"]), "a")
    assert state_of(shop, delivery_id)[0] == "unknown"

    tell(shop, event(delivery_id, kind, **changes))

    assert state_of(shop, delivery_id)[0] == state
    assert (state_of(shop, delivery_id)[1] == "event") is (state != "unknown")


def test_what_was_accepted_stays_so_whatever_is_told_of_it(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")

    tell(shop, event(delivery_id, EventKind.DROPPED), event(delivery_id, EventKind.BOUNCED, permanent=True))

    assert state_of(shop, delivery_id)[0] == "accepted"


def test_a_proof_that_it_was_taken_outweighs_an_earlier_one_that_it_was_not(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a", unknown=["a"]), "a")

    assert tell(shop, event(delivery_id, EventKind.DROPPED)).rejected == 1
    assert tell(shop, event(delivery_id, EventKind.DELIVERED)).accepted == 1
    assert state_of(shop, delivery_id) == ("accepted", "event")


def test_an_event_told_twice_is_kept_and_acted_on_once(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")
    complaint = event(delivery_id, EventKind.COMPLAINED)

    assert tell(shop, complaint, complaint) == EventCounts(kept=1, repeated=1, suppressed=1, withdrawn=1)
    shop.execute("DELETE FROM core.suppression WHERE tenant_id = %s", shop.tenant_id)
    assert tell(shop, complaint) == EventCounts(repeated=1)
    assert suppressions(shop) == []


def test_a_permanent_bounce_suppresses_and_retires_the_address_of_everybody_who_has_it(shop: Shop) -> None:
    shop.person("b", address="a@example.com", member=False)
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")

    counts = tell(shop, event(delivery_id, EventKind.BOUNCED, permanent=True))

    assert (counts.suppressed, counts.retired, counts.withdrawn) == (1, 2, 0)
    assert suppressions(shop) == [("bounced",)]
    retired = "SELECT DISTINCT state, retired_reason FROM core.channel_address WHERE tenant_id = %s"
    assert shop.execute(retired, shop.tenant_id) == [("retired", "bounced")]


def test_a_passing_bounce_and_a_block_leave_the_address_alone(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")

    counts = tell(shop, event(delivery_id, EventKind.BOUNCED, permanent=False), event(delivery_id, EventKind.BLOCKED))

    assert (counts.kept, counts.suppressed, counts.retired) == (2, 0, 0)


@pytest.mark.parametrize("kind", [EventKind.COMPLAINED, EventKind.UNSUBSCRIBED])
def test_a_complaint_and_an_unsubscribe_withdraw_consent_and_the_next_run_skips(shop: Shop, kind: EventKind) -> None:
    shop.person("b", address="a@example.com", member=False)
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")

    assert tell(shop, event(delivery_id, kind)).withdrawn == 2

    assert suppressions(shop) == [(str(kind),)]
    shop.campaign(campaign_id="next")
    assert shop.skip_reasons(shop.plan(campaign_id="next")) == {"a": "suppressed"}


def test_an_opt_out_told_by_the_provider_waits_for_an_attempt_that_is_beginning(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as beginning:
        beginning.execute("SELECT FROM core.customer WHERE customer_id = 'a' FOR NO KEY UPDATE")
        telling = Thread(target=tell, args=(shop, event(delivery_id, EventKind.UNSUBSCRIBED)))
        telling.start()
        telling.join(timeout=0.5)
        assert telling.is_alive()
        assert suppressions(shop) == []
    telling.join(timeout=30)
    assert not telling.is_alive()
    assert suppressions(shop) == [("unsubscribed",)]


def test_events_of_nobodys_or_anothers_delivery_are_counted_and_kept_nowhere(
    shop: Shop, warehouse: Warehouse, tenant: Tenant
) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")
    other = Tenant(
        tenant_id=f"u{tenant.tenant_id[1:]}",
        name="Another",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=1,
    )
    register_tenant(warehouse, other)

    assert tell(shop, event(uuid4(), EventKind.COMPLAINED)) == EventCounts(strangers=1)
    counts = record_events(warehouse, other.tenant_id, "fake", [event(delivery_id, EventKind.COMPLAINED)])
    assert counts == EventCounts(strangers=1)
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        assert connection.execute(
            "SELECT count(*) FROM activation.provider_event WHERE tenant_id = ANY (%s)",
            [[shop.tenant_id, other.tenant_id]],
        ).fetchone() == (0,)


def test_an_event_about_a_message_that_never_left_is_nobodys(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()

    assert tell(shop, event(shop.delivery_id(run, "a"), EventKind.COMPLAINED)).strangers == 1
    assert suppressions(shop) == []


def test_opens_of_people_and_machines_are_told_apart(shop: Shop) -> None:
    run = sent(shop, "a", "b")
    person, machine = shop.delivery_id(run, "a"), shop.delivery_id(run, "b")

    tell(shop, event(person, EventKind.OPENED), event(machine, EventKind.OPENED, user_agent="Mozilla/5.0"))

    assert outcome(shop, person, "opened_at") == LATER
    assert outcome(shop, person, "machine_opened_at") is None
    assert outcome(shop, machine, "opened_at") is None
    assert outcome(shop, machine, "machine_opened_at") == LATER


def test_a_fetch_within_the_moment_of_sending_is_a_machines(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")
    started_at = shop.execute("SELECT started_at FROM activation.attempt WHERE tenant_id = %s", shop.tenant_id)[0][0]

    tell(shop, event(delivery_id, EventKind.CLICKED, occurred_at=started_at + timedelta(seconds=1)))

    assert outcome(shop, delivery_id, "clicked_at") is None


def test_unsubscribing_by_our_own_link_is_an_outcome_and_a_proof_too(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a", unknown=["a"]), "a")

    for _ in range(2):
        activation.unsubscribe(
            shop.warehouse, activation.LinkTarget(shop.tenant_id, delivery_id), source="unsubscribe_page"
        )

    assert outcome(shop, delivery_id, "unsubscribed_at") is not None
    assert kept(shop) == 1
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        assert settle_by_events(connection, shop.tenant_id) == ["accepted"]


def test_batches_that_overlap_in_opposite_orders_do_not_wait_for_each_other_in_a_circle(shop: Shop) -> None:
    people = [f"p{number:02}" for number in range(20)]
    run = sent(shop, *people, unknown=people)
    told = [event(shop.delivery_id(run, name), EventKind.COMPLAINED) for name in people]
    counted: list[EventCounts] = []
    orders = [told, told[::-1], told[10:] + told[:10], told[::2] + told[1::2]]
    batches = [Thread(target=lambda order=order: counted.append(tell(shop, *order))) for order in orders]

    for batch in batches:
        batch.start()
    for batch in batches:
        batch.join(timeout=60)

    assert len(counted) == len(orders)
    assert sum(one.kept for one in counted) == sum(one.suppressed for one in counted) == len(people)
    assert set(shop.states(run).values()) == {"accepted"}


def test_nothing_that_is_kept_holds_an_address(shop: Shop) -> None:
    delivery_id = shop.delivery_id(sent(shop, "a"), "a")

    tell(shop, event(delivery_id, EventKind.BOUNCED, detail="550 <a@example.com>: no a@example.com\r\nhere"))

    details = shop.execute("SELECT detail FROM activation.provider_event WHERE tenant_id = %s", shop.tenant_id)
    assert details == [("550 <<address>>: no <address> here",)]


def test_a_text_is_cut_and_made_one_line() -> None:
    assert without_addresses("x" * 500) == "x" * 200
    assert without_addresses("one\ntwo\0three") == "one two three"


def test_a_text_without_end_is_cut_before_it_is_searched() -> None:
    began = perf_counter()
    assert without_addresses("x" * 5_000_000) == "x" * 200
    assert perf_counter() - began < 5


KINDS = [
    ("accepted", EventKind.ACCEPTED, {}),
    ("delivered", EventKind.DELIVERED, {}),
    ("opened", EventKind.OPENED, {}),
    ("machine", EventKind.OPENED, {"machine_flag": True}),
    ("clicked", EventKind.CLICKED, {}),
    ("bounced", EventKind.BOUNCED, {"permanent": True}),
    ("passing", EventKind.BOUNCED, {"permanent": False}),
    ("complained", EventKind.COMPLAINED, {}),
    ("unsubscribed", EventKind.UNSUBSCRIBED, {}),
    ("dropped", EventKind.DROPPED, {}),
    ("blocked", EventKind.BLOCKED, {}),
]


def test_any_order_any_batches_and_any_repetition_come_to_the_same_end(shop: Shop) -> None:
    run = sent(shop, "a", "b", unknown=["a", "b"])
    deliveries = [shop.delivery_id(run, name) for name in "ab"]
    possible = [
        event(delivery_id, kind, f"{name}-{delivery_id}", **changes)
        for delivery_id in deliveries
        for name, kind, changes in KINDS
    ]

    def forget() -> None:
        with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
            for query in (
                "DELETE FROM activation.provider_event WHERE tenant_id = %s",
                "DELETE FROM core.suppression WHERE tenant_id = %s",
                "DELETE FROM core.consent WHERE tenant_id = %s AND state = 'denied'",
                "UPDATE core.channel_address SET state = 'active', retired_reason = NULL WHERE tenant_id = %s",
                "UPDATE activation.delivery SET state = 'unknown', settled_by = NULL WHERE tenant_id = %s",
            ):
                connection.execute(query.encode(), [shop.tenant_id])

    def end() -> list[list[tuple[Any, ...]]]:
        return [
            shop.execute(query, shop.tenant_id)
            for query in (
                "SELECT delivery_id, state, settled_by FROM activation.delivery WHERE tenant_id = %s ORDER BY 1",
                "SELECT address_hash, reason, source FROM core.suppression WHERE tenant_id = %s ORDER BY 1",
                "SELECT profile_id, channel, state FROM core.consent WHERE tenant_id = %s ORDER BY 1, 3",
                "SELECT profile_id, state, retired_reason FROM core.channel_address WHERE tenant_id = %s ORDER BY 1",
                "SELECT * FROM activation.outcome WHERE tenant_id = %s ORDER BY 2",
            )
        ]

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def any_history(data: st.DataObject) -> None:
        told = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=8, unique=True))
        forget()
        tell(shop, *told)
        expected = end()

        history = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=4))]))
        size = data.draw(st.integers(1, 4))
        forget()
        for start in range(0, len(history), size):
            tell(shop, *history[start : start + size])
        assert end() == expected

    any_history()
