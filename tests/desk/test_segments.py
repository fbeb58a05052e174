"""Segments on the desk: found among many, a size that adds up, why somebody is in or was, and the end of one."""

import csv
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from httpx2 import Response

from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.segments import SegmentPages
from leo_activation.desk.pages.segments.history import FORGOTTEN, History, history_of
from leo_activation.desk.reading import Row, read_rows
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.desk.conftest import ROOT, House, build_house
from tests.profiles.people import NOW, Event, add_events
from tests.segments.shop import CannedPlanner, bring_up_to_date, day, open_shop

THEN = day(15).strftime("%Y-%m-%dT%H:%M")
AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
A_DAY = timedelta(days=1)


class Text(HTMLParser):
    """What a page says, without its marks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.said).split())


def words(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return Text(answer.text).words


@dataclass
class Shop:
    """The shop of the segments' tests behind a desk."""

    warehouse: Warehouse
    tenant: Tenant
    house: House

    def __post_init__(self) -> None:
        self.encoder = open_shop(self.warehouse, self.tenant)
        self.house = build_house(self.warehouse, self.register)
        self.house.tenants.append(self.tenant.tenant_id)

    def register(self, desk: Desk, pages: Pages) -> None:
        SegmentPages(desk, self.encoder).add_to(pages)

    def get(self, path: str, *, fragment: bool = False, **asked: str) -> Response:
        return self.house.as_("marketer", fragment=fragment).get(self.url(path), params=asked)

    def url(self, path: str) -> str:
        return f"{ROOT}/{self.tenant.tenant_id}/segments{path}"

    def approve(self, text: str, largest_change: int = 1000) -> str:
        """A segment of the text's plan, approved."""
        tenant_id = self.tenant.tenant_id
        request_id = submit_request(self.warehouse, tenant_id, text, "marketer")
        drafted = draft_request(
            self.warehouse, tenant_id, request_id, as_of=NOW, encoder=self.encoder, planners=[CannedPlanner()]
        )
        record_decision(
            self.warehouse, tenant_id, request_id,
            decision=Decision.APPROVE, decided_by="reviewer", decided_at=NOW, note=None,
            hash=review(self.warehouse, tenant_id, request_id).hash,
            limits=Limits(largest_size=100, largest_change_percent=Decimal(largest_change)),
        )  # fmt: skip
        assert drafted.segment_id is not None
        return drafted.segment_id

    def refresh(self, segment_id: str, as_of: datetime = NOW) -> int | None:
        return refresh_segment(
            self.warehouse, self.tenant.tenant_id, segment_id, as_of, encoder=self.encoder, whole=True
        ).hold_id

    def add(self, *events: Event) -> None:
        add_events(self.warehouse, self.tenant.tenant_id, events)
        bring_up_to_date(self.warehouse, self.tenant)

    def change(self, text: str, **values: object) -> None:
        """A change that no page makes: time that passed, or a person who was erased."""
        with self.warehouse.connect(DatabaseRole.OWNER, self.tenant.tenant_id) as connection:
            connection.execute(text.encode(), {"tenant_id": self.tenant.tenant_id, **values})

    def one(self, segment_id: str) -> Row:
        [row] = read_rows(self.warehouse, self.tenant.tenant_id, "desk/read_segment", {"segment_id": segment_id})
        return row

    def history(self, segment_id: str, days: int = 30) -> History:
        return history_of(self.warehouse, self.tenant.tenant_id, self.one(segment_id), days)


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> Shop:
    tenant = Tenant(
        f"t{secrets.token_hex(6)}", "A shop", "EUR", interest_model="event_weight", luxury_threshold_minor=80_000
    )
    register_tenant(warehouse, tenant)
    return Shop(warehouse, tenant, build_house(warehouse, lambda desk, pages: None))


@pytest.fixture(scope="module")
def socks(shop: Shop) -> str:
    """“Red socks in Poland”: Ann and Bob are in."""
    segment_id = shop.approve("red socks in Poland")
    shop.refresh(segment_id)
    return segment_id


