"""A person's decision binds exactly what they were shown."""

from datetime import timedelta

import pytest
from psycopg.errors import InsufficientPrivilege

from leo_activation import activation
from leo_activation.errors import Permanent
from tests.activation.shop import APPROVER, AS_OF, MARKETER, SANDBOX, FakeChannel, Shop


def decide(
    shop: Shop,
    run: activation.CampaignRun,
    decision: activation.Decision,
    *,
    by: str = APPROVER,
    shown: str | None = None,
) -> activation.RunState:
    return activation.decide_run(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        decision=decision,
        decided_by=by,
        decided_at=AS_OF,
        hash=shown or run.hash,
    )


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    shop.segment()
    shop.person("a")
    shop.person("b", consent=None)
    shop.campaign()
    shop.allow_all()
    return shop.plan()


def test_nothing_is_ready_before_the_approval_and_everything_planned_after_it(
    shop: Shop, run: activation.CampaignRun
) -> None:
    assert shop.states(run) == {"a": "planned", "b": "skipped"}
    with pytest.raises(Permanent, match="only an approved one"):
        shop.dispatch(run, FakeChannel())

    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.APPROVED

    assert shop.states(run) == {"a": "ready", "b": "skipped"}


def test_a_rejection_cancels_the_deliveries_for_good(shop: Shop, run: activation.CampaignRun) -> None:
    assert decide(shop, run, activation.Decision.REJECT, shown="whatever") is activation.RunState.REJECTED

    assert shop.states(run) == {"a": "cancelled", "b": "skipped"}
    with pytest.raises(Permanent, match="rejected already"):
        decide(shop, run, activation.Decision.APPROVE)


def test_the_same_decision_again_changes_nothing(shop: Shop, run: activation.CampaignRun) -> None:
    decide(shop, run, activation.Decision.APPROVE)
    shop.dispatch(run, FakeChannel())

    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.FINISHED
    assert shop.states(run)["a"] == "accepted"


def test_the_requester_cannot_approve_their_own_campaign(shop: Shop, run: activation.CampaignRun) -> None:
    with pytest.raises(Permanent, match="asked for it"):
        decide(shop, run, activation.Decision.APPROVE, by=MARKETER)

    assert shop.states(run)["a"] == "planned"


def test_an_approval_of_another_hash_is_stale(shop: Shop, run: activation.CampaignRun) -> None:
    with pytest.raises(activation.StaleApproval):
        decide(shop, run, activation.Decision.APPROVE, shown="0" * 64)


@pytest.mark.parametrize("change", ["segment", "sender"])
def test_a_change_between_plan_and_approval_makes_it_stale(
    shop: Shop, run: activation.CampaignRun, change: str
) -> None:
    _change(shop, change)

    with pytest.raises(activation.StaleApproval):
        decide(shop, run, activation.Decision.APPROVE)


@pytest.mark.parametrize("change", ["segment", "sender"])
def test_a_change_between_approval_and_sending_stops_the_sending(
    shop: Shop, run: activation.CampaignRun, change: str
) -> None:
    decide(shop, run, activation.Decision.APPROVE)
    _change(shop, change)
    channel = FakeChannel()

    with pytest.raises(activation.StaleApproval):
        shop.dispatch(run, channel)

    assert channel.sent == []


def test_the_review_shows_the_waterfall_and_the_message_and_no_contact_data(
    shop: Shop, run: activation.CampaignRun
) -> None:
    review = activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX)

    assert review.subject == "Send 'Warm feet' to 1 of 2 people?"
    assert review.requested_by == MARKETER
    assert review.hash == run.hash
    assert "| Consented | 1 | −1 |" in review.body
    assert "Hello Lan," in review.body
    assert "Hello there," in review.body
    assert "This is sandbox" in review.body
    assert "a@example.com" not in review.body
    assert "b@example.com" not in review.body


def test_a_stopped_run_sends_nothing_more(shop: Shop, run: activation.CampaignRun) -> None:
    decide(shop, run, activation.Decision.APPROVE)

    assert activation.stop_run(shop.warehouse, shop.tenant_id, run.campaign_run_id) == 1

    assert shop.states(run)["a"] == "cancelled"
    with pytest.raises(Permanent, match="stopped"):
        shop.dispatch(run, FakeChannel())


