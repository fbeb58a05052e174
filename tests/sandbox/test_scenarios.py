from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.scenarios import Plan, Switchboard, draw

MIX = {"ok": 0.7, "rcpt_4xx": 0.2, "data_5xx": 0.1}


@given(key=st.text(), seed=st.integers())
def test_a_draw_depends_on_seed_and_key_alone(key: str, seed: int) -> None:
    assert draw(Plan(MIX, seed), key) == draw(Plan(MIX, seed), key)
    assert draw(Plan(MIX, seed), key) in MIX


def test_draws_follow_the_shares_and_another_seed_draws_otherwise() -> None:
    keys = [f"person{n}@example.com" for n in range(4000)]
    counts = Counter(draw(Plan(MIX, 1), key) for key in keys)
    assert counts["ok"] == pytest.approx(2800, rel=0.05)
    assert counts["rcpt_4xx"] == pytest.approx(800, rel=0.15)
    assert counts["data_5xx"] == pytest.approx(400, rel=0.2)
    assert [draw(Plan(MIX, 1), key) for key in keys] != [draw(Plan(MIX, 2), key) for key in keys]


def test_a_plan_of_its_own_goes_before_the_plan_for_all() -> None:
    switchboard = Switchboard()
    switchboard.set("smtp", Plan({"rcpt_5xx": 1.0}))
    switchboard.set("smtp", Plan({"stall": 1.0}), key="slow@example.com")
    assert switchboard.next("smtp", "slow@example.com") == "stall"
    assert switchboard.next("smtp", "other@example.com") == "rcpt_5xx"
    assert switchboard.next("gemini", "other@example.com") == "ok"


def test_a_fault_for_the_first_attempt_lets_the_second_through() -> None:
    switchboard = Switchboard()
    switchboard.set("smtp", Plan({"rcpt_4xx": 1.0}, attempts=1))
    assert [switchboard.next("smtp", "a@example.com") for _ in range(3)] == ["rcpt_4xx", "ok", "ok"]
    assert switchboard.next("smtp", "b@example.com") == "rcpt_4xx"


def test_a_fault_can_spare_the_first_tries() -> None:
    switchboard = Switchboard()
    switchboard.set("arangodb", Plan({"stall": 1.0}, attempts=1, after=2), key="cdp_profile")
    assert [switchboard.next("arangodb", "cdp_profile") for _ in range(4)] == ["ok", "ok", "stall", "ok"]


def test_of_several_keys_the_first_with_a_plan_decides_and_each_try_counts_for_all() -> None:
    switchboard = Switchboard()
    switchboard.set("arangodb", Plan({"cut": 1.0}, after=1), key="query")
    assert [switchboard.next_of("arangodb", ["cdp_profile", "query"]) for _ in range(2)] == ["ok", "cut"]
    switchboard.set("arangodb", Plan({"slow": 1.0}), key="cdp_profile")
    assert switchboard.next_of("arangodb", ["cdp_profile", "query"]) == "slow"


@pytest.mark.parametrize(
    ("channel", "shares", "reason"),
    [
        ("pigeon", {"ok": 1.0}, "unknown channel 'pigeon'"),
        ("smtp", {"rate_limited": 1.0}, "unknown scenarios"),
        ("smtp", {"ok": 0.5}, "sum to 0.5"),
    ],
)
def test_a_plan_that_means_nothing_is_refused(channel: str, shares: dict[str, float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Switchboard().set(channel, Plan(shares))
