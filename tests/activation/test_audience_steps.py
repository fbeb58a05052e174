"""Each step of the waterfall beyond consent and address, alone and beside others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from leo_activation.activation.audience.waterfall import WATERFALL, explain_person, plan_run, preview_run
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.schedules import Recurring, ReEntry
from leo_activation.activation.states import MessageClass, SkipReason
from leo_activation.settings import DatabaseRole
from tests.activation.shop import AS_OF, CAMPAIGN, SANDBOX, SEGMENT, Shop
from tests.activation.waterfall_shop import (
    allow_everything,
    fates,
    household,
    lives,
    people,
    plan_at,
    reasons,
    set_rules,
    shuffle,
    two_channel_campaign,
    was_sent,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WHY = {"reason": "test"}
QUIET_EMAIL = [{"channel": "email", "from": "21:00", "until": "08:00", **WHY}]


@pytest.fixture(autouse=True)
def _open(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)


def ready(shop: Shop, campaign_id: str = CAMPAIGN) -> None:
    shop.execute(
        "UPDATE activation.campaign SET state = 'ready' WHERE tenant_id = %s AND campaign_id = %s",
        shop.tenant_id,
        campaign_id,
    )


def test_who_cannot_be_reached_on_the_first_channel_goes_the_second(shop: Shop) -> None:
    people(shop, ["both", "refuses_email", "no_email", "nothing"])
    for name in ("both", "refuses_email", "no_email"):
        shop.address(name, f"zalo-{name}", "zalo")
        shop.consent(name, "granted", channel="zalo")
    shop.consent("refuses_email", "denied", day=2)
    shop.execute(
        "UPDATE core.channel_address SET state = 'retired' WHERE tenant_id = %s AND channel = 'email' "
        "AND profile_id IN ('p-no_email', 'p-nothing')",
        shop.tenant_id,
    )
    allow_everything(shop)
    two_channel_campaign(shop)

    found = fates(shop, plan_at(shop, NOON))

    assert {name: fate[:2] for name, fate in found.items()} == {
        "both": ("email", None),
        "refuses_email": ("zalo", None),
        "no_email": ("zalo", None),
        "nothing": ("email", "no_address"),
    }


def test_a_member_of_several_segments_counts_once_and_one_of_a_segment_left_out_not_at_all(shop: Shop) -> None:
    people(shop, ["one", "both", "barred"])
    shop.person("other", member=False)
    allow_everything(shop)
    for segment_id, members in (("more", ["both", "other"]), ("without", ["barred"])):
        shop.segment(segment_id=segment_id)
        for member in members:
            shop.execute(
                "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, %s, %s)",
                shop.tenant_id,
                segment_id,
                member,
                AS_OF,
            )
    two_channel_campaign(shop, more_segment_ids=("more",), without_segment_ids=("without",))

    assert reasons(shop, plan_at(shop, NOON)) == {"one": None, "both": None, "other": None}


@pytest.mark.parametrize(
    ("rule", "days_ago", "reason"),
    [
        (ReEntry(rule="never"), 3000, "re_entry"),
        (ReEntry(rule="after_days", days=30), 29, "re_entry"),
        (ReEntry(rule="after_days", days=30), 30, None),
        (ReEntry(rule="always"), 1, None),
    ],
)
def test_who_had_the_campaign_gets_it_again_only_as_its_rule_says(
    shop: Shop, rule: ReEntry, days_ago: int, reason: str | None
) -> None:
    people(shop, ["a"])
    two_channel_campaign(shop, re_entry=rule)
    was_sent(shop, "a", NOON - timedelta(days=days_ago), campaign_id=CAMPAIGN)

    assert reasons(shop, plan_at(shop, NOON)) == {"a": reason}


def test_an_address_that_had_the_campaign_does_not_get_it_again_by_another_person(shop: Shop) -> None:
    shop.person("a", address="home@example.com", member=False)
    shop.person("b", address="home@example.com")
    allow_everything(shop)
    two_channel_campaign(shop, re_entry=ReEntry(rule="never"))
    was_sent(shop, "a", NOON - timedelta(days=2), campaign_id=CAMPAIGN)

    assert reasons(shop, plan_at(shop, NOON)) == {"b": "re_entry"}


@pytest.mark.parametrize("state", ["planned", "ready", "claimed", "sending", "retry", "accepted", "unknown"])
def test_what_has_left_or_will_leave_counts_towards_a_cap(shop: Shop, state: str) -> None:
    set_rules(shop, caps=[{"channel": "email", "count": 1, "days": 7, **WHY}])
    people(shop, ["a"])
    two_channel_campaign(shop)
    was_sent(shop, "a", NOON - timedelta(days=1), state=state)

    assert reasons(shop, plan_at(shop, NOON)) == {"a": "capped"}


@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_what_never_arrived_does_not_count_towards_a_cap(shop: Shop, state: str) -> None:
    set_rules(shop, caps=[{"channel": "any", "count": 1, "days": 7, **WHY}])
    people(shop, ["a"])
    two_channel_campaign(shop)
    was_sent(shop, "a", NOON - timedelta(days=1), state=state)

    assert reasons(shop, plan_at(shop, NOON)) == {"a": None}


def test_a_window_of_days_rolls_and_its_far_edge_is_outside(shop: Shop) -> None:
    set_rules(shop, caps=[{"channel": "any", "count": 2, "days": 7, **WHY}])
    people(shop, ["inside", "edge", "one"])
    two_channel_campaign(shop)
    for name in ("inside", "edge"):
        was_sent(shop, name, NOON - timedelta(days=1))
    was_sent(shop, "inside", NOON - timedelta(days=7) + timedelta(seconds=1))
    was_sent(shop, "edge", NOON - timedelta(days=7))
    was_sent(shop, "one", NOON - timedelta(minutes=1))

    assert reasons(shop, plan_at(shop, NOON)) == {"inside": "capped", "edge": None, "one": None}


def test_transactional_messages_neither_count_nor_are_capped(shop: Shop) -> None:
    set_rules(shop, caps=[{"channel": "any", "count": 1, "days": 7, **WHY}], quiet_hours=QUIET_EMAIL)
    shop.person("told")
    shop.person("sold", consent=None)
    shop.consent("sold", "granted", purpose="transactional")
    shop.consent("told", "granted", purpose="transactional")
    allow_everything(shop)
    was_sent(shop, "told", NOON - timedelta(days=1), campaign_id="receipts", message_class="transactional")
    was_sent(shop, "sold", NOON - timedelta(days=1))
    two_channel_campaign(shop)
    two_channel_campaign(shop, "receipt", message_class=MessageClass.TRANSACTIONAL)

    assert reasons(shop, plan_at(shop, NOON)) == {"told": None, "sold": "no_consent"}
    night = NOON.replace(hour=23)
    assert {name: fate[1:] for name, fate in fates(shop, plan_at(shop, night, campaign_id="receipt")).items()} == {
        "told": (None, None),
        "sold": (None, None),
    }


def test_who_is_capped_on_one_channel_goes_the_next(shop: Shop) -> None:
    set_rules(shop, caps=[{"channel": "email", "count": 1, "days": 7, **WHY}])
    people(shop, ["a"])
    shop.address("a", "zalo-a", "zalo")
    shop.consent("a", "granted", channel="zalo")
    allow_everything(shop)
    two_channel_campaign(shop)
    was_sent(shop, "a", NOON - timedelta(days=1))

    assert fates(shop, plan_at(shop, NOON))["a"][:2] == ("zalo", None)


def test_the_campaign_that_is_planned_first_takes_the_place_under_a_cap(shop: Shop) -> None:
    set_rules(shop, caps=[{"channel": "any", "count": 1, "days": 7, **WHY}])
    people(shop, ["a"])
    two_channel_campaign(shop, "first", priority=1)
    two_channel_campaign(shop, "second", priority=2)

    assert reasons(shop, plan_at(shop, NOON, campaign_id="first")) == {"a": None}
    assert reasons(shop, plan_at(shop, NOON, campaign_id="second")) == {"a": "capped"}


@pytest.mark.parametrize(
    ("zone", "now", "opens"),
    [
        # 19:00 and 05:00 UTC are 02:00 and 12:00 in Ho Chi Minh City.
        ("Asia/Ho_Chi_Minh", "2026-11-18T19:00", "2026-11-19T01:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-18T05:00", None),
        # The edges: 21:00 is quiet, 08:00 is not.
        ("Europe/Prague", "2026-11-18T19:59", None),
        ("Europe/Prague", "2026-11-18T20:00", "2026-11-19T07:00"),
        ("Europe/Prague", "2026-11-19T07:00", None),
        # In the night of 29 March the clock goes from 02:00 to 03:00: 08:00 is 06:00 UTC and no more 07:00.
        ("Europe/Prague", "2026-03-28T22:00", "2026-03-29T06:00"),
        # In the night of 25 October it goes back.
        ("Europe/Prague", "2026-10-24T22:00", "2026-10-25T07:00"),
    ],
)
def test_a_message_in_quiet_hours_waits_for_the_readers_own_morning(
    shop: Shop, zone: str, now: str, opens: str | None
) -> None:
    set_rules(shop, quiet_hours=QUIET_EMAIL)
    people(shop, ["a"])
    lives(shop, "a", zone=zone)
    two_channel_campaign(shop)

    found = fates(shop, plan_at(shop, datetime.fromisoformat(now).replace(tzinfo=UTC)))

    awaited = None if opens is None else datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert found == {"a": ("email", None, awaited)}


def test_whose_zone_is_not_known_is_written_to_only_when_no_possible_clock_is_quiet(shop: Shop) -> None:
    shop.alter_tenant("time_zone = 'Asia/Ho_Chi_Minh'")
    set_rules(shop, quiet_hours=QUIET_EMAIL)
    people(shop, ["east", "west", "somewhere", "nowhere", "made_up"])
    lives(shop, "east", zone="America/New_York", country="US")
    lives(shop, "west", zone="America/Los_Angeles", country="US")
    lives(shop, "somewhere", country="US")
    lives(shop, "made_up", zone="Mars/Olympus", country="US")
    two_channel_campaign(shop)

    # 13:30 UTC: 08:30 in New York, 05:30 in Los Angeles, 20:30 in Ho Chi Minh City.
    found = fates(shop, plan_at(shop, datetime(2026, 11, 18, 13, 30, tzinfo=UTC)))

    los_angeles_opens = datetime(2026, 11, 18, 16, tzinfo=UTC)
    assert found["east"][2] is None
    assert found["west"][2] == found["somewhere"][2] == found["made_up"][2] == los_angeles_opens
    # Where the country is not known either, three clocks leave one hour: from 01:00 to 02:00 UTC.
    assert found["nowhere"][2] == datetime(2026, 11, 19, 1, tzinfo=UTC)


def test_who_can_be_woken_at_every_hour_of_some_possible_clock_gets_nothing(shop: Shop) -> None:
    shop.alter_tenant("time_zone = 'Asia/Ho_Chi_Minh'")
    set_rules(shop, quiet_hours=[{"channel": "any", "from": "18:00", "until": "09:00", **WHY}])
    people(shop, ["here", "there", "unknown"])
    lives(shop, "here", zone="Asia/Ho_Chi_Minh")
    lives(shop, "there", zone="America/New_York")
    two_channel_campaign(shop)

    found = reasons(shop, plan_at(shop, NOON))

    assert found == {"here": None, "there": None, "unknown": "no_quiet_hours_left"}


def test_a_message_whose_time_ends_before_the_morning_is_not_planned(shop: Shop) -> None:
    set_rules(shop, quiet_hours=QUIET_EMAIL)
    people(shop, ["a"])
    lives(shop, "a", zone="UTC")
    two_channel_campaign(shop, policy=Policy(send_within_hours=8))

    assert reasons(shop, plan_at(shop, NOON.replace(hour=23))) == {"a": "no_quiet_hours_left"}


def test_a_schedule_in_local_time_waits_for_that_time_of_everybodys_own_clock(shop: Shop) -> None:
    people(shop, ["prague", "hanoi"])
    lives(shop, "prague", zone="Europe/Prague")
    lives(shop, "hanoi", zone="Asia/Ho_Chi_Minh")
    two_channel_campaign(shop, schedule=Recurring(cron="0 3 * * *", local_time="09:30"))

    found = fates(shop, plan_at(shop, datetime(2026, 11, 18, 3, tzinfo=UTC)))

    assert found["prague"][2] == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    assert found["hanoi"][2] == datetime(2026, 11, 19, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("planned", "not_before"),
    [
        (datetime(2026, 11, 18, 2, 40, tzinfo=UTC), None),
        (datetime(2026, 11, 18, 9, tzinfo=UTC), datetime(2026, 11, 19, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_that_passed_while_the_planner_came_is_meant_still_and_one_of_hours_ago_is_not(
    shop: Shop, planned: datetime, not_before: datetime | None
) -> None:
    people(shop, ["hanoi"])
    lives(shop, "hanoi", zone="Asia/Ho_Chi_Minh")
    two_channel_campaign(shop, schedule=Recurring(cron="30 2 * * *", local_time="09:30"))
    due_at = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)

    run = plan_run(shop.warehouse, shop.tenant_id, CAMPAIGN, "run-1", AS_OF, guard=SANDBOX, due_at=due_at, now=planned)

    assert fates(shop, run)["hanoi"][2] == not_before


def test_quotas_of_a_run_and_of_a_day_and_the_budget_keep_the_same_people_each_time(shop: Shop) -> None:
    names = [f"c{number:02}" for number in range(12)]
    people(shop, names)
    in_turn = sorted(names, key=lambda name: shuffle(shop.tenant_id, name))
    set_rules(
        shop,
        daily_quotas=[{"channel": "any", "messages": 11, **WHY}, {"channel": "email", "messages": 10, **WHY}],
        costs=[{"channel": "email", "minor": 5, **WHY}],
    )
    two_channel_campaign(shop, policy=Policy(quota=8, budget_minor=31, cost_minor={"email": 5, "zalo": 9}))

    run = plan_at(shop, NOON)

    assert reasons(shop, run) == {
        **dict.fromkeys(in_turn[:6]),
        **dict.fromkeys(in_turn[6:8], "budget"),
        **dict.fromkeys(in_turn[8:], "quota"),
    }
    ready(shop)
    # Six of the ten of the day are taken.
    assert sorted(
        name for name, reason in reasons(shop, plan_at(shop, NOON, "run-2")).items() if reason is None
    ) == sorted(in_turn[:4])


def test_a_household_is_held_out_or_sent_to_as_one_and_stays_so_while_the_audience_grows(shop: Shop) -> None:
    names = [f"c{number:02}" for number in range(40)]
    people(shop, names)
    for number in range(0, 40, 2):
        household(shop, f"h{number}", names[number], names[number + 1])
    two_channel_campaign(shop, policy=Policy(holdout_share=0.5))
    first = reasons(shop, plan_at(shop, NOON))
    people(shop, [f"d{number:02}" for number in range(20)])
    ready(shop)

    second = reasons(shop, plan_at(shop, NOON, "run-2"))

    assert all(first[names[number]] == first[names[number + 1]] for number in range(0, 40, 2))
    assert 5 < list(first.values()).count("holdout") < 35
    assert {name: second[name] for name in names} == first


def test_the_control_group_is_the_same_in_every_campaign_and_drawn_apart_from_holdouts(shop: Shop) -> None:
    set_rules(shop, control_group={"share": 0.4, **WHY})
    names = [f"c{number:03}" for number in range(100)]
    people(shop, names)
    two_channel_campaign(shop, "one", policy=Policy(holdout_share=0.4))
    two_channel_campaign(shop, "two", policy=Policy(holdout_share=0.4))

    one, two = (reasons(shop, plan_at(shop, NOON, campaign_id=name)) for name in ("one", "two"))

    def those(found: dict[str, str | None], reason: str) -> set[str]:
        return {name for name, told in found.items() if told == reason}

    assert those(one, "control_group") == those(two, "control_group")
    assert 20 < len(those(one, "control_group")) < 60
    assert those(one, "holdout") != those(two, "holdout")
    # Of those outside the control group about as many are held out as of everybody.
    assert 12 <= len(those(one, "holdout")) <= 36


def test_the_reasons_follow_the_order_of_the_steps(shop: Shop) -> None:
    """One person for whom everything stands against a message; each thing taken away shows the next."""
    at_home = {"rule": "at_home", "route": "email", "purposes": ["marketing"], "when": {"countries": ["VN"]}, **WHY}
    set_rules(
        shop,
        routes=[at_home],
        caps=[{"channel": "any", "count": 1, "days": 7, **WHY}],
        quiet_hours=QUIET_EMAIL,
        daily_quotas=[{"channel": "any", "messages": 0, **WHY}],
        costs=[{"channel": "email", "minor": 5, **WHY}],
        control_group={"share": 0.999999, **WHY},
    )
    shop.person("a", consent="denied")
    shop.suppress("a@example.com")
    two_channel_campaign(
        shop,
        channels=("email",),
        re_entry=ReEntry(rule="never"),
        policy=Policy(holdout_share=0.999999, budget_minor=1, send_within_hours=1, cost_minor={"email": 5}),
    )
    was_sent(shop, "a", NOON - timedelta(days=1), campaign_id=CAMPAIGN)
    night = NOON.replace(hour=23)
    reliefs: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: shop.execute("DELETE FROM core.suppression WHERE tenant_id = %s", shop.tenant_id),
        lambda: shop.consent("a", "granted", day=3),
        lambda: lives(shop, "a", country="VN"),
        lambda: two_channel_campaign_again(shop, re_entry='{"rule": "always"}'),
        lambda: set_rules(
            shop,
            quiet_hours=QUIET_EMAIL,
            daily_quotas=[{"channel": "any", "messages": 0, **WHY}],
            costs=[{"channel": "email", "minor": 5, **WHY}],
            control_group={"share": 0.999999, **WHY},
        ),
        lambda: set_rules(
            shop,
            daily_quotas=[{"channel": "any", "messages": 0, **WHY}],
            costs=[{"channel": "email", "minor": 5, **WHY}],
            control_group={"share": 0.999999, **WHY},
        ),
        lambda: set_rules(
            shop, costs=[{"channel": "email", "minor": 5, **WHY}], control_group={"share": 0.999999, **WHY}
        ),
        lambda: two_channel_campaign_again(shop, policy='{"holdout_share": 0.999999}'),
        lambda: set_rules(shop),
        lambda: two_channel_campaign_again(shop, policy="{}"),
        lambda: allow_everything(shop),
    )
    seen = []
    for number, relief in enumerate(reliefs):
        relief()
        ready(shop)
        [reason] = reasons(shop, plan_at(shop, night, f"run-{number}")).values()
        seen.append(reason)

    assert seen == [
        "suppressed",
        "no_consent",
        "not_eligible",
        "re_entry",
        "capped",
        "no_quiet_hours_left",
        "quota",
        "budget",
        "control_group",
        "holdout",
        "not_allowed",
        None,
    ]
    order = [reason for _, reason in WATERFALL if reason is not None]
    untried = {SkipReason.NO_ADDRESS, SkipReason.RESTRICTED, SkipReason.DUPLICATE_ADDRESS}
    assert seen[:-1] == [reason for reason in order if reason not in untried]


def two_channel_campaign_again(shop: Shop, **columns: str) -> None:
    """Change the campaign's row, as an INSERT into the table by somebody else could."""
    for column, value in columns.items():
        shop.execute(
            f"UPDATE activation.campaign SET {column} = %s WHERE tenant_id = %s AND campaign_id = %s",
            value,
            shop.tenant_id,
            CAMPAIGN,
        )


