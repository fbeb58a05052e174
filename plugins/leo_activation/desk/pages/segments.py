"""Segments: their size over time, who entered and left and why, why one customer is in, and their end."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from io import StringIO

from fastapi.responses import RedirectResponse, Response, StreamingResponse

from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.plots import points
from leo_activation.desk.reading import Row, read_rows
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.request import Language
from leo_activation.segments.retiring import retire
from leo_activation.segments.why import why
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import data_as_of
from leo_activation.warehouse.statements import statement

A_PAGE = 50
DAYS = 90
LONGEST_ID = 200
ROWS_AT_ONCE = 5_000


class SegmentPages:
    """The list, the page of one, and what hangs on it."""

    def __init__(self, desk: Desk, encoder: Encoder) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._encoder = encoder

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/segments", Capability.READ, self.list)
        pages.add("GET", "/segments/{segment_id}", Capability.READ, self.show)
        pages.add("GET", "/segments/{segment_id}/why", Capability.READ, self.show_why)
        pages.add("GET", "/segments/{segment_id}/members.csv", Capability.READ, self.download)
        pages.add("POST", "/segments/{segment_id}/retire", Capability.REVIEW, self.retire)

    def list(self, visit: Visit) -> Response:
        """A page of segments, by name."""
        asked = visit.request.query_params
        state = asked.get("state", "active")
        rows = read_rows(
            self._desk.warehouse,
            visit.tenant_id,
            "desk/list_segments",
            {
                "state": state if state in {"active", "retired"} else None,
                "after_name": asked.get("after_name"),
                "after_id": asked.get("after_id"),
                "most": A_PAGE + 1,
            },
        )
        for row in rows:
            row["line"] = points(row["sizes"] or [])
        last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
        return self._desk.page(visit, "segments.html", tab="segments", rows=rows[:A_PAGE], last=last, state=state)

    def show(self, visit: Visit) -> Response:
        """One segment."""
        one = self._one(visit)
        if one is None:
            return self._missing(visit)
        named = {"segment_id": one["segment_id"]}
        runs = read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_segment_runs", {**named, "days": DAYS})
        causes: Counter[str] = Counter()
        for run in runs:
            causes.update(run["counts"] or {})
        return self._desk.page(
            visit,
            "segment.html",
            tab="segments",
            one=one,
            runs=runs,
            line=points([run["member_count"] for run in runs]),
            causes=sorted(causes.items(), key=lambda each: (each[0].split(":")[0], -each[1])),
            days=DAYS,
            versions=read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_segment_versions", named),
            campaigns=read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_segment_campaigns", named),
            told=None,
            asked="",
            problem="",
        )

    def show_why(self, visit: Visit) -> Response:
        """Why a customer is in the segment or not: a part of the page, or with no script a page of its own."""
        one = self._one(visit)
        customer_id = visit.request.query_params.get("customer", "").strip()[:LONGEST_ID]
        told, problem = None, ""
        if one is not None and customer_id:
            try:
                told = asdict(
                    why(
                        self._desk.warehouse,
                        visit.tenant_id,
                        customer_id,
                        one["segment_id"],
                        data_as_of(self._desk.warehouse, visit.tenant_id),
                        encoder=self._encoder,
                        language=Language(visit.tongue),
                    )
                )
            except Permanent as error:
                problem = str(error)
        if one is None:
            return self._missing(visit)
        template = "segment_why.html" if visit.is_fragment else "segment_why_page.html"
        return self._desk.page(visit, template, tab="segments", one=one, told=told, asked=customer_id, problem=problem)

    def download(self, visit: Visit) -> Response:
        """The members' ids as CSV, a row at a time."""
        one = self._one(visit)
        if one is None:
            return self._missing(visit)
        name = f"{visit.tenant_id}-{one['segment_id']}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(self._ids(visit.tenant_id, one["segment_id"]), media_type="text/csv", headers=headers)

    def retire(self, visit: Visit) -> Response:
        """End the segment; what hangs on it is named where it cannot."""
        segment_id = str(visit.request.path_params["segment_id"])
        retire(self._desk.warehouse, visit.tenant_id, segment_id, visit.person.user_id)
        where = f"{self._desk.root}/{visit.tenant_id}/segments/{segment_id}"
        if visit.is_fragment:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": where})
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)

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

    def _one(self, visit: Visit) -> Row | None:
        values = {"segment_id": str(visit.request.path_params["segment_id"])}
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/read_segment", values)
        return rows[0] if rows else None

    def _missing(self, visit: Visit) -> Response:
        return self._desk.missing(visit, "segment")


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
