"""Review: one screen a matter, the decision given through Airflow's API, and what became of it told from the tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.review import ReviewPages
from leo_activation.desk.required_actions import WaitingTask
from leo_activation.orchestration.reviews import NotCounted, read_answer
from leo_activation.orchestration.rounds import ReviewRounds
from leo_activation.orchestration.segment_review import FIELDS, limits_of
from leo_activation.segments.approval import Review, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.desk.conftest import ROOT, House, Register
from tests.desk.waiting_tasks import StandIn
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop

OPTIONS = ("Approve", "Reject", "Ask", "Edit")
APPROVERS = ("reviewer", "admin")


@dataclass
class Desked:
    """A shop whose requests wait in a stand-in of Airflow, with the desk over both."""

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

    def url(self, path: str) -> str:
        """The address of a screen."""
        return f"{ROOT}/{self.tenant.tenant_id}/review/{path}"

    def request(self, text: str = "red socks") -> tuple[int, Review]:
        """A request that was drafted and waits: its task has opened a round and asked."""
        request_id = submit_request(self.warehouse, self.tenant.tenant_id, text, "marketer")
        draft_request(
            self.warehouse,
            self.tenant.tenant_id,
            request_id,
            as_of=NOW,
            encoder=self.encoder,
            planners=[CannedPlanner()],
        )
        shown = review(self.warehouse, self.tenant.tenant_id, request_id)
        self.rounds(request_id).open(shown.hash, APPROVERS, datetime.now(UTC), timedelta(hours=1))
        self.airflow.ask(self.task(request_id), APPROVERS, OPTIONS)
        return request_id, shown

    def task(self, request_id: int) -> WaitingTask:
        """Where a request waits."""
        return WaitingTask("draft_segment", f"request-{self.tenant.tenant_id}-{request_id}")

    def rounds(self, request_id: int) -> ReviewRounds:
        """Its rounds."""
        return ReviewRounds(self.warehouse, self.tenant.tenant_id, self.task(request_id).reviewed)

    def resume(self, request_id: int) -> RequestState | str:
        """What the waiting task does with its answer: it records it, or opens the next round."""
        task, rounds = self.airflow.tasks[self.task(request_id).reviewed], self.rounds(request_id)
        opened, answer = rounds.last(), task.answer
        assert opened is not None
        assert answer is not None
        by, at = answer["responded_by_user"]["id"], datetime.fromisoformat(answer["responded_at"])
        try:
            read = read_answer(opened, answer, by, at, APPROVERS, tuple(FIELDS))
        except NotCounted as refusal:
            rounds.again(opened, str(refusal), by, at, datetime.now(UTC))
            self.airflow.ask(self.task(request_id), APPROVERS, OPTIONS)
            return str(refusal)
        return record_decision(
            self.warehouse,
            self.tenant.tenant_id,
            request_id,
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
        ReviewPages(desk, airflow.actions(), SendingGuard("sandbox"), encoder).add_to(pages)

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


def test_an_approval_goes_through_airflow_and_is_told_from_the_tables(desked: Desked) -> None:
    number, shown = desked.request()
    url = desked.url(f"requests/{number}")
    page = desked.as_("reviewer").get(url)
    assert page.status_code == 200
    assert "Approve 3 members" in page.text
    answer = desked.as_("reviewer").post(url, data=form(shown, largest_size="9", note="go"))
    assert (answer.status_code, answer.headers["location"]) == (303, url)
    told = desked.airflow.tasks[desked.task(number).reviewed].answer
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