@pytest.fixture(scope="module")
def many(shop: Shop, socks: str) -> list[str]:
    """120 copies of a segment, the last ten of them retired: the names of all active ones, in order."""
    shop.change(
        "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
        "meaning, schema_version, hash, state) "
        "SELECT tenant_id, 'copy_' || n, 1, 'Copy number ' || lpad(n::text, 3, '0'), plan, sentence, cypher, "
        "parameters, meaning, schema_version, hash || n, "
        "CASE WHEN n > 110 THEN 'retired' ELSE 'active' END "
        "FROM segment.definition, generate_series(1, 120) AS n "
        "WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s",
        segment_id=socks,
    )
    return [f"Copy number {number:03}" for number in range(1, 111)]


def linked(page: str, marker: str) -> list[str]:
    """The addresses of a page's links that hold a word."""

    class Links(HTMLParser):
        found: list[str]

        def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
            address = dict(attrs).get("href") or ""
            if tag == "a" and marker in address:
                self.found.append(address)

    links = Links()
    links.found = []
    links.feed(page)
    return links.found


def test_every_segment_is_on_one_page_of_the_list(shop: Shop, many: list[str]) -> None:
    client = shop.house.as_("marketer")
    address, seen = shop.url("?search=copy"), []
    for _ in range(3):
        page = client.get(address).text
        seen += [name for name in many if name in page]
        following = linked(page, "after_name")
        if not following:
            break
        address = following[0]
    assert seen == many
    assert "110 segments" in Text(page).words


def test_a_segment_is_found_by_a_part_of_its_name_or_id_and_by_its_state(shop: Shop, many: list[str]) -> None:
    assert "1 segment with “COPY_77”" in words(shop.get("", search="COPY_77"))
    part = shop.get("", fragment=True, search="number 11", state="")
    assert "<html" not in part.text
    assert "10 segments with “number 11”" in words(part)
    retired = words(shop.get("", search="number", state="retired"))
    assert "Copy number 111 retired" in retired
    assert "Copy number 110" not in retired
    assert "No segment is called like that." in words(shop.get("", search="100 % of _nobody_"))


def test_members_at_the_beginning_and_who_entered_and_left_make_the_members_now(shop: Shop) -> None:
    segment_id = shop.approve("red socks")
    shop.refresh(segment_id, NOW)
    # All that happened so far is long ago.
    shop.change(
        "UPDATE segment.run SET finished_at = now() - INTERVAL '40 days' "
        "WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s",
        segment_id=segment_id,
    )
    shop.add(Event("eve", "purchase", "socks", day(3), "red", event_key="late"))
    shop.refresh(segment_id, NOW)
    # Ann's purchase and Bob's become older than 60 days, Eve's does not.
    shop.refresh(segment_id, NOW + timedelta(days=55))
    history = shop.history(segment_id)
    assert (history.start, history.entered, history.left, history.otherwise, history.now) == (3, 1, 3, 0, 1)
    assert {(one.change, one.cause): one.people for one in history.causes} == {
        ("enter", "late_data"): 1, ("exit", "data"): 3,
    }  # fmt: skip
    page = words(shop.get(f"/{segment_id}", days="30"))
    assert "3 30 days ago + 1 entered − 3 left = 1 now" in page
    whole = shop.history(segment_id, 90)
    assert (whole.start, whole.entered, whole.left, whole.now) == (0, 4, 3, 1)


def test_people_who_were_erased_stand_apart_and_the_sum_is_still_true(shop: Shop) -> None:
    segment_id = shop.approve("everybody")
    shop.refresh(segment_id)
    values = {"segment_id": segment_id}
    shop.change(
        "DELETE FROM segment.membership WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s "
        "AND customer_id = 'dee'", **values,
    )  # fmt: skip
    shop.change(
        "DELETE FROM segment.membership_change WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s "
        "AND customer_id = 'dee'", **values,
    )  # fmt: skip
    history = shop.history(segment_id)
    assert (history.start, history.entered, history.left, history.otherwise, history.now) == (0, 5, 0, 1, 4)
    assert {one.cause: one.people for one in history.causes} == {"definition": 4, FORGOTTEN: 1}
    assert "0 90 days ago + 5 entered − 0 left − 1 erased, by no refresh = 4 now" in words(shop.get(f"/{segment_id}"))


