"""What somebody typed into the form of a campaign, as a campaign; and a campaign as the form shows it.

The fields are those of a campaign's file (`campaign_files.CampaignForm`), each a text under a name of its own, such as
`segments.0` or `caps.1.days`. What is wrong is told with the name of the field in which it was typed.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.campaign_files import CampaignForm
from leo_activation.activation.faults import all_faults, place_name
from leo_activation.activation.messages.template_store import LONGEST_ID
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.messages.written import TITLED, Written, written_forms
from leo_activation.told import Told

CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
ROW = re.compile(r"(?P<group>[a-z_]+)\.(?P<row>[0-9]{1,2})(?:\.(?P<part>[a-z_]+))?")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SLUG = 48
MOST_ROWS = 20
TAKEN_IDS = frozenset({"new", "build", "copy", "drafts"})
"""Ids that are addresses of the desk's own."""
PARTS_OF_POLICY = (
    "quota",
    "send_within_hours",
    "largest_audience",
    "require_second_approver_above",
    "coupon_pool",
)
SWITCHES = ("limits_for_transactional", "track_opens", "track_clicks")


@dataclass(frozen=True)
class Fault:
    """One thing wrong: the field it stands at ('' for the form as a whole), and our code or the check's words."""

    field: str
    code: str = ""
    words: str = ""


@dataclass(frozen=True)
class Shop:
    """What reading a form needs to know of the tenant: its segments by what people see, and its money."""

    segments: Mapping[str, str]
    minor_units: int
    language: str


