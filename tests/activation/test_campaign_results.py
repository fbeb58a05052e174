"""What a campaign did beside people who did not get it: by hand, and beside an independent calculation."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist, fmean, variance
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from embedded.urls import with_database
from leo_activation.activation.aftermath.campaign_results import CampaignResults, campaign_results
from leo_activation.activation.aftermath.comparisons import FEWEST_PEOPLE, GroupComparison, Verdict, compare_groups
from leo_activation.activation.campaigns.schedules import Recurring, ReEntry
from leo_activation.activation.safety.tenant_policy import TenantPolicy, save_policy
from leo_activation.cli import main
from leo_activation.cli.campaign_results import words_of
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.shop import CAMPAIGN, FakeChannel, Shop

Z = NormalDist().inv_cdf(0.975)
PEOPLE = [f"c{number:03}" for number in range(160)]


def newcombe(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float]:
    """Method 10 of Newcombe (1998), by solving Wilson's (p - x/n)^2 = z^2 p (1 - p) / n and not by its closed form."""

    def wilson(x: int, n: int) -> tuple[float, float]:
        a, b, c = 1 + Z**2 / n, -(2 * x / n + Z**2 / n), (x / n) ** 2
        root = math.sqrt(b * b - 4 * a * c)
        return (-b - root) / (2 * a), (-b + root) / (2 * a)

    (l1, u1), (l2, u2) = wilson(x1, n1), wilson(x2, n2)
    p1, p2 = x1 / n1, x2 / n2
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def t_quantile(freedom: float, share: float = 0.975) -> float:
    """Student's t by Simpson's rule over its density and bisection."""
    scale: float = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def upto(end: float, steps: int = 2_000) -> float:
        width = end / steps
        heights = [scale * (1 + (i * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(steps + 1)]
        area: float = heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])
        return 0.5 + width / 3 * area

    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if upto(middle) < share else (low, middle)
    return (low + high) / 2


def welch(first: list[int], second: list[int]) -> tuple[float, float]:
    v1, v2 = variance(first) / len(first), variance(second) / len(second)
    freedom = (v1 + v2) ** 2 / (v1**2 / (len(first) - 1) + v2**2 / (len(second) - 1))
    half = t_quantile(freedom) * math.sqrt(v1 + v2)
    middle = fmean(first) - fmean(second)
    return middle - half, middle + half


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse, pseudonym_key: bytes) -> Iterator[Shop]:
    """160 people, of whom chance kept some out of a campaign and some out of all; what they bought is known."""
    tenant = Tenant(
        tenant_id="tresults",
        name="A test's own",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=80_000,
    )
    register_tenant(warehouse, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


def buy(shop: Shop, customer_id: str, value_minor: int, at: datetime, kind: str = "purchase") -> None:
    shop.execute(
        "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
        "product_id, quantity, price_minor, value_minor, currency, order_id, source_rev) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, 'socks', 1, %s, %s, 'EUR', %s, '1')",
        shop.tenant_id, f"{kind}-{customer_id}-{at.timestamp()}", f"{kind}-{customer_id}-{at.timestamp()}",
        f"p-{customer_id}", kind, kind, at, value_minor, value_minor, f"o-{customer_id}-{value_minor}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def spent(shop: Shop) -> dict[str, dict[str, int]]:
    """Group -> customer -> what they spent in the five days after the run began; made by running the campaign."""
    for person in PEOPLE:
        shop.person(person)
    shop.segment()
    policy = TenantPolicy.model_validate(
        {
            "name": "with a control group",
            "send_within": {"hours": 72, "reason": "an offer is about now"},
            "stale_after": {"hours": 8_000, "reason": "nothing is synced here"},
            "control_group": {"share": 0.2, "reason": "to measure"},
            "attribution": {"days": 5, "reason": "socks are bought soon"},
        }
    )
    save_policy(shop.warehouse, shop.tenant_id, policy, set_by="test")
    shop.campaign(holdout_share=0.3)
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    shop.dispatch(run, FakeChannel())
    groups: dict[str, dict[str, int]] = {"sent": {}, "holdout": {}, "control group": {}}
    for person, reason in shop.skip_reasons(run).items():
        groups["sent" if reason is None else reason.replace("_", " ")][person] = 0
    assert min(len(group) for group in groups.values()) > 20
    began = datetime.now(UTC)
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        connection.execute(
            "SELECT core.ensure_event_partitions(%s, %s)", [began - timedelta(days=40), began + timedelta(days=40)]
        )
    for name, every in (("sent", 3), ("holdout", 6), ("control group", 10)):
        for place, person in enumerate(sorted(groups[name])):
            if place % every == 0:
                value = 1_000 + 37 * place
                buy(shop, person, value, began + timedelta(days=4))
                groups[name][person] += value
            if place % every == 1:
                buy(shop, person, 5_000, began - timedelta(days=2))
                buy(shop, person, 5_001, began + timedelta(days=5, hours=1))
            if place % (2 * every) == 2:
                # Sent back as a whole: not bought.
                buy(shop, person, 7_000, began + timedelta(days=1))
                buy(shop, person, 7_000, began + timedelta(days=2), "return")
            if place % (2 * every) == 0:
                buy(shop, person, 900, began + timedelta(days=2))
                groups[name][person] += 900
    return groups


@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
    ],
)
def test_the_interval_of_two_shares_is_that_of_the_publication(
    shop: Shop, x1: int, n1: int, x2: int, n2: int, low: float, high: float
) -> None:
    ((difference, found_low, found_high),) = shop.execute(
        "SELECT * FROM activation.difference_of_shares(%s, %s, %s, %s)", x1, n1, x2, n2
    )

    assert (round(found_low, 4), round(found_high, 4)) == (low, high)
    assert difference == pytest.approx(x1 / n1 - x2 / n2)
    assert (found_low, found_high) == pytest.approx(newcombe(x1, n1, x2, n2))


