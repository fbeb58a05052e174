"""The waterfall of random shops, compared person by person with an independent telling of its rules."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_activation.activation.audience.waterfall import WATERFALL
from leo_activation.settings import DatabaseRole
from tests.activation.shop import CAMPAIGN, Shop
from tests.activation.waterfall_shop import (
    allow_everything,
    draw,
    household,
    lives,
    plan_at,
    reasons,
    rules_kept,
    set_rules,
    shuffle,
    two_channel_campaign,
    was_sent,
)

CHANNELS = ("email", "zalo")
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Prague", "America/New_York")
TENANT_ZONE = "UTC"
WHY = {"reason": "test"}
BEFORE_ROUTES = ("suppressed", "no_consent", "no_address", "restricted")
OUT = (*BEFORE_ROUTES, "not_eligible")
"""Who drops out for these shares no address with anybody."""
EMPTIED = (
    "rights.restriction",
    "rights.request",
    "activation.contact_standing",
    "activation.audience_step",
    "activation.delivery",
    "activation.run",
    "ops.allowed_address",
    "core.suppression",
    "core.household_member",
    "core.household",
    "segment.membership",
    "core.channel_address",
    "core.consent",
    "core.profile",
    "core.customer",
)


@dataclass(frozen=True)
class Way:
    """One rule of the routes: on which channel (by its place in CHANNELS), for what price, and on which conditions."""

    channel: int
    rule: str
    price: int
    countries: frozenset[str] | None = None
    for_followers: bool = False
    within_hours: int | None = None
    a_day: int | None = None
    bar: tuple[int, int] | None = None


@dataclass(frozen=True)
class Person:
    """One member: addresses and consent by channel, clock, country, home, and how many hours ago they got an e-mail.

    `promoted` is how many hours ago they got something by the route to followers. `restricted` is for which purpose
    they asked not to be processed.
    """

    customer_id: str
    addresses: tuple[str | None, str | None]
    consent: tuple[str | None, str | None]
    zone: str | None
    country: str | None
    home: str | None
    promoted: tuple[int, ...]
    had: tuple[tuple[int, bool], ...]
    restricted: str | None

    @property
    def cluster(self) -> str:
        return self.home or self.customer_id


@dataclass(frozen=True)
class Setting:
    """The rules of one example; `forbidden` addresses are not on the allow-list.

    `followers` are addresses that follow, `spoke` how many hours ago somebody wrote to us from an address.
    """

    now: datetime
    suppressed: frozenset[str]
    forbidden: frozenset[str]
    email_cap: tuple[int, int] | None
    any_cap: tuple[int, int] | None
    quiet: tuple[int, int] | None
    send_within: int
    re_entry_days: int | None
    day_quota: int | None
    run_quota: int | None
    budget: int | None
    control: float
    holdout: float
    email_countries: frozenset[str] | None
    promotion: Way | None
    followers: frozenset[str]
    spoke: tuple[tuple[str, int], ...]

    @property
    def ways(self) -> list[Way]:
        """In the order in which they are tried: by channel, on a channel the cheapest first, then as they were told."""
        by_mail = Way(0, "email", 3, countries=self.email_countries)
        to_anybody = Way(1, "to_anybody", 7)
        on_zalo = [to_anybody] if self.promotion is None else [self.promotion, to_anybody]
        return [by_mail, *sorted(on_zalo, key=lambda way: way.price)]


@st.composite
def _people(drawing: st.DrawFn) -> tuple[Person, ...]:
    count = drawing(st.integers(1, 9))
    made = []
    for number in range(count):
        address = st.sampled_from([None, f"own{number}", "shared1", "shared2"])
        consent = st.sampled_from(["granted", "granted", "granted", "denied", None])
        made.append(
            Person(
                customer_id=f"c{number}",
                addresses=(drawing(address), drawing(address)),
                consent=(drawing(consent), drawing(consent)),
                zone=drawing(st.sampled_from([*ZONES, None])),
                country=drawing(st.sampled_from(["VN", "VN", "DE", None])),
                promoted=tuple(drawing(st.lists(st.sampled_from([1, 23, 24, 25]), max_size=1))),
                home=drawing(st.sampled_from([None, None, "h1", "h2"])),
                restricted=drawing(st.sampled_from([None, None, None, None, "any", "marketing"])),
                had=tuple(
                    drawing(
                        st.lists(st.tuples(st.sampled_from([1, 23, 24, 25, 167, 168, 169]), st.booleans()), max_size=2)
                    )
                ),
            )
        )
    return tuple(made)


def _maybe(strategy: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), strategy)


_cap = st.one_of(st.none(), st.tuples(st.integers(1, 2), st.sampled_from([1, 7])))
_settings = st.builds(
    Setting,
    now=st.builds(
        lambda day, minutes: datetime(2026, 3, 27, tzinfo=UTC) + timedelta(days=day, minutes=minutes),
        st.integers(0, 3),
        st.integers(0, 47).map(lambda half_hours: half_hours * 30),
    ),
    suppressed=st.frozensets(st.sampled_from(["own0", "own1", "shared1"])),
    forbidden=st.frozensets(st.sampled_from(["own0", "own2", "shared2"]), max_size=1),
    email_cap=_cap,
    any_cap=_cap,
    quiet=st.sampled_from([None, (21, 8), (20, 9), (12, 14)]),
    send_within=st.sampled_from([2, 12, 48]),
    re_entry_days=st.sampled_from([None, 1, 7]),
    day_quota=_maybe(st.integers(0, 6)),
    run_quota=_maybe(st.integers(1, 5)),
    budget=_maybe(st.integers(0, 12)),
    control=st.sampled_from([0.0, 0.4]),
    holdout=st.sampled_from([0.0, 0.6]),
    email_countries=st.sampled_from([None, None, None, frozenset({"VN"}), frozenset({"VN", "DE"})]),
    promotion=st.one_of(
        st.none(),
        st.builds(
            Way,
            channel=st.just(1),
            rule=st.just("to_followers"),
            price=st.sampled_from([2, 7, 9]),
            countries=st.sampled_from([None, frozenset({"VN"})]),
            for_followers=st.booleans(),
            within_hours=_maybe(st.sampled_from([2, 24])),
            a_day=_maybe(st.integers(1, 2)),
            bar=st.sampled_from([None, (22, 8), (12, 14)]),
        ),
    ),
    followers=st.frozensets(st.sampled_from(["own0", "own1", "own2", "shared1", "shared2"])),
    spoke=st.dictionaries(
        st.sampled_from(["own0", "own1", "own2", "shared1", "shared2"]), st.sampled_from([0, 1, 2, 23, 24, 25])
    ).map(lambda said: tuple(sorted(said.items()))),
)


class Oracle:
    """The rules of docs/concepts/audience.md, person by person."""

    def __init__(self, tenant_id: str, people: tuple[Person, ...], setting: Setting) -> None:
        self.tenant_id = tenant_id
        self.people = sorted(people, key=lambda person: person.customer_id)
        self.setting = setting
        self.send_by = setting.now + timedelta(hours=setting.send_within)
        self.rules: dict[str, str] = {}

    def reasons(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        ways: dict[str, tuple[Way, str | None]] = {}
        for person in self.people:
            ways[person.customer_id] = self._way(person)
        self.rules = {name: way.rule for name, (way, reason) in ways.items() if reason not in BEFORE_ROUTES}
        own_reason = {name: reason for name, (_, reason) in ways.items()}
        for person in self.people:
            way, reason = ways[person.customer_id]
            channel = way.channel
            if reason in OUT:
                found[person.customer_id] = reason
                continue
            rivals = [
                other.customer_id
                for other in self.people
                if ways[other.customer_id][0].channel == channel
                and own_reason[other.customer_id] not in OUT
                and other.addresses[channel] == person.addresses[channel]
            ]
            first = min(rivals, key=lambda name: (own_reason[name] is not None, name))
            if first != person.customer_id:
                found[person.customer_id] = "duplicate_address"
            elif reason != "not_allowed":
                found[person.customer_id] = reason
            else:
                found[person.customer_id] = None
        self._ration(found, ways)
        for person in self.people:
            if found[person.customer_id] is not None:
                continue
            if draw(f"control group:{self.tenant_id}:{person.cluster}") < self.setting.control:
                found[person.customer_id] = "control_group"
            elif draw(f"{CAMPAIGN}:{person.cluster}") < self.setting.holdout:
                found[person.customer_id] = "holdout"
            else:
                found[person.customer_id] = ways[person.customer_id][1]
        return found

    def _way(self, person: Person) -> tuple[Way, str | None]:
        order = [str(reason) for _, reason in WATERFALL if reason is not None]
        judged = [(way, self._against(person, way)) for way in self.setting.ways]
        for way, reason in judged:
            if reason is None:
                return way, None
        # The first of those on which the person came furthest: max() keeps the first.
        return max(judged, key=lambda each: order.index(str(each[1])))

    def _against(self, person: Person, way: Way) -> str | None:
        setting, channel = self.setting, way.channel
        address = person.addresses[channel]
        if address is not None and address in setting.suppressed:
            return "suppressed"
        if person.consent[channel] != "granted":
            return "no_consent"
        if address is None:
            return "no_address"
        if person.restricted is not None:
            return "restricted"
        opens = self._opens(person, way)
        if not self._is_open(person, way, opens or setting.now):
            return "not_eligible"
        own = self._had(lambda other: other.customer_id == person.customer_id)
        # The past is by e-mail: at an address of Zalo nothing was received.
        there = self._had(lambda other: other.addresses[0] == address) if channel == 0 else []
        days = setting.re_entry_days
        if days is not None and any(this and hours < 24 * days for hours, this in own + there):
            return "re_entry"
        if setting.any_cap is not None and self._count(own, setting.any_cap[1]) >= setting.any_cap[0]:
            return "capped"
        if setting.email_cap is not None and channel == 0:
            most, within = setting.email_cap
            if max(self._count(own, within), self._count(there, within)) >= most:
                return "capped"
        if way.a_day is not None:
            of_person = [hours for hours in person.promoted if person.addresses[1] is not None]
            at_address = [hours for other in self.people if other.addresses[1] == address for hours in other.promoted]
            if max(sum(hours < 24 for hours in each) for each in (of_person, at_address)) >= way.a_day:
                return "capped"
        if opens is None or opens > self.send_by:
            return "no_quiet_hours_left"
        return "not_allowed" if address in setting.forbidden else None

    def _is_open(self, person: Person, way: Way, at: datetime) -> bool:
        """Whether the rule's conditions hold at the moment that the message would go."""
        setting, address = self.setting, person.addresses[way.channel]
        if way.countries is not None and person.country not in way.countries:
            return False
        if way.for_followers and address not in setting.followers:
            return False
        if way.within_hours is None:
            return True
        spoke = dict(setting.spoke).get(str(address))
        return spoke is not None and at - (setting.now - timedelta(hours=spoke)) < timedelta(hours=way.within_hours)

    def _had(self, is_meant: Callable[[Person], bool]) -> list[tuple[int, bool]]:
        """(hours ago, of this campaign) of what those who are meant had; nobody without an address had anything."""
        return [
            each
            for person in self.people
            if is_meant(person) and person.addresses[0] is not None
            for each in person.had
        ]

    @staticmethod
    def _count(had: list[tuple[int, bool]], days: int) -> int:
        return sum(hours < 24 * days for hours, _ in had)

    def _opens(self, person: Person, way: Way) -> datetime | None:
        """Half an hour after half an hour, until no clock says that it is quiet."""
        setting = self.setting
        quiet = setting.quiet if way.channel == 0 else way.bar
        if quiet is None:
            return setting.now
        lived_in = {other.zone for other in self.people if other.zone is not None} | {TENANT_ZONE}
        clocks = [person.zone] if person.zone is not None else sorted(lived_in)
        since, until = (time(hour) for hour in quiet)
        for step in range(2 * 24 * 3):
            moment = setting.now + timedelta(minutes=30 * step)
            local = [moment.astimezone(ZoneInfo(zone)).time() for zone in clocks]
            if since < until:
                is_quiet = any(since <= clock < until for clock in local)
            else:
                is_quiet = any(clock >= since or clock < until for clock in local)
            if not is_quiet:
                return moment
        return None

    def _ration(self, found: dict[str, str | None], ways: dict[str, tuple[Way, str | None]]) -> None:
        setting = self.setting
        in_turn = sorted(
            (person for person in self.people if found[person.customer_id] is None),
            key=lambda person: (shuffle(self.tenant_id, person.customer_id), person.customer_id),
        )
        taken: dict[date, int] = {}
        for person in self.people:
            for hours, _ in person.had:
                if person.addresses[0] is not None:
                    day = (setting.now - timedelta(hours=hours)).date()
                    taken[day] = taken.get(day, 0) + 1
        kept = []
        for person in in_turn:
            opens = self._opens(person, ways[person.customer_id][0])
            assert opens is not None
            used = taken.get(opens.date(), 0)
            if setting.day_quota is not None and used >= setting.day_quota:
                found[person.customer_id] = "quota"
                continue
            taken[opens.date()] = used + 1
            kept.append(person)
        if setting.run_quota is not None:
            for person in kept[setting.run_quota :]:
                found[person.customer_id] = "quota"
            kept = kept[: setting.run_quota]
        spent = 0
        for person in kept:
            spent += ways[person.customer_id][0].price
            if setting.budget is not None and spent > setting.budget:
                found[person.customer_id] = "budget"


