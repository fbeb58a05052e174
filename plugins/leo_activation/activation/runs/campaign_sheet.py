"""The sheet that the approver of a campaign's run reads, as Markdown: what matters most first, the hash last.

Words of people stand in fenced blocks or are escaped. It holds numbers, words of the campaign and messages to invented
people: no customer's data, no address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from leo_activation.activation.audience.reach import RouteReach
from leo_activation.activation.audience.waterfall import AudienceStep
from leo_activation.markdown import escaped, fenced, table
from leo_activation.told import Told

STEP_WORDS = {
    "matched": ("Matched", "members of the audience"),
    "not_suppressed": ("Not suppressed", "unsubscribed, bounced or complained"),
    "consented": ("Consented", "no consent on record for this purpose; unknown is no"),
    "addressable": ("Addressable", "no working address"),
    "not_restricted": ("Not restricted", "asked by right not to be processed for this"),
    "eligible": ("Eligible", "no route of a channel is open to them for this: see the routes"),
    "one_message_an_address": ("One message an address", "somebody else gets it at the same address"),
    "re_entry": ("May get it again", "got this campaign before"),
    "capped": ("Below the caps", "had as many messages as they may lately"),
    "quiet_hours": ("Outside quiet hours", "no hour is left before the message would be too late"),
    "quota": ("Within the quota", "beyond the number of messages of a run or a day"),
    "budget": ("Within the budget", "beyond what the run may cost"),
    "control_group": ("Not in the control group", "gets no marketing at all, to measure what all of it does"),
    "holdout": ("Not held out", "kept out to measure the effect of this campaign"),
    "not_held_out": ("Not held out", "kept out to measure the effect of this campaign"),
    "allowed": ("Allowed", "not on the allow-list of the sending guard"),
    "to_send": ("To send", ""),
}
KEPT_BACK = ("control_group", "holdout", "not_held_out")


@dataclass(frozen=True)
class Part:
    """What a run would send in one form: `people` on a channel, in a language and variant ('' where it has none).

    Of them `deferred` wait for a moment between the two; costs are in minor units of the tenant's currency.
    """

    channel: str
    language: str
    variant: str
    people: int
    deferred: int
    first_deferred: datetime | None
    last_deferred: datetime | None
    cost_minor: int


@dataclass(frozen=True)
class Example:
    """A message as an invented person gets it; `first_name` None: nobody knows the name."""

    channel: str
    language: str
    variant: str
    first_name: str | None
    subject: str | None
    text: str


@dataclass(frozen=True)
class Segment:
    """A segment of the audience; `without` takes its members out."""

    name: str
    version: int
    sentence: str
    without: bool


@dataclass(frozen=True)
class CampaignSheet:
    """Everything that a sheet shows.

    `when` says in words when the run goes out, `changes` what is different from the last run, `why_asked` why it waits
    for a person, `later` what goes without asking later, `warnings` what stands against good delivery.
    """

    campaign_id: str
    requested_by: str
    version: int | None
    message_class: str
    brand: str
    channels: tuple[str, ...]
    audience: tuple[Segment, ...]
    steps: tuple[AudienceStep, ...]
    parts: tuple[Part, ...]
    reach: tuple[RouteReach, ...]
    seeds: Mapping[str, int]
    when: tuple[Told, ...]
    why_asked: tuple[Told, ...]
    later: Told
    needed: int
    approved_by: tuple[str, ...]
    changes: tuple[Told, ...]
    budget_minor: int | None
    currency: str
    minor_units: int
    examples: tuple[Example, ...]
    guard: str | None
    warnings: tuple[str, ...]
    hash: str

    @property
    def to_send(self) -> int:
        """How many people a message is planned for."""
        return self.steps[-1].kept

    def markdown(self) -> str:
        """The sheet."""
        facts = (
            self._how_many(),
            f"**When**: {self._when()}",
            f"**Where**: {self._by_channel()}",
            f"**Since the last run**: {' '.join(self.changes) or 'this is the first.'}",
            f"**Stands out**: {' '.join(escaped(one) for one in self.warnings) or 'nothing.'}",
            f"**Why a person is asked**: {' '.join(self.why_asked)} {self._approvals()}",
            "**On approval**: it is sent as shown, and consent, opt-outs, membership and quiet hours are asked again "
            f"at the moment of sending. {self.later}",
        )
        parts = [
            "\n".join(f"{number}. {fact}" for number, fact in enumerate(facts, start=1)),
            "**Who gets it, and why not the others**:",
            self._waterfall(),
            f"**Kept back to measure**: {self._kept_back()}",
            f"**Cost**: {self._cost()}",
            *self._routes(),
            *self._forms(),
            "**The audience**:",
            self._audience(),
            *([escaped(self.guard)] if self.guard is not None else []),
            f"**The message**, {escaped(self.message_class)}, from {escaped(self.brand)}, to people who do not exist:",
            *(part for example in self.examples for part in _shown(example)),
            f"Copies to our own addresses: {self._seeds()}.",
            f"Campaign `{self.campaign_id}`{f', version {self.version}' if self.version is not None else ''}. An "
            f"approval binds exactly this audience, content, schedule and policy: `{self.hash}`",
        ]
        return "\n\n".join(parts) + "\n"

    def _how_many(self) -> str:
        by = f"asked by {escaped(self.requested_by)}"
        return f"**To {self.to_send:,} of {self.steps[0].kept:,} people**, {by}."

    def _when(self) -> str:
        deferred = [part for part in self.parts if part.deferred]
        told = escaped(" ".join(self.when))
        if not deferred:
            return told
        first = min(part.first_deferred for part in deferred if part.first_deferred is not None)
        last = max(part.last_deferred for part in deferred if part.last_deferred is not None)
        count = sum(part.deferred for part in deferred)
        span = f"at {_moment(first)}" if first == last else f"from {_moment(first)} to {_moment(last)}"
        return f"{told} {count:,} wait for their local time or for the end of their quiet hours, {span}."

    def _by_channel(self) -> str:
        counted = dict.fromkeys(self.channels, 0)
        for part in self.parts:
            counted[part.channel] = counted.get(part.channel, 0) + part.people
        told = ", ".join(f"{escaped(channel)} {people:,}" for channel, people in counted.items())
        return f"{told}." if len(self.channels) == 1 else f"{told}; tried in this order where one is refused."

    def _approvals(self) -> str:
        if self.needed == 1:
            return ""
        given = ", ".join(escaped(one) for one in self.approved_by) or "nobody yet"
        return f"Above the size that one person may approve: {self.needed} people have to. Approved by {given}."

    def _waterfall(self) -> str:
        rows = []
        for step in self.steps:
            name, why = STEP_WORDS.get(step.step, (step.step.replace("_", " ").capitalize(), ""))
            dropped = f"−{step.dropped:,}" if step.dropped else ""
            rows.append((name, f"{step.kept:,}", dropped, why if step.dropped or step.step == "matched" else ""))
        return table(("Step", "Left", "Out", "Why"), rows)

    def _kept_back(self) -> str:
        told = [
            f"{step.dropped:,} in the {'control group' if step.step == 'control_group' else 'holdout'}"
            for step in self.steps
            if step.step in KEPT_BACK
        ]
        return f"{' and '.join(told)}." if told else "nobody."

    def _cost(self) -> str:
        cost = sum(part.cost_minor for part in self.parts)
        if self.budget_minor is not None:
            return f"{self._money(cost)}, of a budget of {self._money(self.budget_minor)}."
        return f"{self._money(cost)}; no budget."

    def _money(self, minor: int) -> str:
        return f"{Decimal(minor).scaleb(-self.minor_units):,} {escaped(self.currency)}"

    def _routes(self) -> list[str]:
        """By which routes it goes, where a channel has more than one or somebody was kept out."""
        if not any(one.not_eligible or one.route != one.channel for one in self.reach):
            return []
        rows = [
            (
                one.channel,
                one.route.replace("_", " ") or "none",
                one.rule or "none opens the channel for this",
                f"{one.people:,}",
                self._money(one.cost_minor),
                f"{one.not_eligible:,}" if one.not_eligible else "",
            )
            for one in self.reach
        ]
        return ["**Routes**:", table(("Channel", "Route", "Rule", "People", "Cost", "Not eligible"), rows)]

    def _forms(self) -> list[str]:
        forms = [part for part in self.parts if part.language or part.variant]
        if not forms:
            return []
        whole = sum(part.people for part in self.parts)
        rows = [
            (
                part.channel,
                part.language or "any",
                part.variant or "one",
                f"{part.people:,}",
                f"{part.people / whole:.0%}",
            )
            for part in self.parts
        ]
        return [
            "**Languages and variants**:",
            table(("Channel", "Language", "Variant", "People", "Share"), rows),
        ]

    def _audience(self) -> str:
        lines = []
        for one in self.audience:
            role = "without " if one.without else ""
            lines.append(f"- {role}**{escaped(one.name)}**, version {one.version}: {escaped(one.sentence)}")
        return "\n".join(lines)

    def _seeds(self) -> str:
        return ", ".join(f"{escaped(channel)} {count:,}" for channel, count in self.seeds.items()) or "none"


def _shown(example: Example) -> Sequence[str]:
    form = [example.channel]
    form += [f"in {example.language}"] if example.language else []
    form += [f"variant {example.variant}"] if example.variant else []
    person = f"to {example.first_name}" if example.first_name else "to somebody whose name is not known"
    subject = f"Subject: {example.subject}\n\n" if example.subject is not None else ""
    return f"*{escaped(', '.join(form))}, {escaped(person)}*", fenced(f"{subject}{example.text.rstrip()}", "text")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
