"""Ask and Requests over a shop: what is typed is understood, counted, submitted, and goes on until somebody decides."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient

from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.knowledge import Knowledge
from leo_activation.desk.pages.ask import AskPage
from leo_activation.desk.pages.requests import RequestPages
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.recall import remember
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.desk.conftest import ROOT, House, build_house
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import open_shop

RED_SOCKS = "Customers in Poland who bought red socks in the last 60 days"


@dataclass
class Shop:
    """A shop with the desk over it; `drafts` does what Airflow's run does."""

    warehouse: Warehouse
    tenant_id: str
    house: House
    encoder: FakeEncoder

    def get(self, path: str, user_id: str = "marketer", *, fragment: bool = False, **asked: str | int) -> str:
        """The text of an answer that is there."""
        client = self.house.as_(user_id, fragment=fragment)
        answer = client.get(f"{ROOT}/{self.tenant_id}{path}", params=asked)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def submit(self, text: str, user_id: str = "marketer", **form: str | int) -> int:
        """A request as the form sends it."""
        client: TestClient = self.house.as_(user_id)
        answer = client.post(f"{ROOT}/{self.tenant_id}/ask", data={"text": text, **form})
        assert answer.status_code == 303, answer.text
        return int(answer.headers["location"].rpartition("/")[2])

    def draft(self, request_id: int) -> Draft:
        """Draft a request by the grammar alone."""
        return draft_request(
            self.warehouse,
            self.tenant_id,
            request_id,
            as_of=NOW,
            encoder=self.encoder,
            planners=[GrammarPlanner()],
            revisers=[GrammarReviser()],
        )

    def decide(self, request_id: int, decision: str, note: str = "go") -> RequestState:
        """A decision of the reviewer."""
        shown = review(self.warehouse, self.tenant_id, request_id)
        return record_decision(
            self.warehouse,
            self.tenant_id,
            request_id,
            decision=decision,
            decided_by="reviewer",
            decided_at=datetime.now(UTC),
            note=note,
            hash=shown.hash,
            limits=shown.limits if decision == "approve" else None,
        )

    def read(self, request_id: int) -> SegmentRequest:
        """The row of a request."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return read_request(connection, self.tenant_id, request_id)


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> Shop:
    """One shop for all of the module: a test looks only at requests of its own."""
    tenant = Tenant(tenant_id="asking", name="A shop", currency="EUR", interest_model="event_weight")
    register_tenant(warehouse, tenant)
    encoder = open_shop(warehouse, tenant)

    def register(desk: Desk, pages: Pages) -> None:
        AskPage(desk, encoder).add_to(pages)
        RequestPages(desk).add_to(pages)

    built = build_house(warehouse, register)
    built.tenants.append(tenant.tenant_id)
    return Shop(warehouse, tenant.tenant_id, built, encoder)


def shown(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def texts_of(html: str) -> list[str]:
    """The texts that a fragment offers, whichever way."""
    return re.findall(r'(?:data-text|name="text" value|data-rewrite)="([^"]*)"', html)


def test_a_request_is_understood_counted_and_changed_by_choice_all_without_a_write(shop: Shop) -> None:
    part = shop.get("/ask/understood", fragment=True, text=RED_SOCKS)
    assert "<html" not in part
    assert 'data-state="understood"' in part
    assert "from “in Poland”" in part
    assert "from “bought red socks in the last 60 days”" in part
    counted = shop.get("/ask/counted", fragment=True, text=RED_SOCKS)
    assert '<p class="figure">2</p>' in counted
    assert "40% of all 5 customers" in counted
    assert re.search(r'id="left-b"[^>]*>2<', counted)
    [at] = [found[1] for found in re.finditer(r'value="(\d+-\d+)"[^>]*>Poland<', part)]
    options = texts_of(shop.get("/ask/values", fragment=True, text=RED_SOCKS, at=at))
    assert options == [RED_SOCKS.replace("Poland", country) for country in ("Austria", "Germany", "Poland")]
    without = texts_of(shop.get("/ask/without", fragment=True, text=RED_SOCKS, condition=0))
    assert without == ["Customers who bought red socks in the last 60 days"]
    changed = shop.get("/ask/values", fragment=True, text=RED_SOCKS, at="0-3")
    assert "The text has changed since" in changed


def test_every_part_is_a_whole_page_where_there_is_no_script(shop: Shop) -> None:
    page = shop.get("/ask/counted", text=RED_SOCKS)
    assert "<html" in page
    assert '<p class="figure">2</p>' in page
    values = shop.get("/ask/values", text=RED_SOCKS, at="13-19")
    assert "<html" in values
    assert "ask?text=Customers%20in%20Austria" in values
    open_page = shop.get("/ask", text="Customers in Polend")
    assert "Customers in Poland" in texts_of(open_page)
    client = shop.house.as_("marketer")
    answer = client.get(f"{ROOT}/{shop.tenant_id}/ask/without", params={"text": RED_SOCKS, "condition": 1})
    assert answer.headers["location"].endswith("/ask?text=Customers+in+Poland")
    for part in ("/ask/offers", "/ask/offers/counted", "/ask/alike"):
        answer = client.get(f"{ROOT}/{shop.tenant_id}{part}", params={"text": "socks"})
        assert answer.headers["location"].endswith("/ask?text=socks")
    answer = client.get(f"{ROOT}/{shop.tenant_id}/ask/without", params={"text": RED_SOCKS, "condition": 9})
    assert answer.status_code == 422


def test_offers_carry_the_count_of_the_whole_request_that_they_make(shop: Shop) -> None:
    text = "Customers in Polend who bought socks"
    part = shop.get("/ask/offers", fragment=True, text=text)
    offers = texts_of(part)
    assert offers[0] == "Customers in Poland who bought socks"
    assert offers[-1] == "Customers who bought socks. Left out: “in Polend”."
    assert "Whoever reviews it sees that you did." in part
    sizes = dict(
        re.findall(r'id="size-0-(\d+)"[^>]*>(\d+)<', shop.get("/ask/offers/counted", fragment=True, text=text))
    )
    assert sizes["0"] == "2"
    assert sizes[str(len(offers) - 1)] == "4"


def test_words_that_were_left_out_are_on_the_reviewers_sheet(shop: Shop) -> None:
    offer = texts_of(shop.get("/ask/offers", fragment=True, text="Customers in Germany who loved it"))[-1]
    request_id = shop.submit(offer)
    assert shop.draft(request_id).state is RequestState.DRAFTED
    assert "Left out: “loved it”" in review(shop.warehouse, shop.tenant_id, request_id).body


def test_a_phrase_without_a_meaning_here_is_asked_about_and_not_counted(shop: Shop) -> None:
    text = "Customers interested in “Luxus und Mode”"
    counted = shop.get("/ask/counted", fragment=True, text=text)
    assert "Not counted yet" in counted
    assert 'id="phrase"' in counted
    assert "1 questions" not in shop.get("/ask/offers", fragment=True, text=text)


def test_a_request_of_the_same_plan_is_found_before_it_is_asked_again(shop: Shop) -> None:
    text = "Customers who live in Austria and who bought socks"
    request_id = shop.submit(text)
    shop.draft(request_id)
    remember(shop.warehouse, shop.tenant_id, shop.encoder)
    again = shop.get("/ask/alike", fragment=True, text="Customers in Austria who bought socks")
    assert "The same was asked before." in again
    assert f"/requests/{request_id}" in again
    assert shown(shop.get("/ask/alike", fragment=True, text="Customers in Austria", revises=request_id)) == ""
    assert shown(shop.get("/ask/alike", fragment=True, text="Top 3 customers by age")) == ""


def test_a_question_that_came_back_is_answered_by_editing_the_text(shop: Shop) -> None:
    first = shop.submit("Loyal customers in Poland")
    assert shop.draft(first).state is RequestState.NEEDS_CLARIFICATION
    page = shop.get(f"/requests/{first}")
    assert "How is “loyal” measured?" in page
    assert f"/ask?revises={first}&how=edit" in page
    form = shop.get("/ask", revises=first, how="edit")
    assert "Loyal customers in Poland" in form
    assert "It came back with this:" in form
    answer = "customers in Poland who bought anything at least 2 times"
    second = shop.submit(answer, revises=first, how="edit")
    assert shop.read(second).revises_request_id == first
    assert shop.draft(second).state is RequestState.DRAFTED
    sentence = shop.read(second).sentence or ""
    assert "Poland" in sentence
    assert "at least 2 times" in sentence
    assert f"/requests/{second}" in shop.get(f"/requests/{first}")


def test_a_request_goes_on_in_words_or_as_an_edited_text_and_both_mean_what_the_page_showed(shop: Shop) -> None:
    first = shop.submit("Customers in Austria who bought socks in the last 60 days")
    shop.draft(first)
    page = shop.get("/ask", revises=first, how="words")
    assert "As it stands now" in page
    part = shop.get("/ask/understood", fragment=True, text="in the last 90 days instead", revises=first, how="words")
    assert 'No longer asked: “who bought the product "socks" in the last 60 days”.' in part
    second = shop.submit("in the last 90 days instead", revises=first, how="words")
    shop.draft(second)
    assert "in the last 90 days" in (shop.read(second).sentence or "")
    # The text of a change is no request by itself: what is edited is the plan that came of it.
    assert 'Customers who live in Austria and who bought the product "socks" in the last 90 days.' in shop.get(
        "/ask", revises=second, how="edit"
    )
    third = shop.submit("Customers in Germany who bought a hat", revises=second, how="edit")
    draft = shop.draft(third)
    assert (draft.state, draft.segment_id) == (RequestState.DRAFTED, shop.draft(first).segment_id)
    sentence = shop.read(third).sentence or ""
    assert sentence.startswith("Customers who live in Germany and who bought")
    assert "became" in sentence


def test_a_request_that_is_not_there_or_waits_is_not_changed(shop: Shop) -> None:
    waiting = shop.submit("Customers in Austria")
    client = shop.house.as_("marketer")
    for revises in (waiting, 999_999):
        assert client.get(f"{ROOT}/{shop.tenant_id}/ask", params={"revises": revises}).status_code == 422
        answer = client.post(f"{ROOT}/{shop.tenant_id}/ask", data={"text": "now only women", "revises": revises})
        assert answer.status_code == 422


def test_each_state_says_what_happens_next_and_what_to_do(shop: Shop) -> None:
    submitted = shop.submit("Customers in Poland who bought a hat")
    assert "It is drafted within a minute" in shop.get(f"/requests/{submitted}")
    assert "every 5s" in shop.get(f"/requests/{submitted}")
    drafted = shop.submit("Customers in Germany who bought a hat")
    shop.draft(drafted)
    page = shop.get(f"/requests/{drafted}")
    assert f"/dags/draft_segment/runs/request-{shop.tenant_id}-{drafted}" in page
    assert "What each condition keeps and drops" in page
    approved, rejected = (shop.submit(text) for text in ("Customers in Germany", "Customers in Austria or Germany"))
    for request_id, decision in ((approved, "approve"), (rejected, "reject")):
        shop.draft(request_id)
        shop.decide(request_id, decision, note=f"because of {request_id}")
    assert "Open the segment" in shop.get(f"/requests/{approved}")
    page = shop.get(f"/requests/{rejected}")
    assert f"because of {rejected}" in page
    assert f"/ask?revises={rejected}&how=edit" in page
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        connection.execute(
            "UPDATE segment.request SET state = 'failed', problem = 'Graph and tables do not agree.' "
            "WHERE tenant_id = %s AND request_id = %s",
            [shop.tenant_id, drafted],
        )
        connection.execute(
            "UPDATE segment.request SET state_changed_at = now() - interval '1 hour' "
            "WHERE tenant_id = %s AND request_id = %s",
            [shop.tenant_id, submitted],
        )
    failed = shop.get(f"/requests/{drafted}")
    assert "Graph and tables do not agree." in failed
    assert "Submit the same text again" in failed
    late = shop.get(f"/requests/{submitted}")
    assert "It should have moved on by now." in late
    assert f"/dags/draft_segment/runs/request-{shop.tenant_id}-{submitted}" in late
    listed = shop.get("/requests", state="submitted")
    assert "It should have moved on by now" in listed
    assert "Rejected by reviewer: because of" in shop.get("/requests", state="rejected", whose="all")
    assert "Start from a request that worked" in shop.get("/ask")


def test_the_list_is_ones_own_or_everybodys_and_its_empty_states_lead_on(shop: Shop) -> None:
    request_id = shop.submit("Customers in Germany who bought hat", user_id="colleague")
    here = f"/requests/{request_id}"
    assert here in shop.get("/requests", user_id="colleague")
    assert here not in shop.get("/requests", user_id="reviewer")
    assert here in shop.get("/requests", user_id="reviewer", whose="all")
    assert "You have not asked for anything yet." in shop.get("/requests", user_id="reviewer")
    assert "There is no such request." in shop.get("/requests", user_id="reviewer", state="expired")
    assert shop.house.as_("marketer").get(f"{ROOT}/{shop.tenant_id}/requests/999999").status_code == 404


def test_a_page_in_vietnamese_has_no_english_words_of_its_own(shop: Shop) -> None:
    client = shop.house.as_("marketer")
    client.headers["accept-language"] = "vi"
    text = "Khách hàng ở Ba Lan đã mua socks trong 60 ngày qua"
    answer = client.get(f"{ROOT}/{shop.tenant_id}/ask/counted", params={"text": text})
    words = unescape(shown(answer.text))
    assert "Đã hiểu cả 12 từ." in words
    assert "Hệ thống hiểu như sau" in words
    assert "từ “mua socks trong 60 ngày qua”" in words
    assert "Submit" not in words
    assert "Condition" not in words


def test_what_is_asked_and_read_back_of_an_english_request_is_told_in_vietnamese(shop: Shop) -> None:
    client = shop.house.as_("marketer")
    client.headers["accept-language"] = "vi"

    def page(path: str, **asked: str | int) -> str:
        return unescape(shown(client.get(f"{ROOT}/{shop.tenant_id}{path}", params=asked).text))

    while_written = page("/ask", text="Loyal customers in Poland who quuxly")
    assert "“loyal” được đo bằng gì?" in while_written
    assert "“quuxly” nghĩa là gì?" in while_written
    assert "What is meant" not in while_written
    listing = "List the e-mail addresses of customers in Poland"
    without_script = page("/ask", text=listing)
    client.headers["hx-request"] = "true"
    while_written = page("/ask/understood", text=listing)
    del client.headers["hx-request"]
    for refused in (without_script, while_written):
        assert "dữ liệu liên hệ không được liệt kê cho bất kỳ ai" in refused

    asked_back = shop.submit("Loyal customers in Poland")
    shop.draft(asked_back)
    for path, asked in (
        (f"/requests/{asked_back}", {}),
        ("/requests", {"state": "needs_clarification"}),
        ("/ask", {"revises": asked_back, "how": "edit"}),
    ):
        assert "“loyal” được đo bằng gì? (chẳng hạn: bought anything" in page(path, **asked)
    drafted = shop.submit("Customers in Poland who bought socks in the last 60 days")
    shop.draft(drafted)
    told = page(f"/requests/{drafted}")
    assert "Khách hàng sống ở Ba Lan" in told
    assert "trong 60 ngày qua" in told
    assert "tất cả khách hàng" in told
    assert "khách hàng có" in told, "the explanation"
    written = "Customers who live in Poland and who bought"
    assert f"Theo ngôn ngữ của yêu cầu: {written}" in told
    english = shop.get(f"/requests/{drafted}")
    assert english.count(written) == 2, "the sentence, and the explanation, which quotes it"
    assert "khách hàng" not in english
    unknown = client.get(f"{ROOT}/{shop.tenant_id}/ask", params={"revises": shop.submit("Customers")})
    assert "vẫn chưa được soạn" in unknown.text


def test_what_is_written_is_only_text_wherever_it_is_shown(shop: Shop) -> None:
    text = 'Customers in Poland <script>alert(1)</script> "&amp;'
    client = shop.house.as_("marketer", fragment=True)
    for path in ("/ask/understood", "/ask/offers", "/ask/counted", "/ask/values", "/ask"):
        answer = client.get(f"{ROOT}/{shop.tenant_id}{path}", params={"text": text, "at": "<b>"})
        assert "<script>alert" not in answer.text
        assert "<b>" not in answer.text.replace("<p><b>", "")


def test_names_are_kept_in_memory_and_read_again_behind_a_reader_who_does_not_wait(shop: Shop) -> None:
    knowledge = Knowledge(shop.warehouse, kept_s=0.0)
    first = knowledge.of(shop.tenant_id)
    second = knowledge.of(shop.tenant_id)
    assert second is first
    knowledge.close()
    third = knowledge.kept(shop.tenant_id)
    assert third is not None
    assert third is not first
    # Nothing was added to the shop: no index of its names is made again.
    assert third.catalogue is first.catalogue
    assert third.book is first.book
