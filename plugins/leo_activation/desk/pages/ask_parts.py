"""What Ask shows on request, while nobody waits for a key: other values, offers with their counts, requests alike."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.counting import WHOLE_LIMIT_S, Counter
from leo_activation.desk.identity import Capability
from leo_activation.desk.knowledge import Knowledge, Known
from leo_activation.desk.offers import Matter, matters_of, offers_of_phrase
from leo_activation.desk.pages.requests import TONES
from leo_activation.desk.reading import page_number
from leo_activation.desk.rewriting import without_condition
from leo_activation.desk.values import Choices, choices_for, value_at, values_of
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.recall import SimilarRequest, similar_to_plan
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.told import Told

KEPT = 64
LONGEST_SEARCH = 80
MOST_ALIKE = 3


@dataclass
class AskParts:
    """The parts of Ask's page that cost more than a key may."""

    desk: Desk
    knowledge: Knowledge
    counter: Counter
    encoder: Encoder
    _matters: OrderedDict[tuple[str, str, str], tuple[Matter, ...]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add_to(self, pages: Pages) -> None:
        """Register them; each is a page by itself where there is no script."""
        pages.add("GET", "/ask/values", Capability.READ, self.show_values)
        pages.add("GET", "/ask/without", Capability.READ, self.show_without)
        pages.add("GET", "/ask/offers", Capability.READ, self.show_offers)
        pages.add("GET", "/ask/offers/counted", Capability.READ, self.show_offers_counted)
        pages.add("GET", "/ask/alike", Capability.READ, self.show_alike)

    def show_values(self, visit: Visit) -> Response:
        """What could stand in the place of one value of the text."""
        known, text, planned = self._read(visit)
        asked = visit.request.query_params
        start, _, end = asked.get("at", "").partition("-")
        wanted = asked.get("q", "")[:LONGEST_SEARCH]
        found: Choices | None = None
        if planned is not None:
            value = value_at(values_of(text, planned, known.book), page_number(start) or 0, page_number(end) or 0)
            if value is not None:
                found = choices_for(known.reader, text, planned, value, known.book, wanted)
        template = "ask_values.html" if visit.is_fragment else "ask_values_page.html"
        return self.desk.page(
            visit, template, tab="ask", found=found, text=text, wanted=wanted, at=asked.get("at", "")[:24]
        )

    def show_without(self, visit: Visit) -> Response:
        """The text without one condition, found by its position."""
        known, text, planned = self._read(visit)
        position = page_number(visit.request.query_params.get("condition", ""))
        changed = None
        if planned is not None and position is not None:
            changed = without_condition(known.reader, text, planned, position)
        if changed is None:
            raise Permanent(Told.of("This condition cannot be taken out by itself; change the text instead."))
        if visit.is_fragment:
            return self.desk.page(visit, "ask_rewritten.html", text=changed)
        where = f"{self.desk.root}/{visit.tenant_id}/ask?{urlencode({'text': changed})}"
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)

    def show_offers(self, visit: Visit) -> Response:
        """The open questions of a text with what is offered; without a script the page itself has them."""
        known, text, planned = self._read(visit)
        if not visit.is_fragment:
            return self._to_page(visit, text)
        matters = self._all_open(known, visit.tenant_id, text, planned)
        return self.desk.page(visit, "ask_offers.html", matters=matters, sizes={}, understood_text=text)

    def show_offers_counted(self, visit: Visit) -> Response:
        """How many customers each offer would mean, as far as that is found in time."""
        known, text, planned = self._read(visit)
        if not visit.is_fragment:
            return self._to_page(visit, text)
        matters = self._all_open(known, visit.tenant_id, text, planned)
        sizes: dict[str, int | None] = {}
        began = time.monotonic()
        for at, matter in enumerate(matters):
            for which, offer in enumerate(matter.offers):
                if offer.planned is not None and time.monotonic() - began < WHOLE_LIMIT_S:
                    plan = offer.planned.plan
                    sizes[f"{at}-{which}"] = self.counter.size(plan, known.catalogue, known.as_of)
        return self.desk.page(visit, "ask_offers_counted.html", sizes=sizes)

    def show_alike(self, visit: Visit) -> Response:
        """Requests that ask for nearly the same."""
        known, text, planned = self._read(visit)
        if not visit.is_fragment:
            return self._to_page(visit, text)
        alike: tuple[SimilarRequest, ...] = ()
        if planned is not None:
            alike = similar_to_plan(
                self.desk.warehouse,
                visit.tenant_id,
                planned.plan,
                known.catalogue,
                encoder=self.encoder,
                revises_request_id=page_number(visit.request.query_params.get("revises", "")),
                limit=MOST_ALIKE,
            )
        return self.desk.page(visit, "ask_alike.html", alike=alike, tones=TONES)

    def _read(self, visit: Visit) -> tuple[Known, str, PlannedRequest | None]:
        known = self.knowledge.of(visit.tenant_id)
        text = known.reader.composed(visit.request.query_params.get("text", ""))
        answer = known.reader.read(text) if text.strip() else None
        return known, text, answer if isinstance(answer, PlannedRequest) else None

    def _all_open(self, known: Known, tenant_id: str, text: str, planned: PlannedRequest | None) -> tuple[Matter, ...]:
        """What the planner asks, or, where it asks nothing, what only counting brings up."""
        return self._open(known, tenant_id, text) if planned is None else self._of_phrase(known, text, planned)

    def _open(self, known: Known, tenant_id: str, text: str) -> tuple[Matter, ...]:
        key = (tenant_id, known.as_of.isoformat(), text)
        with self._lock:
            kept = self._matters.get(key)
        if kept is not None:
            return kept
        answer = known.reader.read(text)
        matters = matters_of(known.reader, text, answer, known.book) if isinstance(answer, NeedsClarification) else ()
        with self._lock:
            self._matters[key] = matters
            while len(self._matters) > KEPT:
                self._matters.popitem(last=False)
        return matters

    def _of_phrase(self, known: Known, text: str, planned: PlannedRequest) -> tuple[Matter, ...]:
        """The one question that only counting brings up: what a phrase means in this tenant's data."""
        count = self.counter.count(planned.plan, known.catalogue, known.as_of)
        if count.asks is None:
            return ()
        offers = offers_of_phrase(known.reader, text, planned, count.phrase, count.readings)
        return (Matter(count.asks, count.phrase, offers),)

    def _to_page(self, visit: Visit, text: str) -> Response:
        where = f"{self.desk.root}/{visit.tenant_id}/ask?{urlencode({'text': text})}"
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)
