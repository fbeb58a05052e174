"""People hold a campaign at any moment: what had not begun does not begin, what had begun keeps its end."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

import pytest

from leo_activation import activation
from leo_activation.errors import Permanent
from tests.activation.shop import APPROVER, AT_ONCE, CAMPAIGN, FakeChannel, Shop


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    for name in "abcdef":
        shop.person(name)
    return shop.approved_run()


def pause(shop: Shop) -> bool:
    return activation.pause_campaign(shop.warehouse, shop.tenant_id, CAMPAIGN, by=APPROVER, reason="a wrong price")


def resume(shop: Shop) -> bool:
    return activation.resume_campaign(shop.warehouse, shop.tenant_id, CAMPAIGN, by=APPROVER, reason="mended")


def cancel(shop: Shop) -> int:
    return activation.cancel_campaign(shop.warehouse, shop.tenant_id, CAMPAIGN, by=APPROVER, reason="no stock")


def stop(shop: Shop, run: activation.CampaignRun) -> int:
    return activation.stop_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, by=APPROVER, reason="a wrong price")


def acts(shop: Shop) -> list[tuple[str, ...]]:
    return shop.execute(
        "SELECT act, acted_by, reason FROM activation.intervention WHERE tenant_id = %s ORDER BY intervention_id",
        shop.tenant_id,
    )


def campaign_state(shop: Shop) -> str:
    return str(shop.execute("SELECT state FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id)[0][0])


def sent_when(shop: Shop, run: activation.CampaignRun, act: Callable[[], object]) -> FakeChannel:
    """The channel of a drain in which somebody acts while the first message is on its way."""
    channel = FakeChannel()
    acted: list[object] = []

    def once() -> None:
        if not acted:
            acted.append(act())

    channel.before_send = {f"{name}@example.com": once for name in "abcdef"}
    limits = replace(AT_ONCE, batch=4, in_flight=1)
    shop.dispatch(run, channel, limits=limits)
    assert acted
    return channel


def test_a_paused_campaign_sends_nothing_and_a_resumed_one_the_rest(shop: Shop, run: activation.CampaignRun) -> None:
    assert pause(shop)
    channel = FakeChannel()
    counts = shop.dispatch(run, channel)

    assert (channel.sent, counts.open) == ([], 6)
    assert activation.runs_to_drain(shop.warehouse, shop.tenant_id) == []

    assert resume(shop)
    assert activation.runs_to_drain(shop.warehouse, shop.tenant_id) == [run.campaign_run_id]
    assert shop.dispatch(run, channel).accepted == 6


def test_a_pause_in_the_middle_lets_what_had_begun_end_and_nothing_else_begin(
    shop: Shop, run: activation.CampaignRun
) -> None:
    channel = sent_when(shop, run, lambda: pause(shop))

    assert len(channel.sent) == 1
    assert sorted(shop.states(run).values()) == ["accepted", *["ready"] * 5]
    resume(shop)
    assert shop.dispatch(run, channel).accepted == 5
    assert channel.recipients() == [f"{name}@example.com" for name in "abcdef"]


@pytest.mark.parametrize("how", ["stop", "cancel"])
def test_a_stop_in_the_middle_cancels_the_rest(shop: Shop, run: activation.CampaignRun, how: str) -> None:
    channel = sent_when(shop, run, lambda: stop(shop, run) if how == "stop" else cancel(shop))

    assert len(channel.sent) == 1
    assert sorted(shop.states(run).values()) == ["accepted", *["cancelled"] * 5]
    assert campaign_state(shop) == ("stopped" if how == "stop" else "cancelled")


def test_each_act_is_recorded_once_with_who_and_why(shop: Shop, run: activation.CampaignRun) -> None:
    assert (pause(shop), pause(shop)) == (True, False)
    assert (resume(shop), resume(shop)) == (True, False)
    assert (stop(shop, run), stop(shop, run)) == (6, 0)

    assert acts(shop) == [
        ("pause", APPROVER, "a wrong price"),
        ("resume", APPROVER, "mended"),
        ("stop", APPROVER, "a wrong price"),
    ]
    [(reason,)] = shop.execute("SELECT stop_reason FROM activation.run WHERE tenant_id = %s", shop.tenant_id)
    assert reason == "a wrong price"


def test_a_cancelled_campaign_is_over(shop: Shop, run: activation.CampaignRun) -> None:
    assert (cancel(shop), cancel(shop)) == (6, 0)
    with pytest.raises(Permanent, match="is cancelled: there is nothing to pause"):
        pause(shop)
    assert acts(shop) == [("cancel", APPROVER, "no stock")]


def test_a_campaign_that_was_never_planned_can_be_cancelled(shop: Shop) -> None:
    shop.segment()
    shop.campaign()
    assert cancel(shop) == 0
    assert campaign_state(shop) == "cancelled"
    assert acts(shop) == [("cancel", APPROVER, "no stock")]


def test_a_stopped_campaign_can_be_cancelled_so_that_nobody_submits_it_again(
    shop: Shop, run: activation.CampaignRun
) -> None:
    stop(shop, run)

    assert cancel(shop) == 0

    assert campaign_state(shop) == "cancelled"
    assert [act for act, *_ in acts(shop)] == ["stop", "cancel"]


@pytest.mark.parametrize("act", [pause, resume, cancel])
def test_nobody_holds_a_campaign_that_is_not_there(shop: Shop, act: Callable[[Shop], object]) -> None:
    with pytest.raises(Permanent, match="There is no campaign 'warm_feet'"):
        act(shop)


def test_a_pause_that_was_killed_half_way_is_finished_by_the_next(shop: Shop, run: activation.CampaignRun) -> None:
    """The first transaction of a pause was committed, and what a worker had claimed was not taken back."""
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    shop.execute(
        "UPDATE activation.campaign SET paused_at = now(), paused_by = 'petr' WHERE tenant_id = %s", shop.tenant_id
    )
    shop.execute(
        "UPDATE activation.delivery SET state = 'claimed', fence = 1, leased_by = 'w', "
        "leased_until = now() + interval '5 minutes' WHERE tenant_id = %s",
        shop.tenant_id,
    )
    assert not pause(shop)
    assert set(shop.states(run).values()) == {"ready"}


def test_a_resubmitted_campaign_is_not_halted_by_the_stop_of_its_old_run(
    shop: Shop, run: activation.CampaignRun
) -> None:
    shop.execute("UPDATE activation.campaign SET state = 'ready' WHERE tenant_id = %s", shop.tenant_id)
    assert stop(shop, run) == 6
    assert campaign_state(shop) == "ready"


def test_stopping_and_deciding_at_once_end_in_one_of_the_two(shop: Shop) -> None:
    """Both take the campaign, then the run, then its deliveries, so neither waits for the other in a circle."""
    shop.segment()
    for name in "abcdef":
        shop.person(name)
    shop.campaign()
    shop.allow_all()
    run = shop.plan()
    outcomes: list[object] = []

    def attempt(act: Callable[[], object]) -> None:
        try:
            outcomes.append(act())
        except Permanent as error:
            outcomes.append(error)

    threads = [
        Thread(target=attempt, args=[lambda: shop.approve(run)]),
        Thread(target=attempt, args=[lambda: stop(shop, run)]),
        Thread(target=attempt, args=[lambda: cancel(shop)]),
        Thread(target=attempt, args=[lambda: activation.reap(shop.warehouse, shop.tenant_id)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(outcomes) == 4
    assert set(shop.states(run).values()) == {"cancelled"}


def test_beside_working_workers_no_attempt_begins_once_the_pause_has_returned(shop: Shop) -> None:
    for number in range(40):
        shop.person(f"person{number:02}")
    run = shop.approved_run()
    channel = FakeChannel()
    on_the_way = Event()
    channel.before_send = {f"person{number:02}@example.com": on_the_way.set for number in range(40)}
    limits = replace(AT_ONCE, batch=10, in_flight=2)
    workers = [Thread(target=shop.dispatch, args=[run, channel], kwargs={"limits": limits}) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert on_the_way.wait(30)
    pause(shop)
    [(returned_at,)] = shop.execute("SELECT clock_timestamp()")
    for worker in workers:
        worker.join(60)
    begun = shop.execute(
        "SELECT started_at FROM activation.attempt WHERE tenant_id = %s ORDER BY started_at", shop.tenant_id
    )

    assert all(started_at <= returned_at for (started_at,) in begun)
    assert set(shop.states(run).values()) <= {"accepted", "ready", "retry"}
    resume(shop)
    shop.dispatch(run, channel, limits=limits)
    assert set(shop.states(run).values()) == {"accepted"}
    assert channel.recipients() == [f"person{number:02}@example.com" for number in range(40)]
