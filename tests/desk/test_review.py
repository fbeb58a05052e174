"""Review: one screen a matter, the decision given through Airflow's API, and what became of it told from the tables."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.activation.page_posts.post import NewPost
from leo_activation.activation.page_posts.submission import submit_post
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.pages.review import ReviewPages
from leo_activation.desk.pages.review.matter import Decision, Kind, Matter, Stand, Why, standing_of
from leo_activation.desk.required_actions import Question, WaitingTask
from leo_activation.orchestration.reviews import NotCounted, read_answer
from leo_activation.orchestration.rounds import ReviewRounds
from leo_activation.orchestration.segment_review import FIELDS, limits_of
from leo_activation.segments.approval import Review, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import SANDBOX, Shop
from tests.conftest import PSEUDONYM_KEY
from tests.desk.conftest import ROOT, House, Register
from tests.desk.waiting_tasks import StandIn, Waiting
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop
from tests.segments.test_holds import held

OPTIONS = ("Approve", "Reject", "Ask", "Edit")
TWO = ("Approve", "Reject")
APPROVERS = ("reviewer", "admin")
A_MINUTE = timedelta(minutes=1)


@dataclass
class Desked:
    """A shop whose matters wait in a stand-in of Airflow, with the desk over both."""

    warehouse: Warehouse
    tenant: Tenant
    house: House
    airflow: StandIn
    encoder: FakeEncoder

    def as_(self, user_id: str, *, fragment: bool = False) -> TestClient:
        """A client of one person, who is logged in to Airflow too."""
        client = self.house.as_(user_id, fragment=fragment)
        client.headers["authorization"] = f"Bearer {user_id}"
        return client

    def url(self, path: str = "") -> str:
        """The address of a screen."""
        return f"{ROOT}/{self.tenant.tenant_id}/review{path}"

    def rounds(self, task: WaitingTask) -> ReviewRounds:
        """The rounds of a task."""
        return ReviewRounds(self.warehouse, self.tenant.tenant_id, task.reviewed)

    def wait(
        self, task: WaitingTask, shown_hash: str | None, options: Sequence[str], asked: Sequence[str] = APPROVERS
    ) -> Waiting:
        """A task opens its round and asks."""
        self.rounds(task).open(shown_hash, asked, datetime.now(UTC) - A_MINUTE, timedelta(hours=1))
        return self.airflow.ask(task, asked, options)

    def request(self, text: str = "red socks") -> tuple[int, Review]:
        """A request that was drafted and waits."""
        tenant_id, planners = self.tenant.tenant_id, [CannedPlanner()]
        number = submit_request(self.warehouse, tenant_id, text, "marketer")
        draft_request(self.warehouse, tenant_id, number, as_of=NOW, encoder=self.encoder, planners=planners)
        shown = review(self.warehouse, tenant_id, number)
        self.wait(self.task(number), shown.hash, OPTIONS)
        return number, shown

    def task(self, number: int) -> WaitingTask:
        """Where a request waits."""
        return WaitingTask("draft_segment", f"request-{self.tenant.tenant_id}-{number}")

    def told(self, number: int) -> Waiting:
        """What the task of a request was told."""
        return self.airflow.tasks[self.task(number).reviewed]

    def resume(self, number: int) -> RequestState | str:
        """What the waiting task does with its answer: it records it, or opens the next round."""
        rounds, answer = self.rounds(self.task(number)), self.told(number).answer
        opened = rounds.last()
        assert opened is not None
        assert answer is not None
        by, at = answer["responded_by_user"]["id"], datetime.fromisoformat(answer["responded_at"])
        try:
            read = read_answer(opened, answer, by, at, APPROVERS, tuple(FIELDS))
        except NotCounted as refusal:
            rounds.again(opened, str(refusal), by, at, datetime.now(UTC) - A_MINUTE)
            self.airflow.ask(self.task(number), APPROVERS, OPTIONS)
            return str(refusal)
        return record_decision(
            self.warehouse,
            self.tenant.tenant_id,
            number,
            decision=read.option.lower(),
            decided_by=read.decided_by,
            decided_at=read.decided_at,
            note=read.note,
            hash=read.hash,
            limits=limits_of(read.form) if read.option == "Approve" else None,
        )


@pytest.fixture
def desked(house: Callable[[Register], House], warehouse: Warehouse, tenant: Tenant) -> Desked:
    airflow = StandIn()
    encoder = open_shop(warehouse, tenant)

    def register(desk: Desk, pages: Pages) -> None:
        ReviewPages(desk, airflow.actions(), SANDBOX, encoder).add_to(pages)

    built = house(register)
    built.tenants.append(tenant.tenant_id)
    return Desked(warehouse, tenant, built, airflow, encoder)


def form(shown: Review, **values: Any) -> dict[str, Any]:
    return {
        "decision": "approve",
        "definition": shown.hash,
        "largest_size": shown.limits.largest_size,
        "largest_change_percent": shown.limits.largest_change_percent,
        **values,
    }


def hidden(page: str) -> Mapping[str, str]:
    """The fields of the page's first form that nobody sees, as a browser sends them back."""
    first = page[page.index('<form class="choice') :]
    first = first[: first.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', first))


def test_an_approval_goes_through_airflow_and_is_told_from_the_tables(desked: Desked) -> None:
    number, shown = desked.request()
    url = desked.url(f"/requests/{number}")
    page = desked.as_("reviewer").get(url)
    assert page.status_code == 200
    for words in ("Approve 3 members", "Reject version 1", "Ask marketer", "Nothing is sent.", shown.hash):
        assert words in page.text
    assert "@example.com" not in page.text
    assert "you" in desked.as_("reviewer").get(desked.url()).text
    answer = desked.as_("reviewer").post(url, data=form(shown, largest_size="9", note="go"))
    assert (answer.status_code, answer.headers["location"]) == (303, url)
    told = desked.told(number).answer
    assert told is not None
    assert told["responded_by_user"]["id"] == "reviewer"
    assert told["params_input"] == {
        "note": "go",
        "definition": shown.hash,
        "largest_size": 9,
        "largest_change_percent": float(shown.limits.largest_change_percent),
    }
    assert "is checked and recorded now" in desked.as_("reviewer").get(url).text
    assert desked.as_("reviewer", fragment=True).get(f"{url}?seen=recording").status_code == 204
    assert desked.resume(number) is RequestState.APPROVED
    part = desked.as_("reviewer", fragment=True).get(f"{url}?seen=recording")
    assert "reviewer approved" in part.text
    assert "<html" not in part.text
    assert "Nothing waits for you." in desked.as_("reviewer").get(desked.url()).text


def test_the_first_answer_counts_wherever_it_was_given(desked: Desked) -> None:
    number, shown = desked.request()
    url, resource = desked.url(f"/requests/{number}"), desked.task(number).resource
    in_airflow = TestClient(desked.airflow.app, headers={"authorization": "Bearer admin"})
    first = {"chosen_options": ["Reject"], "params_input": {"definition": shown.hash, "note": "not now"}}
    assert in_airflow.patch(resource, json=first).status_code == 200
    late = desked.as_("reviewer").post(url, data=form(shown))
    assert late.status_code == 409
    assert "Your answer was not taken." in late.text
    assert "admin: rejected" in late.text
    assert desked.resume(number) is RequestState.REJECTED
    assert "not now" in desked.as_("marketer").get(url).text
    again, shown = desked.request("red socks in Poland")
    assert desked.as_("admin").post(desked.url(f"/requests/{again}"), data=form(shown)).status_code == 303
    first["params_input"] = {"definition": shown.hash}
    assert in_airflow.patch(desked.task(again).resource, json=first).status_code == 409
    assert desked.resume(again) is RequestState.APPROVED


def test_an_answer_that_does_not_count_is_told_and_asked_for_again(desked: Desked) -> None:
    number, shown = desked.request()
    url = desked.url(f"/requests/{number}")
    in_airflow = TestClient(desked.airflow.app, headers={"authorization": "Bearer admin"})
    wrong = {"chosen_options": ["Approve"], "params_input": {"definition": "0" * 64}}
    assert in_airflow.patch(desked.task(number).resource, json=wrong).status_code == 200
    assert desked.resume(number) == "The answer does not name what was shown."
    page = desked.as_("reviewer").get(url).text
    assert "An answer of admin did not count." in page
    assert "The answer does not name what was shown." in page
    edited = desked.as_("reviewer").post(url, data=form(shown, decision="edit", note="red socks in Poland"))
    assert edited.status_code == 303
    assert desked.resume(number) is RequestState.SENT_BACK
    assert f"/requests/{number + 1}" in desked.as_("marketer").get(url).text


def test_who_may_not_decide_is_told_why_and_what_is_wrong_is_said_at_its_field(desked: Desked) -> None:
    number, shown = desked.request()
    url = desked.url(f"/requests/{number}")
    assert "You asked for it or wrote a part of it" in desked.as_("marketer").get(url).text
    assert "Your account may not decide." in desked.as_("colleague").get(url).text
    assert desked.as_("colleague").post(url, data=form(shown)).status_code == 403
    told = desked.told(number)
    faults = [
        ({"largest_size": "1"}, "At least 3: so many customers are in it already."),
        ({"largest_size": "many"}, "A whole number of customers, at most 1,000,000,000."),
        ({"largest_size": "9e999999"}, "A whole number of customers, at most 1,000,000,000."),
        ({"largest_size": "3.1e-999999"}, "A whole number of customers, at most 1,000,000,000."),
        ({"largest_change_percent": "nan"}, "A number of percent, from 0 to 10,000."),
        ({"decision": "reject", "note": "  "}, "Say why: the requester reads it."),
        ({"decision": "ask"}, "Write the question."),
        ({"decision": "edit", "note": " red  socks "}, "These are the words of the request"),
        ({"decision": "ask", "note": "x" * 2001}, "At most 2,000 characters."),
    ]
    for values, words in faults:
        answer = desked.as_("reviewer").post(url, data=form(shown, **values))
        assert answer.status_code == 422, values
        assert words in answer.text, values
    assert desked.as_("reviewer").post(url, data=form(shown, decision="delete")).status_code == 409
    changed = desked.as_("reviewer").post(url, data=form(shown, definition="0" * 64, was_members="7"))
    assert changed.status_code == 409
    assert "It changed while you read. Nothing was decided." in changed.text
    assert "<del>7</del> <ins>3</ins>" in changed.text
    assert told.answer is None
    # Airflow's own check comes last, and is not asked to let more pass than the rounds do.
    told.asked = ("admin",)
    refused = desked.as_("reviewer").post(url, data=form(shown))
    assert refused.status_code == 409
    assert "Airflow did not let it pass" in refused.text
    desked.airflow.broken = True
    assert desked.as_("admin").post(url, data=form(shown)).status_code == 503
    assert told.answer is None
    del desked.airflow.tasks[desked.task(number).reviewed]
    assert "It is being put to the approvers." in desked.as_("reviewer").get(url).text
    assert desked.as_("reviewer").get(desked.url("/requests/999")).status_code == 404
    assert desked.as_("reviewer").get(desked.url("/requests/x")).status_code == 404


def test_requests_that_say_nearly_the_same_are_found_apart(desked: Desked) -> None:
    first, _ = desked.request()
    second, _ = desked.request()
    url = desked.url(f"/requests/{second}/alike")
    assert f"/requests/{first}" in desked.as_("marketer", fragment=True).get(url).text
    assert "<h1>" in desked.as_("marketer").get(url).text


def test_a_run_is_approved_by_two_where_it_needs_two(desked: Desked) -> None:
    tenant_id = desked.tenant.tenant_id
    with desked.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(desked.warehouse, tenant_id, PSEUDONYM_KEY, connection)
        shop.segment()
        for one in ("a", "b", "c"):
            shop.person(one)
        shop.campaign(policy=activation.Policy(require_second_approver_above=2))
        shop.allow_all()
        run = shop.plan()
    url, name = desked.url(f"/runs/{run.campaign_run_id}"), f"campaign-{tenant_id}-{run.campaign_run_id}"
    tasks = [WaitingTask("run_campaign", name), WaitingTask("run_campaign", name, "second_review")]
    desked.wait(tasks[0], run.hash, TWO)
    page = desked.as_("reviewer").get(url).text
    for words in ("Approve 3 messages, first of two", "Hello Lan", "No run of exactly this content was approved"):
        assert words in page
    approval = {"decision": "approve", **hidden(page)}
    for task, person in zip(tasks, APPROVERS, strict=True):
        if task is tasks[1]:
            desked.wait(task, run.hash, TWO, ["admin"])
            assert "You have approved it; it needs one more person." in desked.as_("reviewer").get(url).text
        assert desked.as_(person).post(url, data=approval).status_code == 303
        answer = desked.airflow.tasks[task.reviewed].answer
        assert answer is not None
        assert answer["params_input"] == {"note": None, "definition": run.hash}
        activation.decide_run(
            desked.warehouse,
            tenant_id,
            run.campaign_run_id,
            decision=activation.Decision.APPROVE,
            decided_by=person,
            decided_at=datetime.now(UTC),
            hash=answer["params_input"]["definition"],
        )
    assert "admin approved" in desked.as_("marketer").get(url).text


def test_held_refreshes_and_posts_are_decided_by_the_same_form(desked: Desked) -> None:
    tenant_id = desked.tenant.tenant_id
    _, hold_id = held(desked.warehouse, desked.tenant, desked.encoder)
    hold = WaitingTask("review_held_refreshes", f"hold-{tenant_id}-{hold_id}")
    desked.wait(hold, None, TWO)
    now = datetime.now(UTC)
    post = NewPost("autumn", "1029384756", "Tất đỏ đã về.", now - A_MINUTE, now + timedelta(hours=9))
    [post_id] = [submit_post(desked.warehouse, tenant_id, post, "marketer").post_id]
    posted = WaitingTask("review_page_posts", f"post-{tenant_id}-{post_id}-1")
    desked.wait(posted, post.hash, TWO)
    waiting = desked.as_("reviewer").get(desked.url()).text
    assert f"/holds/{hold_id}" in waiting
    assert f"/posts/{post_id}" in waiting
    for path, task, words in (
        (f"/holds/{hold_id}", hold, "Let 3 become 4"),
        (f"/posts/{post_id}", posted, "Tất đỏ đã về."),
    ):
        page = desked.as_("reviewer").get(desked.url(path)).text
        assert words in page
        rejection = {**hidden(page), "decision": "reject", "note": "no"}
        assert desked.as_("reviewer").post(desked.url(path), data=rejection).status_code == 303
        answer = desked.airflow.tasks[task.reviewed].answer
        assert answer is not None
        named = {"definition": post.hash} if task is posted else {}
        assert (answer["chosen_options"], answer["params_input"]) == (["Reject"], {"note": "no", **named})


def test_a_task_that_has_only_just_asked_is_left_alone() -> None:
    task = WaitingTask("draft_segment", "request-shop-1")
    matter = Matter(
        Kind.REQUEST, 1, "", "in_review", True, "marketer", NOW, ("marketer",), task, tuple(Decision), "hash"
    )
    person = Person("reviewer", "Petr", frozenset({Capability.REVIEW}))
    asked = {"assigned": ["reviewer"], "shown_at": NOW, "expires_at": NOW, "void_reason": None}
    question = Question(("reviewer",), None)

    def stand(seconds: float, asks: Question | None = question, **other: Any) -> tuple[Stand, Why | None]:
        found = standing_of(person, matter, [{**asked, **other}], asks, NOW + timedelta(seconds=seconds))
        return found.stand, found.why

    assert stand(1) == (Stand.PREPARING, None)
    assert stand(6) == (Stand.YOURS, None)
    assert stand(6, None) == (Stand.PREPARING, None)
    assert stand(6, void_reason="It did not count.") == (Stand.PREPARING, None)
    assert stand(6, assigned=["admin"]) == (Stand.NOT_YOURS, Why.NOT_ASKED)
