"""A campaign's run: to how many it goes and why not to the others, when, by which channels, and what it says."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from leo_activation.activation.audience.waterfall import WATERFALL
from leo_activation.activation.runs.campaign_sheet import KEPT_BACK, CampaignSheet
from leo_activation.activation.runs.run_review import read_reviewed_run
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.activation.states import RunState
from leo_activation.desk.app import Desk, Visit
from leo_activation.desk.pages.review.matter import Decided, Decision, Kind, Matter
from leo_activation.desk.pages.review.source import Fault, Looked
from leo_activation.desk.reading import Row, read_rows
from leo_activation.desk.required_actions import WaitingTask
from leo_activation.errors import Permanent

REASONS = dict(WATERFALL)


class CampaignRuns:
    """The planned runs of a tenant's campaigns, to be decided about."""

    kind = Kind.RUN
    template = "review_run.html"

    def __init__(self, desk: Desk, guard: SendingGuard) -> None:
        """Read nothing yet; `guard` is where this installation stands."""
        self._desk = desk
        self._guard = guard

    def look(self, visit: Visit, number: int) -> Looked | None:
        """The run with its sheet, or with the reason why there is none any more."""
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/review_of_run", {"campaign_run_id": number})
        if not rows:
            return None
        [row] = rows
        sheet: CampaignSheet | None = None
        gone = ""
        try:
            sheet = read_reviewed_run(self._desk.warehouse, visit.tenant_id, number, self._guard).sheet
        except Permanent as changed:
            gone = changed.sentence
        is_second = any(one["decision"] == Decision.APPROVE for one in row["approvals"])
        return Looked(
            Matter(
                kind=Kind.RUN,
                number=number,
                title=row["name"],
                state=row["state"],
                is_open=row["state"] == RunState.PLANNED,
                requested_by=row["requested_by"],
                requested_at=row["planned_at"],
                authors=(row["requested_by"],),
                # The second task waits only for a second person.
                task=WaitingTask(
                    "run_campaign", f"campaign-{visit.tenant_id}-{number}", "second_review" if is_second else "review"
                ),
                options=(Decision.APPROVE, Decision.REJECT) if sheet is not None else (Decision.REJECT,),
                hash=row["hash"],
                decided=_decided(row),
                essence={"people": str(sheet.to_send)} if sheet is not None else {},
            ),
            {"sheet": sheet, "row": row, "gone": gone, **(shown_of(sheet) if sheet is not None else {})},
        )

    def fields(self, looked: Looked, decision: Decision, form: Mapping[str, str]) -> dict[str, object] | Fault:
        """The task has no fields of its own."""
        return {}


def shown_of(sheet: CampaignSheet) -> dict[str, Any]:
    """What the screen counts from the sheet."""
    channels = dict.fromkeys(sheet.channels, 0)
    for part in sheet.parts:
        channels[part.channel] = channels.get(part.channel, 0) + part.people
    waiting = [part for part in sheet.parts if part.deferred]
    return {
        "people": sheet.steps[0].kept,
        "by_channel": channels,
        "reasons": REASONS,
        "kept_back": [step for step in sheet.steps if step.step in KEPT_BACK and step.dropped],
        "cost": money(sheet, sum(part.cost_minor for part in sheet.parts)),
        "budget": None if sheet.budget_minor is None else money(sheet, sheet.budget_minor),
        "deferred": sum(part.deferred for part in waiting),
        "first_at": min((part.first_deferred for part in waiting if part.first_deferred), default=None),
        "last_at": max((part.last_deferred for part in waiting if part.last_deferred), default=None),
        "routes": [
            (one, money(sheet, one.cost_minor)) for one in sheet.reach if one.not_eligible or one.route != one.channel
        ],
        "forms": [part for part in sheet.parts if part.language or part.variant],
    }


def money(sheet: CampaignSheet, minor: int) -> Decimal:
    """An amount in the units that people count in."""
    return Decimal(minor).scaleb(-sheet.minor_units)


def _decided(row: Row) -> tuple[Decided, ...]:
    people = tuple(
        Decided(one["decision"], one["by"], datetime.fromisoformat(one["at"]), one["note"]) for one in row["approvals"]
    )
    if row["within_limits"] and row["decided_by"] is not None:
        return (*people, Decided("approve", row["decided_by"], row["decided_at"], None))
    return people