@dataclass(frozen=True)
class Reading:
    """A form that was read: the campaign where nothing is wrong, and the template that was written with it."""

    campaign: Campaign | None
    forms: tuple[Template, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass
class Typed:
    """The fields as they were typed."""

    values: Mapping[str, str]
    shop: Shop
    places: dict[str, str] = field(default_factory=dict)
    """Where the form's field stands that a place of a campaign's file was read from."""
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str, otherwise: str = "") -> str:
        """A field without what stands around it."""
        return self.values.get(name, otherwise).strip()

    def rows(self, group: str) -> list[int]:
        """The rows of a group in which something was typed."""
        found = set()
        for name, value in self.values.items():
            match = ROW.fullmatch(name)
            if match and match["group"] == group and value.strip():
                found.add(int(match["row"]))
        return sorted(found)[:MOST_ROWS]

    def listed(self, group: str) -> list[str]:
        """The values of a group of single fields, in their order."""
        return [self.text(f"{group}.{row}") for row in self.rows(group)]

    @property
    def campaign_id(self) -> str:
        """The id that was given, else one made of the name."""
        return self.text("id") or slug(self.text("name"))

    def read(self, requested_by: str) -> Reading:
        """The campaign, or everything that is wrong with it."""
        told = self.told()
        self._need_what_every_campaign_has()
        try:
            campaign = CampaignForm.model_validate(told).campaign(requested_by)
        except ValidationError as error:
            at_fields = {fault.field for fault in self.faults}
            for place, words in all_faults(error):
                name = self.field_of(place_name(place))
                if name not in at_fields:
                    self.faults.append(Fault(name, words=words))
            campaign = None
        forms = self._forms(campaign)
        if self.faults:
            return Reading(None, forms, tuple(self.faults))
        return Reading(campaign, forms)

    def told(self) -> dict[str, Any]:
        """The form as the fields of a campaign's file; fields that are empty are left out."""
        told: dict[str, Any] = {
            "id": self.campaign_id,
            "name": self.text("name"),
            "segments": tuple(self._segments("segments")),
            "without": tuple(self._segments("without")),
            "channels": self._list("channels"),
            "message_class": self.text("message_class", "marketing"),
            "priority": self.text("priority"),
            "seed_list": self.text("seed_list"),
            "request": self.text("request"),
            "schedule": self._schedule(),
            "re_entry": self._re_entry(),
            "policy": self._policy(),
            **self._content(),
        }
        return {name: value for name, value in told.items() if value not in ("", (), {}, None)}

    def field_of(self, place: str) -> str:
        """The form's field of a place such as `policy.caps[1].days`, '' where it is none of the form's."""
        while place:
            if place in self.places:
                return self.places[place]
            shorter = re.sub(r"(\.[a-z_]+|\[[0-9]+\])$", "", place)
            if shorter == place:
                return PLACES.get(place, "")
            if place in PLACES:
                return PLACES[place]
            place = shorter
        return ""

    def percent(self, name: str) -> str:
        """A share that was typed in per cent, as a share; what is no number stays as it is, to be refused."""
        text = self.text(name)
        number = _decimal(text)
        return text if number is None else format(number / 100, "f")

    def _need_what_every_campaign_has(self) -> None:
        if not self.text("name"):
            self._need("name")
        if self.text("id") in TAKEN_IDS:
            self.faults.append(
                Fault(
                    "id",
                    words=Told.of("'{id}' is an address of the desk's own: choose another", id=self.text("id")),
                )
            )
        if not self.rows("segments"):
            self._need("segments.0")
        channels = self.listed("channels")
        if not channels:
            self._need("channels.0")
        says = self.text("says", "write")
        if says == "write":
            if not self.text("text"):
                self._need("text")
            if TITLED.intersection(channels) and not self.text("subject"):
                self._need("subject")
        elif says == "template" and not self.text("template"):
            self._need("template")
        elif says == "compare" and not self.rows("variants"):
            self._need("variants.0.name")
        if self.text("when") == "at" and not self.text("at"):
            self._need("at")
        by_clock = self.text("when") == "recurring" and self.text("repeat") != "cron"
        if by_clock and not CLOCK.fullmatch(self.text("time")):
            self._need("time")

    def _need(self, name: str) -> None:
        self.faults.append(Fault(name, code="needed"))

    def _list(self, group: str) -> tuple[str, ...]:
        for position, row in enumerate(self.rows(group)):
            self.places[f"{group}[{position + 1}]"] = f"{group}.{row}"
        return tuple(self.listed(group))

    def _segments(self, group: str) -> Iterator[str]:
        """The ids of segments, which were typed as the list shows them or as they are."""
        known = set(self.shop.segments.values())
        for text, row in zip(self._list(group), self.rows(group), strict=True):
            segment_id = self.shop.segments.get(text, text)
            if segment_id not in known:
                self.faults.append(Fault(f"{group}.{row}", code="no_segment"))
            yield segment_id

    def _content(self) -> dict[str, Any]:
        says = self.text("says", "write")
        if says == "template":
            return {"template": _template(self.text("template")), "message": self.text("message")}
        if says == "compare":
            return {
                "variants": tuple(self._variants()),
                "template": _template(self.text("template")),
                "message": self.text("message"),
            }
        return {}

    def _variants(self) -> Iterator[dict[str, str]]:
        for position, row in enumerate(self.rows("variants")):
            place, name = f"variants[{position + 1}]", f"variants.{row}"
            template = _template(self.text(f"{name}.template")) or {}
            if not template:
                self._need(f"{name}.template")
            self.places[place] = f"{name}.name"
            self.places[f"{place}.template_id"] = self.places[f"{place}.version"] = f"{name}.template"
            self.places[f"{place}.share"] = f"{name}.share"
            yield {
                "name": self.text(f"{name}.name"),
                "template_id": template.get("id", ""),
                "version": template.get("version", ""),
                "share": self.percent(f"{name}.share"),
            }

    def _schedule(self) -> dict[str, str]:
        when = self.text("when", "now")
        said = {"kind": {"recurring": "recurring", "on_entry": "on_entry"}.get(when, "once")}
        if when == "at":
            said["at"] = self.text("at")
        if when == "recurring":
            said["cron"] = self._cron()
        if when in ("recurring", "on_entry"):
            said["until"] = self.text("until")
        said |= {"local_time": self.text("local_time"), "time_zone": self.text("time_zone")}
        return {name: value for name, value in said.items() if value}

    def _cron(self) -> str:
        repeat = self.text("repeat", "weekly")
        if repeat == "cron":
            self.places["schedule.cron"] = "cron"
            return self.text("cron")
        clock = CLOCK.fullmatch(self.text("time"))
        # Without a time of day the field says so; any will do to read the rest.
        hour, minute = (int(clock[1]), int(clock[2])) if clock else (9, 0)
        days = {"weekly": f"* * {self.text('weekday', 'mon')}", "monthly": f"{self.text('monthday', '1')} * *"}
        self.places["schedule.cron"] = {"weekly": "weekday", "monthly": "monthday"}.get(repeat, "time")
        return f"{minute} {hour} {days.get(repeat, '* * *')}"

    def _re_entry(self) -> dict[str, str]:
        if self.text("when", "now") in ("now", "at"):
            return {}
        rule = self.text("again", "never")
        return {"rule": rule, "days": self.text("again_days")} if rule == "after_days" else {"rule": rule}

    def _policy(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "holdout_share": self.percent("holdout"),
            "largest_change": self.percent("largest_change"),
            "budget_minor": self._minor("budget"),
            "cost_minor": {
                channel: self._minor(f"cost.{channel}")
                for channel in self.listed("channels")
                if self.text(f"cost.{channel}")
            },
            "caps": tuple(self._group("caps", "policy.caps", {"count": "count", "days": "days", "channel": "channel"})),
            "quiet_hours": tuple(
                self._group("quiet", "policy.quiet_hours", {"from": "from", "until": "until", "channel": "channel"})
            ),
            **{name: self.text(name) for name in PARTS_OF_POLICY},
            **{name: "true" for name in SWITCHES if self.text(name)},
        }
        return {name: value for name, value in said.items() if value not in ("", (), {}, None)}

    def _group(self, group: str, place: str, parts: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The rows of a group in which more was typed than the channel."""
        own = [part for part in parts if part != "channel"]
        rows = [row for row in self.rows(group) if any(self.text(f"{group}.{row}.{part}") for part in own)]
        for position, row in enumerate(rows):
            self.places[f"{place}[{position + 1}]"] = f"{group}.{row}.{next(iter(parts))}"
            for part in parts:
                self.places[f"{place}[{position + 1}].{part}"] = f"{group}.{row}.{part}"
            said = {part: self.text(f"{group}.{row}.{name}") for part, name in parts.items()}
            yield {part: value for part, value in said.items() if value}

    def _minor(self, name: str) -> str:
        """Money as it was typed, in minor units; what is no such amount stays as it is, to be refused."""
        text = self.text(name)
        number = _decimal(text)
        minor = None if number is None else number.scaleb(self.shop.minor_units)
        return text if minor is None or minor != minor.to_integral_value() else str(int(minor))

    def _forms(self, campaign: Campaign | None) -> tuple[Template, ...]:
        """The template that was written with the campaign; none where a template is named."""
        if self.text("says", "write") != "write" or not self.text("text"):
            return ()
        template_id = f"desk_{self.campaign_id or 'new'}"
        if len(template_id) > LONGEST_ID:
            self.faults.append(Fault("text", code="no_own_text"))
            return ()
        channels = campaign.channels if campaign is not None else tuple(dict.fromkeys(self.listed("channels")))
        return written_forms(template_id, self.written(), [one for one in channels if one in CHANNEL_NAMES])

    def written(self) -> Written:
        """What was written for this campaign."""
        zalo = self.text("zalo_template") or None
        parameters = {name.removeprefix("zalo."): self.text(name) for name in self.values if name.startswith("zalo.")}
        return Written(
            text=_lines(self.text("text")),
            subject=self.text("subject") or None,
            short=_lines(self.text("short")) or None,
            action_url=self.text("action_url") or None,
            language=self.text("language", self.shop.language),
            way_out=self.text("message_class", "marketing") == "marketing",
            zalo_template=zalo,
            zalo_parameters={name: value for name, value in parameters.items() if value} if zalo else {},
        )


CHANNEL_NAMES = ("email", "sms", "zalo", "messenger", "mobile_push", "web_push")
PLACES: Mapping[str, str] = {
    "id": "name",
    "name": "name",
    "segments": "segments.0",
    "without": "without.0",
    "channels": "channels.0",
    "message_class": "message_class",
    "template": "template",
    "message": "message",
    "variants": "variants.0.name",
    "schedule": "when",
    "schedule.at": "at",
    "schedule.until": "until",
    "schedule.local_time": "local_time",
    "schedule.time_zone": "time_zone",
    "schedule.cron": "cron",
    "re_entry": "again",
    "re_entry.days": "again_days",
    "priority": "priority",
    "seed_list": "seed_list",
    "policy.holdout_share": "holdout",
    "policy.largest_change": "largest_change",
    "policy.budget_minor": "budget",
    **{f"policy.cost_minor.{channel}": f"cost.{channel}" for channel in CHANNEL_NAMES},
    "policy.cost_minor": "budget",
    "policy.caps": "caps.0.count",
    "policy.quiet_hours": "quiet.0.from",
    **{f"policy.{name}": name for name in PARTS_OF_POLICY},
}
"""The form's field of each place of a campaign's file that is no row of a group."""


def typed_from(campaign: Campaign, shop: Shop, written: Written | None) -> dict[str, str]:
    """A campaign as the form shows it; `written` is what its own template was written as, where it has one."""
    shown = {segment_id: label for label, segment_id in shop.segments.items()}
    values = {
        "id": campaign.campaign_id,
        "name": campaign.name,
        "message_class": str(campaign.message_class),
        "message": campaign.message or "",
        "priority": str(campaign.priority),
        "seed_list": campaign.seed_list_id or "",
        "request": "" if campaign.request_id is None else str(campaign.request_id),
        "again": campaign.re_entry.rule,
        "again_days": "" if campaign.re_entry.days is None else str(campaign.re_entry.days),
        **_numbered("segments", [shown.get(one, one) for one in campaign.segment_ids]),
        **_numbered("without", [shown.get(one, one) for one in campaign.without_segment_ids]),
        **_numbered("channels", campaign.channels),
        **_schedule_typed(campaign),
        **_policy_typed(campaign, shop.minor_units),
    }
    for row, variant in enumerate(campaign.variants):
        values[f"variants.{row}.name"] = variant.name
        values[f"variants.{row}.template"] = f"{variant.template_id}@{variant.version}"
        values[f"variants.{row}.share"] = _percent(variant.share)
    if campaign.template is not None:
        values["template"] = f"{campaign.template.template_id}@{campaign.template.version}"
    values["says"] = "compare" if campaign.variants else "template"
    if written is not None and not campaign.variants:
        values |= {
            "says": "write",
            "text": written.text,
            "subject": written.subject or "",
            "short": written.short or "",
            "action_url": written.action_url or "",
            "language": written.language,
            "zalo_template": written.zalo_template or "",
            **{f"zalo.{name}": value for name, value in written.zalo_parameters.items()},
        }
    elif campaign.template is None and not campaign.variants:
        values |= {"says": "write", "text": campaign.message or ""}
    return {name: value for name, value in values.items() if value}


def slug(name: str) -> str:
    """An id made of a name: 'Ưu đãi đầu tuần' becomes uu_dai_dau_tuan; '' where no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "_", ascii_only)[:LONGEST_SLUG].strip("_")
    return f"{found}_campaign" if found in TAKEN_IDS else found


