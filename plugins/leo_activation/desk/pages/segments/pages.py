"""The list of segments, the page of one, its members' ids, and its end."""

import csv
from collections.abc import Iterator
from http import HTTPStatus
from io import StringIO
from typing import Any

from fastapi.responses import RedirectResponse, Response, StreamingResponse

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.differences import Words, differences
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.segments.history import PERIODS, history_of
from leo_activation.desk.pages.segments.questions import Ask, Questions, WhyAnswer
from leo_activation.desk.plots import points
from leo_activation.desk.reading import Row, read_rows
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.retiring import retire
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.statements import statement

A_PAGE = 50
LONGEST_SEARCH = 100
STATES = ("active", "retired", "")
ROWS_AT_ONCE = 5_000
PARTS = {"why": "segment_why.html", "then": "segment_as_of.html", "reach": "segment_reach.html"}


class SegmentPages:
    """The list, the page of one, and what hangs on it."""

    def __init__(self, desk: Desk, encoder: Encoder) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._questions = Questions(encoder)

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/segments", Capability.READ, self.list)
        pages.add("GET", "/segments/{segment_id}", Capability.READ, self.show)
        pages.add("GET", "/segments/{segment_id}/why", Capability.READ, self.show_why)
        pages.add("GET", "/segments/{segment_id}/as-of", Capability.READ, self.show_as_of)
        pages.add("GET", "/segments/{segment_id}/reach", Capability.READ, self.show_reach)
        pages.add("GET", "/segments/{segment_id}/members.csv", Capability.READ, self.download)
        pages.add("POST", "/segments/{segment_id}/retire", Capability.REVIEW, self.retire)

    def list(self, visit: Visit) -> Response:
        """A page of segments, by name."""
        asked = visit.request.query_params
        state = asked.get("state", "active")
        state = state if state in STATES else "active"
        search = " ".join(asked.get("search", "").split())[:LONGEST_SEARCH]
        values = {
            "state": state or None,
            "search": search.lower() or None,
            "after_name": asked.get("after_name"),
            "after_id": asked.get("after_id", ""),
            "most": A_PAGE + 1,
        }
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_segments", values)
        retelling = self._desk.retelling(visit)
        if retelling is not None:
            rows = [retelling.segment(row) for row in rows]
        for row in rows:
            row["line"] = points(row["sizes"] or [])
        return self._desk.page(
            visit,
            "segments_found.html" if visit.is_fragment else "segments.html",
            tab="segments",
            rows=rows[:A_PAGE],
            last=rows[A_PAGE - 1] if len(rows) > A_PAGE else None,
            is_later=values["after_name"] is not None,
            matching=rows[0]["matching"] if rows else 0,
            state=state,
            states=STATES,
            search=search,
        )

    def show(self, visit: Visit) -> Response:
        """One segment."""
        return self._answer(visit, "", None)

    def show_why(self, visit: Visit) -> Response:
        """Why a customer is in or not, now or at a moment: a part of the page, or without script all of it."""
        return self._answer(visit, "why", self._questions.why)

    def show_as_of(self, visit: Visit) -> Response:
        """The size at a moment, condition by condition: as `show_why`."""
        return self._answer(visit, "then", self._questions.size_then)

    def show_reach(self, visit: Visit) -> Response:
        """Whom of the members a marketing message would reach now: as `show_why`."""
        return self._answer(visit, "reach", self._questions.reach)

    def download(self, visit: Visit) -> Response:
        """The members' ids as CSV, a row at a time."""
        one = self._one(self._desk.warehouse, visit)
        if one is None:
            return self._desk.missing(visit, "segment")
        name = f"{visit.tenant_id}-{one['segment_id']}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(self._ids(visit.tenant_id, one["segment_id"]), media_type="text/csv", headers=headers)

    def retire(self, visit: Visit) -> Response:
        """End the segment; what hangs on it is named where it cannot."""
        segment_id = str(visit.request.path_params["segment_id"])
        because = visit.form.get("because", "").strip()
        if not because:
            raise Permanent(Told.of("Say why the segment is retired: others will ask."))
        retire(self._desk.warehouse, visit.tenant_id, segment_id, visit.person.user_id, because=because)
        where = f"{self._desk.root}/{visit.tenant_id}/segments/{segment_id}"
        if visit.is_fragment:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": where})
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)

    def _answer(self, visit: Visit, name: str, ask: Ask | None) -> Response:
        """The page with the answer to a question, by the name that the templates know, or the answer alone."""
        answers: dict[str, Any] = {"why": WhyAnswer(), "then": None, "reach": None}
        # Many small questions: a connection costs more than most of them.
        with KeptConnections(self._desk.warehouse) as warehouse:
            one = self._one(warehouse, visit)
            if one is None:
                return self._desk.missing(visit, "segment")
            if ask is not None:
                answers[name] = ask(warehouse, visit, one)
            is_part = visit.is_fragment and ask is not None
            shown = {} if is_part else self._shown(warehouse, visit, one)
        template = PARTS[name] if is_part else "segment.html"
        return self._desk.page(visit, template, tab="segments", one=one, **answers, **shown)

    def _shown(self, warehouse: Warehouse, visit: Visit, one: Row) -> dict[str, Any]:
        """What the page of a segment tells of it beside what was asked."""
        tenant_id, named = visit.tenant_id, {"segment_id": one["segment_id"]}
        days = visit.request.query_params.get("days", "")
        versions = read_rows(warehouse, tenant_id, "desk/list_segment_versions", named)
        retelling = self._desk.retelling(visit)
        if retelling is not None:
            versions = [retelling.segment(version) for version in versions]
        changed = []
        if one["last_run_id"] is not None:
            changed = read_rows(warehouse, tenant_id, "desk/list_last_changed", {"run_id": one["last_run_id"]})
        return {
            "history": history_of(warehouse, tenant_id, one, int(days) if days in map(str, PERIODS) else PERIODS[1]),
            "periods": PERIODS,
            "versions": _told(versions),
            "campaigns": read_rows(warehouse, tenant_id, "desk/list_segment_campaigns", named),
            "changed": changed,
        }

    def _ids(self, tenant_id: str, segment_id: str) -> Iterator[str]:
        yield "customer_id\r\n"
        with (
            self._desk.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
            connection.cursor("members") as cursor,
        ):
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(statement("segments/list_members"), {"tenant_id": tenant_id, "segment_id": segment_id})
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                text = StringIO()
                csv.writer(text).writerows([_plain(str(row[0]))] for row in rows)
                yield text.getvalue()

    def _one(self, warehouse: Warehouse, visit: Visit) -> Row | None:
        values = {"segment_id": str(visit.request.path_params["segment_id"])}
        rows = read_rows(warehouse, visit.tenant_id, "desk/read_segment", values)
        retelling = self._desk.retelling(visit)
        if not rows or retelling is None:
            return rows[0] if rows else None
        return retelling.segment(rows[0])


def _told(versions: list[Row]) -> list[tuple[Row, tuple[Words, ...] | None]]:
    """Each version, the newest first, with what it says otherwise than the one before; None of the first."""
    before: list[Row | None] = [*versions[1:], None]
    return [
        (version, None if older is None else differences(older["sentence"], version["sentence"]))
        for version, older in zip(versions, before, strict=True)
    ]


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
