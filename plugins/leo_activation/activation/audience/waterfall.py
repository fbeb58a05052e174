"""The audience waterfall: from the members of segments to those a run will send to, everybody with a reason."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from psycopg import sql
from psycopg.errors import QueryCanceled
from psycopg.rows import class_row

from leo_activation.activation.audience.bounds import bounds_of
from leo_activation.activation.audience.eligibility import routes_of
from leo_activation.activation.audience.freshness import require_fresh_data
from leo_activation.activation.audience.reach import RouteReach, read_reach
from leo_activation.activation.audience.seeds import add_seeds
from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.content import CampaignContent, keep_version, read_content
from leo_activation.activation.campaigns.schedules import Once, OnEntry, ReEntry
from leo_activation.activation.campaigns.submission import refuse_contradictions, submit_in, with_forms
from leo_activation.activation.campaigns.variants import Variant, cumulative_shares
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.activation.states import CampaignState, SkipReason
from leo_activation.errors import Permanent
from leo_activation.progress import Steps
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

WATERFALL: tuple[tuple[str, SkipReason | None], ...] = (
    ("matched", None),
    ("not_suppressed", SkipReason.SUPPRESSED),
    ("consented", SkipReason.NO_CONSENT),
    ("addressable", SkipReason.NO_ADDRESS),
    ("not_restricted", SkipReason.RESTRICTED),
    ("eligible", SkipReason.NOT_ELIGIBLE),
    ("one_message_an_address", SkipReason.DUPLICATE_ADDRESS),
    ("re_entry", SkipReason.RE_ENTRY),
    ("capped", SkipReason.CAPPED),
    ("quiet_hours", SkipReason.NO_QUIET_HOURS_LEFT),
    ("quota", SkipReason.QUOTA),
    ("budget", SkipReason.BUDGET),
    ("control_group", SkipReason.CONTROL_GROUP),
    ("holdout", SkipReason.HOLDOUT),
    ("allowed", SkipReason.NOT_ALLOWED),
    ("to_send", None),
)
"""The steps in order, each with the reason of those whom it drops; `plan_audience.sql` judges in the same order."""

AUDIENCE_PARTS: Mapping[str, LiteralString] = {
    "member": "find_audience_members",
    "person": "find_audience_people",
    "reach": "find_audience_reach",
    "consent": "find_audience_consent",
    "history": "find_audience_history",
}
"""What is looked up before the waterfall judges: temporary tables with statistics, and the statements that fill them.

As parts of one statement the planner would guess their sizes, and on tables that nobody had analysed it joined 20,000
people to each other in 200 seconds."""

SAMPLES_A_REASON = 3

LATE = timedelta(hours=1)
"""A local time that passed since the due moment, and not longer ago than this, is still the one that is meant: planning
comes a little after the moment. Beyond it people wait for the next day."""


@dataclass(frozen=True)
class AudienceStep:
    """One step of the waterfall: how many people are left after it, and how many it dropped."""

    step: str
    kept: int
    dropped: int


@dataclass(frozen=True)
class CampaignRun:
    """A planned run, in numbers; `hash` is what an approval has to name."""

    campaign_run_id: int
    campaign_id: str
    hash: str
    steps: tuple[AudienceStep, ...]

    @property
    def matched(self) -> int:
        """How many people the segments hold."""
        return self.steps[0].kept

    @property
    def to_send(self) -> int:
        """How many people a message is planned for."""
        return self.steps[-1].kept


@dataclass(frozen=True)
class AudiencePreview:
    """What a run would do if it were planned now; nothing of it is kept.

    `channels`, `variants` and `languages` count the messages (under '' those without one), `deferred` those of them
    that wait for a time of day, from `first_at` to `last_at`. `cost_minor` is in minor units of the tenant's currency.
    `samples` names a few customers of each reason, `reach` tells of each route.
    """

    campaign_id: str
    hash: str
    steps: tuple[AudienceStep, ...]
    channels: Mapping[str, int]
    variants: Mapping[str, int]
    languages: Mapping[str, int]
    deferred: int
    first_at: datetime | None
    last_at: datetime | None
    cost_minor: int
    samples: Mapping[str, tuple[str, ...]]
    reach: tuple[RouteReach, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Where one person stands in the waterfall as it would be planned now.

    `step` is the one that dropped them, 'to_send' where none did, None where they are no member of the audience.
    `channel` is their way, `not_before` when their message would go where it waits. `route` and `rule` are those by
    which they would, or may not, be written to; None where nobody got as far as to ask.
    """

    step: str | None
    reason: SkipReason | None
    channel: str | None
    not_before: datetime | None
    variant: str | None
    language: str | None
    route: str | None = None
    rule: str | None = None
    policy_version: int | None = None


