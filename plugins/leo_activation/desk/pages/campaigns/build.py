"""The form of a campaign: filled in a step at a time, looked at before anything is kept, saved, submitted.

Every button posts the whole form, so that nothing which was typed is lost and everything works without script; htmx
takes the part of the answer that changed. Until it is submitted nothing of it is a campaign.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leo_activation.activation import SendingGuard, StaleData, submit_campaign
from leo_activation.activation.audience.waterfall import AudiencePreview, preview_campaign
from leo_activation.activation.campaigns.campaign_states import OVER
from leo_activation.activation.campaigns.content import StoredCampaign, stored_campaign
from leo_activation.activation.campaigns.submission import NEVER_COMPLETE, NEW, ChangedMeanwhile
from leo_activation.activation.campaigns.trials import Trial, try_campaign
from leo_activation.activation.campaigns.unfinished import discard_unfinished, read_unfinished, save_unfinished
from leo_activation.activation.messages.template_store import read_forms
from leo_activation.activation.messages.written import Written, read_written
from leo_activation.activation.safety.tenant_policy import TenantPolicy, read_policy
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.campaigns.acts import may_hold
from leo_activation.desk.pages.campaigns.outlook import Outlook, outlook
from leo_activation.desk.pages.campaigns.typed import (
    CHANNEL_NAMES,
    WEEKDAYS,
    Fault,
    Reading,
    Shop,
    Typed,
    typed_from,
)
from leo_activation.desk.reading import Row, page_number, read_rows
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import data_as_of
from leo_activation.told import Told

MOST_OFFERED = 1_000
DRY_RUN_AT_MOST = timedelta(seconds=20)
CONTROLS = frozenset({"unfinished", "changes", "seen", "add", "do", "show"})
"""What the form carries beside the campaign's fields."""
STARTING = {
    "says": "write",
    "when": "now",
    "repeat": "weekly",
    "weekday": "mon",
    "time": "09:00",
    "holdout": "10",
    "again": "never",
    "message_class": "marketing",
    "priority": "100",
    "variants.0.name": "a",
    "variants.0.share": "50",
    "variants.1.name": "b",
    "variants.1.share": "50",
}
"""A new form; everything else is empty and holds by default."""
ANYBODY = "anybody"
OF_WORDS = re.compile(
    r"id|message_class|says|subject|text|short|action_url|language|zalo_template|template|message"
    r"|(channels|variants|cost|zalo)\..*"
)
"""The fields that decide what is said, on which channels, and what that costs."""
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
"""An e-mail's own styles show, and nothing else of it does anything: no script, no form, nothing from outside."""


@dataclass(frozen=True)
class Around:
    """What a form is read and shown with."""

    choices: Row
    policy: TenantPolicy
    shop: Shop


