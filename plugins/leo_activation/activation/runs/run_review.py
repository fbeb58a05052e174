"""What the approver of a run is shown: gathered in one read-only look at the tables, laid out by `campaign_sheet`."""

from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.activation.audience.reach import read_reach
from leo_activation.activation.audience.waterfall import CampaignRun, read_run
from leo_activation.activation.campaigns.composing import filled_in
from leo_activation.activation.campaigns.content import CampaignContent, read_content
from leo_activation.activation.campaigns.coupons import coupon_warnings
from leo_activation.activation.campaigns.forms import forms_of
from leo_activation.activation.campaigns.sms_parts import sms_parts
from leo_activation.activation.messages.slots import EXAMPLES, PREVIEW_COUPON, PREVIEW_UNSUBSCRIBE_URL, SlotValues
from leo_activation.activation.messages.templates import INVENTED_PEOPLE
from leo_activation.activation.rows import only_row
from leo_activation.activation.runs.approval import changed_since_planned
from leo_activation.activation.runs.campaign_sheet import CampaignSheet, Example, Part, Segment
from leo_activation.activation.runs.run_limits import (
    EarlierRuns,
    approvals_needed,
    earlier_runs,
    what_goes_without_asking,
    why_a_person_is_asked,
)
from leo_activation.activation.safety.deliverability import warnings
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.errors import Permanent
from leo_activation.markdown import on_one_line
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class RunReview:
    """What the approver is shown; `body` is Markdown and holds no contact data, `hash` is what an approval names.

    `approvals_needed` people have to approve it; `approved_by` did so far.
    """

    subject: str
    body: str
    hash: str
    name: str
    requested_by: str
    to_send: int
    approvals_needed: int
    approved_by: tuple[str, ...]


@dataclass(frozen=True)
class ReviewedRun:
    """A planned run, and all that its approver is shown."""

    name: str
    matched: int
    sheet: CampaignSheet


def review_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    guard: SendingGuard | None = None,
) -> RunReview:
    """The sheet of a planned run.

    Args:
        guard: where this installation stands, for the sentence about it.

    Raises:
        Permanent: there is no such run, its campaign cannot run any more, or it changed after the run was planned.
    """
    found = read_reviewed_run(warehouse, tenant_id, campaign_run_id, guard)
    sheet = found.sheet
    return RunReview(
        subject=f"Send '{found.name}' to {sheet.to_send:,} of {found.matched:,} people?",
        body=sheet.markdown(),
        hash=sheet.hash,
        name=found.name,
        requested_by=sheet.requested_by,
        to_send=sheet.to_send,
        approvals_needed=sheet.needed,
        approved_by=sheet.approved_by,
    )


def read_reviewed_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    guard: SendingGuard | None = None,
) -> ReviewedRun:
    """What the approver of a run is shown, in parts; arguments and errors are those of `review_run`."""
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        run = read_run(connection, tenant_id, campaign_run_id)
        content = read_content(connection, tenant_id, run.campaign_id)
        if content.hash != run.hash:
            raise Permanent(changed_since_planned(run))
        before = earlier_runs(connection, tenant_id, run.campaign_id, campaign_run_id, run.hash)
        approved_by = tuple(
            str(row[0]) for row in connection.execute(statement("activation/runs/read_approvals"), named)
        )
        of_tenant = content.tenant_policy.policy.second_approver
        currency, minor_units = only_row(connection.execute(statement("activation/runs/read_currency"), named))
        needed = approvals_needed(content.policy, run.to_send, of_tenant.above if of_tenant is not None else None)
        sheet = CampaignSheet(
            campaign_id=run.campaign_id,
            requested_by=content.requested_by,
            version=content.version,
            message_class=content.message_class,
            brand=content.brand,
            channels=content.channels,
            audience=_audience(content),
            steps=run.steps,
            parts=_parts(connection, tenant_id, campaign_run_id),
            reach=read_reach(connection, tenant_id, campaign_run_id),
            seeds={row[0]: int(row[1]) for row in connection.execute(statement("activation/runs/count_seeds"), named)},
            when=_when(content),
            why_asked=why_a_person_is_asked(content.policy, run.to_send, needed, before),
            later=what_goes_without_asking(content.policy),
            needed=needed,
            approved_by=approved_by,
            changes=_changes(connection, tenant_id, run, content, before),
            budget_minor=content.policy.budget_minor,
            currency=currency,
            minor_units=minor_units,
            examples=_examples(content),
            guard=guard.describe() if guard is not None else None,
            warnings=_warnings(connection, tenant_id, content),
            hash=run.hash,
        )
    return ReviewedRun(on_one_line(content.name), run.matched, sheet)


