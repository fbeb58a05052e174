"""Stop sending: of one tenant or of all; and whether a tenant may reach people beyond its allow-list.

Each act is two presses: the first leads to a page that says what it does and does not do, the second is on a button
that names it. Arming asks for the tenant's name typed out as well.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response

from leo_activation.activation import engage_kill_switch, release_kill_switch
from leo_activation.activation.safety.guard import (
    SendingGuard,
    list_allowed,
    list_stops,
    read_kill_switch,
    release_tenant,
    stop_tenant,
)
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.reading import read_rows
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import set_armed

LONGEST_REASON = 500
MOST_ACTS = 20


class Act(StrEnum):
    """What can be done here, as the addresses name it."""

    STOP_TENANT = "stop-business"
    RELEASE_TENANT = "release-business"
    STOP_ALL = "stop-all"
    RELEASE_ALL = "release-all"
    ARM = "arm"
    DISARM = "disarm"


NEEDS_REASON = frozenset({Act.STOP_TENANT, Act.STOP_ALL})
RELEASES = frozenset({Act.RELEASE_TENANT, Act.RELEASE_ALL})
NO_SUCH_STOP = Told.of(
    "Nothing was released: the stop that you saw does not hold any more. Look again at what holds now."
)


@dataclass(frozen=True)
class StopNow:
    """A stop that holds: of all tenants or of this one."""

    is_of_all: bool
    reason: str
    by: str | None
    at: datetime


def stops_now(warehouse: Warehouse, tenant_id: str) -> tuple[StopNow, ...]:
    """Why nothing of a tenant is sent now; none where it is."""
    switch = read_kill_switch(warehouse)
    of_all = [StopNow(True, switch.reason or "", switch.changed_by, switch.changed_at)] if switch.engaged else []
    latest = list_stops(warehouse, tenant_id)[:1]
    own = [StopNow(False, each.reason, each.stopped_by, each.stopped_at) for each in latest if not each.released_at]
    return (*of_all, *own)


class StopPages:
    """The page, and the one before each act."""

    def __init__(self, desk: Desk, guard: SendingGuard) -> None:
        """Read nothing yet; `guard` says where this installation stands."""
        self._desk = desk
        self._guard = guard

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/stop", Capability.STOP, self.show)
        for act in Act:
            pages.add("GET", f"/stop/{act}", Capability.STOP, partial(self.ask, act=act))
            pages.add("POST", f"/stop/{act}", Capability.STOP, partial(self.do, act=act))

    def show(self, visit: Visit) -> Response:
        """How everything stands, and who stopped what."""
        warehouse, tenant_id = self._desk.warehouse, visit.tenant_id
        done = visit.request.query_params.get("done", "")
        [waiting] = read_rows(warehouse, tenant_id, "desk/count_open_sending", {})
        stops = stops_now(warehouse, tenant_id)
        return self._desk.page(
            visit,
            "stop.html",
            tab="stop",
            name=self._name(visit),
            stops=stops,
            own=next((each for each in stops if not each.is_of_all), None),
            switch=read_kill_switch(warehouse),
            history=list_stops(warehouse, tenant_id),
            acts=read_rows(warehouse, tenant_id, "desk/list_interventions", {"campaign_id": None, "most": MOST_ACTS}),
            waiting=waiting,
            allowed=list_allowed(warehouse, tenant_id),
            environment=str(self._guard.environment),
            in_production=self._guard.in_production,
            done=done if done in set(Act) else "",
        )

    def ask(self, visit: Visit, act: Act) -> Response:
        """What the act does and does not do, with the button that does it; a release names the stop that it ends."""
        [waiting] = read_rows(self._desk.warehouse, visit.tenant_id, "desk/count_open_sending", {})
        stops = stops_now(self._desk.warehouse, visit.tenant_id)
        ended = next((each for each in stops if each.is_of_all is (act is Act.RELEASE_ALL)), None)
        if act in RELEASES and ended is None:
            raise Permanent(NO_SUCH_STOP)
        return self._desk.page(
            visit,
            "stop_confirm.html",
            tab="stop",
            act=str(act),
            needs_reason=act in NEEDS_REASON,
            name=self._name(visit),
            waiting=waiting,
            stops=stops,
            ended=ended if act in RELEASES else None,
            allowed=list_allowed(self._desk.warehouse, visit.tenant_id),
            environment=str(self._guard.environment),
            in_production=self._guard.in_production,
            may_arm=DatabaseRole.OWNER in self._desk.warehouse.urls,
        )

    def do(self, visit: Visit, act: Act) -> Response:
        """Do it, and back to the page."""
        warehouse, tenant_id, who = self._desk.warehouse, visit.tenant_id, visit.person.user_id
        reason = visit.form.get("reason", "").strip()[:LONGEST_REASON]
        if act in NEEDS_REASON and not reason:
            raise Permanent(Told.of("Say why, in one sentence: whoever wonders why nothing leaves is shown it."))
        match act:
            case Act.STOP_TENANT:
                stop_tenant(warehouse, tenant_id, reason=reason, stopped_by=who)
            case Act.RELEASE_TENANT:
                if not release_tenant(warehouse, tenant_id, released_by=who, stopped_at=_seen_at(visit)):
                    raise Permanent(NO_SUCH_STOP)
            case Act.STOP_ALL:
                engage_kill_switch(warehouse, reason=reason, changed_by=who)
            case Act.RELEASE_ALL:
                if not release_kill_switch(warehouse, changed_by=who, seen_at=_seen_at(visit)):
                    raise Permanent(NO_SUCH_STOP)
            case Act.ARM:
                self._refuse_another_name(visit)
                set_armed(warehouse, tenant_id, armed=True, changed_by=who)
            case Act.DISARM:
                set_armed(warehouse, tenant_id, armed=False, changed_by=who)
        return RedirectResponse(f"{self._desk.root}/{tenant_id}/stop?done={act}", HTTPStatus.SEE_OTHER)

    def _refuse_another_name(self, visit: Visit) -> None:
        typed, meant = (
            unicodedata.normalize("NFC", each).strip() for each in (visit.form.get("name", ""), self._name(visit))
        )
        if typed != meant:
            raise Permanent(
                Told.of("Nothing was changed: what was typed is not the name of the business, “{meant}”.", meant=meant)
            )

    def _name(self, visit: Visit) -> str:
        return visit.tenants.get(visit.tenant_id, visit.tenant_id)


def _seen_at(visit: Visit) -> datetime:
    """When the stop began that the page showed.

    Raises:
        Permanent: the form does not say.
    """
    try:
        seen = datetime.fromisoformat(visit.form.get("seen", ""))
    except ValueError:
        raise Permanent(NO_SUCH_STOP) from None
    if seen.tzinfo is None:
        raise Permanent(NO_SUCH_STOP)
    return seen