class BuildPages:
    """The form and its buttons."""

    def __init__(self, desk: Desk, *, approvers: tuple[str, ...], guard: SendingGuard) -> None:
        """`approvers` are the people whom Airflow lets approve; `guard` decides whom anything may be sent to."""
        self._desk = desk
        self._approvers = approvers
        self._guard = guard

    def add_to(self, pages: Pages) -> None:
        """Register them; before the pages of a campaign, whose id could be any of these words."""
        pages.add("GET", "/campaigns/new", Capability.ASK, self.new)
        pages.add("GET", "/campaigns/drafts/{unfinished_id:int}", Capability.ASK, self.go_on)
        pages.add("POST", "/campaigns/drafts/{unfinished_id:int}/discard", Capability.ASK, self.discard)
        pages.add("POST", "/campaigns/build", Capability.ASK, self.look)
        pages.add("POST", "/campaigns/build/outlook", Capability.ASK, self.show_outlook)
        pages.add("POST", "/campaigns/build/messages", Capability.ASK, self.show_messages)
        pages.add("POST", "/campaigns/build/email", Capability.ASK, self.show_email)
        pages.add("POST", "/campaigns/build/dry-run", Capability.ASK, self.dry_run)
        pages.add("POST", "/campaigns/build/save", Capability.ASK, self.save)
        pages.add("POST", "/campaigns/build/submit", Capability.ASK, self.submit)
        pages.add("GET", "/campaigns/{campaign_id}/edit", Capability.ASK, self.edit)

    def new(self, visit: Visit) -> Response:
        """An empty form, or a copy of a campaign; a segment or template may be named in the address."""
        asked = visit.request.query_params
        around = self._around(visit)
        copied = asked.get("copy")
        if copied:
            found = self._stored(visit, copied)
            if found is None:
                return self._desk.missing(visit, "campaign")
            values = typed_from(found[0].campaign, around.shop, found[1])
            values = {name: value for name, value in values.items() if name not in ("id", "request")}
            return self._form(visit, around, self._base(around, found[1]) | values)
        senders = around.choices["senders"]
        first = "email" if "email" in senders or not senders else senders[0]
        values = self._base(around, None) | {"channels.0": first}
        shown = {segment_id: label for label, segment_id in around.shop.segments.items()}
        if segment := asked.get("segment"):
            values["segments.0"] = shown.get(segment, segment)
        if template := asked.get("template"):
            values |= {"says": "template", "template": template}
        return self._form(visit, around, values)

    def edit(self, visit: Visit) -> Response:
        """The form of a campaign that there is; submitting it makes a new version."""
        campaign_id = str(visit.request.path_params["campaign_id"])
        found = self._stored(visit, campaign_id)
        if found is None:
            return self._desk.missing(visit, "campaign")
        stored, written = found
        if stored.state in OVER:
            raise Permanent(
                Told.of(
                    "The campaign '{campaign_id}' is {state}: copy it as a new one.",
                    campaign_id=campaign_id,
                    state=stored.state,
                )
            )
        around = self._around(visit)
        values = self._base(around, written) | typed_from(stored.campaign, around.shop, written)
        seen = "" if stored.version is None else str(stored.version)
        return self._form(visit, around, values, carried={"changes": campaign_id, "seen": seen})

    def go_on(self, visit: Visit) -> Response:
        """A form that was saved."""
        unfinished_id = int(visit.request.path_params["unfinished_id"])
        kept = read_unfinished(self._desk.warehouse, visit.tenant_id, unfinished_id)
        if kept is None:
            return self._desk.missing(visit, "form")
        values = dict(kept.typed)
        carried = {"unfinished": str(unfinished_id), "changes": kept.campaign_id or "", "seen": values.pop("seen", "")}
        return self._form(visit, self._around(visit), values, carried=carried, saved_at=kept.saved_at)

    def discard(self, visit: Visit) -> Response:
        """Throw a saved form away."""
        discard_unfinished(self._desk.warehouse, visit.tenant_id, int(visit.request.path_params["unfinished_id"]))
        return self._to(visit, "/campaigns")

    def look(self, visit: Visit) -> Response:
        """The form again: checked, or with one more row."""
        around = self._around(visit)
        trial, reading = None, None
        if visit.form.get("do") == "check":
            trial, reading = self._try(visit, around)
        return self._form(visit, around, _typed(visit), carried=_carried(visit), reading=reading, trial=trial)

    def show_outlook(self, visit: Visit) -> Response:
        """The sentence of what will happen."""
        around = self._around(visit)
        if not visit.is_fragment:
            return self._form(visit, around, _typed(visit), carried=_carried(visit))
        typed = Typed(_typed(visit), around.shop)
        return self._desk.page(visit, "campaign_outlook.html", seen=self._outlook(visit, around, typed))

    def show_messages(self, visit: Visit) -> Response:
        """What it says on each channel to people who do not exist; whom it goes to and when may be open still."""
        around = self._around(visit)
        trial, reading = self._try_words(visit, around)
        if not visit.is_fragment:
            return self._form(
                visit, around, _typed(visit), carried=_carried(visit), reading=reading, trial=trial, shows="messages"
            )
        return self._desk.page(
            visit, "campaign_messages.html", trial=trial, reading=reading, choices=around.choices, values=_typed(visit)
        )

    def show_email(self, visit: Visit) -> Response:
        """One e-mail as it looks, for a frame: a page of its own, under rules of its own."""
        trial, _ = self._try_words(visit, self._around(visit))
        position = page_number(visit.form.get("show", ""))
        mails = [] if trial is None else [one for one in trial.messages if one.channel == "email"]
        rendered = mails[position].rendered if position is not None and position < len(mails) else None
        html = rendered.html if rendered is not None else None
        return HTMLResponse(html or "", headers={"Content-Security-Policy": MAIL_POLICY})

    def dry_run(self, visit: Visit) -> Response:
        """Whom it would go to if it were planned now, step by step; nothing is kept."""
        around = self._around(visit)
        typed = Typed(_typed(visit), around.shop)
        reading = typed.read(visit.person.user_id)
        ran: AudiencePreview | None = None
        problem = ""
        if reading.campaign is not None:
            try:
                ran = preview_campaign(
                    self._desk.warehouse,
                    visit.tenant_id,
                    reading.campaign,
                    data_as_of(self._desk.warehouse, visit.tenant_id),
                    guard=self._guard,
                    forms=reading.forms,
                    at_most=DRY_RUN_AT_MOST,
                )
            except (Permanent, StaleData) as error:
                problem = error.sentence
        told = self._guard.describe()
        if visit.is_fragment:
            return self._desk.page(
                visit,
                "campaign_dry_run.html",
                choices=around.choices,
                ran=ran,
                problem=problem,
                guard=told,
                reading=reading,
            )
        return self._form(
            visit,
            around,
            _typed(visit),
            carried=_carried(visit),
            reading=reading,
            shows="dry-run",
            ran=ran,
            problem=problem,
            guard=told,
        )

    def save(self, visit: Visit) -> Response:
        """Keep the form as it is, right or wrong."""
        carried = _carried(visit)
        unfinished_id = save_unfinished(
            self._desk.warehouse,
            visit.tenant_id,
            _typed(visit) | {"seen": carried["seen"]},
            saved_by=visit.person.user_id,
            campaign_id=carried["changes"] or None,
            unfinished_id=page_number(carried["unfinished"]),
        )
        return self._to(visit, f"/campaigns/drafts/{unfinished_id}")

    def submit(self, visit: Visit) -> Response:
        """Make it a campaign, or a new version of one; what lacks something waits only where that was wanted."""
        around = self._around(visit)
        carried = _carried(visit)
        trial, reading = self._try(visit, around)
        campaign = reading.campaign
        waits = visit.form.get("do") == "wait" and not reading.faults
        barred = self._barred(visit, carried["changes"])
        if barred is not None:
            campaign, reading = None, Reading(None, reading.forms, (barred,))
        if trial is not None and campaign is not None and (trial.is_ready or waits):
            try:
                submit_campaign(
                    self._desk.warehouse,
                    visit.tenant_id,
                    campaign,
                    forms=reading.forms,
                    changes=(page_number(carried["seen"]) or NEVER_COMPLETE) if carried["changes"] else NEW,
                )
            except ChangedMeanwhile as error:
                at = "" if carried["changes"] else "name"
                reading = Reading(None, reading.forms, (Fault(at, words=error.sentence),))
            except Permanent as error:
                reading = Reading(None, reading.forms, (Fault("", words=error.sentence),))
            else:
                unfinished_id = page_number(carried["unfinished"])
                if unfinished_id is not None:
                    discard_unfinished(self._desk.warehouse, visit.tenant_id, unfinished_id)
                return self._to(visit, f"/campaigns/{campaign.campaign_id}")
        return self._form(
            visit,
            around,
            _typed(visit),
            carried=carried,
            reading=reading,
            trial=trial,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            wanted=True,
        )

    def _barred(self, visit: Visit, campaign_id: str) -> Fault | None:
        """Why somebody may not change a campaign, None where they may: a change ends its open runs, as a stop does."""
        found = self._stored(visit, campaign_id) if campaign_id else None
        if found is None or may_hold(visit.person, found[0].campaign.requested_by):
            return None
        if not read_rows(self._desk.warehouse, visit.tenant_id, "desk/open_runs", {"campaign_id": campaign_id}):
            return None
        who = found[0].campaign.requested_by
        return Fault(
            "",
            words=Told.of(
                "A run of '{campaign_id}' is open, and a change would end it: {who}, who asked for it, reviewers and "
                "those who may stop all sending can do that. Copy it as a new campaign, or ask one of them.",
                campaign_id=campaign_id,
                who=who,
            ),
        )

    def _try(self, visit: Visit, around: Around) -> tuple[Trial | None, Reading]:
        """The form read and tried; where it cannot be read, nothing was tried."""
        return self._tried(visit, Typed(_typed(visit), around.shop))

    def _try_words(self, visit: Visit, around: Around) -> tuple[Trial | None, Reading]:
        """As `_try`, of channels and words alone, for a name and a segment that stand for any."""
        values = {name: value for name, value in _typed(visit).items() if OF_WORDS.fullmatch(name)}
        shop = replace(around.shop, segments={ANYBODY: ANYBODY})
        return self._tried(visit, Typed(values | {"name": ANYBODY, "segments.0": ANYBODY}, shop))

    def _tried(self, visit: Visit, typed: Typed) -> tuple[Trial | None, Reading]:
        reading = typed.read(visit.person.user_id)
        if reading.campaign is None:
            return None, reading
        trial = try_campaign(self._desk.warehouse, visit.tenant_id, reading.campaign, forms=reading.forms)
        faults = tuple(
            Fault(typed.field_of(one.values["field"]), words=one.values["words"]) for one in trial.contradictions
        )
        if trial.refused is not None:
            faults = (*faults, Fault("text", words=trial.refused))
        return trial, Reading(reading.campaign, reading.forms, faults)

    def _form(
        self,
        visit: Visit,
        around: Around,
        values: Mapping[str, str],
        *,
        carried: Mapping[str, str] | None = None,
        reading: Reading | None = None,
        trial: Trial | None = None,
        status: int = HTTPStatus.OK,
        **shown: object,
    ) -> Response:
        typed = Typed(values, around.shop)
        faults = reading.faults if reading is not None else ()
        at_field: dict[str, Fault] = {}
        for fault in faults:
            at_field.setdefault(fault.field, fault)
        add = visit.form.get("add", "")
        more: dict[str, object] = {
            "shows": "",
            "ran": None,
            "problem": "",
            "guard": "",
            "wanted": False,
            "saved_at": None,
        }
        return self._desk.page(
            visit,
            "campaign_form.html",
            status=status,
            tab="campaigns",
            values=values,
            carried={"unfinished": "", "changes": "", "seen": "", **(carried or {})},
            faults=faults,
            at_field=at_field,
            reading=reading,
            trial=trial,
            choices=around.choices,
            policy=around.policy,
            seen=self._outlook(visit, around, typed),
            rows={
                group: _shown_rows(typed.rows(group), 1 if group in ("segments", "channels") else 0, add == group)
                for group in ("segments", "without", "channels", "caps", "quiet")
            }
            | {"variants": _shown_rows(typed.rows("variants"), 2, add == "variants")},
            labels=sorted(around.shop.segments),
            channel_names=CHANNEL_NAMES,
            weekdays=WEEKDAYS,
            zalo=next(
                (one for one in around.choices["zalo_templates"] if one["id"] == values.get("zalo_template")), None
            ),
            **{**more, **shown},
        )

    def _outlook(self, visit: Visit, around: Around, typed: Typed) -> Outlook:
        ids = {
            group: [around.shop.segments.get(one, one) for one in typed.listed(group)]
            for group in ("segments", "without")
        }
        known = set(around.shop.segments.values())
        people = None
        if ids["segments"] and known.issuperset(ids["segments"]):
            [row] = read_rows(
                self._desk.warehouse,
                visit.tenant_id,
                "desk/count_audience",
                {"segment_ids": ids["segments"], "without_segment_ids": ids["without"]},
            )
            people = int(row["people"])
        return outlook(
            typed,
            around.policy,
            people=people,
            tenant_zone=around.choices["time_zone"],
            approvers=[one for one in self._approvers if one != visit.person.user_id],
        )

    def _around(self, visit: Visit) -> Around:
        [choices] = read_rows(
            self._desk.warehouse, visit.tenant_id, "desk/read_campaign_choices", {"most": MOST_OFFERED}
        )
        with self._desk.warehouse.connect(DatabaseRole.WRITER, visit.tenant_id) as connection:
            policy = read_policy(connection, visit.tenant_id).policy
        times = Counter(name for _, name in choices["segments"])
        labels = {
            name if times[name] == 1 else f"{name} ({segment_id})": segment_id
            for segment_id, name in choices["segments"]
        }
        return Around(choices, policy, Shop(labels, choices["minor_units"], choices["language"]))

    def _base(self, around: Around, written: Written | None) -> dict[str, str]:
        """What the form shows where the campaign says nothing."""
        return STARTING | {"language": around.shop.language if written is None else written.language}

    def _stored(self, visit: Visit, campaign_id: str) -> tuple[StoredCampaign, Written | None] | None:
        """A campaign with the words that its template was written as, None where there is no such campaign."""
        with self._desk.warehouse.connect(DatabaseRole.WRITER, visit.tenant_id) as connection:
            stored = stored_campaign(connection, visit.tenant_id, campaign_id)
            if stored is None:
                return None
            template = stored.campaign.template
            if template is None:
                return stored, None
            channels = stored.campaign.channels
            return stored, read_written(read_forms(connection, visit.tenant_id, template, channels), channels)

    def _to(self, visit: Visit, path: str) -> Response:
        where = f"{self._desk.root}/{visit.tenant_id}{path}"
        if visit.is_fragment:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": where})
        return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def _typed(visit: Visit) -> dict[str, str]:
    """The campaign's fields; of a campaign that is changed the id is the one it has."""
    values = {name: value for name, value in visit.form.items() if name not in CONTROLS and name.isprintable()}
    changes = visit.form.get("changes", "")
    return values | {"id": changes} if changes else values


def _carried(visit: Visit) -> dict[str, str]:
    return {name: visit.form.get(name, "") for name in ("unfinished", "changes", "seen")}


def _shown_rows(typed: list[int], least: int, one_more: bool) -> list[int]:
    """The rows of a group that the form shows: those that are filled, at least so many, and one more where wanted."""
    rows = list(typed)
    following = max(rows, default=-1) + 1
    while len(rows) < least or one_more:
        one_more = one_more and len(rows) < least
        rows.append(following)
        following += 1
    return rows
