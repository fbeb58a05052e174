"""Coupons: codes come in whole or not at all, and each person of a campaign has one, whatever ends the workers."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any

import psycopg
import pytest

from leo_activation import activation
from leo_activation.activation.campaigns.coupons import (
    CouponPool,
    Imported,
    Redeemed,
    coupon_pools,
    import_coupons,
    redeem_coupons,
)
from leo_activation.activation.channels import Answer
from leo_activation.activation.messages.slots import PREVIEW_COUPON
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, save_policy
from leo_activation.activation.sending.dispatch import Point
from leo_activation.activation.states import CampaignState, Outcome
from leo_activation.errors import LeoError, Permanent
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AT_ONCE, CAMPAIGN, MARKETER, SANDBOX, SEGMENT, FakeChannel, Shop

OFFER = Template("offer", "email", "Yours: {{ coupon }}. {{ unsubscribe_url }}", subject="{{ message }}")
RETRY = Answer(Outcome.RETRY, "fake", "later")
REJECTED = Answer(Outcome.REJECTED, "fake", "no")


def codes(number: int, prefix: str = "WARM") -> str:
    return "".join(f"{prefix}-{at:04}\n" for at in range(number))


def bring(shop: Shop, text: str, pool: str = "winter", **more: Any) -> Imported:
    return import_coupons(shop.warehouse, shop.tenant_id, pool, text, "codes.txt", **more)


def pools(shop: Shop) -> list[CouponPool]:
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        return list(coupon_pools(connection, shop.tenant_id))


def offered(shop: Shop, **more: Any) -> activation.CampaignRun:
    shop.segment()
    shop.campaign(template=OFFER, policy=activation.Policy(coupon_pool="winter"), **more)
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    return run


def code_of(text: str) -> str:
    found = re.search(r"Yours: (\S+)\. ", text)
    assert found is not None
    return found[1]


def codes_by_person(channel: FakeChannel) -> dict[str, set[str]]:
    told = defaultdict(set)
    for message in channel.sent:
        told[message.recipient].add(code_of(message.text))
    return told


def test_a_file_of_codes_comes_in_once_and_its_repetitions_are_counted(shop: Shop) -> None:
    first = bring(shop, "\ufeffAB-1\r\n\nAB-2\nAB-1\n", warn_below=5)
    again = bring(shop, "AB-1\nAB-3\n")

    assert first == Imported("winter", added=2, known=0, repeated=1)
    assert again == Imported("winter", added=1, known=1, repeated=0)
    assert pools(shop) == [CouponPool("winter", 3, free=3, issued=0, redeemed=0, waiting=0, warn_below=5)]


@pytest.mark.parametrize(
    ("pool", "text", "words"),
    [
        ("winter", "GOOD-1\n<b>1</b>\n", "codes.txt, line 2: this is no code"),
        ("winter", "GOOD-1\nhttps://evil.example\n", "codes.txt, line 2: this is no code"),
        ("winter", " \n", "codes.txt holds no code."),
        ("Winter!", "GOOD-1\n", "'Winter!' is no name of a pool"),
        ("winter", "GOOD-1\nTAKEN-1\n", "1 of its codes belong to another pool; nothing was imported"),
    ],
)
def test_a_file_with_anything_wrong_in_it_adds_nothing(shop: Shop, pool: str, text: str, words: str) -> None:
    bring(shop, "TAKEN-1\n", pool="summer")

    with pytest.raises(Permanent, match=words):
        bring(shop, text, pool=pool)

    assert [(each.pool_id, each.codes) for each in pools(shop)] == [("summer", 1)]


def test_a_campaign_with_a_place_for_a_code_names_a_pool_that_exists_and_has_the_place_in_every_form(
    shop: Shop,
) -> None:
    shop.segment()
    plain = Template("plain", "email", "{{ unsubscribe_url }}", subject="News")

    without_pool = shop.campaign(template=OFFER)
    unknown_pool = shop.campaign(template=OFFER, policy=activation.Policy(coupon_pool="winter"))
    bring(shop, codes(1))
    without_place = shop.campaign(template=plain, policy=activation.Policy(coupon_pool="winter"))
    whole = shop.campaign(template=OFFER, policy=activation.Policy(coupon_pool="winter"))

    assert without_pool.missing == ("a pool of coupons in its policy: a template has a place for a code",)
    assert unknown_pool.missing == ("a pool of coupons that exists: there is none 'winter'",)
    assert without_place.missing == ("a place for the coupon in every form of its templates: it names a pool of codes",)
    assert (whole.state, whole.missing) == (CampaignState.READY, ())


def test_a_policy_without_a_pool_binds_as_it_did_before_there_were_coupons() -> None:
    assert "coupon_pool" not in activation.Policy().model_dump(mode="json", by_alias=True)
    assert activation.Policy(coupon_pool="winter").model_dump(mode="json")["coupon_pool"] == "winter"


def test_everybody_gets_a_code_of_their_own_and_the_same_one_on_every_attempt(shop: Shop) -> None:
    for name in "abc":
        shop.person(name)
    bring(shop, codes(5))
    channel = FakeChannel(answers={"b@example.com": [RETRY, RETRY]})

    shop.dispatch(offered(shop), channel)

    told = codes_by_person(channel)
    assert len(channel.sent) == 5
    assert {len(each) for each in told.values()} == {1}
    assert set().union(*told.values()) == {"WARM-0000", "WARM-0001", "WARM-0002"}
    assert (pools(shop)[0].issued, pools(shop)[0].free) == (3, 2)


def test_a_second_run_of_the_campaign_brings_a_person_the_code_that_they_have(shop: Shop) -> None:
    shop.person("a")
    bring(shop, codes(2))
    first, second = FakeChannel(), FakeChannel()
    daily = activation.Recurring(kind="recurring", cron="0 9 * * *")
    shop.dispatch(offered(shop, schedule=daily, re_entry=activation.ReEntry(rule="always")), first)
    run = shop.plan(name="run-2")
    shop.approve(run)

    shop.dispatch(run, second)

    assert [code_of(message.text) for message in (*first.sent, *second.sent)] == ["WARM-0000"] * 2
    assert pools(shop)[0].issued == 1


def test_the_next_channel_after_a_refusal_brings_the_same_code(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.address("a", "+84912345678", "sms")
    shop.consent("a", "granted", channel="sms")
    save_policy(shop.warehouse, shop.tenant_id, DEFAULT_POLICY.model_copy(update={"quiet_hours": ()}), set_by="test")
    activation.set_sender(shop.warehouse, shop.tenant_id, "sms", "TATDO")
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    bring(shop, codes(3))
    by_sms = Template("offer", "sms", "Yours: {{ coupon }}. {{ unsubscribe_url }}")
    version = activation.save_template(shop.warehouse, shop.tenant_id, OFFER, by_sms)
    activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id=CAMPAIGN,
            name="Warm feet",
            segment_id=SEGMENT,
            channels=("email", "sms"),
            message_class=activation.MessageClass.MARKETING,
            requested_by=MARKETER,
            template=version,
            message="Warm feet.",
            policy=activation.Policy(coupon_pool="winter"),
        ),
    )
    shop.allow_all()
    activation.allow_addresses(shop.warehouse, shop.tenant_id, "sms", ["+84912345678"], "test", shop.key)
    run = shop.plan()
    shop.approve(run)
    mail, phone = FakeChannel(answers={"a@example.com": [REJECTED]}), FakeChannel()

    for _ in range(2):
        activation.dispatch(
            shop.warehouse,
            shop.tenant_id,
            run.campaign_run_id,
            {"email": mail, "sms": phone},
            worker="test",
            guard=SANDBOX,
            links=shop.links,
            limits=AT_ONCE,
        )
        activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX)

    assert [code_of(message.text) for message in (*mail.sent, *phone.sent)] == ["WARM-0000"] * 2
    assert pools(shop)[0].issued == 1


def test_who_finds_no_code_is_skipped_and_says_so_and_an_opt_out_costs_none(shop: Shop) -> None:
    for name in "abcd":
        shop.person(name)
    bring(shop, codes(2))
    run = offered(shop)
    shop.suppress("a@example.com")

    counts = shop.dispatch(run, channel := FakeChannel(), limits=replace(AT_ONCE, batch=10, in_flight=10))

    reasons = shop.skip_reasons(run)
    assert reasons["a"] == "suppressed"
    assert sorted(reason or "" for reason in reasons.values()) == ["", "", "no_coupon", "suppressed"]
    assert (len(channel.sent), counts.accepted, counts.open) == (2, 2, 0)
    assert set().union(*codes_by_person(channel).values()) == {"WARM-0000", "WARM-0001"}
    assert (pools(shop)[0].issued, pools(shop)[0].free) == (2, 0)


def test_whom_the_kill_switch_kept_from_beginning_costs_no_code(shop: Shop) -> None:
    shop.person("a")
    bring(shop, codes(2))
    run = offered(shop)
    channel = FakeChannel()

    def stop(point: Point) -> None:
        if point is Point.BEFORE_BEGIN:
            activation.engage_kill_switch(shop.warehouse, reason="a test", changed_by="test")

    try:
        with pytest.raises(activation.SendingStopped):
            activation.dispatch(
                shop.warehouse,
                shop.tenant_id,
                run.campaign_run_id,
                {"email": channel},
                worker="test",
                guard=SANDBOX,
                links=shop.links,
                limits=AT_ONCE,
                at=stop,
            )
    finally:
        activation.release_kill_switch(shop.warehouse, changed_by="test")

    assert (channel.sent, shop.states(run)) == ([], {"a": "ready"})
    assert (pools(shop)[0].issued, pools(shop)[0].free) == (0, 2)


def test_our_own_addresses_get_a_code_that_no_shop_takes(shop: Shop) -> None:
    shop.person("a")
    addresses = {"email": ["team@example.com"]}
    activation.set_seed_list(shop.warehouse, shop.tenant_id, "team", addresses, changed_by=MARKETER, key=shop.key)
    bring(shop, codes(3))
    shop.segment()
    shop.campaign(template=OFFER, policy=activation.Policy(coupon_pool="winter"), seed_list_id="team")
    shop.allow_all()
    shop.allow("team@example.com")
    run = shop.plan()
    shop.approve(run)

    shop.dispatch(run, channel := FakeChannel())

    assert codes_by_person(channel)["team@example.com"] == {PREVIEW_COUPON}
    assert pools(shop)[0].issued == 1


def test_a_reviewer_is_told_before_approval_that_codes_do_not_suffice_or_run_low(shop: Shop) -> None:
    for name in "abc":
        shop.person(name)
    bring(shop, codes(2), warn_below=3)
    run = offered(shop)
    shop.execute("UPDATE activation.run SET state = 'planned' WHERE tenant_id = %s", shop.tenant_id)

    def told() -> str:
        return activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX).body

    assert "has 2 codes left for 3 people: 1 of them will get no message." in told()
    bring(shop, codes(4))
    assert "will have 1 codes left, fewer than 3." in told()
    bring(shop, codes(6))
    assert "codes left" not in told()
    assert PREVIEW_COUPON in told()


def test_codes_that_the_shop_says_were_used_are_noted_once(shop: Shop) -> None:
    shop.person("a")
    bring(shop, codes(2))
    shop.dispatch(offered(shop), FakeChannel())
    first, later = datetime(2026, 2, 21, tzinfo=UTC), datetime(2026, 2, 22, tzinfo=UTC)

    def told(at: datetime) -> Redeemed:
        text = "WARM-0000\nWARM-0001\nELSE-1\n"
        return redeem_coupons(shop.warehouse, shop.tenant_id, text, "used.txt", redeemed_at=at)

    assert told(first) == Redeemed(noted=1, noted_before=0, not_issued=1, unknown=1)
    assert told(later) == Redeemed(noted=0, noted_before=1, not_issued=1, unknown=1)
    noted = shop.execute("SELECT max(redeemed_at) FROM activation.coupon WHERE tenant_id = %s", shop.tenant_id)
    assert noted == [(first,)]


class Killed(BaseException):
    """What a worker in this test dies of; nothing of the program catches it."""


@pytest.fixture
def killer(shop: Shop) -> Iterator[Callable[[], None]]:
    """Ends the connections of the tenant's workers, in the middle of whatever they do."""
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        connection.autocommit = True

        def kill() -> None:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user "
                "AND datname = current_database() AND pid <> pg_backend_pid() AND query LIKE %s",
                ["%coupon%"],
            )

        yield kill