@pytest.mark.parametrize(("freedom", "tabled"), [(5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980), (1e9, 1.960)])
def test_students_quantile_is_that_of_the_tables(shop: Shop, freedom: float, tabled: float) -> None:
    ((found,),) = shop.execute("SELECT activation.t_quantile(%s)", freedom)

    assert found == pytest.approx(tabled, abs=0.002)


def test_two_means_have_welchs_interval_worked_out_by_hand(shop: Shop) -> None:
    # Means 12 and 10, variances 4 and 9 of 16 and 9 people: the error is sqrt(4/16 + 9/9) = 1.118, with
    # 1.25^2 / (0.25^2 / 15 + 1^2 / 8) = 12.10 degrees of freedom, t = 2.1766: 2 +- 2.4335.
    ((difference, low, high),) = shop.execute("SELECT * FROM activation.difference_of_means(12, 4, 16, 10, 9, 9)")

    assert (difference, low, high) == pytest.approx((2, -0.4335, 4.4335), abs=0.001)
    for nothing in ("12, 4, 1, 10, 9, 9", "0, 0, 50, 0, 0, 50"):
        query = f"SELECT * FROM activation.difference_of_means({nothing})"
        ((_, low, high),) = shop.execute(query)
        assert (low, high) == (None, None)


def test_groups_are_compared_as_the_lift_is_over_all_runs_and_in_one_and_by_who_left(
    shop: Shop, spent: dict[str, dict[str, int]]
) -> None:
    lift = campaign_results(shop.warehouse, shop.tenant_id, CAMPAIGN).comparisons
    left = {name: sorted(group)[: len(group) // 3] for name, group in spent.items() if name != "control group"}
    for group in left.values():
        for person in group:
            shop.execute(
                "INSERT INTO core.consent "
                "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
                "VALUES (%s, %s, 'email', 'marketing', 'denied', 'consent withdrawn', 'link', 'test', now())",
                shop.tenant_id, f"p-{person}",
            )  # fmt: skip
    runs = shop.execute("SELECT campaign_run_id FROM activation.run WHERE tenant_id = %s", shop.tenant_id)
    for run in (None, runs[0][0]):
        found = {
            (row.measure, row.compared_with): row
            for row in compare_groups(shop.warehouse, shop.tenant_id, CAMPAIGN, run)
        }
        for each in lift:
            row = found["bought", each.compared_with]
            assert (row.people, row.did, row.other_people, row.other_did) == (
                each.people, each.buyers, each.other_people, each.other_buyers,
            )  # fmt: skip
            assert (row.difference, row.low, row.high) == (each.lift, each.lift_low, each.lift_high)
            assert (row.began_at, row.ends_at) == (each.began_at, each.ends_at)
        assert found["left", "holdout"].did == len(left["sent"])
        assert found["left", "holdout"].other_did == len(left["holdout"])
        assert found["left", "control group"].other_did == 0
    assert compare_groups(shop.warehouse, shop.tenant_id, CAMPAIGN, -1) == []


def test_nothing_is_said_of_a_difference_too_early_or_of_too_few() -> None:
    day = timedelta(days=1)
    over = datetime(2026, 3, 1, tzinfo=UTC)
    many = GroupComparison("bought", "holdout", over - day, over, 500, 60, 400, 20, 0.07, 0.03, 0.11)
    assert many.verdict(over) is Verdict.MORE
    assert many.verdict(over - day) is Verdict.EARLY
    assert many.verdict(None) is Verdict.EARLY
    assert replace(many, other_people=FEWEST_PEOPLE - 1).verdict(over) is Verdict.EARLY
    assert replace(many, low=-0.01).verdict(over) is Verdict.UNSURE
    assert replace(many, low=-0.2, high=-0.1).verdict(over) is Verdict.FEWER


def test_what_a_campaign_did_is_what_an_independent_calculation_finds(
    shop: Shop, spent: dict[str, dict[str, int]]
) -> None:
    found = {row.compared_with: row for row in campaign_results(shop.warehouse, shop.tenant_id, CAMPAIGN).comparisons}

    sent = list(spent["sent"].values())
    assert sorted(found) == ["control group", "holdout"]
    for name, row in found.items():
        other = list(spent[name].values())
        buyers, other_buyers = sum(map(bool, sent)), sum(map(bool, other))
        assert (row.people, row.buyers, row.revenue_minor) == (len(sent), buyers, sum(sent))
        assert (row.other_people, row.other_buyers, row.other_revenue_minor) == (len(other), other_buyers, sum(other))
        assert row.lift == pytest.approx(buyers / len(sent) - other_buyers / len(other))
        assert (row.lift_low, row.lift_high) == pytest.approx(newcombe(buyers, len(sent), other_buyers, len(other)))
        assert row.revenue_lift_minor == pytest.approx(fmean(sent) - fmean(other))
        assert (row.revenue_lift_low_minor, row.revenue_lift_high_minor) == pytest.approx(
            welch(sent, other), rel=1e-4, abs=0.5
        )
        assert row.ends_at - row.began_at == timedelta(days=5)


def test_the_report_says_the_same_and_superset_may_read_it(
    shop: Shop, spent: dict[str, dict[str, int]], reporter_url: str
) -> None:
    database = shop.connection.info.dbname
    with psycopg.connect(with_database(reporter_url, database)) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT compared_with, people, revenue, other_people, is_over, currency FROM report.campaign_lift "
            "WHERE tenant_id = %s ORDER BY compared_with DESC",
            [shop.tenant_id],
        ).fetchall()

    expected = len(spent["sent"]), sum(spent["sent"].values()) / 100
    assert [row[1:3] for row in rows] == [expected, expected]
    assert [(row[0].lower(), row[3]) for row in rows] == [(n, len(spent[n])) for n in ("holdout", "control group")]
    assert {row[4:] for row in rows} == {(False, "EUR")}


def test_a_marketer_reads_it_in_words(shop: Shop, spent: dict[str, dict[str, int]]) -> None:
    found = campaign_results(shop.warehouse, shop.tenant_id, CAMPAIGN)
    told = "\n".join(words_of(found))

    buyers = sum(map(bool, spent["sent"].values()))
    assert f"of the {len(spent['sent'])} people who were to get it {buyers / len(spent['sent']):.1%} bought" in told
    assert f"Beside the {len(spent['holdout'])} people of the holdout" in told
    assert f"Orders count until {found.comparisons[0].ends_at:%Y-%m-%d %H:%M} UTC" in told
    holdout = found.comparisons[0]
    for low, high, words in ((0.01, 0.2, "It brought"), (-0.2, -0.01, "It cost"), (-0.1, 0.1, "can be chance")):
        changed = replace(holdout, lift_low=low, lift_high=high)
        assert words in "\n".join(words_of(CampaignResults(found.totals, (changed,))))
    assert "cannot be told: nobody was kept out" in "\n".join(words_of(CampaignResults(found.totals, ())))


def test_the_command_tells_the_same_to_a_program_and_names_a_campaign_that_there_is_not(
    shop: Shop, spent: dict[str, dict[str, int]]
) -> None:
    urls = {f"LEO_{role.name}_URL": url for role, url in shop.warehouse.urls.items()}

    def leo(campaign_id: str) -> Result:
        arguments = ["campaign", "results", campaign_id, "--tenant", shop.tenant_id, "--json"]
        return CliRunner(env=urls).invoke(main, arguments)

    told = json.loads(leo(CAMPAIGN).stdout)
    assert told["name"] == "Warm feet"
    assert [row["compared_with"] for row in told["comparisons"]] == ["holdout", "control group"]
    assert told["comparisons"][0]["people"] == len(spent["sent"])
    missing = leo("nothing")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "no campaign 'nothing'" in missing.stderr


def test_of_a_campaign_that_there_is_not_nothing_is_told(shop: Shop) -> None:
    with pytest.raises(Permanent, match="no campaign 'nothing'"):
        campaign_results(shop.warehouse, shop.tenant_id, "nothing")


def test_the_days_are_those_of_the_rules_that_held_when_the_run_was_planned(
    shop: Shop, spent: dict[str, dict[str, int]]
) -> None:
    rows = shop.execute(
        "SELECT activation.attribution_days(%s, '2026-01-01'), activation.attribution_days(%s, 'infinity')",
        shop.tenant_id,
        shop.tenant_id,
    )

    assert rows == [(7, 5)]


def test_each_person_counts_once_over_several_runs_and_who_was_erased_counts_in_no_group(
    warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes
) -> None:
    """What the erased bought is gone with them: they are neither buyers nor people who bought nothing."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        for person in (f"d{number:02}" for number in range(16)):
            shop.person(person)
        shop.segment()
        shop.campaign(holdout_share=0.5, re_entry=ReEntry(rule="always"), schedule=Recurring(cron="0 9 * * *"))
        shop.allow_all()
        runs = []
        for name in ("run-1", "run-2"):
            runs.append(shop.plan(name=name))
            shop.approve(runs[-1])
            shop.dispatch(runs[-1], FakeChannel())
        reasons = [shop.skip_reasons(run) for run in runs]
        sent = sorted(person for person, reason in reasons[0].items() if reason is None)
        kept_out = sorted(person for person, reason in reasons[0].items() if reason == "holdout")
        assert len(sent) + len(kept_out) == len(reasons[0])

        def groups() -> tuple[int, int]:
            (row,) = campaign_results(warehouse, tenant.tenant_id, CAMPAIGN).comparisons
            return row.people, row.other_people

        assert groups() == (len(sent), len(kept_out))
        for person in (sent[0], kept_out[0]):
            deliveries = [shop.delivery_id(run, person) for run in runs]
            values = {"tenant_id": tenant.tenant_id, "deliveries": deliveries}
            with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as loader:
                loader.execute(statement("rights/blank_deliveries"), values)
        assert groups() == (len(sent) - 1, len(kept_out) - 1)