def _as_told(way: Way) -> tuple[int, bool]:
    """The order of the policy: the route to followers before the one to anybody."""
    return way.channel, way.rule == "to_anybody"


def _rule_of(way: Way) -> dict[str, object]:
    """The rule as a policy says it; the price of the one to anybody is the channel's cost."""
    route = {"email": "email", "to_followers": "zalo_promotion", "to_anybody": "zalo_template"}[way.rule]
    when = {
        "approved_template": way.channel == 1,
        "follows": way.for_followers,
        **({} if way.within_hours is None else {"within_hours_of_interaction": way.within_hours}),
        **({} if way.countries is None else {"countries": sorted(way.countries)}),
    }
    return {
        "rule": way.rule,
        "route": route,
        "purposes": ["marketing"],
        "when": when,
        "caps": [] if way.a_day is None else [{"count": way.a_day, "days": 1}],
        "bars": [] if way.bar is None else [{"from": f"{way.bar[0]:02}:00", "until": f"{way.bar[1]:02}:00"}],
        **({} if way.rule == "to_anybody" else {"price_minor": way.price}),
        **WHY,
    }


def put(shop: Shop, people: tuple[Person, ...], setting: Setting) -> None:
    """Make the shop that of the example."""
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        for table in EMPTIED:
            connection.execute(f"DELETE FROM {table} WHERE tenant_id = %s".encode(), [shop.tenant_id])
    set_rules(
        shop,
        caps=[
            {"channel": channel, "count": cap[0], "days": cap[1], **WHY}
            for channel, cap in (("email", setting.email_cap), ("any", setting.any_cap))
            if cap is not None
        ],
        quiet_hours=[]
        if setting.quiet is None
        else [{"channel": "email", "from": f"{setting.quiet[0]:02}:00", "until": f"{setting.quiet[1]:02}:00", **WHY}],
        daily_quotas=[] if setting.day_quota is None else [{"channel": "any", "messages": setting.day_quota, **WHY}],
        costs=[{"channel": "email", "minor": 3, **WHY}, {"channel": "zalo", "minor": 7, **WHY}],
        routes=[_rule_of(way) for way in sorted(setting.ways, key=_as_told)],
        control_group=None if not setting.control else {"share": setting.control, **WHY},
    )
    days = setting.re_entry_days
    shop.execute(
        "UPDATE activation.campaign SET state = 'ready', policy = %s, re_entry = %s "
        "WHERE tenant_id = %s AND campaign_id = %s",
        json.dumps(
            {
                "holdout_share": setting.holdout,
                "quota": setting.run_quota,
                "budget_minor": setting.budget,
                "send_within_hours": setting.send_within,
            }
        ),
        json.dumps({"rule": "always"} if days is None else {"rule": "after_days", "days": days}),
        shop.tenant_id,
        CAMPAIGN,
    )
    for person in people:
        shop.person(person.customer_id, address=None, consent=None)
        lives(shop, person.customer_id, zone=person.zone, country=person.country)
        for channel, address, consent in zip(CHANNELS, person.addresses, person.consent, strict=True):
            if address is not None:
                shop.address(person.customer_id, f"{address}@example.com", channel)
            if consent is not None:
                shop.consent(person.customer_id, consent, channel=channel)
    for home in {person.home for person in people if person.home is not None}:
        household(shop, home, *(person.customer_id for person in people if person.home == home))
    for person in people:
        for hours, of_this in person.had:
            at = setting.now - timedelta(hours=hours)
            was_sent(shop, person.customer_id, at, campaign_id=CAMPAIGN if of_this else "earlier")
        for hours in person.promoted:
            was_sent(
                shop,
                person.customer_id,
                setting.now - timedelta(hours=hours),
                campaign_id="notices",
                channel="zalo",
                message_class="transactional",
                route="zalo_promotion",
            )
    for person in people:
        if person.restricted is not None:
            shop.execute(
                "WITH asked AS (INSERT INTO rights.request (tenant_id, kind, law, clocks_version, person_hash, "
                "received_at, opened_by, due_at, longest_until) "
                "VALUES (%s, 'restriction', 'test', 1, '', now(), 'test', now(), now()) RETURNING request_id) "
                "INSERT INTO rights.restriction (tenant_id, profile_id, purpose, request_id) "
                "SELECT %s, profile_id, %s, request_id FROM asked CROSS JOIN core.profile "
                "WHERE profile.tenant_id = %s AND customer_id = %s",
                shop.tenant_id,
                shop.tenant_id,
                person.restricted,
                shop.tenant_id,
                person.customer_id,
            )
    spoke = dict(setting.spoke)
    for address in setting.followers | spoke.keys():
        shop.execute(
            "INSERT INTO activation.contact_standing "
            "(tenant_id, channel, address_hash, follows, last_interaction_at) "
            "SELECT DISTINCT tenant_id, channel, address_hash, %s::boolean, %s::timestamptz FROM core.channel_address "
            "WHERE tenant_id = %s AND channel = 'zalo' AND address = %s",
            True if address in setting.followers else None,
            setting.now - timedelta(hours=spoke[address]) if address in spoke else None,
            shop.tenant_id,
            f"{address}@example.com",
        )
    for address in setting.suppressed:
        shop.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "SELECT DISTINCT tenant_id, channel, address_hash, 'unsubscribed', 'test' FROM core.channel_address "
            "WHERE tenant_id = %s AND address = %s",
            shop.tenant_id,
            f"{address}@example.com",
        )
    allow_everything(shop)
    for address in setting.forbidden:
        shop.execute(
            "DELETE FROM ops.allowed_address WHERE tenant_id = %s AND address_hash IN ("
            "SELECT address_hash FROM core.channel_address WHERE tenant_id = %s AND address = %s)",
            shop.tenant_id,
            shop.tenant_id,
            f"{address}@example.com",
        )


def test_every_person_of_a_random_shop_falls_where_the_rules_say_and_the_steps_add_up(shop: Shop) -> None:
    shop.segment()
    two_channel_campaign(shop)
    seen: set[str | None] = set()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(people=_people(), setting=_settings)
    def check(people: tuple[Person, ...], setting: Setting) -> None:
        put(shop, people, setting)
        oracle = Oracle(shop.tenant_id, people, setting)
        expected = oracle.reasons()

        run = plan_at(shop, setting.now)

        assert reasons(shop, run) == expected
        assert rules_kept(shop, run) == oracle.rules
        seen.update(expected.values())
        kept = len(people)
        for (name, reason), step in zip(WATERFALL, run.steps, strict=True):
            dropped = 0 if reason is None else list(expected.values()).count(str(reason))
            kept -= dropped
            assert (step.step, step.kept, step.dropped) == (name, kept, dropped)
        assert run.to_send == list(expected.values()).count(None)

    check()
    # Who is in the control group depends on the tenant's id, which is another in each run of this test.
    drawn = {"control_group"}
    assert seen - drawn == {None, *(str(reason) for _, reason in WATERFALL if reason is not None)} - drawn
