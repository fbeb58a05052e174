"""What holds at the moment of sending, what is tried instead, and when nothing is sent at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.audience.freshness import StaleData
from leo_activation.activation.channels import Answer
from leo_activation.activation.safety.tenant_policy import (
    DEFAULT_POLICY,
    TenantPolicy,
    load_policy,
    read_policy,
    save_policy,
)
from leo_activation.activation.states import Outcome
from leo_activation.errors import Permanent
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.activation.shop import AT_ONCE, PRODUCTION, SANDBOX, FakeChannel, Shop
from tests.activation.waterfall_shop import allow_everything, people, set_rules, two_channel_campaign, was_sent

WHY = {"reason": "test"}
REFUSED = Answer(Outcome.REJECTED, "fake", "no such mailbox")
LOST = Answer(Outcome.UNKNOWN, "fake", "no answer")


@pytest.fixture(autouse=True)
def _open(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)


def approved(shop: Shop) -> activation.CampaignRun:
    two_channel_campaign(shop)
    run = shop.plan()
    shop.approve(run)
    return run


def drain(shop: Shop, run: activation.CampaignRun, email: FakeChannel, zalo: FakeChannel, **more: Any) -> None:
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"email": email, "zalo": zalo},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
        **more,
    )


def ends(shop: Shop, run: activation.CampaignRun) -> list[tuple[Any, ...]]:
    return shop.execute(
        "SELECT customer_id, channel, step, state, skip_reason FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s ORDER BY customer_id, step",
        shop.tenant_id,
        run.campaign_run_id,
    )


def with_zalo(shop: Shop, *customer_ids: str) -> None:
    for customer_id in customer_ids:
        shop.address(customer_id, f"zalo-{customer_id}", "zalo")
        shop.consent(customer_id, "granted", channel="zalo")
    allow_everything(shop)


def test_who_had_enough_from_another_campaign_meanwhile_is_skipped(shop: Shop) -> None:
    set_rules(shop, caps=[{"channel": "any", "count": 1, "days": 7, **WHY}])
    people(shop, ["a", "b"])
    run = approved(shop)
    was_sent(shop, "a", datetime.now(UTC))
    was_sent(shop, "b", datetime.now(UTC) - timedelta(days=7))
    channel = FakeChannel()

    drain(shop, run, channel, FakeChannel())

    assert channel.recipients() == ["b@example.com"]
    assert ends(shop, run)[0] == ("a", "email", 1, "skipped", "capped")


def test_who_came_into_a_segment_left_out_or_no_longer_meets_the_conditions_is_skipped(shop: Shop) -> None:
    people(shop, ["barred", "buyer", "ok"])
    shop.segment(segment_id="without")
    two_channel_campaign(shop, without_segment_ids=("without",))
    run = shop.plan()
    shop.approve(run)
    shop.execute(
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
        "VALUES (%s, 'without', 'barred', now())",
        shop.tenant_id,
    )
    channel = FakeChannel()

    def no_buyers(customer_ids: Sequence[str]) -> Sequence[str]:
        return [customer_id for customer_id in customer_ids if customer_id != "buyer"]

    drain(shop, run, channel, FakeChannel(), still_qualifies=no_buyers)

    assert channel.recipients() == ["ok@example.com"]
    assert {row[0]: row[4] for row in ends(shop, run)} == {
        "barred": "left_segment",
        "buyer": "left_segment",
        "ok": None,
    }


def test_in_quiet_hours_a_message_goes_back_and_waits_for_their_end(shop: Shop) -> None:
    people(shop, ["a"])
    now = datetime.now(UTC)
    # Quiet from an hour ago for two hours; planned as if it were three hours earlier.
    since, until = ((now + timedelta(hours=hours)).strftime("%H:00") for hours in (-1, 2))
    set_rules(shop, quiet_hours=[{"channel": "email", "from": since, "until": until, **WHY}])
    two_channel_campaign(shop)
    run = activation.plan_run(
        shop.warehouse, shop.tenant_id, "warm_feet", "run-1", now, guard=SANDBOX, now=now - timedelta(hours=3)
    )
    shop.approve(run)
    channel = FakeChannel()

    drain(shop, run, channel, FakeChannel())

    assert channel.sent == []
    [(state, attempts, not_before, address)] = shop.execute(
        "SELECT state, attempts, not_before, address FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id
    )
    assert (state, attempts, address) == ("ready", 0, "a@example.com")
    assert not_before == (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)


def test_the_next_channel_is_tried_after_a_proved_refusal_and_never_after_unknown(shop: Shop) -> None:
    people(shop, ["alone", "lost", "refused"])
    with_zalo(shop, "lost", "refused")
    run = approved(shop)
    email = FakeChannel(
        answers={
            "alone@example.com": [REFUSED],
            "lost@example.com": [LOST],
            "refused@example.com": [REFUSED],
        }
    )
    zalo = FakeChannel()
    drain(shop, run, email, zalo)

    made = activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX)
    again = activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX)
    drain(shop, run, email, zalo)

    assert (made, again) == (1, 0)
    assert zalo.recipients() == ["zalo-refused"]
    assert ends(shop, run) == [
        ("alone", "email", 1, "rejected", None),
        ("lost", "email", 1, "unknown", None),
        ("refused", "email", 1, "rejected", None),
        ("refused", "zalo", 2, "accepted", None),
    ]


def test_who_took_back_the_consent_for_one_channel_is_tried_on_another_that_they_agreed_to(shop: Shop) -> None:
    people(shop, ["moved", "left", "capped"])
    with_zalo(shop, "moved", "left", "capped")
    set_rules(shop, caps=[{"channel": "zalo", "count": 1, "days": 7, **WHY}])
    run = approved(shop)
    for customer_id in ("moved", "left", "capped"):
        shop.consent(customer_id, "denied", day=9)
    shop.consent("left", "denied", channel="zalo", day=9)
    was_sent(shop, "capped", datetime.now(UTC), channel="zalo")
    zalo = FakeChannel()
    drain(shop, run, FakeChannel(), zalo)

    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 1
    drain(shop, run, FakeChannel(), zalo)

    assert zalo.recipients() == ["zalo-moved"]


def test_a_transactional_message_that_was_refused_is_tried_on_the_next_channel_for_three_days(shop: Shop) -> None:
    people(shop, ["a"])
    with_zalo(shop, "a")
    for channel in ("email", "zalo"):
        shop.consent("a", "granted", channel=channel, purpose="transactional")
    two_channel_campaign(shop, message_class=activation.MessageClass.TRANSACTIONAL)
    run = shop.plan()
    shop.approve(run)
    drain(shop, run, FakeChannel(answers={"a@example.com": [REFUSED]}), FakeChannel())
    later = "UPDATE activation.run SET planned_at = now() - %s::interval WHERE tenant_id = %s"

    shop.execute(later, "73 hours", shop.tenant_id)
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 0

    shop.execute(later, "71 hours", shop.tenant_id)
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 1


def test_two_people_do_not_fall_back_on_one_address(shop: Shop) -> None:
    people(shop, ["a", "b"])
    for customer_id in ("a", "b"):
        shop.address(customer_id, "zalo-home", "zalo")
        shop.consent(customer_id, "granted", channel="zalo")
    allow_everything(shop)
    run = approved(shop)
    drain(shop, run, FakeChannel(answers={"a@example.com": [REFUSED], "b@example.com": [REFUSED]}), FakeChannel())

    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 1
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 0
    assert [row[:3] for row in ends(shop, run)] == [("a", "email", 1), ("a", "zalo", 2), ("b", "email", 1)]


def test_the_guard_holds_on_the_next_channel_too(shop: Shop) -> None:
    people(shop, ["a"])
    shop.address("a", "zalo-a", "zalo")
    shop.consent("a", "granted", channel="zalo")
    run = approved(shop)
    drain(shop, run, FakeChannel(answers={"a@example.com": [REFUSED]}), FakeChannel())

    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 0
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=PRODUCTION) == 0
    shop.alter_tenant("armed_at = now()")
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=PRODUCTION) == 1


def synced(shop: Shop, began_at: datetime, *, mode: str = "whole", state: str = "projected") -> None:
    shop.execute(
        "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, mode, as_of, started_at, finished_at) "
        "VALUES (%s, gen_random_uuid()::text, %s, %s, '2020-01-01', %s, now())",
        shop.tenant_id,
        state,
        mode,
        began_at,
    )


def test_stale_data_stops_planning_and_sending_and_nothing_is_lost(shop: Shop) -> None:
    set_rules(shop, stale_after={"hours": 24, **WHY})
    people(shop, ["a"])
    # The events are of 2020, and they were read an hour ago: that is fresh.
    synced(shop, datetime.now(UTC) - timedelta(hours=1))
    run = approved(shop)
    shop.execute(
        "UPDATE ops.sync_run SET started_at = now() - interval '25 hours' WHERE tenant_id = %s", shop.tenant_id
    )
    # Neither of the two has seen the source since.
    synced(shop, datetime.now(UTC), mode="replay")
    synced(shop, datetime.now(UTC), state="merged")
    channel = FakeChannel()

    with pytest.raises(StaleData, match="25 hours ago"):
        drain(shop, run, channel, FakeChannel())
    two_channel_campaign(shop, "later")
    with pytest.raises(StaleData):
        shop.plan(campaign_id="later")
    assert (channel.sent, ends(shop, run)) == ([], [("a", "email", 1, "ready", None)])

    synced(shop, datetime.now(UTC))
    drain(shop, run, channel, FakeChannel())
    assert channel.recipients() == ["a@example.com"]


def test_rules_are_kept_as_versions_and_the_same_rules_are_no_new_one(shop: Shop) -> None:
    vietnam = load_policy(REPOSITORY / "include" / "policies" / "vietnam.yaml")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        before = read_policy(connection, shop.tenant_id)
    first = save_policy(shop.warehouse, shop.tenant_id, vietnam, set_by="linh")
    second = save_policy(shop.warehouse, shop.tenant_id, vietnam, set_by="petr")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        after = read_policy(connection, shop.tenant_id)

    assert before.version + 1 == first == second == after.version
    assert after.policy == vietnam
    assert (vietnam.label_of("sms"), vietnam.label_of("email")) == ("[QC]", None)
    sms = next(rule for rule in vietnam.quiet_hours if rule.channel == "sms")
    assert (sms.since.hour, sms.until.hour) == (22, 7)
    assert sms.law is not None
    assert next(rule for rule in vietnam.caps if rule.channel == "sms").count == 3


def test_a_change_of_the_rules_stops_a_run_that_was_approved_under_others(shop: Shop) -> None:
    people(shop, ["a"])
    run = approved(shop)
    set_rules(shop, caps=[{"channel": "any", "count": 9, "days": 7, **WHY}])

    with pytest.raises(activation.StaleApproval):
        drain(shop, run, FakeChannel(), FakeChannel())


def test_the_default_rules_are_ones_that_a_file_could_say() -> None:
    assert TenantPolicy.model_validate(DEFAULT_POLICY.model_dump(mode="json", by_alias=True)) == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: [", "no YAML"),
        ("just words", "the file as a whole"),
        ("name: x", "send_within: Field required"),
        ("caps: [{channel: email, count: 1, days: 1}]", "a rule names its law or its reason"),
        ("caps: [{channel: pigeon, count: 1, days: 1, reason: x}]", "caps.0.channel"),
        ("quiet_hours: [{channel: sms, from: '08:00', until: '08:00', reason: x}]", "the whole day"),
        ("quiet_hours: [{channel: sms, from: '25:00', until: '08:00', reason: x}]", "quiet_hours.0.from"),
        ("control_group: {share: 1, reason: x}", "control_group.share"),
        ("link_hosts: {hosts: ['https://shop.example/'], reason: x}", "no host name"),
        ("capps: []", "capps: Extra inputs"),
        (
            "caps: [{channel: sms, count: 1, days: 1, reason: x}, {channel: sms, count: 2, days: 1, reason: x}]",
            "two rules of one kind (cap)",
        ),
    ],
)
def test_a_file_that_says_no_rules_gets_one_sentence_that_names_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    file = tmp_path / "rules.yaml"
    base = "send_within: {hours: 1, reason: x}\nstale_after: {hours: 1, reason: x}\nname: x\n"
    is_whole = text in {"name: [", "just words", "name: x"}
    file.write_text(text if is_whole else base + text, encoding="utf-8")

    with pytest.raises(Permanent) as error:
        load_policy(file)

    assert place in str(error.value)
    assert "\n" not in str(error.value)


def test_a_time_in_a_file_of_rules_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "name: Night\n"
        "quiet_hours: [{channel: any, from: 22:00, until: 07:00, reason: sleep}]\n"
        "control_group: {share: 0.05, reason: to measure}\n"
        "second_approver:\n"
        "send_within: {hours: 24, reason: x}\n"
        "stale_after: {hours: 48, reason: x}\n",
        encoding="utf-8",
    )

    found = load_policy(file)

    (quiet,) = found.quiet_hours
    assert (quiet.since, quiet.until) == (time(22), time(7))
    assert found.control_group is not None
    assert found.control_group.share == 0.05
    assert found.second_approver is None
