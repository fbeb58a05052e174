"""Campaigns come in: submitted by people, inserted as rows, or drafted from approved requests.

Each is complete, or a draft that says what it lacks. What is complete is kept as a version in the same transaction. A
change of a campaign that was planned is a new version: what was planned of the old one is void, and people are asked
again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.activation.campaigns.approved_templates import missing_approvals
from leo_activation.activation.campaigns.brandname_texts import missing_of_brandname
from leo_activation.activation.campaigns.campaign import Campaign, CampaignRow, read_parts
from leo_activation.activation.campaigns.campaign_states import OVER
from leo_activation.activation.campaigns.content import keep_version, read_segments
from leo_activation.activation.campaigns.contradictions import contradictions
from leo_activation.activation.campaigns.coupons import missing_coupons
from leo_activation.activation.campaigns.requirements import missing_parts
from leo_activation.activation.messages.link_check import link_policy
from leo_activation.activation.messages.slots import COUPON_SLOT
from leo_activation.activation.messages.template_store import TemplateVersion, check_forms, keep_template
from leo_activation.activation.messages.templates import Template, message_layouts, slots
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.tenant_policy import TenantPolicy, read_policy
from leo_activation.activation.states import CampaignState, MessageClass
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told, without_stop
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

logger = logging.getLogger(__name__)

RUNNING = frozenset({CampaignState.IN_REVIEW, CampaignState.APPROVED})
"""A campaign of which something was planned: it is changed as a whole or not at all."""


NEW = 0
"""The version that somebody has seen of a campaign that is not there yet."""
NEVER_COMPLETE = -1
"""The version that somebody has seen of a draft of which none was kept yet."""


class ChangedMeanwhile(Permanent):
    """A campaign is not what whoever submits it has seen."""


@dataclass(frozen=True)
class Submitted:
    """How a campaign stands after it was submitted: ready, or a draft with what it lacks in words.

    `version` is the version that was kept, None of a draft. `voided` is how many runs of an earlier version ended.
    """

    campaign_id: str
    state: CampaignState
    missing: tuple[str, ...]
    version: int | None = None
    voided: int = 0


@dataclass(frozen=True)
class _Standing:
    state: str
    request_id: int | None
    requested_by: str
    hash: str | None
    version: int | None


@dataclass(frozen=True)
class _RequestRow:
    request_id: int
    requested_by: str
    segment_id: str
    name: str
    channel: str
    message: str | None
    message_class: str
    language: str


def submit_campaign(
    warehouse: Warehouse,
    tenant_id: str,
    campaign: Campaign,
    *,
    forms: Sequence[Template] = (),
    changes: int | None = None,
) -> Submitted:
    """Keep a campaign: ready to be planned when nothing is missing, else a draft.

    It may be submitted again until it is finished or cancelled. What binds the same as before changes nothing of where
    it stands; anything else is a new version, ends the open runs of the old one and is asked about again.

    Args:
        forms: those of a template that was written for this campaign, kept with it as its template.
        changes: the version that whoever submits it has seen, `NEW` where they know of no such campaign,
            `NEVER_COMPLETE` where it had none; None: whatever there is.

    Raises:
        Permanent: the campaign contradicts itself, is over, its id belongs to another request, a campaign that runs
            would be left incomplete, or a form is refused; `ChangedMeanwhile`: it is not what was seen. Nothing is
            changed then.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        refuse_contradictions(connection, tenant_id, campaign)
        if changes is not None:
            _refuse_another_version(connection, tenant_id, campaign.campaign_id, changes)
        return submit_in(connection, tenant_id, with_forms(connection, tenant_id, campaign, forms))


def with_forms(connection: Connection, tenant_id: str, campaign: Campaign, forms: Sequence[Template]) -> Campaign:
    """The campaign with the template of these forms, which is kept in the caller's transaction; none leave it as it is.

    Raises:
        Permanent: a form could fail in the middle of a campaign.
    """
    if not forms:
        return campaign
    check_forms(forms, link_policy(read_policy(connection, tenant_id).policy))
    return replace(campaign, template=keep_template(connection, tenant_id, forms))