def _schedule_typed(campaign: Campaign) -> dict[str, str]:
    schedule = campaign.schedule
    values = {"local_time": schedule.local_time or "", "time_zone": schedule.time_zone or ""}
    if schedule.kind == "once":
        at = schedule.at
        return values | ({"when": "now"} if at is None else {"when": "at", "at": at.isoformat(timespec="minutes")})
    if schedule.until is not None:
        values["until"] = schedule.until.isoformat()
        if schedule.until.tzinfo is None and schedule.until.strftime("%H:%M:%S") == "23:59:59":
            values["until"] = schedule.until.date().isoformat()
    if schedule.kind == "on_entry":
        return values | {"when": "on_entry"}
    return values | {"when": "recurring", "cron": schedule.cron, **_repeat(schedule.cron)}


def _repeat(cron: str) -> dict[str, str]:
    """A cron expression as the form's choice; 'cron' where it says more than the form can."""
    minute, hour, day, month, weekday = cron.lower().split()
    if not (minute.isdigit() and hour.isdigit() and month == "*"):
        return {"repeat": "cron"}
    clock = {"time": f"{int(hour):02}:{int(minute):02}"}
    if day == "*" and weekday == "*":
        return {"repeat": "daily", **clock}
    if day == "*" and weekday in WEEKDAYS:
        return {"repeat": "weekly", "weekday": weekday, **clock}
    if weekday == "*" and (day.isdigit() or day == "l"):
        return {"repeat": "monthly", "monthday": day.upper(), **clock}
    return {"repeat": "cron"}


