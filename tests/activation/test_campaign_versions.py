"""A change of a campaign is a new version; what was planned of the old one is void, and people are asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege

from leo_activation import activation
from leo_activation.activation.campaigns.campaign_states import move_campaign
from leo_activation.activation.campaigns.content import read_content
from leo_activation.activation.states import CampaignState
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AS_OF, CAMPAIGN, MARKETER, SEGMENT, FakeChannel, Shop

DAILY = activation.Recurring(cron="0 9 * * *")
ALWAYS = activation.ReEntry(rule="always")


def versions(shop: Shop) -> list[tuple[Any, ...]]:
    """(version, message, submitted by) of each version of the campaign."""
    return shop.execute(
        "SELECT version, definition ->> 'message', submitted_by FROM activation.campaign_version "
        "WHERE tenant_id = %s AND campaign_id = %s ORDER BY version",
        shop.tenant_id,
        CAMPAIGN,
    )


def standing(shop: Shop) -> tuple[str, int, str]:
    """(state, version, requested by) of the campaign."""
    ((state, version, requested_by),) = shop.execute(
        "SELECT state, version, requested_by FROM activation.campaign WHERE tenant_id = %s AND campaign_id = %s",
        shop.tenant_id,
        CAMPAIGN,
    )
    return state, version, requested_by


def run_row(shop: Shop, run: activation.CampaignRun) -> tuple[str, str | None, datetime | None, bool]:
    """(state, why it was stopped, due moment, whether it is void) of a run."""
    ((state, reason, due_at, is_void),) = shop.execute(
        "SELECT state, stop_reason, due_at, voided_at IS NOT NULL FROM activation.run "
        "WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return state, reason, due_at, is_void


def due(shop: Shop, now: datetime | None = None) -> list[activation.DueCampaign]:
    return activation.due_campaigns(shop.warehouse, shop.tenant_id, now=now)


@pytest.fixture
def people(shop: Shop) -> Shop:
    """A segment of three whose addresses are all allowed."""
    shop.segment()
    for name in ("a", "b", "c"):
        shop.person(name)
    shop.allow_all()
    return shop


def test_the_same_campaign_again_is_the_version_that_it_was(people: Shop) -> None:
    assert [people.campaign().version, people.campaign().version] == [1, 1]
    assert people.campaign(message="Another one.").version == 2
    assert people.campaign().version == 1
    assert versions(people) == [(1, "Warm feet all winter.", MARKETER), (2, "Another one.", MARKETER)]


def test_a_change_of_the_priority_alone_is_a_version_that_asks_nobody_again(people: Shop) -> None:
    people.campaign()
    run = people.plan()

    again = people.campaign(priority=1)

    assert (again.state, again.version, again.voided) == (CampaignState.IN_REVIEW, 2, 0)
    assert people.approve(run) is activation.RunState.APPROVED


def test_versions_are_never_edited(people: Shop) -> None:
    people.campaign()

    with (
        people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute("UPDATE activation.campaign_version SET definition = '{}'")


@pytest.mark.parametrize(
    "change",
    [
        {"message": "Cold feet."},
        {"policy": activation.Policy(holdout_share=0.1)},
        {"without_segment_ids": ("wool",)},
        {"more_segment_ids": ("wool",)},
        {"schedule": activation.Once(local_time="09:00")},
        {"message_class": activation.MessageClass.TRANSACTIONAL},
    ],
)
def test_whatever_a_customer_would_notice_is_bound_by_the_hash(people: Shop, change: dict[str, Any]) -> None:
    people.segment(segment_id="wool")
    people.campaign()
    with people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection:
        before = read_content(connection, people.tenant_id, CAMPAIGN).hash
    people.campaign(**change)

    with people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection:
        assert read_content(connection, people.tenant_id, CAMPAIGN).hash != before


def test_a_change_after_planning_voids_the_run_and_asks_again_for_the_same_moment(people: Shop) -> None:
    people.campaign()
    (moment,) = due(people)
    run = people.plan(due_at=moment.due_at)
    assert due(people) == []

    changed = people.campaign(message="Warm feet, and dry ones.")

    assert (changed.state, changed.version, changed.voided) == (CampaignState.READY, 2, 1)
    assert run_row(people, run) == ("stopped", "linh changed the campaign: version 2 holds.", None, True)
    assert set(people.states(run).values()) == {"cancelled"}
    assert due(people) == [moment]
    assert people.approve(run) is activation.RunState.STOPPED
    second = people.plan(name="run-2", due_at=moment.due_at)
    people.approve(second)
    channel = FakeChannel()
    people.dispatch(second, channel)
    assert len(channel.sent) == 3
    assert all("dry ones" in message.text for message in channel.sent)


def test_a_change_while_it_is_sent_stops_the_run_and_the_new_version_reaches_only_the_others(people: Shop) -> None:
    people.campaign()
    (moment,) = due(people)
    run = people.plan(due_at=moment.due_at)
    people.approve(run)
    channel = FakeChannel()
    channel.before_send = dict.fromkeys(("a@example.com", "b@example.com", "c@example.com"), lambda: change(people))

    def change(shop: Shop) -> None:
        channel.before_send = {}
        shop.campaign(message="Mind the price.")

    people.dispatch(run, channel)

    assert [message.text.count("Mind the price.") for message in channel.sent] == [0]
    assert run_row(people, run)[0] == "stopped"
    assert sorted(people.states(run).values()) == ["accepted", "cancelled", "cancelled"]
    (again,) = due(people)
    second = people.plan(name="run-2", due_at=again.due_at)
    people.approve(second)
    people.dispatch(second, channel)
    assert channel.recipients() == ["a@example.com", "b@example.com", "c@example.com"]
    assert sum("Mind the price." in message.text for message in channel.sent) == 2


def test_a_moment_that_was_partly_sent_is_not_planned_again_by_a_change_of_one_that_comes_again(people: Shop) -> None:
    people.campaign(schedule=DAILY, re_entry=ALWAYS)
    now = datetime.now(UTC) + timedelta(days=1)
    (moment,) = due(people, now)
    run = people.plan(due_at=moment.due_at)
    people.approve(run)
    people.execute(
        "UPDATE activation.delivery SET state = 'accepted' WHERE tenant_id = %s AND customer_id = 'a'", people.tenant_id
    )

    people.campaign(schedule=DAILY, re_entry=ALWAYS, message="Another day.")

    assert run_row(people, run)[2:] == (moment.due_at, True)
    assert due(people, now) == []
    (next_one,) = due(people, now + timedelta(days=1))
    assert next_one.due_at == moment.due_at + timedelta(days=1)


def test_a_change_that_lacks_something_leaves_a_planned_campaign_as_it_is(people: Shop) -> None:
    people.campaign()
    run = people.plan()

    with pytest.raises(Permanent, match="stays as it is: the change lacks a segment that exists: there is none 'none'"):
        people.campaign(more_segment_ids=("none",))

    assert standing(people) == ("in_review", 1, MARKETER)
    assert people.approve(run) is activation.RunState.APPROVED


def test_somebody_who_submits_the_same_again_does_not_become_the_one_who_asked(people: Shop) -> None:
    people.campaign()
    run = people.plan()
    submit_as(people, "petr")

    assert standing(people)[2] == MARKETER
    assert people.approve(run) is activation.RunState.APPROVED
    submit_as(people, "petr", message="Something else.")
    assert standing(people)[2] == "petr"


def test_a_rejected_campaign_may_be_submitted_again_and_its_moment_is_asked_about_again(people: Shop) -> None:
    people.campaign()
    (moment,) = due(people)
    run = people.plan(due_at=moment.due_at)
    activation.decide_run(
        people.warehouse,
        people.tenant_id,
        run.campaign_run_id,
        decision=activation.Decision.REJECT,
        decided_by="petr",
        decided_at=AS_OF,
        hash=run.hash,
    )
    assert due(people) == []

    assert people.campaign(message="Better words.").state is CampaignState.READY

    assert due(people) == [moment]
    assert run_row(people, run)[0] == "rejected"


@pytest.mark.parametrize("state", ["finished", "cancelled"])
def test_a_campaign_that_is_over_is_not_changed(people: Shop, state: str) -> None:
    people.campaign()
    people.execute("UPDATE activation.campaign SET state = %s WHERE tenant_id = %s", state, people.tenant_id)

    with pytest.raises(Permanent, match=f"is {state}: submit it under another id"):
        people.campaign(message="Too late.")

    assert len(versions(people)) == 1


def test_a_new_definition_of_the_segment_is_a_new_version_when_it_is_planned(people: Shop) -> None:
    people.campaign()
    people.segment(version=2)

    run = people.plan()

    assert standing(people)[1] == 2
    assert people.execute(
        "SELECT version, hash = %s FROM activation.campaign_version WHERE tenant_id = %s ORDER BY version",
        run.hash,
        people.tenant_id,
    ) == [(1, False), (2, True)]


ENDS = {CampaignState.FINISHED, CampaignState.CANCELLED}


@pytest.mark.parametrize("before", list(CampaignState))
def test_no_way_leads_out_of_an_end_and_none_back_to_a_review_that_did_not_run(
    people: Shop, before: CampaignState
) -> None:
    people.campaign()
    reached = set()
    for after in CampaignState:
        people.execute("UPDATE activation.campaign SET state = %s WHERE tenant_id = %s", before, people.tenant_id)
        try:
            with people.warehouse.connect(DatabaseRole.WRITER, people.tenant_id) as connection:
                move_campaign(connection, people.tenant_id, CAMPAIGN, after)
        except Permanent:
            continue
        reached.add(after)

    assert before in reached
    if before in ENDS:
        assert reached == {before}
    else:
        assert CampaignState.CANCELLED in reached
    assert (CampaignState.APPROVED in reached) == (before in {CampaignState.IN_REVIEW, CampaignState.APPROVED})
    assert (CampaignState.IN_REVIEW in reached) == (
        before in {CampaignState.READY, CampaignState.APPROVED, CampaignState.IN_REVIEW}
    )


def submit_as(shop: Shop, user: str, message: str = "Warm feet all winter.") -> activation.Submitted:
    """The shop's campaign by somebody else."""
    return activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id=CAMPAIGN,
            name="Warm feet",
            segment_id=SEGMENT,
            channels=("email",),
            message_class=activation.MessageClass.MARKETING,
            requested_by=user,
            template=activation.TemplateVersion("message", 1),
            message=message,
        ),
    )


