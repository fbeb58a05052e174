"""Review: what waits for a decision, one screen a matter, and the decision itself, given through Airflow."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import RedirectResponse, Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.review.matter import Decision, Matter, Stand, Standing, standing_of
from leo_activation.desk.pages.review.segment_request import SegmentRequests
from leo_activation.desk.pages.review.source import Fault, Looked, Source, note_fault
from leo_activation.desk.reading import page_number, read_rows
from leo_activation.desk.required_actions import RequiredActions, Verdict

MISSING = "review"


class ReviewPages:
    """The list, the screens, and the decisions."""

    def __init__(self, desk: Desk, actions: RequiredActions) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._actions = actions
        self._sources: Sequence[Source] = (SegmentRequests(desk),)

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        for source in self._sources:
            screen = Screen(self._desk, self._actions, source)
            pages.add("GET", f"/review/{source.kind}/{{number}}", Capability.READ, screen.show)
            pages.add("POST", f"/review/{source.kind}/{{number}}", Capability.REVIEW, screen.decide)


class Screen:
    """The screen of one kind of matter, and the decision about it."""

    def __init__(self, desk: Desk, actions: RequiredActions, source: Source) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._actions = actions
        self._source = source

    def show(self, visit: Visit) -> Response:
        """The matter as it is now; with htmx, the decision alone."""
        looked = self._look(visit)
        if looked is None:
            return self._desk.missing(visit, MISSING)
        standing = self._standing(visit, looked.matter)
        if visit.is_fragment and visit.request.query_params.get("seen") == standing.stand:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        if visit.is_fragment:
            return self._page(visit, looked, standing, template="review_decision_page.html")
        return self._page(visit, looked, standing)

    def decide(self, visit: Visit) -> Response:
        """Give the answer to Airflow, and come back to the screen, which tells what becomes of it."""
        looked = self._look(visit)
        if looked is None:
            return self._desk.missing(visit, MISSING)
        matter, form = looked.matter, visit.form
        decision = next((one for one in matter.options if one == form.get("decision")), None)
        standing = self._standing(visit, matter)
        if standing.stand is not Stand.YOURS or decision is None:
            return self._page(visit, looked, standing, status=HTTPStatus.CONFLICT, late=True)
        if matter.hash is not None and form.get("definition") != matter.hash:
            changed = {
                name: (form.get(f"was_{name}", ""), now)
                for name, now in matter.essence.items()
                if form.get(f"was_{name}", "") != now
            }
            return self._page(visit, looked, standing, status=HTTPStatus.CONFLICT, changed=changed, late=True)
        note = form.get("note", "").strip()
        fields = note_fault(decision, note) or self._source.fields(looked, decision, form)
        if isinstance(fields, Fault):
            return self._page(
                visit, looked, standing, status=HTTPStatus.UNPROCESSABLE_ENTITY, fault=fields, chosen=decision
            )
        answer = {"note": note or None, **fields}
        if matter.hash is not None:
            answer["definition"] = matter.hash
        verdict = self._actions.answer(visit.request, matter.task, decision.option, answer)
        if verdict is not Verdict.TAKEN:
            standing = self._standing(visit, matter)
            return self._page(visit, looked, standing, status=HTTPStatus.CONFLICT, late=True, verdict=verdict)
        return RedirectResponse(
            f"{self._desk.root}/{visit.tenant_id}/review/{matter.kind}/{matter.number}", HTTPStatus.SEE_OTHER
        )

    def _look(self, visit: Visit) -> Looked | None:
        number = page_number(visit.request.path_params["number"])
        return None if number is None else self._source.look(visit, number)

    def _standing(self, visit: Visit, matter: Matter) -> Standing:
        rounds = read_rows(
            self._desk.warehouse, visit.tenant_id, "desk/list_review_rounds", {"reviewed": matter.task.reviewed}
        )
        waits = matter.is_open and rounds and rounds[-1]["void_reason"] is None
        question = self._actions.read(visit.request, matter.task) if waits else None
        return standing_of(visit.person, matter, rounds, question)

    def _page(
        self,
        visit: Visit,
        looked: Looked,
        standing: Standing,
        *,
        template: str | None = None,
        status: int = HTTPStatus.OK,
        fault: Fault | None = None,
        chosen: Decision = Decision.APPROVE,
        changed: Mapping[str, tuple[str, str]] | None = None,
        late: bool = False,
        verdict: Verdict | None = None,
    ) -> Response:
        shown: dict[str, Any] = {
            "matter": looked.matter,
            "standing": standing,
            "fault": fault,
            "chosen": chosen,
            "changed": changed,
            "late": late,
            "verdict": verdict,
            "written": visit.form,
            **looked.shown,
        }
        return self._desk.page(visit, template or self._source.template, status=status, tab="review", **shown)
