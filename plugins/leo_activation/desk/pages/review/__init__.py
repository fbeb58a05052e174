"""Review: what waits for a decision, one screen a matter, and the decision itself, given through Airflow."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi.responses import RedirectResponse, Response

from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.review.campaign_run import CampaignRuns
from leo_activation.desk.pages.review.held_refresh import HeldRefreshes
from leo_activation.desk.pages.review.matter import Decision, Kind, Matter, Stand, Standing, standing_of
from leo_activation.desk.pages.review.page_post import PagePosts
from leo_activation.desk.pages.review.segment_request import SegmentRequests
from leo_activation.desk.pages.review.source import Fault, Looked, Source, note_fault
from leo_activation.desk.reading import page_number, read_rows
from leo_activation.desk.required_actions import RequiredActions, Verdict
from leo_activation.embedding import Encoder
from leo_activation.segments.recall import similar_requests

MISSING = "review"
A_PAGE = 50


class ReviewPages:
    """The list, the screens, and the decisions."""

    def __init__(self, desk: Desk, actions: RequiredActions, guard: SendingGuard, encoder: Encoder) -> None:
        """Read nothing yet; `guard` is where this installation stands, `encoder` finds requests that are alike."""
        self._desk = desk
        self._encoder = encoder
        self._actions = actions
        self._sources: Sequence[Source] = (
            SegmentRequests(desk),
            CampaignRuns(desk, guard),
            HeldRefreshes(desk),
            PagePosts(desk),
        )

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/review", Capability.READ, self.list)
        pages.add("GET", f"/review/{Kind.REQUEST}/{{number}}/alike", Capability.READ, self.show_alike)
        for source in self._sources:
            screen = Screen(self._desk, self._actions, source)
            pages.add("GET", f"/review/{source.kind}/{{number}}", Capability.READ, screen.show)
            pages.add("POST", f"/review/{source.kind}/{{number}}", Capability.REVIEW, screen.decide)

    def list(self, visit: Visit) -> Response:
        """A page of what waits, the nearest deadline first; for those who decide, what waits for them."""
        asked = visit.request.query_params
        decides = Capability.REVIEW in visit.person.may
        mine = decides and asked.get("whose", "mine") == "mine"
        rows = read_rows(
            self._desk.warehouse,
            visit.tenant_id,
            "desk/list_waiting",
            {
                "asked": visit.person.user_id if mine else None,
                "after_expires": _moment(asked.get("expires", "")),
                "after_kind": asked.get("kind") or None,
                "after_number": page_number(asked.get("number", "")) or 0,
                "most": A_PAGE + 1,
            },
        )
        last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
        return self._desk.page(
            visit,
            "review_list.html",
            tab="review",
            rows=rows[:A_PAGE],
            last=last,
            mine=mine,
            decides=decides,
            is_first=not asked.get("kind"),
        )

    def show_alike(self, visit: Visit) -> Response:
        """The requests that ask for the same as one, or nearly the same; found apart, for it asks the model."""
        number = page_number(visit.request.path_params["number"])
        if number is None:
            return self._desk.missing(visit, MISSING)
        alike = similar_requests(self._desk.warehouse, visit.tenant_id, number, encoder=self._encoder)
        return self._desk.page(visit, "review_alike.html", tab="review", number=number, alike=alike)


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
        return standing_of(visit.person, matter, rounds, question, datetime.now(UTC))

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
        return self._desk.page(visit, template or self._source.template, status=int(status), tab="review", **shown)


def _moment(written: str) -> datetime | None:
    """A moment of an address, None for anything else."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