def _policy_typed(campaign: Campaign, minor_units: int) -> dict[str, str]:
    policy = campaign.policy
    values = {
        "holdout": _percent(policy.holdout_share) if policy.holdout_share else "0",
        "largest_change": "" if policy.largest_change is None else _percent(policy.largest_change),
        "budget": "" if policy.budget_minor is None else _major(policy.budget_minor, minor_units),
        **{f"cost.{channel}": _major(minor, minor_units) for channel, minor in policy.cost_minor.items()},
        **{name: "" if (value := getattr(policy, name)) is None else str(value) for name in PARTS_OF_POLICY},
        **{name: "1" for name in SWITCHES if getattr(policy, name)},
    }
    for row, cap in enumerate(policy.caps):
        values |= {f"caps.{row}.count": str(cap.count), f"caps.{row}.days": str(cap.days)}
        values[f"caps.{row}.channel"] = cap.channel
    for row, quiet in enumerate(policy.quiet_hours):
        values |= {f"quiet.{row}.from": f"{quiet.since:%H:%M}", f"quiet.{row}.until": f"{quiet.until:%H:%M}"}
        values[f"quiet.{row}.channel"] = quiet.channel
    return values


def _template(text: str) -> dict[str, str] | None:
    """`winter@3` as a template of a campaign's file."""
    template_id, _, version = text.rpartition("@")
    return {"id": template_id, "version": version} if template_id else None


def _numbered(group: str, values: Sequence[str]) -> dict[str, str]:
    return {f"{group}.{row}": value for row, value in enumerate(values)}


def _decimal(text: str) -> Decimal | None:
    """A number as people write it, with a comma or a point before its fraction."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal("1e12") else None


def _percent(share: float) -> str:
    return f"{(Decimal(repr(share)) * 100).normalize():f}"


def _major(minor: int, minor_units: int) -> str:
    return f"{Decimal(minor).scaleb(-minor_units):f}"


def _lines(text: str) -> str:
    """As browsers send it, with the ends of lines that everything else here has."""
    return text.replace("\r\n", "\n")
