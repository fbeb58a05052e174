"""Ask: a request in words, and while it is written how it is understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.responses import RedirectResponse, Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.counting import Count, Counter
from leo_activation.desk.examples import examples_for
from leo_activation.desk.identity import Capability
from leo_activation.desk.knowledge import Known
from leo_activation.desk.offers import Matter, matters_of
from leo_activation.desk.pages.ask_parts import AskParts
from leo_activation.desk.pages.requests import TONES, in_words
from leo_activation.desk.reading import Row, page_number, read_rows
from leo_activation.desk.rewriting import START_OVER
from leo_activation.desk.understanding import State, Understanding, understand, understand_change
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.at_hand import read_at_hand
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.request import PlannedRequest
from leo_activation.segments.requests import submit_request
from leo_activation.segments.sentences import explain
from leo_activation.settings import DatabaseRole

MINE = 4
WORKED = 4
WORKED_DAYS = 90


@dataclass(frozen=True)
class Changing:
    """The request that is being changed: in words that say only the difference, or as the whole text edited.

    `sentence` and `questions` are those of the request, for whoever reads the page.
    """

    request_id: int
    at_hand: PlanAtHand
    in_words: bool
    sentence: str | None
    questions: Sequence[str]


class AskPage:
    """The page of one desk."""

    def __init__(self, desk: Desk, encoder: Encoder) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._knowledge = desk.knowledge
        self._counter = Counter(desk.warehouse, encoder)
        self._parts = AskParts(desk, self._knowledge, self._counter, encoder)

    def add_to(self, pages: Pages) -> None:
        """Register the page and its parts."""
        pages.add("GET", "/ask", Capability.READ, self.show)
        pages.add("GET", "/ask/understood", Capability.READ, self.show_understood)
        pages.add("GET", "/ask/counted", Capability.READ, self.show_counted)
        pages.add("POST", "/ask", Capability.ASK, self.submit)
        self._parts.add_to(pages)

    def show(self, visit: Visit) -> Response:
        """The page, with the text of the address where there is one, or that of the request that is to be changed."""
        changing = self._changing(visit)
        text = visit.request.query_params.get("text")
        if text is None:
            text = self._text_to_edit(visit, changing) if changing is not None and not changing.in_words else ""
        return self._whole(visit, text, changing)

    def show_understood(self, visit: Visit) -> Response:
        """How a text is understood: a part of the page, or with no script all of it."""
        text = visit.request.query_params.get("text", "")
        changing = self._changing(visit)
        if not visit.is_fragment:
            return self._whole(visit, text, changing)
        known = self._knowledge.of(visit.tenant_id)
        return self._page(visit, "ask_understood.html", known, self._understand(known, text, changing), changing)

    def show_counted(self, visit: Visit) -> Response:
        """How many a text means; asked for after the understanding, because it takes longer."""
        known = self._knowledge.of(visit.tenant_id)
        changing = self._changing(visit)
        understood = self._understand(known, visit.request.query_params.get("text", ""), changing)
        count = None
        if understood.planned is not None:
            count = self._counter.count(understood.planned.plan, known.catalogue, known.as_of)
        if not visit.is_fragment:
            return self._whole(visit, understood.text, changing, count)
        return self._page(visit, "ask_counted.html", known, understood, changing, count=count)

    def submit(self, visit: Visit) -> Response:
        """Put the request into the inbox, where any other request goes."""
        text = visit.form.get("text", "").strip()
        changing = self._changing(visit)
        if changing is not None and not changing.in_words:
            text, changing = self._as_change(visit, text, changing)
        request_id = submit_request(
            self._desk.warehouse,
            visit.tenant_id,
            text,
            visit.person.user_id,
            revises_request_id=changing.request_id if changing is not None else None,
        )
        where = f"{self._desk.root}/{visit.tenant_id}/requests/{request_id}"
        if visit.is_fragment:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": where})
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)

    def _text_to_edit(self, visit: Visit, changing: Changing) -> str:
        """The text of the request before; where it said only a change, the plan that came of it read back."""
        at_hand, known = changing.at_hand, self._knowledge.of(visit.tenant_id)
        if at_hand.plan is None:
            return at_hand.text
        read = known.reader.read(at_hand.text)
        if isinstance(read, PlannedRequest) and read.plan == at_hand.plan:
            return at_hand.text
        return explain(at_hand.plan, known.catalogue, language=at_hand.language)

    def _as_change(self, visit: Visit, text: str, changing: Changing) -> tuple[str, Changing | None]:
        """An edited text so that it is read as a whole request in the place of the one before.

        Where that would be read as anything else than what the page showed, it is a request of its own.
        """
        known = self._knowledge.of(visit.tenant_id)
        shown = known.reader.read(text)
        if changing.at_hand.plan is not None:
            text = START_OVER[shown.language].format(text)
        if isinstance(shown, PlannedRequest):
            read = known.reviser.revise(changing.at_hand, text, known.catalogue, known.as_of)
            if not isinstance(read, PlannedRequest) or read.plan != shown.plan:
                return visit.form.get("text", "").strip(), None
        return text, changing

    def _changing(self, visit: Visit) -> Changing | None:
        """The request that the page changes, None where it asks anew."""
        asked = visit.form or visit.request.query_params
        request_id = page_number(asked.get("revises", ""))
        if request_id is None:
            return None
        try:
            with self._desk.warehouse.connect(DatabaseRole.WRITER, visit.tenant_id) as connection:
                revised = read_at_hand(connection, visit.tenant_id, request_id)
        except Transient as waits:
            raise Permanent(waits.sentence) from waits
        in_words = asked.get("how") != "edit" and revised.at_hand.plan is not None
        at_hand, retelling = revised.at_hand, self._desk.retelling(visit)
        if retelling is None:
            return Changing(request_id, at_hand, in_words, at_hand.sentence, at_hand.questions)
        return Changing(request_id, at_hand, in_words, *retelling.at_hand(at_hand))

    def _understand(self, known: Known, text: str, changing: Changing | None) -> Understanding:
        if changing is not None and changing.in_words:
            return understand_change(known.reviser, changing.at_hand, text, known.reader)
        return understand(known.reader, text, known.book)

    def _whole(self, visit: Visit, text: str, changing: Changing | None, count: Count | None = None) -> Response:
        known = self._knowledge.of(visit.tenant_id)
        understood = self._understand(known, text, changing)
        matters: tuple[Matter, ...] | None = None
        if understood.asked is not None and not (changing is not None and changing.in_words):
            matters = matters_of(known.reader, understood.text, understood.asked, known.book)
        mine = {"requested_by": visit.person.user_id, "state": None, "before": None, "most": MINE}
        worked: list[Row] = []
        examples: tuple[str, ...] = ()
        if understood.state is State.EMPTY and changing is None:
            lately = {"days": WORKED_DAYS, "most": WORKED}
            worked = read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_worked_requests", lately)
            examples = examples_for(known.reader, known.book, visit.tongue)[: WORKED - len(worked)]
        return self._page(
            visit,
            "ask.html",
            known,
            understood,
            changing,
            count=count,
            matters=matters,
            mine=in_words(
                self._desk, visit, read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_requests", mine)
            ),
            worked=worked,
            examples=examples,
            tones=TONES,
        )

    def _page(
        self,
        visit: Visit,
        template: str,
        known: Known,
        understood: Understanding,
        changing: Changing | None,
        *,
        count: Count | None = None,
        matters: tuple[Matter, ...] | None = None,
        **more: Any,
    ) -> Response:
        return self._desk.page(
            visit,
            template,
            tab="ask",
            understood=understood,
            changing=changing,
            count=count,
            matters=matters,
            sizes={},
            State=State,
            as_of=known.as_of,
            **more,
        )
