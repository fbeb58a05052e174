"""What may leave at once: buckets, what providers answer, providers that rest, new senders, and the last moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from leo_activation import activation
from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.channels import Answer, ProviderPause, RateLimits
from leo_activation.activation.sending import rate_limits
from leo_activation.activation.sending.ledger import Answered, Ledger
from leo_activation.activation.sending.pacing import PRODUCTION, UNPACED, WARM_UP, Rate, Way, pacing_of, sending_domain
from leo_activation.activation.states import Outcome
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AT_ONCE, SANDBOX, SEGMENT, FakeChannel, Shop
from tests.activation.shop import PRODUCTION as IN_PRODUCTION

WAYS = [Way("email", "fake", "example.com")]
CONDITIONS = Conditions(SEGMENT, activation.MessageClass.MARKETING, SANDBOX)
ACCEPTED = Answer(Outcome.ACCEPTED, "fake", "ok")
RETRY = activation.RetryPolicy(first_delay=timedelta(0))
HARDLY_EVER = 0.0001
Worker = Callable[[str], AbstractContextManager[Ledger]]


@pytest.fixture
def worker(shop: Shop) -> Worker:
    @contextmanager
    def hire(name: str) -> Iterator[Ledger]:
        with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
            yield Ledger(connection, shop.tenant_id, name, timedelta(minutes=5), WAYS)

    return hire


def sending_run(shop: Shop, people: int, domains: tuple[str, ...] = ("example.com",)) -> int:
    """A run in sending with a delivery for each of so many people, spread over the domains."""
    for number in range(people):
        shop.person(f"c{number:02}", address=f"c{number:02}@{domains[number % len(domains)]}")
    run = shop.approved_run()
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        rate_limits.open_limits(connection, shop.tenant_id, WAYS, UNPACED)
    return run.campaign_run_id


def set_rate(shop: Shop, rate: Rate | None, domain: str = "") -> None:
    rate_limits.set_rate(shop.warehouse, shop.tenant_id, "fake", domain, rate, set_by="anna")


def count_states(shop: Shop) -> dict[str, int]:
    rows = shop.execute(
        "SELECT state, count(*) FROM activation.delivery WHERE tenant_id = %s GROUP BY state", shop.tenant_id
    )
    return dict(rows)


def test_a_claim_takes_what_has_tokens_and_the_rest_stays_ready_and_says_when(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 5)
    set_rate(shop, Rate(per_second=0.01, burst=2))

    with worker("one") as ledger:
        assert len(ledger.claim(run, 10)) == 2
        assert ledger.claim(run, 10) == []
        due_in_s = ledger.backlog(run).due_in_s

    assert count_states(shop) == {"claimed": 2, "ready": 3}
    assert due_in_s is not None
    assert 90 < due_in_s <= 100


def test_two_channels_of_one_provider_share_its_tokens(shop: Shop) -> None:
    run = sending_run(shop, 4)
    shop.execute(
        "UPDATE activation.delivery SET channel = 'zalo' WHERE tenant_id = %s AND customer_id IN ('c00', 'c01')",
        shop.tenant_id,
    )
    set_rate(shop, Rate(per_second=HARDLY_EVER, burst=2))
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        both = Ledger(connection, shop.tenant_id, "one", timedelta(minutes=5), [*WAYS, Way("zalo", "fake", "")])

        assert len(both.claim(run, 10)) == 2


def test_tokens_flow_in_with_time_and_never_beyond_the_burst(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 6)
    set_rate(shop, Rate(per_second=0.01, burst=3))
    with worker("one") as ledger:
        assert len(ledger.claim(run, 10)) == 3
        shop.execute(
            "UPDATE activation.rate_limit SET updated_at = updated_at - interval '2 minutes' WHERE tenant_id = %s",
            shop.tenant_id,
        )
        assert len(ledger.claim(run, 10)) == 1
        shop.execute(
            "UPDATE activation.rate_limit SET updated_at = updated_at - interval '1 day' WHERE tenant_id = %s",
            shop.tenant_id,
        )

        assert ledger.claim(run, 10) != []

    (bucket,) = rate_limits.list_buckets(shop.warehouse, shop.tenant_id)
    assert bucket.tokens is not None
    assert bucket.tokens <= 1.01


def test_workers_at_once_take_no_token_twice(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 30)
    set_rate(shop, Rate(per_second=HARDLY_EVER, burst=11))

    def take(name: int) -> int:
        with worker(f"w{name}") as ledger:
            return sum(len(ledger.claim(run, 2)) for _ in range(8))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 11

    assert count_states(shop) == {"claimed": 11, "ready": 19}


def test_a_slow_domain_holds_up_no_other(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 10, ("slow.example", "fast.example"))
    set_rate(shop, Rate(per_second=HARDLY_EVER, burst=1), domain="slow.example")

    with worker("one") as ledger:
        taken = [claim for _ in range(5) for claim in ledger.claim(run, 3)]

    assert len(taken) == 6
    assert shop.execute(
        "SELECT domain, count(*) FROM activation.delivery WHERE tenant_id = %s AND state = 'claimed' "
        "GROUP BY domain ORDER BY domain",
        shop.tenant_id,
    ) == [("fast.example", 5), ("slow.example", 1)]


def test_no_more_is_claimed_than_the_provider_says_is_left_until_its_window_ends(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 8)
    left_us = replace(ACCEPTED, limits=RateLimits(remaining=4, resets_in=timedelta(minutes=10)))
    with worker("one") as ledger:
        attempts = ledger.begin(ledger.claim(run, 3), CONDITIONS).attempts
        ledger.finish([Answered(attempts[0], left_us)], RETRY)

        assert len(ledger.claim(run, 10)) == 2, "two of the four are on their way already"
        due_in_s = ledger.backlog(run).due_in_s
        assert due_in_s is not None
        assert 500 < due_in_s <= 600
        more = replace(ACCEPTED, limits=RateLimits(remaining=90, resets_in=timedelta(minutes=10)))
        ledger.finish([Answered(attempts[1], more)], RETRY)
        assert ledger.claim(run, 10) == [], "an answer that comes late raises nothing"
        shop.execute(
            "UPDATE activation.rate_limit SET ceiling_until = clock_timestamp() WHERE tenant_id = %s", shop.tenant_id
        )
        assert len(ledger.claim(run, 10)) == 3


def test_tokens_of_claims_that_are_given_back_are_there_again(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 4)
    set_rate(shop, Rate(per_second=HARDLY_EVER, burst=3))
    rate_limits.set_ramp(shop.warehouse, shop.tenant_id, "fake", "example.com", [3], set_by="anna")
    with worker("one") as ledger:
        assert len(ledger.claim(run, 10)) == 3
        ledger.release(run)

        assert len(ledger.claim(run, 10)) == 3


def test_a_provider_that_rests_is_given_nothing_by_anybody_until_it_is_released(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 6)
    rests = Answer(Outcome.RETRY, "fake", "quota", pause=ProviderPause("The quota is used up."))
    with worker("one") as one, worker("two") as two:
        claimed_before = two.claim(run, 2)
        attempts = one.begin(one.claim(run, 1), CONDITIONS).attempts

        one.finish([Answered(attempts[0], rests)], RETRY)

        assert one.claim(run, 10) == two.claim(run, 10) == []
        begun = two.begin(claimed_before, CONDITIONS)
        assert begun.put_back == {claim.delivery_id for claim in claimed_before}
        assert two.backlog(run).due_in_s is None
        assert two.backlog(run).resting == "fake: The quota is used up."
        assert count_states(shop) == {"ready": 5, "retry": 1}
        assert rate_limits.release_pause(shop.warehouse, shop.tenant_id, "fake", released_by="anna")
        assert not rate_limits.release_pause(shop.warehouse, shop.tenant_id, "fake", released_by="anna")
        assert len(two.claim(run, 10)) == 6


def test_a_rest_for_a_time_ends_by_itself_and_a_longer_one_holds(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 1)
    for lasts in (timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=3)):
        rate_limits.pause_provider(shop.connection, shop.tenant_id, "fake", ProviderPause(f"{lasts}", lasts))

    with worker("one") as ledger:
        due_in_s = ledger.backlog(run).due_in_s
        assert due_in_s is not None
        assert 500 < due_in_s <= 540
        shop.execute(
            "UPDATE activation.provider_pause SET until = clock_timestamp() WHERE tenant_id = %s", shop.tenant_id
        )
        assert len(ledger.claim(run, 10)) == 1


def test_a_run_whose_provider_rests_ends_its_drain_with_everybody_ready(shop: Shop) -> None:
    for name in "abc":
        shop.person(name)
    run = shop.approved_run()
    rests = Answer(Outcome.RETRY, "fake", "quota", pause=ProviderPause("No money is left."))
    channel = FakeChannel(answers={f"{name}@example.com": [rests] for name in "abc"})

    counts = shop.dispatch(run, channel, limits=replace(AT_ONCE, in_flight=3))

    assert len(channel.sent) == 1
    assert counts.open == 3
    assert counts.retry == 1
    rate_limits.release_pause(shop.warehouse, shop.tenant_id, "fake", released_by="anna")
    channel.answers.clear()
    assert shop.dispatch(run, channel).accepted == 3


def test_a_dead_address_is_retired_for_everybody_who_has_it(shop: Shop) -> None:
    shop.person("a", address="shared@example.com")
    shop.person("b")
    shop.person("c")
    shop.address("c", "shared@example.com")
    run = shop.approved_run()
    dead = Answer(Outcome.REJECTED, "rcpt", "550 5.1.1 no such user", address_is_dead=True)

    shop.dispatch(run, FakeChannel(answers={"shared@example.com": [dead]}))

    assert shop.execute(
        "SELECT profile_id, state, retired_reason FROM core.channel_address "
        "WHERE tenant_id = %s AND state = 'retired' ORDER BY profile_id",
        shop.tenant_id,
    ) == [(f"p-{name}", "retired", "fake: 550 5.1.1 no such user") for name in "ac"]


def test_a_new_sender_starts_slowly_and_what_is_above_waits_for_the_next_day(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 9)
    rate_limits.set_ramp(shop.warehouse, shop.tenant_id, "fake", "example.com", [2, 3], set_by="anna")
    with worker("one") as ledger:
        assert len(ledger.claim(run, 10)) == 2
        assert ledger.claim(run, 10) == []
        due_in_s = ledger.backlog(run).due_in_s
        assert due_in_s is not None
        assert 0 < due_in_s <= 86_400
        for expected in (3, 4):
            shop.execute(
                "UPDATE activation.ramp SET first_sent_on = first_sent_on - 1, day = day - 1 WHERE tenant_id = %s",
                shop.tenant_id,
            )
            assert len([claim for _ in range(3) for claim in ledger.claim(run, 10)]) == expected

    assert count_states(shop) == {"claimed": 9}


def test_the_programs_own_bounds_hold_in_production_only_and_a_tenants_stay(shop: Shop) -> None:
    assert pacing_of(SANDBOX) == UNPACED
    assert pacing_of(IN_PRODUCTION) == PRODUCTION
    ways = [Way("email", "sendgrid", "example.com")]
    rate_limits.set_rate(shop.warehouse, shop.tenant_id, "sendgrid", "Gmail.com", Rate(1.0, 1), set_by="anna")

    rate_limits.open_limits(shop.connection, shop.tenant_id, ways, PRODUCTION)

    by_domain = {bucket.domain: bucket for bucket in rate_limits.list_buckets(shop.warehouse, shop.tenant_id)}
    assert by_domain["gmail.com"].per_second == 1.0
    assert by_domain[""].per_second == PRODUCTION.providers["sendgrid"].per_second
    assert by_domain["yahoo.com"].set_by is None
    assert shop.execute("SELECT sender, daily FROM activation.ramp WHERE tenant_id = %s", shop.tenant_id) == [
        ("example.com", list(WARM_UP))
    ]


@pytest.mark.parametrize("rate", [Rate(0.0, 1), Rate(-1.0, 5), Rate(float("inf"), 5), Rate(1.0, 0)])
def test_a_rate_that_is_none_is_refused(shop: Shop, rate: Rate) -> None:
    with pytest.raises(Permanent, match="above zero"):
        set_rate(shop, rate)


def test_a_ramp_with_a_day_of_nothing_is_refused(shop: Shop) -> None:
    with pytest.raises(Permanent, match="above zero"):
        rate_limits.set_ramp(shop.warehouse, shop.tenant_id, "fake", "example.com", [50, 0], set_by="anna")


@pytest.mark.parametrize(
    ("sender", "domain"), [("Red Socks <news@Example.com>", "example.com"), ("a@b.vn", "b.vn"), (None, ""), ("oa", "")]
)
def test_the_domain_that_sends_is_that_of_the_senders_address(sender: str | None, domain: str) -> None:
    assert sending_domain(sender) == domain


def test_who_is_past_their_last_moment_is_never_begun_and_skipped(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 3)
    shop.execute(
        "UPDATE activation.delivery SET send_by = now() - interval '1 second' "
        "WHERE tenant_id = %s AND customer_id IN ('c00', 'c01')",
        shop.tenant_id,
    )
    with worker("one") as ledger:
        assert [claim.customer_id for claim in ledger.claim(run, 10)] == ["c02"]
        assert ledger.backlog(run).due_in_s is None

    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(0, 0, skipped=2)
    assert (
        shop.execute(
            "SELECT skip_reason, address FROM activation.delivery WHERE tenant_id = %s AND state = 'skipped'",
            shop.tenant_id,
        )
        == [("past_send_by", None)] * 2
    )


def test_nothing_of_a_paused_campaign_is_claimed_and_its_drain_ends_at_once(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    shop.execute("UPDATE activation.campaign SET paused_at = now() WHERE tenant_id = %s", shop.tenant_id)

    assert shop.dispatch(run, FakeChannel()) == activation.DispatchCounts(open=1)

    shop.execute("UPDATE activation.campaign SET paused_at = NULL WHERE tenant_id = %s", shop.tenant_id)
    assert shop.dispatch(run, FakeChannel()).accepted == 1


def test_a_retry_that_is_written_after_its_run_was_stopped_is_cancelled(shop: Shop, worker: Worker) -> None:
    run = sending_run(shop, 2)
    with worker("one") as ledger:
        attempts = ledger.begin(ledger.claim(run, 1), CONDITIONS).attempts
        activation.stop_run(shop.warehouse, shop.tenant_id, run, reason="A test.")
        ledger.finish([Answered(attempts[0], Answer(Outcome.RETRY, "fake", "450"))], RETRY)
        assert ledger.claim(run, 10) == []

    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(0, 0, cancelled=1)
    assert count_states(shop) == {"cancelled": 2}
