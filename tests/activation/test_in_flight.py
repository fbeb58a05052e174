"""Several attempts in flight at once: what a death, an outage and an opt-out in the middle of them leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from leo_activation import activation
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.states import Outcome
from leo_activation.errors import Transient
from tests.activation.shop import AT_ONCE, SANDBOX, FakeChannel, Shop

FOUR = replace(AT_ONCE, batch=4, in_flight=4)
PEOPLE = tuple(f"{letter}@example.com" for letter in "abcd")


class Killed(BaseException):
    """The end of a worker that Python still sees, as a task that is terminated does."""


class DownAfter(FakeChannel):
    """A provider that cannot be reached any more after so many messages."""

    takes = 2

    def ready(self) -> None:
        if len(self.sent) >= self.takes:
            raise Transient("The provider is down.")


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    for name in "abcd":
        shop.person(name)
    return shop.approved_run()


def numbers(shop: Shop) -> Sequence[tuple[object, ...]]:
    """(state, attempts) of each delivery, sorted."""
    return shop.execute(
        "SELECT state, attempts FROM activation.delivery WHERE tenant_id = %s ORDER BY state, attempts", shop.tenant_id
    )


def test_all_of_them_are_on_record_before_the_first_leaves(shop: Shop, run: activation.CampaignRun) -> None:
    seen: list[int] = []

    def look() -> None:
        rows = shop.execute("SELECT count(*) FROM activation.attempt WHERE tenant_id = %s", shop.tenant_id)
        seen.append(rows[0][0])

    assert shop.dispatch(run, FakeChannel(before_send=dict.fromkeys(PEOPLE, look)), limits=FOUR).accepted == 4

    assert seen == [4, 4, 4, 4]


def test_who_dies_in_the_middle_leaves_one_unknown_and_what_had_not_left_is_sent_once(
    shop: Shop, run: activation.CampaignRun
) -> None:
    channel = FakeChannel()

    def die_at_the_second() -> None:
        if len(channel.sent) == 2:
            raise Killed

    channel.before_send = dict.fromkeys(PEOPLE, die_at_the_second)
    with pytest.raises(Killed):
        shop.dispatch(run, channel, limits=FOUR)
    assert numbers(shop) == [("accepted", 1), ("retry", 0), ("retry", 0), ("sending", 1)]

    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE state = 'sending'")
    channel.before_send.clear()
    assert shop.dispatch(run, channel, limits=FOUR) == activation.DispatchCounts(accepted=2)

    assert channel.recipients() == list(PEOPLE)
    assert numbers(shop) == [("accepted", 1), ("accepted", 1), ("accepted", 1), ("unknown", 1)]
    assert sorted(row[2] for row in shop.attempts(run) if row[2]) == ["fake"] * 3 + ["not_sent"] * 2


def test_an_outage_in_the_middle_uses_up_nobodys_attempts(shop: Shop, run: activation.CampaignRun) -> None:
    channel = DownAfter()

    with pytest.raises(Transient, match="down"):
        shop.dispatch(run, channel, limits=FOUR)

    assert numbers(shop) == [("accepted", 1), ("accepted", 1), ("retry", 0), ("retry", 0)]
    channel.takes = 9
    assert shop.dispatch(run, channel, limits=FOUR).accepted == 2
    assert channel.recipients() == list(PEOPLE)


def test_what_did_not_leave_in_time_is_given_back_and_not_sent(shop: Shop, run: activation.CampaignRun) -> None:
    late = replace(FOUR, send_within=timedelta(0), time_limit=timedelta(seconds=0.5))
    channel = FakeChannel()

    counts = shop.dispatch(run, channel, limits=late)

    assert channel.sent == []
    assert counts == activation.DispatchCounts(open=4)
    assert {row[1] for row in numbers(shop)} == {0}


def test_an_opt_out_in_the_middle_stops_all_but_what_was_in_flight(shop: Shop, run: activation.CampaignRun) -> None:
    channel = FakeChannel()

    def everybody_opts_out() -> None:
        if len(channel.sent) == 1:
            for name in "abcd":
                activation.unsubscribe(
                    shop.warehouse,
                    activation.LinkTarget(shop.tenant_id, shop.delivery_id(run, name)),
                    source="one_click",
                )

    channel.before_send = dict.fromkeys(PEOPLE, everybody_opts_out)

    counts = shop.dispatch(run, channel, limits=replace(FOUR, in_flight=2))

    assert counts == activation.DispatchCounts(accepted=2, skipped=2)
    assert shop.execute(
        "SELECT count(*) FROM activation.attempt JOIN activation.delivery USING (tenant_id, delivery_id) "
        "JOIN core.suppression USING (tenant_id, channel, address_hash) "
        "WHERE tenant_id = %s AND attempt.started_at > suppression.since",
        shop.tenant_id,
    ) == [(0,)]


def test_each_worker_passes_the_named_points_in_their_order(shop: Shop, run: activation.CampaignRun) -> None:
    passed: list[activation.Point] = []
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"email": FakeChannel()},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=replace(FOUR, in_flight=2),
        at=passed.append,
    )

    point = activation.Point
    sending = [point.BEFORE_SEND, point.AFTER_SEND]
    batch = [point.BEFORE_BEGIN, point.AFTER_BEGIN, *sending, *sending, point.BEFORE_FINISH, point.AFTER_FINISH]
    assert passed == [point.AFTER_CLAIM, *batch, *batch, point.BEFORE_RELEASE]


def test_who_no_longer_meets_the_conditions_is_skipped_before_anything_begins(
    shop: Shop, run: activation.CampaignRun
) -> None:
    asked: list[Sequence[str]] = []

    def all_but_b(customer_ids: Sequence[str]) -> set[str]:
        asked.append(customer_ids)
        return set(customer_ids) - {"b"}

    channel = FakeChannel()
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"email": channel},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=FOUR,
        still_qualifies=all_but_b,
    )

    assert asked == [["a", "b", "c", "d"]]
    assert channel.recipients() == ["a@example.com", "c@example.com", "d@example.com"]
    assert shop.skip_reasons(run)["b"] == "left_segment"


def test_an_unexpected_answer_of_ones_own_code_leaves_nobody_unknown(shop: Shop, run: activation.CampaignRun) -> None:
    class Broken(FakeChannel):
        def build(self, message: Message) -> Message:
            if message.recipient == "a@example.com" and not self.answers:
                raise ZeroDivisionError
            return message

    channel = Broken()
    with pytest.raises(ZeroDivisionError):
        shop.dispatch(run, channel, limits=FOUR)

    assert "unknown" not in shop.states(run).values()
    assert "sending" not in shop.states(run).values()
    channel.answers = {"z@example.com": [Answer(Outcome.ACCEPTED, "fake", "ok")]}
    shop.dispatch(run, channel, limits=FOUR)
    assert channel.recipients() == list(PEOPLE)