def _refuse_another_version(connection: Connection, tenant_id: str, campaign_id: str, seen: int) -> None:
    """Hold the campaign, and pass only where it stands as it was seen.

    Raises:
        ChangedMeanwhile: somebody submitted it since, or there is one of that id already.
    """
    with connection.cursor(row_factory=class_row(_Standing)) as cursor:
        now = cursor.execute(
            statement("activation/campaigns/campaign_standing"), {"tenant_id": tenant_id, "campaign_id": campaign_id}
        ).fetchone()
    if seen == NEW and now is not None:
        raise ChangedMeanwhile(
            Told.of("There is a campaign '{campaign_id}' already: give this one another name.", campaign_id=campaign_id)
        )
    if seen == NEVER_COMPLETE and (now is None or now.version is not None):
        raise ChangedMeanwhile(
            Told.of(
                "The campaign '{campaign_id}' was changed since you opened it: it is not the "
                "draft any more that it was.",
                campaign_id=campaign_id,
            )
        )
    if seen > NEW and (now is None or now.version != seen):
        raise ChangedMeanwhile(
            Told.of(
                "The campaign '{campaign_id}' was changed since you opened it: it is not version {seen} any more.",
                campaign_id=campaign_id,
                seen=seen,
            )
        )


def draft_campaigns(warehouse: Warehouse, tenant_id: str) -> list[str]:
    """Look again at what is incomplete or was inserted as a row, and make campaigns of the approved requests.

    A draft that cannot be read or contradicts itself keeps the reason in `missing`; the others are looked at all the
    same. A request with a message for e-mail gets the tenant's plain layout around it. What a request cannot give, such
    as a template that Zalo approved, stays missing until a person submits the campaign with it.

    Returns:
        The ids of the campaigns that were made or became ready, in alphabetical order.
    """
    touched: set[str] = set()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        for draft in _drafts(connection, tenant_id):
            submitted = _look_again(connection, tenant_id, draft)
            if submitted is not None and submitted.state is CampaignState.READY:
                touched.add(submitted.campaign_id)
        for requested in _requested_campaigns(connection, tenant_id):
            _draft(connection, tenant_id, requested)
            touched.add(requested.campaign_id)
    return sorted(touched)


def refuse_contradictions(connection: Connection, tenant_id: str, campaign: Campaign) -> None:
    """Pass only what can be meant.

    Raises:
        Permanent: with everything that the campaign says against itself.
    """
    time_zone = read_tenant(connection, tenant_id).time_zone
    if found := contradictions(campaign, now=datetime.now(UTC), time_zone=time_zone):
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' is refused: {found}.",
                campaign_id=campaign.campaign_id,
                found="; ".join(found),
            )
        )


def what_is_missing(connection: Connection, tenant_id: str, campaign: Campaign) -> list[str]:
    """What the campaign lacks in the warehouse as it is now, in words a marketer can act on."""
    missing = _missing_segments(connection, tenant_id, campaign)
    if campaign.template is not None:
        missing += _missing_template(connection, tenant_id, campaign.template)
    for variant in campaign.variants:
        missing += _missing_template(connection, tenant_id, TemplateVersion(variant.template_id, variant.version))
    if campaign.seed_list_id is not None:
        missing += _missing_seed_list(connection, tenant_id, campaign.seed_list_id)
    of_tenant = read_policy(connection, tenant_id).policy
    missing += _missing_costs(campaign, of_tenant)
    parts = read_parts(connection, tenant_id, campaign)
    try:
        missing += missing_parts(campaign.message_class, campaign.message, parts, link_policy(of_tenant))
        missing += missing_approvals(connection, tenant_id, campaign.message_class, campaign.message, parts)
        missing += missing_of_brandname(
            connection, tenant_id, campaign.message_class, campaign.message, parts, of_tenant
        )
    except Permanent as error:
        # A message that does not fit its template, or links where the tenant forbids it.
        missing.append(without_stop(error.sentence))
    forms = [form for templates in parts.all_templates() for each in templates.values() if each for form in each.all()]
    places = [COUPON_SLOT in slots(form) for form in forms]
    return [*missing, *missing_coupons(connection, tenant_id, campaign.policy.coupon_pool, places)]