def plan_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_id: str,
    orchestrator_run_id: str,
    as_of: datetime,
    *,
    guard: SendingGuard,
    due_at: datetime | None = None,
    now: datetime | None = None,
) -> CampaignRun:
    """Write the whole waterfall of a run in one transaction; nothing is sent.

    The same `orchestrator_run_id` finds the run that it planned before, and whoever comes second for a moment the run
    that was planned for it. Runs of one tenant are planned one after the other, so that the later one sees whom the
    earlier one will write to.

    Args:
        as_of: what "now" means for the data.
        due_at: the moment of the schedule that the run is for.
        now: when the messages could go at the earliest; None is the time by the clock.

    Raises:
        Permanent: the campaign is not ready to be planned.
        StaleData: the data is older than the tenant's policy allows.
    """
    now = now or datetime.now(UTC)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        named = {"tenant_id": tenant_id, "campaign_id": campaign_id, "orchestrator_run_id": orchestrator_run_id}
        connection.execute(statement("activation/audience/lock_planning"), named)
        connection.execute(statement("activation/lock_campaign"), named)
        found = connection.execute(statement("activation/find_run"), named).fetchone()
        if found is None:
            moment = {**named, "due_at": due_at}
            found = connection.execute(statement("activation/audience/find_run_of_moment"), moment).fetchone()
        if found is not None:
            return read_run(connection, tenant_id, int(found[0]))
        content = keep_version(connection, tenant_id, campaign_id)
        if not _can_be_planned(content):
            raise Permanent(f"The campaign '{campaign_id}' is {content.state}; only a ready one is planned.")
        connection.execute(statement("activation/set_campaign_state"), {**named, "state": CampaignState.IN_REVIEW})
        run = _plan(connection, tenant_id, content, orchestrator_run_id, as_of, guard, due_at, now)
    logger.info(
        "Run %d of campaign %s of %s: %s of %s people to send to.",
        run.campaign_run_id, campaign_id, tenant_id, f"{run.to_send:,}", f"{run.matched:,}",
    )  # fmt: skip
    return run


