"""A held refresh: from how many members to how many a segment would go, and what was approved."""

from collections.abc import Mapping

from leo_activation.desk.app import Desk, Visit
from leo_activation.desk.pages.review.matter import Decided, Decision, Kind, Matter
from leo_activation.desk.pages.review.source import Fault, Looked
from leo_activation.desk.reading import read_rows
from leo_activation.desk.required_actions import WaitingTask
from leo_activation.segments.holds import HoldState, read_hold_with_authors

DECISIONS = {
    HoldState.RELEASED: Decision.APPROVE,
    HoldState.USED: Decision.APPROVE,
    HoldState.REJECTED: Decision.REJECT,
}


class HeldRefreshes:
    """The held refreshes of a tenant's segments; their numbers never change, so an answer names nothing."""

    kind = Kind.HOLD
    template = "review_hold.html"

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def look(self, visit: Visit, number: int) -> Looked | None:
        """The hold."""
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/review_of_hold", {"hold_id": number})
        if not rows:
            return None
        [row] = rows
        hold, authors = read_hold_with_authors(self._desk.warehouse, visit.tenant_id, number)
        decision = DECISIONS.get(hold.state)
        decided: tuple[Decided, ...] = ()
        if decision is not None and row["decided_by"] is not None:
            decided = (Decided(decision, row["decided_by"], row["decided_at"], row["note"]),)
        matter = Matter(
            kind=Kind.HOLD,
            number=number,
            title=hold.name,
            state=hold.state,
            is_open=hold.state is HoldState.OPEN,
            requested_by=hold.requested_by,
            requested_at=row["opened_at"],
            authors=authors,
            task=WaitingTask("review_held_refreshes", f"hold-{visit.tenant_id}-{number}"),
            options=(Decision.APPROVE, Decision.REJECT),
            decided=decided,
        )
        changed = hold.entered + hold.exited
        return Looked(matter, {"hold": hold, "changed_by": changed, "share": changed / max(hold.members, 1)})

    def fields(self, looked: Looked, decision: Decision, form: Mapping[str, str]) -> dict[str, object] | Fault:
        """The task has no fields of its own."""
        return {}
