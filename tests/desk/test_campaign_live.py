"""A campaign's page while it runs and afterwards, and what people do to it there."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.activation.channels import Answer
from leo_activation.activation.safety.guard import release_tenant, stop_tenant
from leo_activation.activation.states import Outcome
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.campaigns.acts import CampaignActs
from leo_activation.desk.pages.campaigns.forest import axis_over
from leo_activation.desk.pages.campaigns.progress import progress_of
from leo_activation.desk.pages.campaigns.show import SAMPLE, CampaignPages
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.shop import CAMPAIGN, FakeChannel, Shop
from tests.conftest import fresh_warehouse
from tests.desk.conftest import ROOT, House, Register

TENANT = "tdesklive"
SENT, FAILED, UNKNOWN, RETRY = "sent", "failed", "unknown", "retry"
LIMITS = activation.DispatchLimits(
    batch=10,
    in_flight=1,
    time_limit=timedelta(seconds=30),
    lease=timedelta(minutes=5),
    retry=activation.RetryPolicy(max_attempts=3, first_delay=timedelta(hours=1)),
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def pages(desk: Desk, pages: Pages) -> None:
    CampaignPages(desk).add_to(pages)
    CampaignActs(desk).add_to(pages)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """Of its own: the addresses of the staff are one list for all tenants, and other tests fill it."""
    with fresh_warehouse() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse, pseudonym_key: bytes) -> Iterator[Shop]:
    """Eight people in a campaign: one left out, one failed, one unknown, one to be tried again, four sent to."""
    register_tenant(warehouse, Tenant(TENANT, "Red Socks", "EUR", "event_weight", luxury_threshold_minor=80_000))
    with warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        connection.autocommit = True
        made = Shop(warehouse, TENANT, pseudonym_key, connection)
        for person in (SENT, "sent2", "sent3", "sent4", FAILED, UNKNOWN, RETRY):
            made.person(person)
        made.person("silent", consent=None)
        yield made


@pytest.fixture(scope="module")
def run(shop: Shop) -> activation.CampaignRun:
    run = shop.approved_run()
    channel = FakeChannel(
        answers={
            f"{FAILED}@example.com": [Answer(Outcome.REJECTED, "fake", "550 no such user +84 912 345 678")],
            f"{UNKNOWN}@example.com": [Answer(Outcome.UNKNOWN, "fake", "no answer in 10 s")],
            f"{RETRY}@example.com": [Answer(Outcome.RETRY, "fake", "421 later")],
        }
    )
    shop.dispatch(run, channel, limits=LIMITS)
    return run


@pytest.fixture
def front(house: Callable[[Register], House]) -> House:
    built = house(pages)
    built.tenants.append(TENANT)
    return built


def url(path: str) -> str:
    return f"{ROOT}/{TENANT}/campaigns/{path}"


def carried(client: TestClient, campaign_id: str, name: str) -> dict[str, str]:
    """A hidden field of the campaign's page, as its form sends it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', client.get(url(campaign_id)).text)
    assert found is not None
    return {name: unescape(found[1])}