def preview_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_id: str,
    as_of: datetime,
    *,
    guard: SendingGuard,
    now: datetime | None = None,
) -> AudiencePreview:
    """Plan a run as `plan_run` would now, by the same statements, tell of it, and keep nothing.

    Raises:
        Permanent: the campaign lacks something.
        StaleData: the data is older than the tenant's policy allows.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        preview = _preview(connection, tenant_id, campaign_id, as_of, guard, now)
        _keep_nothing(connection)
    return preview


def preview_campaign(
    warehouse: Warehouse,
    tenant_id: str,
    campaign: Campaign,
    as_of: datetime,
    *,
    guard: SendingGuard,
    forms: Sequence[Template] = (),
    now: datetime | None = None,
    at_most: timedelta,
) -> AudiencePreview:
    """As `preview_run`, of a campaign that nobody submitted yet: it is submitted, planned, told of, and not kept.

    Args:
        forms: those of a template that was written for this campaign.
        at_most: how long a statement of it may take.

    Raises:
        Permanent: the campaign contradicts itself, lacks something, or planning it takes too long to wait for.
        StaleData: the data is older than the tenant's policy allows.
    """
    try:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            limit_ms = str(round(at_most / timedelta(milliseconds=1)))
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [limit_ms])
            refuse_contradictions(connection, tenant_id, campaign)
            named = with_forms(connection, tenant_id, campaign, forms)
            submitted = submit_in(connection, tenant_id, named)
            if submitted.missing:
                raise Permanent(f"The campaign '{campaign.campaign_id}' lacks {submitted.missing[0]}.")
            preview = _preview(connection, tenant_id, campaign.campaign_id, as_of, guard, now)
            _keep_nothing(connection)
    except QueryCanceled as error:
        raise Permanent(
            f"A dry run of '{campaign.campaign_id}' takes longer than {at_most.total_seconds():.0f} seconds: submit "
            "it, and its review shows the same."
        ) from error
    return preview


def _preview(
    connection: Connection,
    tenant_id: str,
    campaign_id: str,
    as_of: datetime,
    guard: SendingGuard,
    now: datetime | None,
) -> AudiencePreview:
    run, content = _dry(connection, tenant_id, campaign_id, as_of, guard, now)
    named = {"tenant_id": tenant_id, "campaign_run_id": run.campaign_run_id, "samples": SAMPLES_A_REASON}
    counted = connection.execute(statement("activation/audience/summarise_audience"), named).fetchone()
    reach = read_reach(connection, tenant_id, run.campaign_run_id)
    channels, variants, languages, deferred, first_at, last_at, cost_minor, samples = counted or ({},) * 8
    return AudiencePreview(
        campaign_id=campaign_id,
        hash=run.hash,
        steps=run.steps,
        channels={channel: int(channels.get(channel, 0)) for channel in content.channels},
        variants=variants,
        languages=languages,
        deferred=deferred,
        first_at=first_at,
        last_at=last_at,
        cost_minor=cost_minor,
        samples={reason: tuple(people) for reason, people in samples.items()},
        reach=reach,
    )


def explain_person(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_id: str,
    customer_id: str,
    as_of: datetime,
    *,
    guard: SendingGuard,
    now: datetime | None = None,
) -> Explanation:
    """Where a person would fall out of the campaign's waterfall if it were planned now; keeps nothing.

    Everybody is judged for it, because copies at an address and quotas are about others too.

    Raises:
        Permanent: the campaign lacks something.
        StaleData: the data is older than the tenant's policy allows.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        run, _ = _dry(connection, tenant_id, campaign_id, as_of, guard, now)
        named = {"tenant_id": tenant_id, "campaign_run_id": run.campaign_run_id, "customer_id": customer_id}
        row = connection.execute(statement("activation/audience/read_place"), named).fetchone()
        _keep_nothing(connection)
    if row is None:
        return Explanation(None, None, None, None, None, None)
    skip_reason, channel, not_before, variant, language, route, rule, policy_version = row
    reason = None if skip_reason is None else SkipReason(skip_reason)
    step = next(step for step, drops in WATERFALL if drops is reason and step != "matched")
    return Explanation(step, reason, channel, not_before, variant, language, route, rule, policy_version)


def read_run(connection: Connection, tenant_id: str, campaign_run_id: int) -> CampaignRun:
    """A planned run with its waterfall.

    Raises:
        Permanent: there is no such run.
    """
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    row = connection.execute(statement("activation/read_run"), named).fetchone()
    if row is None:
        raise Permanent(f"There is no campaign run {campaign_run_id}.")
    with connection.cursor(row_factory=class_row(AudienceStep)) as cursor:
        steps = tuple(cursor.execute(statement("activation/audience/read_audience_steps"), named))
    return CampaignRun(campaign_run_id=campaign_run_id, campaign_id=row[0], hash=row[3], steps=steps)


def _dry(
    connection: Connection,
    tenant_id: str,
    campaign_id: str,
    as_of: datetime,
    guard: SendingGuard,
    now: datetime | None,
) -> tuple[CampaignRun, CampaignContent]:
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id}
    connection.execute(statement("activation/audience/lock_planning"), named)
    content = read_content(connection, tenant_id, campaign_id)
    moment = now or datetime.now(UTC)
    # No run of an orchestrator has a name that begins so.
    name = f"dry run {moment.isoformat()}"
    return _plan(connection, tenant_id, content, name, as_of, guard, None, moment, dry=True), content


def _can_be_planned(content: CampaignContent) -> bool:
    """A campaign that comes again is planned while its last run is still sent."""
    comes_again = not isinstance(content.schedule, Once)
    return content.state is CampaignState.READY or (content.state is CampaignState.APPROVED and comes_again)


def _keep_nothing(connection: Connection) -> None:
    """Closing is how a transaction ends here without a ROLLBACK (see `Warehouse.connect`)."""
    connection.close()


