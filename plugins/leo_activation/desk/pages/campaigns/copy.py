"""E-mail copy that a language model drafts for a segment, and people of content accept or reject.

The model is told the segment's sentence and how the brand speaks, of no person. A draft is used by no campaign before
somebody who may decide about content has accepted it, which makes a template version of it.
"""

from http import HTTPStatus
from typing import Protocol

from fastapi.responses import RedirectResponse, Response

from leo_activation.activation.messages.copy_drafts import (
    CopyWish,
    Writer,
    accept_draft,
    draft_copy,
    list_drafts,
    reject_draft,
)
from leo_activation.activation.messages.template_store import LONGEST_ID
from leo_activation.activation.messages.templates import preview
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.campaigns.typed import slug
from leo_activation.desk.reading import read_rows
from leo_activation.errors import Permanent, Transient

MOST_SEGMENTS = 1_000
LANGUAGES = ("en", "vi")


class Writers(Protocol):
    """Who drafts."""

    def has_model(self) -> bool:
        """Whether this installation has a language model now."""
        ...

    def of(self, tenant_id: str) -> Writer:
        """The writer of a tenant, where there is a model."""
        ...


class CopyPages:
    """The drafts that wait, those that were decided, and asking for one."""

    def __init__(self, desk: Desk, writers: Writers) -> None:
        """Draft nothing yet."""
        self._desk = desk
        self._writers = writers

    def add_to(self, pages: Pages) -> None:
        """Register them; before the pages of a campaign, whose id could be `copy`."""
        pages.add("GET", "/campaigns/copy", Capability.READ, self.show)
        pages.add("POST", "/campaigns/copy", Capability.ASK, self.draft)
        pages.add("POST", "/campaigns/copy/{draft_id:int}/accept", Capability.CONTENT, self.accept)
        pages.add("POST", "/campaigns/copy/{draft_id:int}/reject", Capability.CONTENT, self.reject)

    def show(self, visit: Visit) -> Response:
        """The drafts, those that wait first."""
        segment = visit.request.query_params.get("segment", "")
        return self._page(visit, segment=segment)

    def draft(self, visit: Visit) -> Response:
        """Have one drafted; it takes as long as the model does, at most a minute and a half."""
        segment, language = visit.form.get("segment", "").strip(), visit.form.get("language", "")
        segment_id = {name: one for one, name in self._segments(visit)}.get(segment, segment)
        if language not in LANGUAGES or not segment_id or not self._writers.has_model():
            return self._page(visit, segment=segment, language=language, problem="needed")
        wish = CopyWish(segment_id, f"copy_{slug(segment_id)}"[:LONGEST_ID], language, visit.person.user_id)
        try:
            drafted = draft_copy(self._desk.warehouse, visit.tenant_id, wish, self._writers.of(visit.tenant_id))
        except (Permanent, Transient) as error:
            return self._page(visit, segment=segment, language=language, words=error.sentence)
        return self._to(visit, f"#draft-{drafted.draft_id}")

    def accept(self, visit: Visit) -> Response:
        """Make a template version of a draft, which campaigns can name from then on."""
        draft_id = int(visit.request.path_params["draft_id"])
        accept_draft(self._desk.warehouse, visit.tenant_id, draft_id, decided_by=visit.person.user_id)
        return self._to(visit, f"#draft-{draft_id}")

    def reject(self, visit: Visit) -> Response:
        """Put a draft away."""
        draft_id = int(visit.request.path_params["draft_id"])
        reject_draft(self._desk.warehouse, visit.tenant_id, draft_id, decided_by=visit.person.user_id)
        return self._to(visit, f"#draft-{draft_id}")

    def _page(
        self, visit: Visit, *, segment: str = "", language: str = "en", problem: str = "", words: str = ""
    ) -> Response:
        drafts = list_drafts(self._desk.warehouse, visit.tenant_id, None)
        return self._desk.page(
            visit,
            "campaign_copy.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if problem or words else HTTPStatus.OK,
            tab="campaigns",
            drafts=[
                (one, preview(one.template(), brand="Brand", message=None))
                for one in sorted(drafts, key=lambda one: (one.state != "proposed", -one.draft_id))
            ],
            has_model=self._writers.has_model(),
            labels=[name for _, name in self._segments(visit)],
            segment=segment,
            language=language,
            languages=LANGUAGES,
            problem=problem,
            words=words,
        )

    def _segments(self, visit: Visit) -> list[tuple[str, str]]:
        """Id and name of the active segments, by name."""
        values = {"most": MOST_SEGMENTS}
        [row] = read_rows(self._desk.warehouse, visit.tenant_id, "desk/read_campaign_choices", values)
        return [(str(segment_id), str(name)) for segment_id, name in row["segments"]]

    def _to(self, visit: Visit, part: str) -> Response:
        return RedirectResponse(f"{self._desk.root}/{visit.tenant_id}/campaigns/copy{part}", HTTPStatus.SEE_OTHER)
