"""Campaigns: submitted by people or drafted from approved requests, complete or a draft that says what it lacks."""

import logging
from dataclasses import dataclass, field, replace
from email.utils import parseaddr

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leo_activation.activation.requirements import Parts, missing_parts
from leo_activation.activation.rows import only_row
from leo_activation.activation.states import CampaignState, MessageClass
from leo_activation.activation.templates import Template, check_template, message_layout
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


class Policy(BaseModel):
    """What bounds an audience beside consent; part of what an approval binds.

    `holdout_share` is the share of people (0 to below 1) kept out to measure the effect.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    holdout_share: float = Field(default=0.0, ge=0, lt=1)


@dataclass(frozen=True)
class TemplateVersion:
    """A template as a campaign names it."""

    template_id: str
    version: int


@dataclass(frozen=True)
class Campaign:
    """What to send to whom: one segment, the channels in the order they are tried, a template, a policy.

    `message` fills the template's slot of that name. `request_id` names the request in words that it came from.
    """

    campaign_id: str
    name: str
    segment_id: str
    channels: tuple[str, ...]
    message_class: MessageClass
    requested_by: str
    template: TemplateVersion | None = None
    message: str | None = None
    policy: Policy = field(default_factory=Policy)
    request_id: int | None = None


@dataclass(frozen=True)
class CampaignRow:
    """A row of `activation.campaign`, as much of it as makes a `Campaign`."""

    campaign_id: str
    name: str
    segment_id: str
    channels: list[str]
    template_id: str | None
    template_version: int | None
    message: str | None
    message_class: str
    policy: dict[str, float]
    request_id: int | None
    requested_by: str

    def campaign(self) -> Campaign:
        """The row as a campaign.

        Raises:
            Permanent: the stored policy is not one that this program knows.
        """
        template = None
        if self.template_id is not None and self.template_version is not None:
            template = TemplateVersion(self.template_id, self.template_version)
        try:
            policy = Policy.model_validate(self.policy)
        except ValidationError as error:
            raise Permanent(f"The campaign '{self.campaign_id}' has a policy that cannot be read.") from error
        return Campaign(
            campaign_id=self.campaign_id,
            name=self.name,
            segment_id=self.segment_id,
            channels=tuple(self.channels),
            message_class=MessageClass(self.message_class),
            requested_by=self.requested_by,
            template=template,
            message=self.message,
            policy=policy,
            request_id=self.request_id,
        )


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


@dataclass(frozen=True)
class _PartRow:
    channel: str
    subject: str | None
    body_text: str | None
    body_html: str | None
    provider_template_id: str | None
    sender: str | None


@dataclass(frozen=True)
class Submitted:
    """How a campaign stands after it was submitted: ready, or a draft with what it lacks in words."""

    campaign_id: str
    state: CampaignState
    missing: tuple[str, ...]


def save_template(warehouse: Warehouse, tenant_id: str, template: Template) -> TemplateVersion:
    """Keep a template, as a new version where it differs from the latest.

    Raises:
        Permanent: the template could fail in the middle of a campaign (`templates.check_template`).
    """
    check_template(template)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _save_template(connection, tenant_id, template)


def set_sender(warehouse: Warehouse, tenant_id: str, channel: str, sender: str) -> None:
    """Name who the tenant's messages on a channel come from; for e-mail as `Brand <address>`.

    Raises:
        Permanent: an e-mail sender without an address.
    """
    if channel == "email" and "@" not in parseaddr(sender)[1]:
        raise Permanent("An e-mail sender needs an address, as in 'Brand <news@example.com>'.")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("activation/set_sender"), {"tenant_id": tenant_id, "channel": channel, "sender": sender}
        )


def submit_campaign(warehouse: Warehouse, tenant_id: str, campaign: Campaign) -> Submitted:
    """Keep a campaign: ready to be planned when nothing is missing, else a draft.

    It may be submitted again, changed or not, until it was planned.

    Raises:
        Permanent: the campaign was planned already, its id belongs to another request, or its content is refused.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _submit(connection, tenant_id, campaign)


