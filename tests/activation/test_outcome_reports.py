"""What became of a campaign, as Superset reads it: by variant and channel, of people only."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from embedded.urls import with_database
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.channels import Answer
from leo_activation.activation.states import EventKind, Outcome
from leo_activation.settings import DatabaseRole
from tests.activation.shop import FakeChannel, Shop

LOST = Answer(Outcome.UNKNOWN, "fake", "no answer")


@pytest.fixture
def reporter(shop: Shop, reporter_url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """Superset's login."""
    with shop.warehouse.connect(DatabaseRole.WRITER) as connection:
        ((database,),) = connection.execute("SELECT current_database()").fetchall()
    url = with_database(reporter_url, str(database))
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as reporting:
        yield reporting


def test_a_campaigns_outcome_counts_people_and_tells_machines_and_unknowns_apart(
    shop: Shop, reporter: psycopg.Connection[dict[str, Any]]
) -> None:
    people = ("a", "b", "c", "d", "seed")
    for name in people:
        shop.person(name)
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel(answers={"d@example.com": [LOST]}))
    shop.execute(
        "UPDATE activation.delivery SET recipient_kind = 'seed' WHERE tenant_id = %s AND customer_id = 'seed'",
        shop.tenant_id,
    )
    happened = [
        ("a", EventKind.DELIVERED, False),
        ("a", EventKind.OPENED, True),
        ("b", EventKind.OPENED, False),
        ("b", EventKind.OPENED, True),
        ("b", EventKind.CLICKED, False),
        ("c", EventKind.BOUNCED, False),
        ("seed", EventKind.DELIVERED, False),
    ]
    events = [
        ProviderEvent(
            f"e{number}",
            shop.delivery_id(run, name),
            kind,
            datetime(2099, 1, 1, tzinfo=UTC),
            permanent=kind is EventKind.BOUNCED or None,
            machine_flag=machine,
        )
        for number, (name, kind, machine) in enumerate(happened)
    ]
    record_events(shop.warehouse, shop.tenant_id, "fake", events)

    rows = reporter.execute("SELECT * FROM report.campaign_outcome WHERE tenant_id = %s", [shop.tenant_id]).fetchall()

    (row,) = rows
    counted = {name: row[name] for name in row if isinstance(row[name], int) and name != "campaign_run_id"}
    assert counted == {
        "sent": 3,
        "unknown": 1,
        "rejected": 0,
        "delivered": 1,
        "bounced": 1,
        "bounced_for_good": 1,
        "bounced_for_now": 0,
        "blocked": 0,
        "complained": 0,
        "opened_by_people": 1,
        "opened_by_machines_only": 1,
        "clicked": 1,
        "unsubscribed": 0,
    }
    states = reporter.execute(
        "SELECT state, deliveries FROM report.delivery WHERE tenant_id = %s ORDER BY state", [shop.tenant_id]
    ).fetchall()
    assert states == [{"state": "Sent", "deliveries": 3}, {"state": "Unknown", "deliveries": 1}]
    unknown = reporter.execute(
        "SELECT age, deliveries, past_deadline FROM report.unknown_delivery WHERE tenant_id = %s AND deliveries > 0",
        [shop.tenant_id],
    ).fetchall()
    assert unknown == [{"age": "1 under an hour", "deliveries": 1, "past_deadline": 0}]


def test_a_tenant_sees_the_outcomes_of_its_own_messages_only(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    event = ProviderEvent("e", shop.delivery_id(run, "a"), EventKind.DELIVERED, datetime.now(UTC))
    record_events(shop.warehouse, shop.tenant_id, "fake", [event])

    assert shop.execute("SELECT count(*) FROM activation.outcome") == [(1,)]
    with shop.warehouse.connect(DatabaseRole.WRITER, "somebody_else") as other:
        assert other.execute("SELECT count(*) FROM activation.outcome").fetchone() == (0,)
        assert other.execute("SELECT count(*) FROM activation.unknown_delivery").fetchone() == (0,)