def run_of(number: int, at: datetime, members: int, version: int = 1) -> Row:
    return {
        "run_id": number, "version": version, "finished_at": at, "member_count": members, "refreshes": 9,
        "entered": 9, "exited": 0,
    }  # fmt: skip


def test_missed_refreshes_and_new_versions_are_marked() -> None:
    runs = [run_of(n, AT + n * A_DAY, 10 + n, 1 if n < 3 else 2) for n in (0, 1, 2, 3, 6, 7)]
    history = History(30, AT + 7.5 * A_DAY, runs, {}, {**run_of(0, AT - A_DAY, 9)}, 17, is_active=True)
    assert history.missed == [(AT + 3 * A_DAY, AT + 6 * A_DAY)]
    chart = history.sizes("Members", "Version {number}", "no refresh")
    assert list(chart.series[0].values) == [10, 11, 12, 13, None, 16, 17]
    assert [(mark.at, mark.label) for mark in chart.marks] == [(AT + 3 * A_DAY, "Version 2")]
    told = {at: words for at, _, words in chart.rows if words}
    assert told == {AT + 3 * A_DAY: "Version 2", AT + 4.5 * A_DAY: "no refresh"}


def test_a_segment_that_is_refreshed_weekly_misses_nothing_and_one_that_stopped_does() -> None:
    runs = [run_of(n, AT + n * 7 * A_DAY, 10) for n in range(4)]
    weekly = History(30, AT + 25 * A_DAY, runs, {}, None, 10, is_active=True)
    assert weekly.missed == []
    late = History(90, AT + 40 * A_DAY, runs, {}, None, 10, is_active=True)
    assert late.missed == [(AT + 21 * A_DAY, AT + 40 * A_DAY)]
    retired = History(90, AT + 40 * A_DAY, runs, {}, None, 0, is_active=False)
    assert retired.missed == []


def test_the_page_shows_who_bought_what_and_by_which_letter_somebody_is_out(shop: Shop, socks: str) -> None:
    inside = words(shop.get(f"/{socks}/why", fragment=True, customer="ann"))
    assert "In ann: all 2 conditions hold" in inside
    assert "ann customer bought" in inside
    assert "socks red" in inside
    assert "Country: PL" in inside
    outside = words(shop.get(f"/{socks}/why", fragment=True, customer="cy"))
    assert "Not in cy: kept out by B" in outside
    assert "Country: AT" in outside
    assert "They stay out at the next refresh" in outside
    whole = shop.get(f"/{socks}/why", customer="cy")
    assert "<html" in whole.text
    assert "kept out by B" in words(whole)
    assert "There is no customer 'nobody'" in words(shop.get(f"/{socks}/why", fragment=True, customer="nobody"))
    assert (
        "bị loại bởi B"
        in Text(
            shop.house.as_("marketer", fragment=True)
            .get(shop.url(f"/{socks}/why"), params={"customer": "cy"}, headers={"accept-language": "vi"})
            .text
        ).words
    )


def test_a_segment_asked_for_in_english_is_told_in_vietnamese(shop: Shop, socks: str) -> None:
    client = shop.house.as_("marketer")
    client.headers["accept-language"] = "vi"
    page = words(client.get(shop.url(f"/{socks}")))
    assert "sống ở Ba Lan" in page
    assert "who live in Poland" not in page
    assert "who live in Poland" in words(shop.get(f"/{socks}"))
    nobody = client.get(shop.url(f"/{socks}/why"), params={"customer": "nobody"})
    assert "Không có khách hàng “nobody”" in words(nobody)
    assert "“yesterday” không phải ngày giờ." in words(
        client.get(shop.url(f"/{socks}/as-of"), params={"at": "yesterday"})
    )