def _plan(
    connection: Connection,
    tenant_id: str,
    content: CampaignContent,
    orchestrator_run_id: str,
    as_of: datetime,
    guard: SendingGuard,
    due_at: datetime | None,
    now: datetime,
    *,
    dry: bool = False,
) -> CampaignRun:
    require_fresh_data(connection, tenant_id, now=now)
    opened = connection.execute(
        statement("activation/audience/open_run"),
        {
            "tenant_id": tenant_id,
            "campaign_id": content.campaign_id,
            "orchestrator_run_id": orchestrator_run_id,
            "as_of": as_of,
            "segment_version": content.segment_version,
            "version": content.version,
            "hash": content.hash,
            "due_at": due_at,
        },
    )
    campaign_run_id = int(only_row(opened)[0])
    values = _parameters(connection, tenant_id, campaign_run_id, content, guard, due_at, now)
    work = f"Planning campaign {content.campaign_id} of {tenant_id}"
    # A dry run answers somebody who waits for it.
    steps = Steps(logger, work, len(AUDIENCE_PARTS) + 2, seldom=dry)
    for part in AUDIENCE_PARTS:
        connection.execute(statement(f"activation/audience/create_audience_{part}"))
        found = connection.execute(statement(f"activation/audience/{AUDIENCE_PARTS[part]}"), values).rowcount
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(f"audience_{part}")))
        steps.done(f"{part} looked up", found)
    judged = connection.execute(statement("activation/audience/plan_audience"), values).rowcount
    steps.done("everybody judged", judged)
    connection.execute(
        statement("activation/audience/write_audience_steps"),
        {
            "tenant_id": tenant_id,
            "campaign_run_id": campaign_run_id,
            "steps": [step for step, _ in WATERFALL],
            "reasons": [reason or "" for _, reason in WATERFALL],
        },
    )
    # After the waterfall is counted: our own addresses are no audience.
    add_seeds(connection, tenant_id, campaign_run_id, content)
    steps.done("waterfall counted")
    return read_run(connection, tenant_id, campaign_run_id)


def _parameters(
    connection: Connection,
    tenant_id: str,
    campaign_run_id: int,
    content: CampaignContent,
    guard: SendingGuard,
    due_at: datetime | None,
    now: datetime,
) -> dict[str, object]:
    bounds = bounds_of(content.policy, content.tenant_policy.policy, content.message_class)
    routes = routes_of(content)
    named = {"tenant_id": tenant_id, "campaign_id": content.campaign_id}
    stored = only_row(connection.execute(statement("activation/audience/read_variants"), named))[0]
    variants = [Variant.model_validate(variant) for variant in stored]
    return {
        "tenant_id": tenant_id,
        "campaign_id": content.campaign_id,
        "campaign_run_id": campaign_run_id,
        "with_segments": list(content.segment_ids),
        "without_segments": list(content.without_segment_ids),
        "on_entry": isinstance(content.schedule, OnEntry),
        "channels": list(content.channels),
        "purpose": content.message_class,
        "in_production": guard.in_production,
        "now": now,
        "local_time": content.schedule.local_time,
        "wished_from": now if due_at is None else max(due_at, now - LATE),
        "send_by": None if bounds.send_within is None else _counts_from(content, due_at, now) + bounds.send_within,
        "re_entry_since": _re_entry_since(content.re_entry, now),
        "variants": json.dumps(
            [{"name": name, "up_to": up_to} for name, up_to in (cumulative_shares(variants) if variants else ())]
        ),
        "asks_clocks": routes.asks_clocks or bool(bounds.quiet),
        "quiet": json.dumps(bounds.quiet),
        **routes.parameters(),
        **bounds.at_planning(),
    }


def _counts_from(content: CampaignContent, due_at: datetime | None, now: datetime) -> datetime:
    """Since when the time to send in counts; what goes out as soon as it can is never late, whenever that is.

    Its moment is when it was first complete, and it may have been rejected, mended and submitted again since.
    """
    goes_at_once = isinstance(content.schedule, Once) and content.schedule.at is None
    return now if due_at is None or goes_at_once else due_at


def _re_entry_since(rule: ReEntry, now: datetime) -> datetime | str | None:
    """Since when a message of the campaign bars a person from another; None: never."""
    if rule.rule == "always":
        return None
    return "-infinity" if rule.days is None else now - timedelta(days=rule.days)