def stopped_half_way(shop: Shop) -> None:
    """The run of the campaign had sent to one person when what it builds on was changed."""
    (moment,) = due(shop)
    run = shop.plan(due_at=moment.due_at)
    shop.approve(run)
    shop.execute(
        "UPDATE activation.delivery SET state = 'accepted' WHERE tenant_id = %s AND customer_id = 'a'", shop.tenant_id
    )
    activation.stop_run(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        by=activation.CHANGED,
        reason="the rules changed",
        then=CampaignState.READY,
    )


@pytest.mark.parametrize("change", [None, "Better words."])
def test_one_that_goes_out_once_and_was_stopped_half_way_by_a_change_is_planned_for_the_others(
    people: Shop, change: str | None
) -> None:
    people.campaign()
    stopped_half_way(people)
    if change is not None:
        people.campaign(message=change)

    (again,) = due(people)
    second = people.plan(name="run-2", due_at=again.due_at)

    assert people.skip_reasons(second) == {"a": "re_entry", "b": None, "c": None}


def test_one_that_goes_out_at_once_is_not_too_late_when_it_is_mended_days_after_it_was_first_complete(
    people: Shop,
) -> None:
    people.campaign()
    people.execute(
        "UPDATE activation.campaign SET schedule_since = now() - interval '5 days' WHERE tenant_id = %s",
        people.tenant_id,
    )
    people.campaign(message="Better words.")

    (moment,) = due(people)

    assert people.plan(due_at=moment.due_at).to_send == 3


def test_who_plans_a_moment_a_second_time_finds_the_run_that_was_planned_for_it(people: Shop) -> None:
    people.campaign(schedule=DAILY, re_entry=ALWAYS)
    (moment,) = due(people, datetime.now(UTC) + timedelta(days=1))

    run = people.plan(due_at=moment.due_at)

    assert people.plan(name="run-2", due_at=moment.due_at) == run
    people.approve(run)
    assert people.plan(name="run-3", due_at=moment.due_at) == run
