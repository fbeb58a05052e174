"""A campaign as it would run now, and the hash by which an approval is bound to it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.activation.campaigns.campaign import Campaign, CampaignRow, read_parts
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.requirements import missing_parts, present
from leo_activation.activation.campaigns.schedules import AnySchedule, ReEntry
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.messages.link_check import link_policy
from leo_activation.activation.messages.templates import TemplateForms
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.tenant_policy import PolicyVersion, read_policy
from leo_activation.activation.states import CampaignState, MessageClass
from leo_activation.errors import Permanent
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class AudienceSegment:
    """A segment that a campaign is for (`with`) or leaves out (`without`), by its definition that is active now."""

    segment_id: str
    version: int
    name: str
    sentence: str
    definition_hash: str
    role: Literal["with", "without"]


@dataclass(frozen=True)
class NamedSegment:
    """A segment as a campaign names it; the definition's parts are None where none is active.

    `newest_state` is that of the segment's newest definition, None where there is no such segment.
    """

    segment_id: str
    role: Literal["with", "without"]
    version: int | None
    name: str | None
    sentence: str | None
    definition_hash: str | None
    newest_state: str | None

    def active(self) -> AudienceSegment | None:
        """The segment with its active definition, or None where it has none."""
        if self.version is None or self.name is None or self.sentence is None or self.definition_hash is None:
            return None
        return AudienceSegment(self.segment_id, self.version, self.name, self.sentence, self.definition_hash, self.role)


@dataclass(frozen=True)
class CampaignContent:
    """Whom a campaign means, what it says, when, and within which bounds: everything that a person approves.

    `version` is the campaign's version, None where none was kept yet. `tenant_policy` are the tenant's rules that hold
    now. Name, priority and seed list are not bound: they change nothing of what a customer gets.
    """

    campaign_id: str
    name: str
    state: CampaignState
    requested_by: str
    version: int | None
    audience: tuple[AudienceSegment, ...]
    channels: tuple[str, ...]
    templates: Mapping[str, TemplateForms]
    senders: Mapping[str, str | None]
    brand: str
    language: str
    message: str | None
    message_class: MessageClass
    schedule: AnySchedule
    re_entry: ReEntry
    priority: int
    policy: Policy
    tenant_policy: PolicyVersion
    seed_list_id: str | None
    variants: tuple[Variant, ...] = ()
    variant_templates: Mapping[str, Mapping[str, TemplateForms]] = field(default_factory=dict)

    @property
    def segment_id(self) -> str:
        """The first segment that the campaign is for."""
        return self.audience[0].segment_id

    @property
    def segment_name(self) -> str:
        """The name of the first segment."""
        return self.audience[0].name

    @property
    def segment_version(self) -> int:
        """The version of the first segment."""
        return self.audience[0].version

    @property
    def segment_sentence(self) -> str:
        """The first segment read back in words."""
        return self.audience[0].sentence

    @property
    def segment_ids(self) -> tuple[str, ...]:
        """Whose members the campaign is for."""
        return tuple(segment.segment_id for segment in self.audience if segment.role == "with")

    @property
    def without_segment_ids(self) -> tuple[str, ...]:
        """Whose members it leaves out."""
        return tuple(segment.segment_id for segment in self.audience if segment.role == "without")

    def forms(self, channel: str, variant: str | None) -> TemplateForms:
        """What is sent on a channel to those who have a variant; None: to those outside of the comparison."""
        return self.templates[channel] if variant is None else self.variant_templates[variant][channel]

    def all_forms(self) -> tuple[TemplateForms, ...]:
        """Every template of the campaign, channel by channel."""
        compared = [templates[channel] for templates in self.variant_templates.values() for channel in self.channels]
        return (*(self.templates[channel] for channel in self.channels), *compared)

    @property
    def hash(self) -> str:
        """SHA-256, hexadecimal, over audience definition, content, schedule and policies."""
        bound = {
            "audience": [
                [segment.role, segment.segment_id, segment.version, segment.definition_hash]
                for segment in self.audience
            ],
            "channels": self.channels,
            "templates": [forms.bound() for forms in self.all_forms()],
            "variants": [variant.model_dump(mode="json") for variant in self.variants],
            "senders": [self.senders[channel] for channel in self.channels],
            "brand": self.brand,
            "language": self.language,
            "message": self.message,
            "message_class": self.message_class,
            "schedule": self.schedule.model_dump(mode="json"),
            "re_entry": self.re_entry.model_dump(mode="json"),
            "policy": self.policy.model_dump(mode="json", by_alias=True),
            "tenant_policy": self.tenant_policy.version,
            # Those of a channel that the tenant's rules do not name come with the program, and have no version there.
            "routes": [
                rule.model_dump(mode="json", by_alias=True)
                for rule in self.tenant_policy.policy.route_rules()
                if rule.channel in self.channels
            ],
        }
        return hashlib.sha256(json.dumps(bound, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class _ContentRow(CampaignRow):
    state: str
    version: int | None
    tenant_name: str
    language: str
    time_zone: str


@dataclass(frozen=True)
class StoredCampaign:
    """A campaign as it was submitted last, whether or not it could run; `version` is None where it never could."""

    campaign: Campaign
    state: CampaignState
    version: int | None


def stored_campaign(connection: Connection, tenant_id: str, campaign_id: str) -> StoredCampaign | None:
    """The campaign as it was submitted last, None where there is no such.

    Raises:
        Permanent: a part of it is none that this program knows.
    """
    row = _find(connection, tenant_id, campaign_id)
    return None if row is None else StoredCampaign(row.campaign(), CampaignState(row.state), row.version)


def read_segments(connection: Connection, tenant_id: str, campaign: Campaign) -> tuple[NamedSegment, ...]:
    """The segments that a campaign names, those it is for first, each with its active definition."""
    with connection.cursor(row_factory=class_row(NamedSegment)) as cursor:
        rows = cursor.execute(
            statement("activation/campaigns/read_audience_segments"),
            {
                "tenant_id": tenant_id,
                "segment_ids": list(campaign.segment_ids),
                "without_segment_ids": list(campaign.without_segment_ids),
            },
        )
        return tuple(rows)


def read_content(connection: Connection, tenant_id: str, campaign_id: str) -> CampaignContent:
    """The campaign as it would run now.

    Raises:
        Permanent: there is no such campaign, a segment of it has no active definition, or something is missing.
    """
    row = _read(connection, tenant_id, campaign_id)
    return _content(connection, tenant_id, row, row.campaign())


def keep_version(
    connection: Connection, tenant_id: str, campaign_id: str, *, submitted_by: str | None = None
) -> CampaignContent:
    """The campaign as it would run now, kept as a version of it; the caller holds the campaign's lock.

    What says and binds the same is the version that it was before.

    Args:
        submitted_by: who made it say this; None: whoever asked for the campaign.

    Raises:
        Permanent: as `read_content`.
    """
    row = _read(connection, tenant_id, campaign_id)
    campaign = row.campaign()
    content = _content(connection, tenant_id, row, campaign)
    kept = connection.execute(
        statement("activation/campaigns/keep_campaign_version"),
        {
            "tenant_id": tenant_id,
            "campaign_id": campaign_id,
            "hash": content.hash,
            "definition": Jsonb(campaign.definition()),
            "submitted_by": submitted_by or campaign.requested_by,
        },
    )
    return replace(content, version=int(only_row(kept)[0]))


def _find(connection: Connection, tenant_id: str, campaign_id: str) -> _ContentRow | None:
    with connection.cursor(row_factory=class_row(_ContentRow)) as cursor:
        return cursor.execute(
            statement("activation/campaigns/read_campaign"), {"tenant_id": tenant_id, "campaign_id": campaign_id}
        ).fetchone()


def _read(connection: Connection, tenant_id: str, campaign_id: str) -> _ContentRow:
    row = _find(connection, tenant_id, campaign_id)
    if row is None:
        raise Permanent(Told.of("There is no campaign '{campaign_id}'.", campaign_id=campaign_id))
    return row


def _content(connection: Connection, tenant_id: str, row: _ContentRow, campaign: Campaign) -> CampaignContent:
    audience = []
    for named in read_segments(connection, tenant_id, campaign):
        segment = named.active()
        if segment is None:
            raise Permanent(
                Told.of(
                    "The segment '{segment_id}' of the campaign '{campaign_id}' has no active definition.",
                    segment_id=named.segment_id,
                    campaign_id=campaign.campaign_id,
                )
            )
        audience.append(segment)
    parts = read_parts(connection, tenant_id, campaign)
    tenant_policy = read_policy(connection, tenant_id)
    links = link_policy(tenant_policy.policy)
    if missing := missing_parts(campaign.message_class, campaign.message, parts, links):
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' lacks {missing}.", campaign_id=campaign.campaign_id, missing=missing[0]
            )
        )
    return CampaignContent(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        state=CampaignState(row.state),
        requested_by=campaign.requested_by,
        version=row.version,
        audience=tuple(audience),
        channels=campaign.channels,
        templates=present(parts.templates),
        senders=parts.senders,
        brand=parts.brand(row.tenant_name),
        language=row.language,
        message=campaign.message,
        message_class=campaign.message_class,
        schedule=campaign.schedule,
        re_entry=campaign.re_entry,
        priority=campaign.priority,
        policy=campaign.policy,
        tenant_policy=tenant_policy,
        seed_list_id=campaign.seed_list_id,
        variants=campaign.variants,
        variant_templates={name: present(templates) for name, templates in parts.variant_templates.items()},
    )