def test_why_is_told_of_the_past_as_it_was_known_then(shop: Shop, socks: str) -> None:
    # Ann bought ten days ago, Bob twenty.
    ann = words(shop.get(f"/{socks}/why", fragment=True, customer="ann", at=THEN))
    assert "Not in ann: kept out by A then" in ann
    assert "times: 0" in ann
    bob = words(shop.get(f"/{socks}/why", fragment=True, customer="bob", at=THEN))
    assert "In bob: all conditions held then" in bob
    assert "bob customer bought" in bob
    assert "Country: PL" in bob


def test_a_past_size_is_counted_condition_by_condition(shop: Shop, socks: str) -> None:
    then = words(shop.get(f"/{socks}/as-of", fragment=True, at=THEN))
    # Bob and Cy had bought red socks, Bob alone in Poland; Dee's purchase was older than 60 days.
    assert "Members now 2" in then
    assert " 1 of 5 customers then" in then
    assert "in the last 60 days 2 B " in then
    assert "“soon” is not a date and time." in words(shop.get(f"/{socks}/as-of", fragment=True, at="soon"))
    ahead = words(shop.get(f"/{socks}/as-of", fragment=True, at="2999-01-01T00:00"))
    assert "lies ahead of what is known" in ahead


def test_what_no_history_is_kept_of_is_named_and_the_rest_is_counted(shop: Shop) -> None:
    segment_id = shop.approve("hikers in Poland")
    shop.refresh(segment_id)
    then = words(shop.get(f"/{segment_id}/as-of", fragment=True, at=THEN))
    assert "at most 2" in then
    assert "Not counted: the texts of profiles are kept only as they are today" in then
    ann = words(shop.get(f"/{segment_id}/why", fragment=True, customer="ann", at=THEN))
    assert "Not known ann: what could be asked of the past held" in ann


def test_ids_are_given_as_csv_and_reach_is_counted_when_asked(shop: Shop, socks: str) -> None:
    answer = shop.get(f"/{socks}/members.csv")
    assert list(csv.reader(answer.text.splitlines())) == [["customer_id"], ["ann"], ["bob"]]
    assert answer.headers["content-disposition"] == f'attachment; filename="{shop.tenant.tenant_id}-{socks}.csv"'
    page = shop.get(f"/{socks}")
    assert "Count the 2 members now" in words(page)
    assert "@example.com" not in page.text
    reach = words(shop.get(f"/{socks}/reach", fragment=True))
    assert "Of 2 members, counted just now" in reach


def test_a_held_refresh_is_said_where_its_segment_is_read(shop: Shop) -> None:
    segment_id = shop.approve("red socks", largest_change=10)
    shop.refresh(segment_id)
    assert "was held" not in words(shop.get(f"/{segment_id}"))
    shop.add(Event("dee", "purchase", "socks", day(2), "red", event_key="again"))
    hold_id = shop.refresh(segment_id)
    assert hold_id is not None
    page = shop.get(f"/{segment_id}")
    assert "The last refresh was held" in words(page)
    assert linked(page.text, "/review/holds/") == [f"{ROOT}/{shop.tenant.tenant_id}/review/holds/{hold_id}"]
    assert "a refresh waits for a decision" in words(shop.get("", search=segment_id))


def test_a_segment_is_retired_by_a_reviewer_with_a_reason_and_keeps_its_history(shop: Shop) -> None:
    segment_id = shop.approve("red socks and luxury")
    shop.refresh(segment_id)
    where = shop.url(f"/{segment_id}/retire")
    assert shop.house.as_("marketer").post(where, data={"because": "not needed"}).status_code == 403
    reviewer = shop.house.as_("reviewer")
    assert reviewer.post(where, data={"because": " "}).status_code == 422
    answer = reviewer.post(where, data={"because": "asked by anna@example.com: season is over"})
    assert (answer.status_code, answer.headers["location"]) == (303, shop.url(f"/{segment_id}"))
    page = words(shop.get(f"/{segment_id}"))
    assert "Retired by reviewer" in page
    assert "season is over" in page
    assert "anna@example.com" not in page
    assert "It has no members any more" in page
    assert reviewer.post(where, data={"because": "again"}).status_code == 422
    assert shop.get("/no_such_segment").status_code == 404
