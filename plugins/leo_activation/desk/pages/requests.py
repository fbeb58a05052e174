"""Requests: mine and all, and everything that became of each: text, sentence, Cypher, gate, preview, decision, runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.responses import Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.reading import Row, page_number, read_rows
from leo_activation.segments.requests import RequestState

A_PAGE = 25
TONES: Mapping[str, str] = {
    RequestState.SUBMITTED: "",
    RequestState.DRAFTED: "info",
    RequestState.IN_REVIEW: "info",
    RequestState.NEEDS_CLARIFICATION: "warn",
    RequestState.SENT_BACK: "warn",
    RequestState.APPROVED: "good",
    RequestState.ANSWERED: "good",
    RequestState.REJECTED: "bad",
    RequestState.FAILED: "bad",
    RequestState.EXPIRED: "",
    RequestState.VOIDED: "",
}
LATE = timedelta(minutes=15)
"""What has not moved by itself for so long waits for somebody who looks after the pipeline."""
ANSWERABLE = frozenset({RequestState.NEEDS_CLARIFICATION, RequestState.SENT_BACK})
"""What waits for whoever asked."""
OPEN = frozenset({RequestState.SUBMITTED, RequestState.DRAFTED, RequestState.IN_REVIEW})
"""What moves by itself: its page looks again now and then."""


@dataclass(frozen=True)
class Step:
    """One step of a request's way; `state` is done, now, failed or ahead."""

    name: str
    state: str


class RequestPages:
    """The list and the page of one."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def add_to(self, pages: Pages) -> None:
        """Register both."""
        pages.add("GET", "/requests", Capability.READ, self.list)
        pages.add("GET", "/requests/{request_id:int}", Capability.READ, self.show)

    def list(self, visit: Visit) -> Response:
        """A page of requests, the newest first."""
        asked = visit.request.query_params
        mine = asked.get("whose", "mine") == "mine"
        state = asked.get("state") or None
        rows = read_rows(
            self._desk.warehouse,
            visit.tenant_id,
            "desk/list_requests",
            {
                "requested_by": visit.person.user_id if mine else None,
                "state": state if state in set(RequestState) else None,
                "before": page_number(asked.get("before", "")),
                "most": A_PAGE + 1,
            },
        )
        return self._desk.page(
            visit,
            "requests.html",
            tab="requests",
            rows=in_words(self._desk, visit, rows[:A_PAGE]),
            older=rows[A_PAGE - 1]["request_id"] if len(rows) > A_PAGE else None,
            mine=mine,
            is_later=bool(page_number(asked.get("before", ""))),
            state=state,
            states=list(RequestState),
            tones=TONES,
        )

    def show(self, visit: Visit) -> Response:
        """One request with its whole history."""
        request_id = int(visit.request.path_params["request_id"])
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/read_request_history", {"request_id": request_id})
        if not rows:
            return self._desk.missing(visit, "request")
        [one] = rows
        retelling = self._desk.retelling(visit)
        written = one["sentence"]
        if retelling is not None:
            one = retelling.request(one)
        return self._desk.page(
            visit,
            "request.html",
            tab="requests",
            is_late=is_late(one),
            is_own=visit.person.user_id in {one["requested_by"], one["edited_by"]},
            answerable=one["state"] in ANSWERABLE,
            airflow_run=f"{self._desk.root.rpartition('/')[0]}/dags/draft_segment/runs/"
            f"request-{visit.tenant_id}-{request_id}",
            one=one,
            written=written if written != one["sentence"] else None,
            steps=steps_of(one),
            tone=TONES.get(one["state"], ""),
            is_open=one["state"] in OPEN,
            funnel=_funnel(one["funnel"] or []),
        )


def is_late(row: Mapping[str, Any]) -> bool:
    """Whether a request should have moved on by itself long ago."""
    moves = row["state"] in {RequestState.SUBMITTED, RequestState.DRAFTED}
    return moves and bool(datetime.now(UTC) - row["state_changed_at"] > LATE)


def in_words(desk: Desk, visit: Visit, rows: Sequence[Row]) -> list[Row]:
    """The rows of a list for a reader, each with whether it is late."""
    retelling = desk.retelling(visit)
    return [
        {
            **row,
            "is_late": is_late(row),
            "questions": row["questions"] if retelling is None else retelling.questions(row),
        }
        for row in rows
    ]


def steps_of(one: Mapping[str, Any]) -> tuple[Step, ...]:
    """How far a request has come."""
    has_draft = one["segment_id"] is not None
    reached = {
        "Text": True,
        "Sentence": one["sentence"] is not None,
        "Cypher": has_draft,
        "Gate": has_draft,
        "Preview": one["member_count"] is not None,
        "Approval": one["decision"] == "approve",
        "Members": one["members_now"] is not None,
    }
    ended = one["state"] in {RequestState.REJECTED, RequestState.FAILED, RequestState.EXPIRED, RequestState.VOIDED}
    steps: list[Step] = []
    current = False
    for name, done in reached.items():
        if done:
            steps.append(Step(name, "done"))
        elif not current:
            steps.append(Step(name, "failed" if ended else "now"))
            current = True
        else:
            steps.append(Step(name, "ahead"))
    return tuple(steps)


def _funnel(steps: list[Row]) -> list[Row]:
    """The steps of a preview, each with how many were left before it."""
    shown = []
    for position, step in enumerate(steps):
        before = steps[position - 1]["kept"] if position else step["kept"]
        shown.append({**step, "before": before, "dropped": before - step["kept"], "position": position - 1})
    return shown