def test_the_waits_between_attempts_grow_and_follow_the_providers_wish() -> None:
    policy = activation.RetryPolicy(first_delay=timedelta(seconds=10), factor=3)

    assert [policy.delay(n, None).total_seconds() for n in (1, 2, 3)] == [10, 30, 90]
    assert policy.delay(1, timedelta(minutes=5)) == timedelta(minutes=5)


def _change(shop: Shop, change: str) -> None:
    if change == "segment":
        shop.segment(version=2)
    else:
        activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Somebody else <else@example.com>")


def with_policy(shop: Shop, people: str = "abc", **policy: object) -> activation.CampaignRun:
    """A planned run to these people of a recurring campaign with this policy."""
    shop.segment()
    for name in people:
        shop.person(name)
    shop.campaign(
        policy=activation.Policy.model_validate(policy),
        schedule=activation.Recurring(cron="0 9 * * *"),
        re_entry=activation.ReEntry(rule="always"),
    )
    shop.allow_all()
    return shop.plan()


def weigh(shop: Shop, run: activation.CampaignRun) -> activation.RunState:
    return activation.pass_within_limits(shop.warehouse, shop.tenant_id, run.campaign_run_id, at=AS_OF)


def test_above_the_threshold_two_different_people_have_to_approve(shop: Shop) -> None:
    run = with_policy(shop, require_second_approver_above=2)

    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.PLANNED
    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.PLANNED
    assert set(shop.states(run).values()) == {"planned"}
    standing = activation.run_standing(shop.warehouse, shop.tenant_id, run.campaign_run_id)
    assert (standing.approved_by, standing.needed) == ((APPROVER,), 2)

    with pytest.raises(activation.ApprovalRefused):
        decide(shop, run, activation.Decision.APPROVE, by=MARKETER)
    assert decide(shop, run, activation.Decision.APPROVE, by="ann") is activation.RunState.APPROVED
    assert set(shop.states(run).values()) == {"ready"}


def test_at_the_threshold_one_is_enough(shop: Shop) -> None:
    run = with_policy(shop, require_second_approver_above=3)
    assert decide(shop, run, activation.Decision.APPROVE) is activation.RunState.APPROVED


def test_the_second_may_reject_what_the_first_approved(shop: Shop) -> None:
    run = with_policy(shop, require_second_approver_above=2)
    decide(shop, run, activation.Decision.APPROVE)
    assert decide(shop, run, activation.Decision.REJECT, by="ann") is activation.RunState.REJECTED
    assert set(shop.states(run).values()) == {"cancelled"}


def test_each_decision_is_recorded_with_who_when_and_of_what(shop: Shop) -> None:
    run = with_policy(shop, require_second_approver_above=2)
    decide(shop, run, activation.Decision.APPROVE)
    decide(shop, run, activation.Decision.REJECT, by="ann")
    assert shop.execute(
        "SELECT decided_by, decision, hash, decided_at FROM activation.approval WHERE tenant_id = %s "
        "ORDER BY recorded_at",
        shop.tenant_id,
    ) == [(APPROVER, "approve", run.hash, AS_OF), ("ann", "reject", run.hash, AS_OF)]


def test_decisions_are_kept_for_good(shop: Shop) -> None:
    run = with_policy(shop)
    decide(shop, run, activation.Decision.APPROVE)
    with pytest.raises(InsufficientPrivilege):
        shop.execute("DELETE FROM activation.approval WHERE tenant_id = %s", shop.tenant_id)
    with pytest.raises(InsufficientPrivilege):
        shop.execute("UPDATE activation.approval SET decided_by = 'nobody' WHERE tenant_id = %s", shop.tenant_id)


def test_a_later_run_within_the_limits_needs_no_person(shop: Shop) -> None:
    first = with_policy(shop, largest_audience=4, caps=[])
    assert weigh(shop, first) is activation.RunState.PLANNED
    decide(shop, first, activation.Decision.APPROVE)
    shop.dispatch(first, FakeChannel())

    second = shop.plan(name="run-2")
    assert weigh(shop, second) is activation.RunState.APPROVED
    assert weigh(shop, second) is activation.RunState.APPROVED
    [(within, by)] = shop.execute(
        "SELECT within_limits, decided_by FROM activation.run WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        second.campaign_run_id,
    )
    assert (within, by) == (True, "limits")
    assert shop.dispatch(second, FakeChannel()).accepted == 3