def _parts(connection: Connection, tenant_id: str, campaign_run_id: int) -> tuple[Part, ...]:
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with connection.cursor(row_factory=class_row(Part)) as cursor:
        return tuple(cursor.execute(statement("activation/runs/summarise_run"), named))


def _audience(content: CampaignContent) -> tuple[Segment, ...]:
    return tuple(
        Segment(one.name, one.version, one.sentence, without=one.role == "without") for one in content.audience
    )


def _when(content: CampaignContent) -> tuple[Told, ...]:
    schedule = content.schedule
    told = Told("At once when it is approved.", "when at once")
    if schedule.local_time is not None:
        clock = f"At {schedule.local_time} by the clock of each customer."
        told = Told(clock, "when by local time", text=schedule.local_time)
    if schedule.kind == "recurring":
        zone = f" ({schedule.time_zone})" if schedule.time_zone is not None else ""
        again = f"It comes again by the schedule {schedule.cron}{zone}."
        return (told, Told(again, "when again by schedule", text=f"{schedule.cron}{zone}"))
    if schedule.kind == "on_entry":
        later = "It goes to whoever entered the audience since the last run, again and again."
        return (told, Told(later, "when somebody enters"))
    return (told,)


def _warnings(connection: Connection, tenant_id: str, content: CampaignContent) -> tuple[str, ...]:
    """What stands against good delivery of its e-mail, an SMS of several parts, too few codes."""
    sender = content.senders.get("email") if "email" in content.channels else None
    of_mail = warnings(connection, tenant_id, [sender]) if sender is not None else ()
    parts = sms_parts(content)
    of_sms = (
        ()
        if parts is None or parts.number == 1
        else (Told.of("An SMS of it has {parts}; each is paid for.", parts=parts.told),)
    )
    return (*of_mail, *of_sms, *coupon_warnings(connection, tenant_id, content.policy.coupon_pool))


def _changes(
    connection: Connection, tenant_id: str, run: CampaignRun, content: CampaignContent, before: EarlierRuns
) -> tuple[Told, ...]:
    """What is different from the last run, in sentences; none where there was no run before."""
    if before.campaign_run_id is None or before.planned_at is None:
        return ()
    day, people = f"{before.planned_at:%Y-%m-%d}", before.to_send or 0
    last = f"The last one, of {day}, was {before.state} and went to {people:,} people."
    told = Told(last, f"last run {before.state}", first=people, text=day)
    if before.hash == run.hash:
        return (told, Told("Content, audience, schedule and policy are the same.", "last run the same"))
    versions = {"tenant_id": tenant_id, "campaign_id": run.campaign_id}
    rows = connection.execute(
        statement("activation/runs/changed_parts"), {**versions, "before": before.version, "now": content.version}
    )
    parts = ", ".join(str(row[0]).replace("_", " ") for row in rows)
    if parts:
        return (told, Told(f"Changed since: {parts}.", "last run changed in", text=parts))
    builds_on = (
        "The campaign says the same, and what it builds on changed: a segment, a template, a sender or the rules."
    )
    return (told, Told(builds_on, "last run changed beneath"))


def _examples(content: CampaignContent) -> tuple[Example, ...]:
    """Each form of the message, for each of the invented people."""
    found = []
    for form in forms_of(content):
        for first_name in INVENTED_PEOPLE:
            values = SlotValues(
                brand=content.brand,
                first_name=first_name,
                message=content.message,
                unsubscribe_url=PREVIEW_UNSUBSCRIBE_URL,
                coupon=PREVIEW_COUPON,
                personal=EXAMPLES if first_name is not None else {},
            )
            shown = filled_in(content, form.template, values)
            found.append(Example(form.channel, form.language, form.variant, first_name, shown.subject, shown.text))
    return tuple(found)