def draft_campaigns(warehouse: Warehouse, tenant_id: str) -> list[str]:
    """Make campaigns of the approved requests that want something sent, and look at older drafts again.

    A request with a message for e-mail gets the tenant's plain layout around it. What a request cannot give, such as a
    template that Zalo approved, stays missing until a person submits the campaign with it.

    Returns:
        The ids of the campaigns that were made or became ready, in alphabetical order.
    """
    touched: set[str] = set()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        for draft in _drafts(connection, tenant_id):
            if _submit(connection, tenant_id, draft).state is CampaignState.READY:
                touched.add(draft.campaign_id)
        for requested in _requested_campaigns(connection, tenant_id):
            touched.add(_submit(connection, tenant_id, requested).campaign_id)
    return sorted(touched)


def due_campaigns(warehouse: Warehouse, tenant_id: str) -> list[str]:
    """The campaigns to be planned now, in alphabetical order."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("activation/due_campaigns"), {"tenant_id": tenant_id})
        return [str(row[0]) for row in rows]


def read_parts(connection: Connection, tenant_id: str, campaign: Campaign) -> Parts:
    """The campaign's template and sender of each channel, None where there is none."""
    chosen = campaign.template
    templates: dict[str, Template | None] = {}
    senders: dict[str, str | None] = {}
    with connection.cursor(row_factory=class_row(_PartRow)) as cursor:
        rows = cursor.execute(
            statement("activation/read_templates"),
            {
                "tenant_id": tenant_id,
                "template_id": chosen.template_id if chosen else None,
                "template_version": chosen.version if chosen else None,
                "channels": list(campaign.channels),
            },
        )
        for row in rows:
            senders[row.channel] = row.sender
            templates[row.channel] = None
            if chosen is not None and row.body_text is not None:
                templates[row.channel] = Template(
                    template_id=chosen.template_id,
                    channel=row.channel,
                    subject=row.subject,
                    body_text=row.body_text,
                    body_html=row.body_html,
                    provider_template_id=row.provider_template_id,
                )
    return Parts(templates=templates, senders=senders)


def _submit(connection: Connection, tenant_id: str, campaign: Campaign) -> Submitted:
    parts = read_parts(connection, tenant_id, campaign)
    missing = missing_parts(campaign.message_class, campaign.message, parts)
    state = CampaignState.DRAFT if missing else CampaignState.READY
    saved = connection.execute(
        statement("activation/save_campaign"),
        {
            **vars(campaign),
            "tenant_id": tenant_id,
            "channels": list(campaign.channels),
            "template_id": campaign.template.template_id if campaign.template else None,
            "template_version": campaign.template.version if campaign.template else None,
            "policy": Jsonb(campaign.policy.model_dump()),
            "state": state,
            "missing": missing,
        },
    ).fetchone()
    if saved is None:
        raise Permanent(
            f"The campaign '{campaign.campaign_id}' exists already and was planned, or belongs to another request."
        )
    logger.info("Campaign %s is %s, missing %d things.", campaign.campaign_id, state, len(missing))
    return Submitted(campaign.campaign_id, state, tuple(missing))


def _requested_campaigns(connection: Connection, tenant_id: str) -> list[Campaign]:
    with connection.cursor(row_factory=class_row(_RequestRow)) as cursor:
        rows = cursor.execute(statement("activation/requests_to_draft"), {"tenant_id": tenant_id}).fetchall()
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
            layout = _save_template(connection, tenant_id, message_layout(row.language))
            campaign = replace(campaign, template=layout)
        campaigns.append(campaign)
    return campaigns


def _drafts(connection: Connection, tenant_id: str) -> list[Campaign]:
    with connection.cursor(row_factory=class_row(CampaignRow)) as cursor:
        rows = cursor.execute(statement("activation/drafts"), {"tenant_id": tenant_id}).fetchall()
    return [row.campaign() for row in rows]


def _save_template(connection: Connection, tenant_id: str, template: Template) -> TemplateVersion:
    saved = connection.execute(statement("activation/save_template"), {**vars(template), "tenant_id": tenant_id})
    return TemplateVersion(template.template_id, int(only_row(saved)[0]))
