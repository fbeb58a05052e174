"""Ask: a request in words, and while it is written how it is understood."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic

from fastapi.responses import RedirectResponse, Response

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.counting import Counter
from leo_activation.desk.identity import Capability
from leo_activation.desk.understanding import State, Understanding, understand
from leo_activation.embedding import Encoder
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import data_as_of

KEPT_S = 60.0
"""How long the names of a tenant's catalogue are kept before they are read again."""


@dataclass
class _Known:
    """A tenant's catalogue with the planner that keeps its vocabulary."""

    catalogue: Catalogue
    as_of: datetime
    read_at: float
    planner: GrammarPlanner = field(default_factory=GrammarPlanner)


class AskPage:
    """The page of one desk; remembers each tenant's catalogue for a minute."""

    def __init__(self, desk: Desk, encoder: Encoder) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._counter = Counter(desk.warehouse, encoder)
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def add_to(self, pages: Pages) -> None:
        """Register the page and its part."""
        pages.add("GET", "/ask", Capability.READ, self.show)
        pages.add("GET", "/ask/understood", Capability.READ, self.show_understood)
        pages.add("GET", "/ask/counted", Capability.READ, self.show_counted)
        pages.add("POST", "/ask", Capability.ASK, self.submit)

    def show(self, visit: Visit) -> Response:
        """The page, with the text of the address where there is one."""
        return self._page(visit, "ask.html", visit.request.query_params.get("text", ""))

    def show_understood(self, visit: Visit) -> Response:
        """How a text is understood: a part of the page, or with no script all of it."""
        return self._page(
            visit,
            "ask_understood.html" if visit.is_fragment else "ask.html",
            visit.request.query_params.get("text", ""),
        )

    def show_counted(self, visit: Visit) -> Response:
        """How many a text means; asked for after the understanding, because it takes longer."""
        known = self._catalogue(visit.tenant_id)
        understood = understand(known.planner, visit.request.query_params.get("text", ""), known.catalogue, known.as_of)
        count = None
        if understood.planned is not None:
            count = self._counter.count(understood.planned.plan, known.catalogue, known.as_of)
        template = "ask_counted.html" if visit.is_fragment else "ask.html"
        return self._desk.page(
            visit, template, tab="ask", understood=understood, count=count, State=State, as_of=known.as_of
        )

    def submit(self, visit: Visit) -> Response:
        """Put the request into the inbox, where any other request goes."""
        text = visit.form.get("text", "").strip()
        request_id = submit_request(self._desk.warehouse, visit.tenant_id, text, visit.person.user_id)
        where = f"{self._desk.root}/{visit.tenant_id}/requests/{request_id}"
        if visit.is_fragment:
            return Response(status_code=204, headers={"HX-Redirect": where})
        return RedirectResponse(where, 303)

    def _page(self, visit: Visit, template: str, text: str) -> Response:
        known = self._catalogue(visit.tenant_id)
        understood: Understanding = understand(known.planner, text, known.catalogue, known.as_of)
        return self._desk.page(
            visit, template, tab="ask", understood=understood, count=None, State=State, as_of=known.as_of
        )

    def _catalogue(self, tenant_id: str) -> _Known:
        with self._lock:
            known = self._known.get(tenant_id)
            if known is not None and monotonic() - known.read_at < KEPT_S:
                return known
        as_of = data_as_of(self._desk.warehouse, tenant_id)
        with self._desk.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
        known = _Known(catalogue, as_of, monotonic())
        with self._lock:
            self._known[tenant_id] = known
        return known
