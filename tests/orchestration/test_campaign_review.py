"""The reviews of a campaign's run, by Airflow's connections: they end where the tables say so, whoever starts over."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from leo_activation import activation
from leo_activation.errors import Configuration
from leo_activation.orchestration.campaign_notices import about_run
from leo_activation.orchestration.campaign_review import CampaignReview
from leo_activation.orchestration.notices import Event
from leo_activation.orchestration.reviews import NOBODY, Answer, NotCounted, Option
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import CAMPAIGN, MARKETER, Shop

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Three people, and an Airflow with the connections of the tests' warehouse and three approvers."""
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    monkeypatch.setenv("LEO_APPROVERS", f"ann, bob, {MARKETER}")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.segment()
        for name in "abc":
            shop.person(name)
        yield shop


def planned(shop: Shop, *, two: bool) -> activation.CampaignRun:
    shop.campaign(policy=activation.Policy(require_second_approver_above=2 if two else 3))
    shop.allow_all()
    return shop.plan()


def reviews(shop: Shop, run: activation.CampaignRun) -> tuple[CampaignReview, CampaignReview]:
    first, second = (
        CampaignReview(
            task_id=f"review_{is_second}",
            tenant=shop.tenant_id,
            campaign_run_id=str(run.campaign_run_id),
            is_second=is_second,
        )
        for is_second in (False, True)
    )
    return first, second


def answer(run: activation.CampaignRun, by: str, option: Option = Option.APPROVE) -> Answer:
    return Answer(option, by, NOW, None, run.hash)


def told(shop: Shop, run: activation.CampaignRun, state: str) -> dict[str, str]:
    return {"tenant": shop.tenant_id, "campaign_run_id": str(run.campaign_run_id), "state": state}


def test_where_one_is_enough_the_second_review_asks_nobody(shop: Shop) -> None:
    run = planned(shop, two=False)
    first, second = reviews(shop, run)
    assert first.recorded() is None
    sheet = first.sheet({})
    assert (sheet.subject, sheet.name, sheet.count, sheet.hash, sheet.requested_by, sheet.authors) == (
        "Send 'Warm feet' to 3 of 3 people?",
        "Warm feet",
        3,
        run.hash,
        MARKETER,
        (),
    )
    assert first.decide({}, answer(run, "ann")) == told(shop, run, "approved")
    assert first.recorded() == second.recorded() == told(shop, run, "approved")


def test_where_two_are_needed_the_second_review_asks_somebody_else(shop: Shop) -> None:
    run = planned(shop, two=True)
    first, second = reviews(shop, run)
    assert first.decide({}, answer(run, "ann")) == told(shop, run, "planned")

    assert first.recorded() == told(shop, run, "planned")
    assert second.recorded() is None
    assert second.sheet({}).authors == ("ann",)
    with pytest.raises(NotCounted, match="ann has approved it before, and it needs somebody else too"):
        second.decide({}, answer(run, "ann"))
    with pytest.raises(NotCounted, match="who asked for it"):
        second.decide({}, answer(run, MARKETER))
    assert second.decide({}, answer(run, "bob")) == told(shop, run, "approved")


def test_too_few_approvers_are_told_of_before_anybody_is_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEO_APPROVERS", f"ann, {MARKETER}")
    run = planned(shop, two=True)
    with pytest.raises(Configuration, match=r"needs 2 approvers besides linh, .* LEO_APPROVERS names 1"):
        reviews(shop, run)[0].sheet({})


def test_no_answer_by_the_deadline_rejects_and_says_so(shop: Shop) -> None:
    run = planned(shop, two=True)
    first, second = reviews(shop, run)
    first.decide({}, answer(run, "ann"))
    assert second.decide({}, answer(run, NOBODY, Option.REJECT)) == told(shop, run, "rejected")
    notifier = about_run(shop.tenant_id, run.campaign_run_id, None)
    assert notifier is not None
    assert (notifier.user_ids, notifier.notice.event) == ((MARKETER,), Event.RUN_EXPIRED)


def test_a_campaign_that_changed_while_people_were_asked_is_stopped_and_all_are_told(shop: Shop) -> None:
    run = planned(shop, two=False)
    first, second = reviews(shop, run)
    shop.segment(version=2)
    assert first.decide({}, answer(run, "ann")) == told(shop, run, "stopped")
    assert second.recorded() == told(shop, run, "stopped")
    notifier = about_run(shop.tenant_id, run.campaign_run_id, None)
    assert notifier is not None
    assert notifier.user_ids == ("ann", "bob", MARKETER)
    assert "changed after run" in notifier.notice.html("en")
    assert notifier.notice.subject("vi") == "Đã dừng: Warm feet"


def test_a_campaign_that_changed_between_two_reviews_is_stopped_and_nobody_is_asked(shop: Shop) -> None:
    run = planned(shop, two=True)
    first, second = reviews(shop, run)
    first.decide({}, answer(run, "ann"))
    shop.segment(version=2)

    assert second.execute({}) == told(shop, run, "stopped")


def test_a_campaign_that_cannot_run_any_more_when_somebody_approves_it_is_stopped(shop: Shop) -> None:
    run = planned(shop, two=False)
    first, _ = reviews(shop, run)
    shop.execute("UPDATE segment.definition SET state = 'retired' WHERE tenant_id = %s", shop.tenant_id)

    assert first.decide({}, answer(run, "ann")) == told(shop, run, "stopped")


def test_the_requester_is_told_of_an_approval_with_the_number_of_people(shop: Shop) -> None:
    run = planned(shop, two=False)
    assert about_run(shop.tenant_id, run.campaign_run_id, None) is None
    reviews(shop, run)[0].decide({}, answer(run, "ann"))
    notifier = about_run(shop.tenant_id, run.campaign_run_id, "http://airflow.example/run")
    assert notifier is not None
    assert notifier.user_ids == (MARKETER,)
    assert "It goes to 3 people." in notifier.notice.html("en")
    assert "http://airflow.example/run" in notifier.notice.html("vi")


def test_a_run_that_went_within_its_limits_is_told_of_only_where_it_was_stopped(shop: Shop) -> None:
    run = planned(shop, two=False)
    reviews(shop, run)[0].decide({}, answer(run, "ann"))
    shop.execute("UPDATE activation.run SET within_limits = true WHERE tenant_id = %s", shop.tenant_id)
    assert about_run(shop.tenant_id, run.campaign_run_id, None) is None

    reason = "12 of 150 messages on email bounced for good."
    activation.stop_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, reason=reason, by="stop_bad_runs")

    notifier = about_run(shop.tenant_id, run.campaign_run_id, None)
    assert notifier is not None
    assert notifier.notice.event is Event.RUN_STOPPED
    assert reason in notifier.notice.html("en")


def test_nobody_is_told_of_a_test(shop: Shop) -> None:
    planned(shop, two=False)
    set_staff_address(shop.warehouse, StaffMember("ann", "ann@staff.example", "en"))
    run = activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, "ann", key=shop.key)
    assert about_run(shop.tenant_id, run, None) is None