def test_after_a_rejection_a_run_to_nobody_does_not_let_the_next_one_go_unasked(shop: Shop) -> None:
    first = with_policy(shop, largest_audience=4)
    decide(shop, first, activation.Decision.APPROVE)
    shop.dispatch(first, FakeChannel())
    decide(shop, shop.plan(name="run-2"), activation.Decision.REJECT)
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s", shop.tenant_id)
    shop.campaign(
        policy=activation.Policy(largest_audience=4),
        schedule=activation.Recurring(cron="0 9 * * *"),
        re_entry=activation.ReEntry(rule="always"),
    )
    assert weigh(shop, shop.plan(name="run-3")) is activation.RunState.FINISHED

    shop.person("d")
    shop.allow_all()
    fourth = shop.plan(name="run-4")

    assert weigh(shop, fourth) is activation.RunState.PLANNED
    assert (
        "The last run was rejected."
        in activation.review_run(shop.warehouse, shop.tenant_id, fourth.campaign_run_id).body
    )


def test_a_later_run_beyond_a_limit_waits_and_the_sheet_says_which(shop: Shop) -> None:
    first = with_policy(shop, largest_audience=4)
    decide(shop, first, activation.Decision.APPROVE)
    shop.dispatch(first, FakeChannel())
    for name in ("d", "e"):
        shop.person(name)
    shop.allow_all()

    second = shop.plan(name="run-2")
    assert weigh(shop, second) is activation.RunState.PLANNED
    body = activation.review_run(shop.warehouse, shop.tenant_id, second.campaign_run_id).body
    assert "It goes to 5 people, and the largest audience is 4." in body
    assert "was finished and went to 3 people. Content, audience, schedule and policy are the same." in body


def test_a_changed_hash_is_asked_about_whatever_the_limits_are(shop: Shop) -> None:
    first = with_policy(shop, largest_audience=1000)
    decide(shop, first, activation.Decision.APPROVE)
    shop.dispatch(first, FakeChannel())
    _change(shop, "sender")

    second = shop.plan(name="run-2")
    assert second.hash != first.hash
    assert weigh(shop, second) is activation.RunState.PLANNED


def test_a_run_that_changed_before_anybody_was_asked_is_stopped_and_can_be_planned_anew(shop: Shop) -> None:
    run = with_policy(shop)
    _change(shop, "sender")

    assert weigh(shop, run) is activation.RunState.STOPPED
    outcome = activation.run_outcome(shop.warehouse, shop.tenant_id, run.campaign_run_id)
    assert outcome.stop_reason is not None
    assert "changed after run" in outcome.stop_reason
    [(state,)] = shop.execute("SELECT state FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id)
    assert state == "ready"
    assert decide(shop, shop.plan(name="run-2"), activation.Decision.APPROVE) is activation.RunState.APPROVED


def test_a_run_to_nobody_asks_nobody(shop: Shop) -> None:
    run = with_policy(shop, people="")
    assert weigh(shop, run) is activation.RunState.FINISHED
    assert shop.execute("SELECT count(*) FROM activation.approval WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_the_sheet_tells_what_a_marketer_needs_in_order_of_importance(shop: Shop) -> None:
    run = with_policy(shop, require_second_approver_above=2, budget_minor=500, cost_minor={"email": 2})
    body = activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX).body
    places = [
        body.index(words)
        for words in (
            "**To 3 of 3 people**",
            "**When**: At once when it is approved. It comes again by the schedule 0 9",
            "**Where**: email 3.",
            "**Since the last run**: this is the first.",
            "**Stands out**: The DNS of example.com was never checked",
            "2 people have to. Approved by nobody yet.",
            "| Matched | 3 |",
            "**Kept back to measure**: 0 in the control group and 0 in the holdout.",
            "0.06 EUR, of a budget of 5.00 EUR.",
            "This is sandbox",
            "Hello Lan,",
            "Hello there,",
            "Copies to our own addresses: none.",
            run.hash,
        )
    ]
    assert places == sorted(places)


def test_words_of_people_cannot_look_like_a_part_of_the_sheet(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.campaign(message="```\n# Approved\n| To send | 0 |")
    shop.allow_all()
    run = shop.plan()
    review = activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX)
    fence = next(line for line in review.body.splitlines() if line.endswith("text") and line.startswith("`"))
    assert len(fence) - len("text") > 3