TABLES = (
    "activation.campaign",
    "activation.campaign_version",
    "activation.run",
    "activation.delivery",
    "activation.audience_step",
    "activation.attempt",
    "segment.membership",
    "core.consent",
)


def digest(shop: Shop) -> list[tuple[str, int, str]]:
    """The number of rows and a hash of all that they say, of each table."""
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        return [
            (table, *connection.execute(
                f"SELECT count(*), coalesce(md5(string_agg(told::text, '|' ORDER BY told::text)), '') "
                f"FROM {table} AS told WHERE tenant_id = %s".encode(),
                [shop.tenant_id],
            ).fetchall()[0])
            for table in TABLES
        ]  # fmt: skip


def test_a_dry_run_writes_nothing_and_says_what_the_real_one_does(shop: Shop) -> None:
    set_rules(shop, quiet_hours=QUIET_EMAIL, costs=[{"channel": "email", "minor": 7, **WHY}])
    people(shop, [f"c{number:02}" for number in range(20)])
    shop.person("refused", consent="denied")
    lives(shop, "c00", zone="Asia/Tokyo")
    two_channel_campaign(shop, policy=Policy(holdout_share=0.3))
    before = digest(shop)

    seen = preview_run(shop.warehouse, shop.tenant_id, CAMPAIGN, AS_OF, guard=SANDBOX, now=NOON)
    told = explain_person(shop.warehouse, shop.tenant_id, CAMPAIGN, "refused", AS_OF, guard=SANDBOX, now=NOON)
    stranger = explain_person(shop.warehouse, shop.tenant_id, CAMPAIGN, "stranger", AS_OF, guard=SANDBOX, now=NOON)

    assert digest(shop) == before
    run = plan_at(shop, NOON)
    found = fates(shop, run)
    assert (seen.steps, seen.hash) == (run.steps, run.hash)
    assert seen.channels == {"email": run.to_send, "zalo": 0}
    assert seen.cost_minor == 7 * run.to_send
    # Tokyo's 21:00 is noon; the tenant's own zone, and so everybody else's possible ones, hold Tokyo too.
    assert seen.deferred == run.to_send == sum(fate[2] is not None for fate in found.values() if fate[1] is None)
    assert seen.samples["no_consent"] == ("refused",)
    assert set(seen.samples) == {fate[1] for fate in found.values() if fate[1] is not None}
    assert (told.step, told.reason) == ("consented", SkipReason.NO_CONSENT)
    assert stranger.step is None
    assert SEGMENT == "red_socks"