def submit_in(connection: Connection, tenant_id: str, campaign: Campaign) -> Submitted:
    """As `submit_campaign`, in the caller's transaction, of a campaign that does not contradict itself.

    Raises:
        Permanent: as `submit_campaign`.
    """
    named = {"tenant_id": tenant_id, "campaign_id": campaign.campaign_id}
    with connection.cursor(row_factory=class_row(_Standing)) as cursor:
        before = cursor.execute(statement("activation/campaigns/campaign_standing"), named).fetchone()
    state_before = None if before is None else CampaignState(before.state)
    if state_before in OVER:
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' is {state_before}: submit it under another id.",
                campaign_id=campaign.campaign_id,
                state_before=state_before,
            )
        )
    missing = what_is_missing(connection, tenant_id, campaign)
    if missing and state_before in RUNNING:
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' is {state_before} and stays as it is: the change lacks {missing}.",
                campaign_id=campaign.campaign_id,
                state_before=state_before,
                missing="; ".join(missing),
            )
        )
    if missing:
        _save(connection, tenant_id, campaign, CampaignState.DRAFT, missing, state_before)
        return Submitted(campaign.campaign_id, CampaignState.DRAFT, tuple(missing))
    if before is not None and state_before in RUNNING:
        # Whoever asked for what people look at now stays the one who may not approve it.
        unchanged = replace(campaign, requested_by=before.requested_by)
        _save(connection, tenant_id, unchanged, state_before, [], state_before)
        content = keep_version(connection, tenant_id, campaign.campaign_id, submitted_by=campaign.requested_by)
        if content.hash == before.hash:
            return Submitted(campaign.campaign_id, state_before, (), content.version)
        _save(connection, tenant_id, campaign, CampaignState.READY, [], state_before)
    else:
        _save(connection, tenant_id, campaign, CampaignState.READY, [], state_before)
        content = keep_version(connection, tenant_id, campaign.campaign_id)
    reason = f"{campaign.requested_by} changed the campaign: version {content.version} holds."
    voided = connection.execute(statement("activation/campaigns/void_runs"), {**named, "reason": reason}).rowcount
    logger.info("Campaign %s is ready, version %s; %d runs are void.", campaign.campaign_id, content.version, voided)
    return Submitted(campaign.campaign_id, CampaignState.READY, (), content.version, voided)


def _save(
    connection: Connection,
    tenant_id: str,
    campaign: Campaign,
    state: CampaignState,
    missing: list[str],
    state_before: CampaignState | None,
) -> None:
    expected = (CampaignState.DRAFT, CampaignState.READY) if state_before is None else (state_before,)
    saved = connection.execute(
        statement("activation/campaigns/save_campaign"),
        {
            "tenant_id": tenant_id,
            "campaign_id": campaign.campaign_id,
            "name": campaign.name,
            "segment_id": campaign.segment_id,
            "more_segment_ids": list(campaign.more_segment_ids),
            "without_segment_ids": list(campaign.without_segment_ids),
            "channels": list(campaign.channels),
            "template_id": campaign.template.template_id if campaign.template else None,
            "template_version": campaign.template.version if campaign.template else None,
            "message": campaign.message,
            "message_class": campaign.message_class,
            "policy": Jsonb(campaign.policy.model_dump(mode="json", by_alias=True)),
            "schedule": Jsonb(campaign.schedule.model_dump(mode="json")),
            "re_entry": Jsonb(campaign.re_entry.model_dump(mode="json")),
            "priority": campaign.priority,
            "seed_list_id": campaign.seed_list_id,
            "variants": Jsonb([variant.model_dump(mode="json") for variant in campaign.variants]),
            "request_id": campaign.request_id,
            "requested_by": campaign.requested_by,
            "state": state,
            "missing": missing,
            "expected": [str(one) for one in expected],
        },
    ).fetchone()
    if saved is None:
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' belongs to another request, or moved on just now.",
                campaign_id=campaign.campaign_id,
            )
        )


def _missing_segments(connection: Connection, tenant_id: str, campaign: Campaign) -> list[str]:
    missing: list[str] = []
    for named in read_segments(connection, tenant_id, campaign):
        if named.active() is not None:
            continue
        where = Told.of("segment") if named.role == "with" else Told.of("segment to leave out")
        named_so = {"where": where, "segment_id": named.segment_id}
        if named.newest_state is None:
            near = _near(connection, tenant_id, named.segment_id)
            missing.append(Told.of("a {where} that exists: there is none '{segment_id}'{near}", **named_so, near=near))
        elif named.newest_state == "retired":
            missing.append(Told.of("a {where} that is active: '{segment_id}' was retired", **named_so))
        else:
            missing.append(Told.of("a {where} that is active: '{segment_id}' was not approved yet", **named_so))
    return missing


