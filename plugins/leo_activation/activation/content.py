"""A campaign as it would run now, and the hash by which an approval is bound to it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.activation.campaigns import CampaignRow, Policy, read_parts
from leo_activation.activation.requirements import missing_parts
from leo_activation.activation.states import CampaignState, MessageClass
from leo_activation.activation.templates import Template
from leo_activation.errors import Permanent
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class CampaignContent:
    """Whom a campaign means, what it says, and within which bounds: everything that a person approves."""

    campaign_id: str
    name: str
    state: CampaignState
    requested_by: str
    segment_id: str
    segment_name: str
    segment_version: int
    segment_sentence: str
    definition_hash: str
    channels: tuple[str, ...]
    templates: Mapping[str, Template]
    senders: Mapping[str, str | None]
    brand: str
    message: str | None
    message_class: MessageClass
    policy: Policy

    @property
    def hash(self) -> str:
        """SHA-256, hexadecimal, over audience definition, content and policy."""
        bound = {
            "segment": [self.segment_id, self.segment_version, self.definition_hash],
            "channels": self.channels,
            "templates": [vars(self.templates[channel]) for channel in self.channels],
            "senders": [self.senders[channel] for channel in self.channels],
            "brand": self.brand,
            "message": self.message,
            "message_class": self.message_class,
            "policy": self.policy.model_dump(),
        }
        return hashlib.sha256(json.dumps(bound, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class _ContentRow(CampaignRow):
    state: str
    segment_version: int | None
    segment_name: str | None
    sentence: str | None
    definition_hash: str | None
    tenant_name: str


def read_content(connection: Connection, tenant_id: str, campaign_id: str) -> CampaignContent:
    """The campaign as it would run now.

    Raises:
        Permanent: there is no such campaign, its segment has no active definition, or something is missing.
    """
    with connection.cursor(row_factory=class_row(_ContentRow)) as cursor:
        row = cursor.execute(
            statement("activation/read_campaign"), {"tenant_id": tenant_id, "campaign_id": campaign_id}
        ).fetchone()
    if row is None:
        raise Permanent(f"There is no campaign '{campaign_id}'.")
    if row.segment_version is None or row.segment_name is None or row.sentence is None or row.definition_hash is None:
        raise Permanent(f"The segment '{row.segment_id}' of the campaign '{campaign_id}' has no active definition.")
    campaign = row.campaign()
    parts = read_parts(connection, tenant_id, campaign)
    if missing := missing_parts(campaign.message_class, campaign.message, parts):
        raise Permanent(f"The campaign '{campaign_id}' lacks {missing[0]}.")
    return CampaignContent(
        campaign_id=campaign_id,
        name=campaign.name,
        state=CampaignState(row.state),
        requested_by=campaign.requested_by,
        segment_id=campaign.segment_id,
        segment_name=row.segment_name,
        segment_version=row.segment_version,
        segment_sentence=row.sentence,
        definition_hash=row.definition_hash,
        channels=campaign.channels,
        templates={channel: template for channel, template in parts.templates.items() if template is not None},
        senders=parts.senders,
        brand=parts.brand(row.tenant_name),
        message=campaign.message,
        message_class=campaign.message_class,
        policy=campaign.policy,
    )
