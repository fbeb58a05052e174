"""Take hold of a campaign: pause, resume, stop, cancel, each with its reason; and send a test to oneself.

Pausing loses nothing, so whoever asked for the campaign may do it beside reviewers and those who may stop everything.
What somebody else paused is resumed by these two alone: they may know something that the requester does not.
"""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response

from leo_activation.activation import cancel_campaign, pause_campaign, resume_campaign, send_test, stop_run
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import MEANINGS, Capability, Person
from leo_activation.desk.reading import read_rows
from leo_activation.errors import Permanent
from leo_activation.told import Told

HOLDS = ("pause", "resume", "stop", "cancel")
LONGEST_REASON = 500
NONCE = re.compile(r"[0-9a-f]{16}")
NO_SUCH_PAUSE = Told.of(
    "Nothing was resumed: the pause that you saw does not hold any more. Look again at how it stands now."
)


def may_hold(person: Person, requested_by: str) -> bool:
    """Whether somebody may pause, stop or cancel a campaign."""
    return bool({Capability.REVIEW, Capability.STOP} & person.may) or person.user_id == requested_by


def may_resume(person: Person, paused_by: str | None) -> bool:
    """Whether somebody may let a paused campaign go on."""
    return bool({Capability.REVIEW, Capability.STOP} & person.may) or person.user_id == paused_by


class CampaignActs:
    """The writes of a campaign's page."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def add_to(self, pages: Pages) -> None:
        """Register them; who may is narrower than the capability, as the module says."""
        held: dict[str, Callable[[Visit], Response]] = {
            "pause": self.pause,
            "resume": self.resume,
            "stop": self.stop,
            "cancel": self.cancel,
        }
        for act, page in held.items():
            pages.add("POST", f"/campaigns/{{campaign_id}}/{act}", Capability.ASK, page)
        pages.add("POST", "/campaigns/{campaign_id}/test", Capability.ASK, self.test)

    def pause(self, visit: Visit) -> Response:
        """Begin nothing more until it is resumed."""
        refused = self._refused(visit)
        if refused is not None:
            return refused
        pause_campaign(
            self._desk.warehouse, visit.tenant_id, _id(visit), by=visit.person.user_id, reason=_reason(visit)
        )
        return self._back(visit, "?done=pause")

    def resume(self, visit: Visit) -> Response:
        """Let it go on: from the pause that the page showed, and from no later one of somebody else."""
        refused = self._refused(visit, resuming=True)
        if refused is not None:
            return refused
        resumed = resume_campaign(
            self._desk.warehouse,
            visit.tenant_id,
            _id(visit),
            by=visit.person.user_id,
            reason=_reason(visit),
            paused_at=_paused_at(visit),
        )
        if not resumed:
            raise Permanent(NO_SUCH_PAUSE)
        return self._back(visit, "?done=resume")

    def stop(self, visit: Visit) -> Response:
        """Stop for good the open runs that the page showed; it can be submitted again."""
        refused = self._refused(visit)
        if refused is not None:
            return refused
        reason, campaign_id = _reason(visit), _id(visit)
        shown = visit.form.get("runs", "").split(",")
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/open_runs", {"campaign_id": campaign_id})
        runs = [row["campaign_run_id"] for row in rows if str(row["campaign_run_id"]) in shown]
        if not runs:
            raise Permanent(
                Told.of(
                    "Nothing was stopped: no run of the campaign '{campaign_id}' that you saw is "
                    "open any more. Look again at what runs now; to end the campaign for good, cancel it.",
                    campaign_id=campaign_id,
                )
            )
        for run in runs:
            stop_run(self._desk.warehouse, visit.tenant_id, run, reason=reason, by=visit.person.user_id)
        return self._back(visit, "?done=stop")

    def cancel(self, visit: Visit) -> Response:
        """End it for good."""
        refused = self._refused(visit)
        if refused is not None:
            return refused
        cancel_campaign(
            self._desk.warehouse, visit.tenant_id, _id(visit), by=visit.person.user_id, reason=_reason(visit)
        )
        return self._back(visit, "?done=cancel")

    def test(self, visit: Visit) -> Response:
        """Send what it says to whoever asks; a second press of the same button sends nothing more."""
        nonce = visit.form.get("nonce", "")
        run = send_test(
            self._desk.warehouse,
            visit.tenant_id,
            _id(visit),
            visit.person.user_id,
            key=self._desk.key,
            name=f"desk-{nonce}" if NONCE.fullmatch(nonce) else None,
        )
        return self._back(visit, f"/runs/{run}")

    def _refused(self, visit: Visit, *, resuming: bool = False) -> Response | None:
        """The answer for who may not, None for who may."""
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/read_campaign", {"campaign_id": _id(visit)})
        if not rows:
            return self._desk.missing(visit, "campaign")
        [one] = rows
        if resuming and one["paused_at"] != _paused_at(visit):
            raise Permanent(NO_SUCH_PAUSE)
        may = may_resume(visit.person, one["paused_by"]) if resuming else may_hold(visit.person, one["requested_by"])
        if may:
            return None
        return self._desk.problem(visit, "capability", HTTPStatus.FORBIDDEN, needs=MEANINGS[Capability.REVIEW])

    def _back(self, visit: Visit, where: str) -> Response:
        to = f"{self._desk.root}/{visit.tenant_id}/campaigns/{_id(visit)}{where}"
        if visit.is_fragment:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": to})
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["campaign_id"])


def _paused_at(visit: Visit) -> datetime:
    """When the pause began that the page showed.

    Raises:
        Permanent: the form does not say.
    """
    try:
        return datetime.fromisoformat(visit.form.get("paused_at", ""))
    except ValueError:
        raise Permanent(NO_SUCH_PAUSE) from None


def _reason(visit: Visit) -> str:
    """What was given as the reason.

    Raises:
        Permanent: nothing was.
    """
    reason = visit.form.get("reason", "").strip()[:LONGEST_REASON]
    if not reason:
        raise Permanent(Told.of("Say why, in one sentence: it is kept, and shown to whoever asked for the campaign."))
    return reason
