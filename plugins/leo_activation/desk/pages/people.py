"""The rights of people, for who handles them: requests with their clocks, restriction, consent, export, erasure.

A person is named by a customer id or by the address that they wrote from; both come in the body of a form and never in
an address, which logs keep. On the screen stand ids alone. The one thing that is personal data is an export: a download
that is on record in the audit log before it leaves, and that nothing keeps.
"""

import json
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response

from leo_activation.actions import people
from leo_activation.activation.aftermath.events import without_addresses
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.reading import Row, page_number, read_rows
from leo_activation.errors import Permanent
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.person import CHANNELS, find_person
from leo_activation.rights.requests import (
    CORRECTABLE,
    PURPOSES,
    Ask,
    close_request,
    consent_history,
    extend_request,
    lift,
    open_request,
)
from leo_activation.settings import DatabaseRole, Settings
from leo_activation.told import Told

A_PAGE = 50
MOST_ERASURES = 10
LONGEST_NAME = 254
LONGEST_REASON = 1_000
STOPS_AT_ONCE = frozenset({RequestKind.RESTRICTION, RequestKind.OBJECTION, RequestKind.WITHDRAWAL})


class PeoplePages:
    """The list, the page of a request, and what is done for one person."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        """Read nothing yet; `settings` are those of an erasure: keys, folders of messages and of the audit log."""
        self._desk = desk
        self._settings = settings

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/people", Capability.PRIVACY, self.show_list)
        pages.add("POST", "/people/requests", Capability.PRIVACY, self.open)
        pages.add("GET", "/people/requests/{request_id:int}", Capability.PRIVACY, self.show)
        pages.add("POST", "/people/requests/{request_id:int}/done", Capability.PRIVACY, self.close)
        pages.add("POST", "/people/requests/{request_id:int}/refuse", Capability.PRIVACY, self.refuse)
        pages.add("POST", "/people/requests/{request_id:int}/extend", Capability.PRIVACY, self.extend)
        pages.add("POST", "/people/requests/{request_id:int}/lift", Capability.PRIVACY, self.lift)
        pages.add("POST", "/people/consent", Capability.PRIVACY, self.show_consent)
        pages.add("POST", "/people/export", Capability.PRIVACY, self.export)
        pages.add("POST", "/people/erase", Capability.PRIVACY, self.ask_to_erase)
        pages.add("POST", "/people/erasures", Capability.PRIVACY, self.erase)
        pages.add("GET", "/people/erasures/{erasure_id:int}", Capability.PRIVACY, self.show_erasure)

    def show_list(self, visit: Visit) -> Response:
        """The requests, the one whose clock ends first at the top, and the forms."""
        asked = visit.request.query_params
        every = asked.get("state") == "all"
        rows = self._requests(visit, only_open=not every, after=_after(asked.get("after", "")))
        last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
        clocks = read_clocks()
        return self._desk.page(
            visit,
            "people.html",
            tab="people",
            rows=rows[:A_PAGE],
            every=every,
            next=f"{last['due_at'].isoformat()}|{last['request_id']}" if last else None,
            kinds=list(RequestKind),
            laws={name: law.act for name, law in clocks.laws.items()},
            clocks=clocks,
            warn_days=clocks.warn_days,
            fields=CORRECTABLE,
            channels=CHANNELS,
            purposes=PURPOSES,
            stops_at_once=STOPS_AT_ONCE,
            today=datetime.now(UTC).date().isoformat(),
            erasures=read_rows(
                self._desk.warehouse,
                visit.tenant_id,
                "desk/list_erasures",
                {"erasure_id": None, "most": MOST_ERASURES},
            ),
        )

    def open(self, visit: Visit) -> Response:
        """Enter what somebody asks for."""
        form = visit.form
        ask = Ask(
            _kind(form.get("kind", "")),
            visit.person.user_id,
            _received(form.get("received", "")),
            form.get("law") or None,
            form.get("field") or None,
            form.get("wanted", "").strip() or None,
            form.get("channel") or None,
            form.get("purpose") or "marketing",
        )
        made = open_request(
            self._desk.warehouse,
            visit.tenant_id,
            _named(visit),
            ask,
            read_clocks(),
            pseudonym_key=self._settings.pseudonym_key(),
        )
        return self._to(visit, f"requests/{made.request_id}")

    def show(self, visit: Visit) -> Response:
        """One request: its clock, what it stopped, and the answer."""
        rows = self._requests(visit, only_open=False, request_id=_request_id(visit))
        if not rows:
            return self._desk.missing(visit, "request")
        [one] = rows
        clock = read_clocks().clock(one["law"], RequestKind(one["kind"]))
        return self._desk.page(
            visit,
            "people_request.html",
            tab="people",
            one=one,
            law=read_clocks().laws[one["law"]].act,
            clock=clock,
            can_extend=one["state"] == "open"
            and one["extended_at"] is None
            and one["longest_until"] > one["due_at"]
            and one["days_left"] > 0,
            stops_at_once=one["kind"] in STOPS_AT_ONCE,
            warn_days=read_clocks().warn_days,
        )

    def close(self, visit: Visit) -> Response:
        """It was answered."""
        close_request(self._desk.warehouse, visit.tenant_id, _request_id(visit), decided_by=visit.person.user_id)
        return self._to(visit, f"requests/{_request_id(visit)}")

    def refuse(self, visit: Visit) -> Response:
        """It is refused, with what the person is told."""
        close_request(
            self._desk.warehouse,
            visit.tenant_id,
            _request_id(visit),
            decided_by=visit.person.user_id,
            refused_because=_reason(visit),
        )
        return self._to(visit, f"requests/{_request_id(visit)}")

    def extend(self, visit: Visit) -> Response:
        """The clock runs longer, once."""
        extend_request(self._desk.warehouse, visit.tenant_id, _request_id(visit), reason=_reason(visit))
        return self._to(visit, f"requests/{_request_id(visit)}")

    def lift(self, visit: Visit) -> Response:
        """The restriction that it brought ends."""
        lift(self._desk.warehouse, visit.tenant_id, _request_id(visit))
        return self._to(visit, f"requests/{_request_id(visit)}")

    def show_consent(self, visit: Visit) -> Response:
        """What somebody agreed to and refused, oldest first."""
        named, key = _named(visit), self._settings.pseudonym_key()
        with self._desk.warehouse.connect(DatabaseRole.WRITER, visit.tenant_id) as connection:
            person = find_person(connection, visit.tenant_id, named, pseudonym_key=key)
        told = consent_history(self._desk.warehouse, visit.tenant_id, named, pseudonym_key=key)
        rows = [{**vars(each), "evidence": without_addresses(each.evidence)} for each in told]
        return self._desk.page(visit, "people_consent.html", tab="people", customer_id=person.customers[0], rows=rows)

    def export(self, visit: Visit) -> Response:
        """Everything that is held of somebody, as a file; the desk's headers say that nothing may keep it."""
        told = people.export(
            self._desk.warehouse,
            self._settings,
            visit.tenant_id,
            _named(visit),
            asked_by=visit.person.user_id,
        )
        body = json.dumps(told, ensure_ascii=False, indent=2, default=str).encode()
        headers = {"Content-Disposition": 'attachment; filename="person.json"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/json", headers=headers)

    def ask_to_erase(self, visit: Visit) -> Response:
        """Who is meant, and what an erasure would do; nothing is done yet."""
        with self._desk.warehouse.connect(DatabaseRole.WRITER, visit.tenant_id) as connection:
            person = find_person(
                connection, visit.tenant_id, _named(visit), pseudonym_key=self._settings.pseudonym_key()
            )
        if not person.is_known:
            raise Permanent(Told.of("No such person is known in tenant {tenant_id}.", tenant_id=visit.tenant_id))
        return self._desk.page(
            visit,
            "people_erase.html",
            tab="people",
            customer_id=person.customers[0],
            profiles=len(person.profiles),
            addresses=len(person.addresses),
            deliveries=len(person.deliveries),
        )

    def erase(self, visit: Visit) -> Response:
        """Erase a customer whose id was typed again, and show the certificate."""
        customer_id = _named(visit)
        if visit.form.get("typed", "").strip() != customer_id:
            raise Permanent(Told.of("Nothing was erased: what was typed is not the customer’s id."))
        done = people.erase_person(
            self._desk.warehouse, self._settings, visit.tenant_id, customer_id, asked_by=visit.person.user_id
        )
        return self._to(visit, f"erasures/{done.erasure_id}")

    def show_erasure(self, visit: Visit) -> Response:
        """The certificate of an erasure."""
        values = {"erasure_id": int(visit.request.path_params["erasure_id"]), "most": 1}
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_erasures", values)
        if not rows:
            return self._desk.missing(visit, "person")
        return self._desk.page(visit, "people_erased.html", tab="people", one=rows[0])

    def _requests(
        self,
        visit: Visit,
        *,
        only_open: bool,
        request_id: int | None = None,
        after: tuple[datetime, int] | None = None,
    ) -> list[Row]:
        values = {
            "only_open": only_open,
            "request_id": request_id,
            "after_due": after[0] if after else None,
            "after_id": after[1] if after else None,
            "most": A_PAGE + 1,
        }
        return read_rows(self._desk.warehouse, visit.tenant_id, "desk/list_rights_requests", values)

    def _to(self, visit: Visit, where: str) -> Response:
        return RedirectResponse(f"{self._desk.root}/{visit.tenant_id}/people/{where}", HTTPStatus.SEE_OTHER)


def _request_id(visit: Visit) -> int:
    return int(visit.request.path_params["request_id"])


def _named(visit: Visit) -> str:
    """Whom a form names.

    Raises:
        Permanent: nobody.
    """
    named = visit.form.get("person", "").strip()
    if not named or len(named) > LONGEST_NAME:
        raise Permanent(Told.of("Name the person by a customer id, or by the address that they wrote from."))
    return named


def _reason(visit: Visit) -> str:
    return visit.form.get("reason", "")[:LONGEST_REASON]


def _kind(text: str) -> RequestKind:
    try:
        return RequestKind(text)
    except ValueError:
        raise Permanent(Told.of("Choose what is asked for: {kinds}.", kinds=", ".join(RequestKind))) from None


def _received(text: str) -> datetime | None:
    """The moment of a day that was chosen: now for today, whose clock must not begin in the future."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Permanent(Told.of("The day of receipt is written as 2026-03-31.")) from None
    return None if day.date() == datetime.now(UTC).date() else day


def _after(text: str) -> tuple[datetime, int] | None:
    """The last row of the page before, as `next` writes it; None for anything else."""
    due, _, number = text.partition("|")
    request_id = page_number(number)
    if request_id is None:
        return None
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        return None
    return (moment, request_id) if moment.tzinfo is not None else None
