"""The list of campaigns, and of the forms that somebody has not finished."""

from datetime import datetime

from fastapi.responses import Response

from leo_activation.activation.campaigns.unfinished import list_unfinished
from leo_activation.activation.states import CampaignState
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.reading import read_rows

A_PAGE = 25
LONGEST_SEARCH = 100
TONES = {
    CampaignState.IN_REVIEW: "info",
    CampaignState.APPROVED: "good",
    CampaignState.FINISHED: "good",
    CampaignState.DRAFT: "warn",
    CampaignState.REJECTED: "bad",
    CampaignState.STOPPED: "bad",
}


class CampaignList:
    """The list."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def add_to(self, pages: Pages) -> None:
        """Register it."""
        pages.add("GET", "/campaigns", Capability.READ, self.list)

    def list(self, visit: Visit) -> Response:
        """A page of campaigns, the newest first, with what waits to be finished above the first page."""
        asked = visit.request.query_params
        state = asked.get("state") or None
        search = asked.get("search", "").strip().lower()[:LONGEST_SEARCH]
        after = _moment(asked.get("after", ""))
        rows = read_rows(
            self._desk.warehouse,
            visit.tenant_id,
            "desk/list_campaigns",
            {
                "state": state if state in set(CampaignState) else None,
                "search": search or None,
                "after_at": after,
                "after_id": asked.get("after_id", ""),
                "most": A_PAGE + 1,
            },
        )
        first_page = after is None and not search and state is None
        return self._desk.page(
            visit,
            "campaigns.html",
            tab="campaigns",
            rows=rows[:A_PAGE],
            last=rows[A_PAGE - 1] if len(rows) > A_PAGE else None,
            state=state,
            search=search,
            is_first=after is None,
            states=list(CampaignState),
            tones=TONES,
            unfinished=list_unfinished(self._desk.warehouse, visit.tenant_id) if first_page else [],
        )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
