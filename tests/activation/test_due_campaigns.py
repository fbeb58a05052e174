"""Which campaigns are planned now: by schedule, state and segments, and on entry by who came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.states import CampaignState
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.statements import statement
from tests.activation.shop import CAMPAIGN, SEGMENT, FakeChannel, Shop

DAILY = activation.Recurring(cron="0 9 * * *")
ALWAYS = activation.ReEntry(rule="always")
ON_ENTRY = activation.OnEntry()


def due(shop: Shop, now: datetime | None = None) -> list[activation.DueCampaign]:
    return activation.due_campaigns(shop.warehouse, shop.tenant_id, now=now)


def state(shop: Shop) -> CampaignState:
    ((stored,),) = shop.execute(
        "SELECT state FROM activation.campaign WHERE tenant_id = %s AND campaign_id = %s", shop.tenant_id, CAMPAIGN
    )
    return CampaignState(stored)


def enter(shop: Shop, *people: str, cause: str = "data", segment_id: str = SEGMENT) -> None:
    """A refresh that found that these people entered the segment."""
    ((run_id,),) = shop.execute(
        "INSERT INTO segment.run (tenant_id, segment_id, version, as_of, member_count, entered, exited) "
        "VALUES (%s, %s, 1, now(), 0, %s, 0) RETURNING run_id",
        shop.tenant_id,
        segment_id,
        len(people),
    )
    for person in people:
        shop.execute(
            "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, %s, now()) "
            "ON CONFLICT DO NOTHING",
            shop.tenant_id,
            segment_id,
            person,
        )
        shop.execute(
            "INSERT INTO segment.membership_change "
            "(tenant_id, run_id, segment_id, customer_id, change, cause, changed_at) "
            "VALUES (%s, %s, %s, %s, 'enter', %s, now())",
            shop.tenant_id,
            run_id,
            segment_id,
            person,
            cause,
        )


def run_through(shop: Shop, name: str, moment: activation.DueCampaign, channel: FakeChannel) -> activation.CampaignRun:
    run = shop.plan(name=name, due_at=moment.due_at)
    shop.approve(run)
    shop.dispatch(run, channel)
    return run


@pytest.fixture
def people(shop: Shop) -> Shop:
    """A segment of two whose addresses are all allowed, and two more people who are not in it."""
    shop.segment()
    for name in ("a", "b"):
        shop.person(name)
    for name in ("c", "d"):
        shop.person(name, member=False)
    shop.allow_all()
    return shop


def test_a_recurring_campaign_comes_at_each_of_its_moments_and_stays_approved_between_them(people: Shop) -> None:
    people.campaign(schedule=DAILY, re_entry=ALWAYS)
    now = datetime.now(UTC).replace(hour=12) + timedelta(days=1)
    channel = FakeChannel()
    assert due(people) == []

    for day in range(2):
        (moment,) = due(people, now + timedelta(days=day))
        assert moment.due_at == (now + timedelta(days=day)).replace(hour=9, minute=0, second=0, microsecond=0)
        run_through(people, f"run-{day}", moment, channel)
        assert state(people) is CampaignState.APPROVED
        assert due(people, now + timedelta(days=day)) == []

    assert len(channel.sent) == 4


def test_nothing_more_is_planned_while_a_run_waits_for_a_person(people: Shop) -> None:
    people.campaign(schedule=DAILY, re_entry=ALWAYS)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    (moment,) = due(people, tomorrow)
    run = people.plan(due_at=moment.due_at)

    assert due(people, tomorrow + timedelta(days=3)) == []
    people.approve(run)
    assert len(due(people, tomorrow + timedelta(days=3))) == 1


def test_a_campaign_whose_schedule_ended_is_planned_for_its_last_moment_and_then_closed(people: Shop) -> None:
    now = datetime.now(UTC)
    people.campaign(schedule=activation.Recurring(cron="0 9 * * *", until=now + timedelta(days=2)), re_entry=ALWAYS)
    later = now + timedelta(days=9)

    (moment,) = due(people, later)
    assert state(people) is CampaignState.READY
    run_through(people, "run-1", moment, FakeChannel())

    assert due(people, later) == []
    assert state(people) is CampaignState.FINISHED


def test_a_paused_campaign_is_not_due_until_it_is_resumed(people: Shop) -> None:
    people.campaign()
    activation.pause_campaign(people.warehouse, people.tenant_id, CAMPAIGN, by="petr", reason="wait")
    assert due(people) == []

    activation.resume_campaign(people.warehouse, people.tenant_id, CAMPAIGN, by="petr", reason="go")
    assert len(due(people)) == 1


@pytest.mark.parametrize("part", [{"more_segment_ids": ("wool",)}, {"without_segment_ids": ("wool",)}])
def test_every_segment_of_a_campaign_must_have_been_refreshed_and_not_be_stopped(
    people: Shop, part: dict[str, Any]
) -> None:
    people.segment(segment_id="wool")
    people.campaign(**part)
    assert len(due(people)) == 1

    people.execute(
        "INSERT INTO segment.agreement (tenant_id, segment_id, version, as_of, graph_count, sql_count, only_in_graph, "
        "only_in_sql, stopped_since) VALUES (%s, 'wool', 1, now(), 1, 2, '{}', '{x}', now())",
        people.tenant_id,
    )
    assert due(people) == []

    people.execute("DELETE FROM segment.agreement WHERE tenant_id = %s", people.tenant_id)
    people.execute("DELETE FROM segment.run WHERE tenant_id = %s AND segment_id = 'wool'", people.tenant_id)
    assert due(people) == []


def test_on_entry_takes_those_who_entered_since_and_each_of_them_once(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY)
    channel = FakeChannel()
    assert due(people) == []

    enter(people, "c")
    (moment,) = due(people)
    first = run_through(people, "run-1", moment, channel)
    assert list(people.states(first)) == ["c"]
    assert due(people) == []

    enter(people, "d")
    (moment,) = due(people)
    second = run_through(people, "run-2", moment, channel)
    assert list(people.states(second)) == ["d"]
    assert channel.recipients() == ["c@example.com", "d@example.com"]
    assert state(people) is CampaignState.APPROVED


def test_whom_a_new_definition_brought_in_did_not_enter(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY)

    enter(people, "c", cause="definition")
    enter(people, "d", cause="interest_model")

    assert due(people) == []


def test_who_entered_and_left_again_or_is_left_out_is_not_sent_to(people: Shop) -> None:
    people.segment(segment_id="buyers")
    people.campaign(schedule=ON_ENTRY, without_segment_ids=("buyers",))
    enter(people, "c", "d")
    people.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'c'", people.tenant_id)
    assert len(due(people)) == 1

    enter(people, "d", segment_id="buyers")

    assert due(people) == []


def test_who_entered_is_not_lost_when_the_campaign_is_changed_before_it_was_approved(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY)
    enter(people, "c")
    (moment,) = due(people)
    run = people.plan(due_at=moment.due_at)

    people.campaign(schedule=ON_ENTRY, message="Welcome.")

    assert people.states(run) == {"c": "cancelled"}
    (again,) = due(people)
    second = people.plan(name="run-2", due_at=again.due_at)
    assert people.states(second) == {"c": "planned"}


def test_who_enters_again_after_leaving_is_new_and_the_re_entry_rule_decides(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY)
    enter(people, "c")
    (moment,) = due(people)
    run_through(people, "run-1", moment, FakeChannel())

    enter(people, "c")
    (again,) = due(people)
    second = people.plan(name="run-2", due_at=again.due_at)

    assert people.skip_reasons(second) == {"c": "re_entry"}


def test_who_entered_by_a_refresh_that_was_committed_late_is_taken_by_the_next_run(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY)
    people.execute(
        "UPDATE activation.campaign SET schedule_since = now() - interval '2 days' WHERE tenant_id = %s",
        people.tenant_id,
    )
    enter(people, "c")
    (moment,) = due(people)
    run_through(people, "run-1", moment, FakeChannel())

    enter(people, "d")
    people.execute(
        "UPDATE segment.run SET finished_at = finished_at - interval '1 hour' WHERE tenant_id = %s", people.tenant_id
    )

    (late,) = due(people)
    assert late.due_at > moment.due_at
    assert people.states(people.plan(name="run-2", due_at=late.due_at)) == {"d": "planned"}


def test_a_schedule_that_cannot_be_read_keeps_nobody_else_from_being_planned(people: Shop) -> None:
    people.campaign(campaign_id="broken")
    people.campaign()
    people.execute(
        'UPDATE activation.campaign SET schedule = \'{"kind": "recurring", "cron": "never"}\' '
        "WHERE tenant_id = %s AND campaign_id = 'broken'",
        people.tenant_id,
    )

    assert [each.campaign_id for each in due(people)] == [CAMPAIGN]


def waiting(shop: Shop, work: Callable[[], object]) -> Thread:
    """A thread at work, once it waits for a lock of the test's or has ended."""
    thread = Thread(target=work)
    thread.start()
    while thread.is_alive() and not shop.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND pg_backend_pid() <> pid"
    ):
        thread.join(0.01)
    return thread


def test_who_entered_while_the_planner_waited_for_its_turn_is_in_that_run_and_not_in_the_next(people: Shop) -> None:
    people.campaign(schedule=ON_ENTRY, re_entry=ALWAYS)
    runs: list[activation.CampaignRun] = []
    with people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection:
        connection.execute(statement("activation/audience/lock_planning"), {"tenant_id": people.tenant_id})
        planner = waiting(people, lambda: runs.append(people.plan(due_at=datetime.now(UTC))))
        enter(people, "c")
    planner.join()

    assert people.states(runs[0]) == {"c": "planned"}
    people.approve(runs[0])
    assert due(people) == []


def test_a_draft_that_somebody_changes_just_now_is_not_written_over_by_what_it_was(people: Shop) -> None:
    people.campaign(more_segment_ids=("none",))
    with people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection:
        connection.execute(
            "UPDATE activation.campaign SET message = 'Newer words.' WHERE tenant_id = %s", [people.tenant_id]
        )
        looking = waiting(people, lambda: activation.draft_campaigns(people.warehouse, people.tenant_id))
    looking.join()

    assert people.execute("SELECT message FROM activation.campaign WHERE tenant_id = %s", people.tenant_id) == [
        ("Newer words.",)
    ]