def test_several_workers_that_are_killed_give_nobody_two_codes_and_no_code_to_two(
    shop: Shop, killer: Callable[[], None]
) -> None:
    people, stock = 40, 30
    for number in range(people):
        shop.person(f"c{number:02}")
    bring(shop, codes(stock))
    run = offered(shop)
    chance, lock, died = random.Random(20260220), Lock(), list[int]()
    retried = {f"c{number:02}@example.com": [RETRY] for number in range(0, people, 3)}
    channel = FakeChannel(answers={**retried, "c01@example.com": [REJECTED]})
    limits = replace(AT_ONCE, batch=6, in_flight=3, time_limit=timedelta(seconds=5))

    def at(point: Point) -> None:
        with lock:
            dies = chance.random() < 0.1
        if dies and point is not Point.BEFORE_FINISH:
            raise Killed

    def work(is_last: bool) -> None:
        try:
            activation.dispatch(
                shop.warehouse,
                shop.tenant_id,
                run.campaign_run_id,
                {"email": channel},
                worker="test",
                guard=SANDBOX,
                links=shop.links,
                limits=limits,
                at=(lambda _: None) if is_last else at,
            )
        except (Killed, psycopg.Error, LeoError):
            assert not is_last
            died.append(1)

    done = Event()

    def kill_now_and_then() -> None:
        while not done.wait(0.02):
            killer()

    with ThreadPoolExecutor(max_workers=5) as pool:
        killing = pool.submit(kill_now_and_then)
        for _ in range(4):
            for worker in [pool.submit(work, False) for _ in range(4)]:
                worker.result(60)
            shop.execute(
                "UPDATE activation.delivery SET leased_until = now() "
                "WHERE tenant_id = %s AND state IN ('claimed', 'sending')",
                shop.tenant_id,
            )
        done.set()
        killing.result(60)
    work(True)

    assert len(died) > 3
    told = codes_by_person(channel)
    assert {len(each) for each in told.values()} == {1}
    assert len(set().union(*told.values())) == len(told)
    issued = shop.execute(
        "SELECT customer_id, code FROM activation.coupon WHERE tenant_id = %s AND issued_at IS NOT NULL", shop.tenant_id
    )
    held = dict(issued)
    assert {f"{customer}@example.com": {code} for customer, code in issued if f"{customer}@example.com" in told} == told
    states = shop.states(run)
    without = {customer for customer, reason in shop.skip_reasons(run).items() if reason == "no_coupon"}
    assert set(states.values()) <= {"accepted", "rejected", "unknown", "skipped"}
    assert {customer for customer, state in states.items() if state != "skipped"} == held.keys()
    assert held.keys() | without == states.keys()
    assert (len(held), len(without)) == (stock, people - stock)
