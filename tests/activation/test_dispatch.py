"""Sending: once, checked at the last moment, and stopped at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from leo_activation import activation
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.sending.dispatch import Point
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from tests.activation.shop import AT_ONCE, CAMPAIGN, SANDBOX, FakeChannel, Shop

REJECTED = Answer(Outcome.REJECTED, "fake", "550 no")
RETRY = Answer(Outcome.RETRY, "fake", "450 later")
UNKNOWN = Answer(Outcome.UNKNOWN, "fake", "no answer")


def test_everybody_planned_is_sent_to_once_and_the_run_is_finished(shop: Shop) -> None:
    for number in range(7):
        shop.person(f"c{number}")
    run = shop.approved_run()
    channel = FakeChannel()

    counts = shop.dispatch(run, channel)

    assert counts == activation.DispatchCounts(accepted=7)
    assert channel.recipients() == [f"c{number}@example.com" for number in range(7)]
    assert set(shop.states(run).values()) == {"accepted"}
    assert shop.execute("SELECT state FROM activation.run WHERE tenant_id = %s", shop.tenant_id) == [("finished",)]
    assert shop.execute("SELECT state FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id) == [("finished",)]
    assert shop.dispatch(run, channel) == activation.DispatchCounts()
    assert len(channel.sent) == 7


def test_a_message_is_personal_and_carries_its_own_unsubscribe_link(shop: Shop) -> None:
    shop.person("lan", first_name="Lan")
    shop.person("nameless", first_name=None)
    run = shop.approved_run()
    channel = FakeChannel()

    shop.dispatch(run, channel)

    messages: dict[str, Message] = {message.recipient: message for message in channel.sent}
    assert "Hello Lan," in messages["lan@example.com"].text
    assert "Hello there," in messages["nameless@example.com"].text
    for customer in ("lan", "nameless"):
        message = messages[f"{customer}@example.com"]
        assert message.sender == "Red Socks <news@example.com>"
        assert message.delivery_id == shop.delivery_id(run, customer)
        assert message.unsubscribe_url is not None
        assert message.unsubscribe_url in message.text
        target = shop.links.read(message.unsubscribe_url.rpartition("/")[2])
        assert target == activation.LinkTarget(shop.tenant_id, message.delivery_id)


def test_a_transactional_message_carries_no_one_click_header(shop: Shop) -> None:
    shop.segment()
    shop.person("a", consent=None)
    shop.consent("a", "granted", purpose="transactional")
    shop.campaign(message_class=activation.MessageClass.TRANSACTIONAL)
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    channel = FakeChannel()

    shop.dispatch(run, channel)

    assert channel.sent[0].unsubscribe_url is None


def test_two_dispatchers_at_once_never_send_twice(shop: Shop) -> None:
    for number in range(24):
        shop.person(f"c{number:02}")
    run = shop.approved_run()
    channel = FakeChannel()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: shop.dispatch(run, channel), range(4)))

    assert sum(count.accepted for count in counts) == 24
    assert channel.recipients() == [f"c{number:02}@example.com" for number in range(24)]
    assert len(shop.attempts(run)) == 24


def test_what_somebody_held_when_it_was_to_begin_is_claimed_anew_and_sent(shop: Shop) -> None:
    for number in range(5):
        shop.person(f"c{number}")
    run = shop.approved_run()
    channel = FakeChannel()
    points: list[Point] = []

    def at(point: Point) -> None:
        # As a worker does whose claim found the delivery ready and finds it claimed only now: it is held a moment.
        points.append(point)
        if points.count(point) > 1:
            return
        if point is Point.BEFORE_BEGIN:
            shop.connection.autocommit = False
            shop.execute(
                "SELECT FROM activation.delivery WHERE tenant_id = %s AND state = 'claimed' "
                "ORDER BY delivery_id LIMIT 1 FOR NO KEY UPDATE",
                shop.tenant_id,
            )
        elif point is Point.AFTER_BEGIN:
            shop.connection.rollback()
            shop.connection.autocommit = True

    counts = activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"email": channel},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=replace(AT_ONCE, batch=3, in_flight=2),
        at=at,
    )

    assert counts == activation.DispatchCounts(accepted=5)
    assert channel.recipients() == [f"c{number}@example.com" for number in range(5)]


def test_every_outcome_is_recorded_with_its_attempt(shop: Shop) -> None:
    for name in ("ok", "no", "lost"):
        shop.person(name)
    run = shop.approved_run()
    channel = FakeChannel(answers={"no@example.com": [REJECTED], "lost@example.com": [UNKNOWN]})

    counts = shop.dispatch(run, channel)

    assert counts == activation.DispatchCounts(accepted=1, rejected=1, unknown=1)
    assert shop.states(run) == {"ok": "accepted", "no": "rejected", "lost": "unknown"}
    assert shop.attempts(run) == [
        ("lost", "unknown", "fake", False, "no answer"),
        ("no", "rejected", "fake", False, "550 no"),
        ("ok", "accepted", "fake", False, "ok"),
    ]


def test_only_what_was_proved_not_accepted_is_tried_again(shop: Shop) -> None:
    shop.person("again")
    shop.person("lost")
    run = shop.approved_run()
    channel = FakeChannel(answers={"again@example.com": [RETRY, RETRY], "lost@example.com": [UNKNOWN]})

    counts = shop.dispatch(run, channel)

    assert counts == activation.DispatchCounts(accepted=1, retry=2, unknown=1)
    assert channel.recipients() == ["again@example.com"] * 3 + ["lost@example.com"]
    assert len({message.delivery_id for message in channel.sent}) == 2


def test_attempts_are_bounded(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel(answers={"a@example.com": [RETRY] * 10})

    counts = shop.dispatch(run, channel)

    assert counts == activation.DispatchCounts(retry=2, rejected=1)
    assert shop.states(run) == {"a": "rejected"}
    assert len(channel.sent) == 3


def test_a_retry_waits_for_its_time_and_a_later_call_sends_it(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel(answers={"a@example.com": [RETRY]})
    patient = replace(
        AT_ONCE, time_limit=timedelta(seconds=5), retry=activation.RetryPolicy(first_delay=timedelta(hours=1))
    )

    assert shop.dispatch(run, channel, limits=patient) == activation.DispatchCounts(retry=1, open=1)
    assert shop.dispatch(run, channel, limits=patient) == activation.DispatchCounts(open=1)
    assert len(channel.sent) == 1

    shop.execute("UPDATE activation.delivery SET not_before = now() WHERE tenant_id = %s", shop.tenant_id)

    assert shop.dispatch(run, channel, limits=patient) == activation.DispatchCounts(accepted=1)


def test_an_outage_uses_up_nobodys_attempts(shop: Shop) -> None:
    shop.person("a")
    shop.person("b")
    run = shop.approved_run()

    with pytest.raises(Transient, match="down"):
        shop.dispatch(run, FakeChannel(down=Transient("The provider is down.")))

    assert shop.states(run) == {"a": "ready", "b": "ready"}
    assert shop.attempts(run) == []
    assert shop.dispatch(run, FakeChannel()).accepted == 2


def test_who_opted_out_between_plan_and_sending_is_skipped(shop: Shop) -> None:
    for name in ("stays", "unsubscribes", "withdraws", "leaves", "moves", "was-deleted", "was-disallowed"):
        shop.person(name)
    run = shop.approved_run()
    shop.suppress("unsubscribes@example.com")
    shop.consent("withdraws", "denied", day=2)
    tenant = shop.tenant_id
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'leaves'", tenant)
    shop.execute(
        "UPDATE core.channel_address SET state = 'retired' WHERE tenant_id = %s AND profile_id = 'p-moves'", tenant
    )
    shop.execute(
        "UPDATE core.profile SET deleted_at = now() WHERE tenant_id = %s AND profile_id = 'p-was-deleted'", tenant
    )
    shop.execute(
        "DELETE FROM ops.allowed_address WHERE tenant_id = %s AND address_hash = "
        "core.address_hash('email', 'was-disallowed@example.com', %s)",
        tenant,
        shop.key,
    )
    channel = FakeChannel()

    counts = shop.dispatch(run, channel)

    assert counts == activation.DispatchCounts(accepted=1, skipped=6)
    assert channel.recipients() == ["stays@example.com"]
    assert shop.skip_reasons(run) == {
        "stays": None,
        "unsubscribes": "suppressed",
        "withdraws": "no_consent",
        "leaves": "left_segment",
        "moves": "no_address",
        "was-deleted": "no_address",
        "was-disallowed": "not_allowed",
    }
    assert [row[0] for row in shop.attempts(run)] == ["stays"]


def test_the_kill_switch_stops_a_run_in_the_middle_and_release_lets_it_go_on(shop: Shop) -> None:
    for name in "abcdef":
        shop.person(name)
    run = shop.approved_run()

    def engage() -> None:
        activation.engage_kill_switch(shop.warehouse, reason="wrong price", changed_by="anna")

    channel = FakeChannel(before_send={f"{name}@example.com": engage for name in "abcdef"})
    try:
        with pytest.raises(activation.SendingStopped):
            shop.dispatch(run, channel)
        assert activation.kill_switch_reason(shop.warehouse) == "wrong price"
        assert sorted(shop.states(run).values()) == ["accepted"] + ["ready"] * 5
        with pytest.raises(activation.SendingStopped, match="wrong price"):
            shop.dispatch(run, channel)
        assert len(channel.sent) == 1
    finally:
        activation.release_kill_switch(shop.warehouse, changed_by="anna")

    channel.before_send.clear()

    assert shop.dispatch(run, channel).accepted == 5
    assert channel.recipients() == [f"{name}@example.com" for name in "abcdef"]


def test_a_guard_that_allows_nobody_sends_to_nobody_even_after_an_approval(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    shop.execute("DELETE FROM ops.allowed_address WHERE tenant_id = %s", shop.tenant_id)
    channel = FakeChannel()

    assert shop.dispatch(run, channel, guard=SANDBOX) == activation.DispatchCounts(skipped=1)
    assert channel.sent == []


def test_a_campaign_on_a_channel_that_is_not_set_up_fails_before_it_begins(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()

    with pytest.raises(Configuration, match="needs the channel email"):
        activation.dispatch(
            shop.warehouse,
            shop.tenant_id,
            run.campaign_run_id,
            {},
            worker="test",
            guard=SANDBOX,
            links=shop.links,
        )

    assert shop.states(run) == {"a": "ready"}


def test_what_a_channel_cannot_honour_is_rejected_with_the_reason(shop: Shop) -> None:
    class Narrow(FakeChannel):
        def build(self, message: Message) -> Message:
            raise Permanent("This channel cannot honour a subject.")

    shop.person("a")
    run = shop.approved_run()

    assert shop.dispatch(run, Narrow()) == activation.DispatchCounts(rejected=1)
    assert shop.attempts(run) == [("a", "rejected", "build", False, "This channel cannot honour a subject.")]


def test_a_dispatcher_that_dies_while_sending_leaves_the_delivery_unknown_and_the_others_ready(shop: Shop) -> None:
    for name in "abc":
        shop.person(name)
    run = shop.approved_run()

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    short = replace(AT_ONCE, lease=timedelta(0), batch=1)
    patient = replace(AT_ONCE, lease=timedelta(minutes=5))
    channel = FakeChannel(before_send={f"{name}@example.com": die for name in "abc"})
    with pytest.raises(Killed):
        shop.dispatch(run, channel, limits=patient)
    assert sorted(shop.states(run).values()) == ["ready", "ready", "sending"]

    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE state = 'sending'")
    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=0, unknown=1)

    channel.before_send.clear()
    assert shop.dispatch(run, channel, limits=short).accepted == 0
    assert shop.dispatch(run, channel, limits=patient) == activation.DispatchCounts(accepted=2)
    assert channel.recipients() == [f"{name}@example.com" for name in "abc"]
    assert sorted(shop.states(run).values()) == ["accepted", "accepted", "unknown"]


def test_a_template_slot_is_filled_at_the_moment_of_sending(shop: Shop) -> None:
    shop.segment()
    shop.person("a", first_name="Old")
    shop.campaign(
        template=Template(
            "t",
            "email",
            subject="{{ first_name | default('you') }}",
            body_text="{{ message }} {{ unsubscribe_url }}",
        )
    )
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    shop.execute("UPDATE core.profile SET first_name = %s WHERE tenant_id = %s", "New\r\nBcc: x@y.z", shop.tenant_id)
    channel = FakeChannel()

    shop.dispatch(run, channel)

    assert channel.sent[0].subject == "New Bcc: x@y.z"
    assert run.campaign_id == CAMPAIGN