def test_a_stop_ends_the_runs_that_were_shown_and_no_later_one(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    reviewer = front.as_("reviewer")
    shown = carried(reviewer, CAMPAIGN, "runs")
    assert shown == {"runs": str(run.campaign_run_id)}
    for stale in ({"runs": str(run.campaign_run_id - 1)}, {"runs": ""}, {}):
        answer = reviewer.post(url(f"{CAMPAIGN}/stop"), data=stale | {"reason": "no"})
        assert (answer.status_code, "no run of the campaign" in answer.text) == (422, True)
    assert carried(reviewer, CAMPAIGN, "runs") == shown


def test_outcomes_stand_apart_with_what_happens_to_what_is_unknown(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    page = front.as_("marketer").get(url(CAMPAIGN))
    assert page.status_code == 200
    assert "4 sent, 1 unknown, 1 failed, 1 waiting, of 7" in page.text
    assert "1 to try again: not taken" in page.text
    assert "None is sent again, on any channel." in page.text
    assert "no consent on record" in page.text
    assert f'/dags/run_campaign/runs/campaign-{TENANT}-{run.campaign_run_id}"' in page.text
    # What providers said stands there without what may be somebody's number.
    assert "550 no such user" in page.text
    assert "912 345 678" not in page.text
    unknown = front.as_("marketer").get(url(f"{CAMPAIGN}/runs/{run.campaign_run_id}/unknown"))
    assert f'<td class="mono">{UNKNOWN}</td>' in unknown.text
    assert "for 72 hours" in unknown.text
    for text in (page.text, unknown.text):
        assert "@example.com" not in text


def test_the_progress_is_asked_for_again_only_while_something_moves(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    progress = url(f"{CAMPAIGN}/runs/{run.campaign_run_id}/progress")
    client = front.as_("marketer", fragment=True)
    shop.execute("UPDATE activation.delivery SET not_before = now() WHERE tenant_id = %s AND state = 'retry'", TENANT)
    assert 'hx-trigger="every 5s"' in front.as_("marketer").get(url(CAMPAIGN)).text
    moving = client.get(progress)
    assert (moving.status_code, "<html" in moving.text) == (200, False)
    shop.execute(
        "UPDATE activation.delivery SET not_before = now() + interval '5 hours' "
        "WHERE tenant_id = %s AND state = 'retry'",
        TENANT,
    )
    assert 'hx-trigger="every 5s"' not in front.as_("marketer").get(url(CAMPAIGN)).text
    assert client.get(progress).status_code == 286
    # With no script it is a page of its own.
    assert "<html" in front.as_("marketer").get(progress).text
    for nobodys in ("999999", str(2**63 - 1), str(2**63)):
        assert front.as_("marketer").get(url(f"{CAMPAIGN}/runs/{nobodys}/progress")).status_code == 404
    assert front.as_("marketer").get(url("no_such_campaign")).status_code == 404


def test_a_stop_of_the_business_is_said_on_the_page_of_what_it_holds(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    shop.execute("UPDATE activation.delivery SET not_before = now() WHERE tenant_id = %s AND state = 'retry'", TENANT)
    stop_tenant(shop.warehouse, TENANT, reason="wrong price", stopped_by="anna")
    try:
        page = front.as_("marketer").get(url(CAMPAIGN)).text
    finally:
        release_tenant(shop.warehouse, TENANT, released_by="anna")
    assert "Held by a stop" in page
    assert "wrong price" in page
    assert 'hx-trigger="every 5s"' not in page


def test_a_hold_needs_a_reason_and_somebody_who_may(front: House, shop: Shop, run: activation.CampaignRun) -> None:
    # The campaign is linh's: a marketer who did not ask for it may look, and not hold it.
    assert "Pause, stop or cancel" not in front.as_("marketer").get(url(CAMPAIGN)).text
    for act in ("pause", "stop", "cancel"):
        refused = front.as_("marketer").post(url(f"{CAMPAIGN}/{act}"), data={"reason": "no"})
        assert refused.status_code == 403
    reviewer = front.as_("reviewer")
    assert reviewer.post(url(f"{CAMPAIGN}/pause"), data={"reason": " "}).status_code == 422
    assert (
        reviewer.post(url(f"{CAMPAIGN}/pause"), data={"reason": "wrong price"})
        .headers["location"]
        .endswith("done=pause")
    )
    page = front.as_("marketer").get(url(CAMPAIGN)).text
    assert "Paused by reviewer" in page
    assert "wrong price" in page
    assert 'hx-trigger="every 5s"' not in page
    seen = carried(reviewer, CAMPAIGN, "paused_at")
    assert front.as_("marketer").post(url(f"{CAMPAIGN}/resume"), data=seen | {"reason": "mine"}).status_code == 403
    assert reviewer.post(url(f"{CAMPAIGN}/resume"), data=seen | {"reason": "right again"}).status_code == 303
    acts = shop.execute(
        "SELECT act, acted_by, reason FROM activation.intervention WHERE tenant_id = %s ORDER BY intervention_id",
        TENANT,
    )
    assert acts == [("pause", "reviewer", "wrong price"), ("resume", "reviewer", "right again")]


def test_who_asked_for_a_campaign_may_hold_it_and_resume_what_they_paused_themselves(front: House, shop: Shop) -> None:
    shop.segment(version=2)
    shop.campaign(campaign_id="own")
    shop.execute("UPDATE activation.campaign SET requested_by = 'marketer' WHERE campaign_id = 'own'")
    mine = front.as_("marketer")
    assert mine.post(url("own/pause"), data={"reason": "wait"}).status_code == 303
    first = carried(mine, "own", "paused_at") | {"reason": "go"}
    assert mine.post(url("own/resume"), data=first).status_code == 303
    assert mine.post(url("own/resume"), data=first).status_code == 422, "it goes on already"
    reviewer = front.as_("reviewer")
    assert reviewer.post(url("own/pause"), data={"reason": "no"}).status_code == 303
    second = carried(reviewer, "own", "paused_at") | {"reason": "go"}
    assert mine.post(url("own/resume"), data=second).status_code == 403
    for stale in (first, {"reason": "go"}):
        answer = reviewer.post(url("own/resume"), data=stale)
        assert (answer.status_code, "does not hold any more" in answer.text) == (422, True)
    assert "Paused by reviewer" in reviewer.get(url("own")).text
    assert mine.post(url("own/stop"), data={"reason": "no run"}).status_code == 422
    assert mine.post(url("own/cancel"), data={"reason": "changed my mind"}).status_code == 303
    assert shop.execute("SELECT state FROM activation.campaign WHERE campaign_id = 'own'") == [("cancelled",)]


def test_a_test_goes_to_whoever_presses_and_a_second_press_sends_nothing_more(front: House, shop: Shop) -> None:
    shop.segment(version=3)
    shop.campaign(campaign_id="tried")
    client = front.as_("marketer")
    assert "./leo staff set marketer" in client.get(url("tried")).text
    assert client.post(url("tried/test"), data={"nonce": "0" * 16}).status_code == 422
    set_staff_address(shop.warehouse, StaffMember("marketer", "linh@staff.example", "en"))
    pressed = [client.post(url("tried/test"), data={"nonce": "0" * 16}).headers["location"] for _ in range(2)]
    assert pressed[0] == pressed[1]
    tested = client.get(pressed[0])
    assert "1 waiting, of 1" in tested.text
    # A test has no run of its own in Airflow.
    assert "/dags/run_campaign/" not in tested.text
    assert "linh@staff.example" not in tested.text
    [(recipient, kind)] = shop.execute(
        "SELECT customer_id, recipient_kind FROM activation.delivery "
        "JOIN activation.run USING (tenant_id, campaign_run_id) WHERE delivery.tenant_id = %s AND run.kind = 'test'",
        TENANT,
    )
    assert (recipient.split("/")[:2], kind) == (["reviewer", "marketer"], "reviewer")


def test_nothing_is_said_of_an_effect_where_nobody_was_kept_out(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    part = front.as_("marketer", fragment=True).get(url(f"{CAMPAIGN}/results?run={run.campaign_run_id}"))
    assert part.status_code == 200
    assert "What it added cannot be told." in part.text
    assert "<html" not in part.text
    assert "<html" in front.as_("marketer").get(url(f"{CAMPAIGN}/results")).text


def test_what_the_waterfall_left_out_is_not_counted_as_left_out_since() -> None:
    def row(outcome: str, messages: int, reason: str | None = None, lately: int = 0, due: int = 0) -> dict[str, object]:
        return {
            "channel": "email", "outcome": outcome, "skip_reason": reason, "messages": messages, "next_at": None,
            "lately": lately, "due": due, "last_at": None, "past_deadline": 0, "unknown_at": None,
        }  # fmt: skip

    steps = [{"step": "consented", "kept": 90, "dropped": 10}, {"step": "to_send", "kept": 90, "dropped": 0}]
    rows = [
        row("accepted", 40, lately=20), row("waiting", 30, due=30), row("retry", 5), row("unknown", 4),
        row("rejected", 3),
        row("skipped", 13, "no_consent"), row("skipped", 5, "left_segment"),
    ]  # fmt: skip
    found = progress_of(rows, steps, NOW)
    assert found.all.skipped == {"no_consent": 3, "left_segment": 5}
    assert (found.all.planned, found.all.tried, found.all.to_come) == (90, 47, 35)
    assert found.a_minute == 4
    assert found.ends_at == NOW + timedelta(minutes=30 / 4)
    assert found.is_moving("sending", NOW, is_held=False)
    assert not found.is_moving("sending", NOW, is_held=True)
    assert not found.is_moving("planned", NOW, is_held=False)


@pytest.mark.parametrize("intervals", [[(-0.018, 0.08)], [(0.001, 0.002)], [(-0.9, 0.7), (0.0, 0.0)], [(0.0, 0.0)]])
def test_an_axis_holds_every_interval_and_zero_between_round_ends(intervals: list[tuple[float, float]]) -> None:
    axis = axis_over(intervals)
    places = [axis.place(bound) for interval in intervals for bound in interval]
    assert all(0 <= place <= 100 for place in [*places, axis.place(0)])
    assert (axis.marks[0].at, axis.marks[-1].at) == (0, 100)
    assert all(before.at < after.at for before, after in pairwise(axis.marks))


def test_how_many_messages_an_answer_stands_for_is_not_told_where_only_some_were_looked_at(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    progress = url(f"{CAMPAIGN}/runs/{run.campaign_run_id}/progress")
    assert "1 × 550 no such user" in front.as_("marketer").get(progress).text
    shop.execute(
        "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, state) "
        "SELECT %s, %s, 'many' || n, 'email', 'rejected' FROM generate_series(1, %s) AS n",
        TENANT,
        run.campaign_run_id,
        SAMPLE,
    )
    page = front.as_("marketer").get(progress).text
    assert f"1 unknown, {SAMPLE + 1} failed" in page
    assert "× no answer<" not in page.replace("1 × no answer", "")
    assert f"{SAMPLE} ×" not in page
    assert f"{SAMPLE - 1} ×" not in page


def test_until_when_a_report_is_waited_for_is_told_of_what_is_still_unknown(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    progress = url(f"{CAMPAIGN}/runs/{run.campaign_run_id}/progress")
    assert "For 1 the provider’s own report is waited for" in front.as_("marketer").get(progress).text
    shop.execute(
        "UPDATE activation.delivery SET settled_by = 'deadline' WHERE tenant_id = %s AND state = 'unknown'", TENANT
    )
    page = front.as_("marketer").get(progress).text
    assert "is waited for" not in page
    assert "For 1 that time is over" in page


def test_the_latest_run_is_shown_however_many_tests_came_after_it_and_whichever_runs_are_listed(
    front: House, shop: Shop, run: activation.CampaignRun
) -> None:
    shop.execute(
        "INSERT INTO activation.run (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, kind, "
        "state) SELECT %s, %s, 'test-' || n, now(), 1, 'test', 'test', 'finished' FROM generate_series(1, 12) AS n",
        TENANT,
        CAMPAIGN,
    )
    client = front.as_("marketer")
    for where in (CAMPAIGN, f"{CAMPAIGN}?before={run.campaign_run_id}"):
        page = client.get(url(where)).text
        assert "No run is planned yet." not in page
        assert f'results?run={run.campaign_run_id}"' in page