def _near(connection: Connection, tenant_id: str, segment_id: str) -> str:
    rows = connection.execute(statement("activation/campaigns/active_segment_ids"), {"tenant_id": tenant_id})
    near = get_close_matches(segment_id, [str(row[0]) for row in rows], n=3)
    return Told.of(" (near it: {near})", near=", ".join(near)) if near else ""


def _missing_template(connection: Connection, tenant_id: str, template: TemplateVersion) -> list[str]:
    newest, has_version = only_row(
        connection.execute(
            statement("activation/campaigns/newest_template_version"),
            {"tenant_id": tenant_id, "template_id": template.template_id, "template_version": template.version},
        )
    )
    if newest is None:
        return [Told.of("a template that exists: there is none '{template_id}'", template_id=template.template_id)]
    if not has_version:
        return [
            Told.of(
                "a version of the template '{template_id}' that exists: {version} is none, {newest} is the newest",
                template_id=template.template_id,
                version=template.version,
                newest=newest,
            )
        ]
    return []


def _missing_seed_list(connection: Connection, tenant_id: str, seed_list_id: str) -> list[str]:
    found = connection.execute(
        statement("activation/campaigns/count_seed_lists"), {"tenant_id": tenant_id, "seed_list_id": seed_list_id}
    )
    return (
        []
        if only_row(found)[0]
        else [Told.of("a seed list that exists: there is none '{seed_list_id}'", seed_list_id=seed_list_id)]
    )


def _missing_costs(campaign: Campaign, of_tenant: TenantPolicy) -> list[str]:
    """A budget bounds nothing on a channel on which a message costs nothing, unless somebody said so."""
    policy = campaign.policy
    if policy.budget_minor is None:
        return []
    return [
        Told.of("what a message on {channel} costs (policy.cost_minor): there is a budget", channel=channel)
        for channel in campaign.channels
        if channel not in policy.cost_minor and of_tenant.cost_of(channel) == 0
    ]


def _look_again(connection: Connection, tenant_id: str, row: CampaignRow) -> Submitted | None:
    try:
        with connection.transaction():
            campaign = row.campaign()
            refuse_contradictions(connection, tenant_id, campaign)
            return submit_in(connection, tenant_id, campaign)
    except Permanent as error:
        connection.execute(
            statement("activation/campaigns/note_draft"),
            {"tenant_id": tenant_id, "campaign_id": row.campaign_id, "missing": [str(error)]},
        )
        logger.warning("Campaign %s stays a draft: %s", row.campaign_id, error)
        return None


def _draft(connection: Connection, tenant_id: str, campaign: Campaign) -> None:
    try:
        with connection.transaction():
            submit_in(connection, tenant_id, campaign)
    except Permanent as error:
        _save(connection, tenant_id, campaign, CampaignState.DRAFT, [str(error)], None)
        logger.warning("Campaign %s stays a draft: %s", campaign.campaign_id, error)


def _requested_campaigns(connection: Connection, tenant_id: str) -> list[Campaign]:
    with connection.cursor(row_factory=class_row(_RequestRow)) as cursor:
        rows = cursor.execute(statement("activation/campaigns/requests_to_draft"), {"tenant_id": tenant_id}).fetchall()
    campaigns = []
    for row in rows:
        campaign = Campaign(
            campaign_id=f"{row.segment_id[:48]}_{row.request_id}",
            name=row.name,
            segment_id=row.segment_id,
            channels=(row.channel,),
            message_class=MessageClass(row.message_class),
            requested_by=row.requested_by,
            message=row.message,
            request_id=row.request_id,
        )
        if row.channel == "email" and row.message:
            layout = keep_template(connection, tenant_id, message_layouts())
            campaign = replace(campaign, template=layout)
        campaigns.append(campaign)
    return campaigns


def _drafts(connection: Connection, tenant_id: str) -> list[CampaignRow]:
    with connection.cursor(row_factory=class_row(CampaignRow)) as cursor:
        return cursor.execute(statement("activation/campaigns/drafts"), {"tenant_id": tenant_id}).fetchall()
