"""What a campaign is, and the templates and senders that it is put together from."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from psycopg.rows import class_row
from pydantic import ValidationError

from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.requirements import Parts
from leo_activation.activation.campaigns.schedules import SCHEDULE, AnySchedule, Once, ReEntry
from leo_activation.activation.campaigns.variants import VARIANTS, Variant
from leo_activation.activation.faults import fault_sentence
from leo_activation.activation.messages.template_store import TemplateVersion, read_forms
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Campaign:
    """What to send to whom and when.

    It is for the members of `segment_id` and of `more_segment_ids`, less those of `without_segment_ids`. `channels` are
    in the order in which they are tried. `message` fills the template's slot of that name. `priority` 1 goes first
    where two campaigns want the same person within a cap. The addresses of the seed list get a copy. `request_id` names
    the request in words that it came from.
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
    more_segment_ids: tuple[str, ...] = ()
    without_segment_ids: tuple[str, ...] = ()
    schedule: AnySchedule = field(default_factory=Once)
    re_entry: ReEntry = field(default_factory=ReEntry)
    priority: int = 100
    seed_list_id: str | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def segment_ids(self) -> tuple[str, ...]:
        """The segments that it is for."""
        return (self.segment_id, *self.more_segment_ids)

    def definition(self) -> dict[str, Any]:
        """All of it but its id, as JSON: what a version of the campaign keeps."""
        return {
            "name": self.name,
            "segments": list(self.segment_ids),
            "without": list(self.without_segment_ids),
            "channels": list(self.channels),
            "message_class": str(self.message_class),
            "template": None if self.template is None else [self.template.template_id, self.template.version],
            "message": self.message,
            "schedule": self.schedule.model_dump(mode="json"),
            "re_entry": self.re_entry.model_dump(mode="json"),
            "priority": self.priority,
            "policy": self.policy.model_dump(mode="json", by_alias=True),
            "seed_list": self.seed_list_id,
            "variants": [variant.model_dump(mode="json") for variant in self.variants],
            "request_id": self.request_id,
        }


@dataclass(frozen=True)
class CampaignRow:
    """A row of `activation.campaign`, as much of it as makes a `Campaign`."""

    campaign_id: str
    name: str
    segment_id: str
    more_segment_ids: list[str]
    without_segment_ids: list[str]
    channels: list[str]
    template_id: str | None
    template_version: int | None
    message: str | None
    message_class: str
    policy: object
    schedule: object
    re_entry: object
    priority: int
    seed_list_id: str | None
    variants: object
    request_id: int | None
    requested_by: str

    def campaign(self) -> Campaign:
        """The row as a campaign.

        Raises:
            Permanent: policy, schedule or re-entry rule are not ones that this program knows; it says which and why.
        """
        template = None
        if self.template_id is not None and self.template_version is not None:
            template = TemplateVersion(self.template_id, self.template_version)
        part = "policy"
        try:
            policy = Policy.model_validate(self.policy)
            part = "schedule"
            schedule = SCHEDULE.validate_python(self.schedule)
            part = "re_entry"
            re_entry = ReEntry.model_validate(self.re_entry)
            part = "variants"
            variants = VARIANTS.validate_python(self.variants)
        except ValidationError as error:
            raise Permanent(
                f"The campaign '{self.campaign_id}' cannot be read: {part}: {fault_sentence(error)}"
            ) from error
        return Campaign(
            campaign_id=self.campaign_id,
            name=self.name,
            segment_id=self.segment_id,
            more_segment_ids=tuple(self.more_segment_ids),
            without_segment_ids=tuple(self.without_segment_ids),
            channels=tuple(self.channels),
            message_class=MessageClass(self.message_class),
            requested_by=self.requested_by,
            template=template,
            message=self.message,
            policy=policy,
            schedule=schedule,
            re_entry=re_entry,
            priority=self.priority,
            seed_list_id=self.seed_list_id,
            variants=variants,
            request_id=self.request_id,
        )


@dataclass(frozen=True)
class _SenderRow:
    channel: str
    sender: str | None


def set_sender(warehouse: Warehouse, tenant_id: str, channel: str, sender: str, *, provider: str | None = None) -> None:
    """Name who the tenant's messages on a channel come from; for e-mail as `Brand <address>`.

    provider: who carries them (file, smtp, sendgrid); None leaves it as it is, at first to what is set up.

    Raises:
        Permanent: an e-mail sender without an address.
    """
    if channel == "email" and "@" not in parseaddr(sender)[1]:
        raise Permanent("An e-mail sender needs an address, as in 'Brand <news@example.com>'.")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("activation/campaigns/set_sender"),
            {"tenant_id": tenant_id, "channel": channel, "sender": sender, "provider": provider},
        )


@dataclass(frozen=True)
class ChannelSender:
    """Who messages on a channel come from, and by which provider they go; None: the installation chooses."""

    channel: str
    sender: str
    provider: str | None


def list_senders(warehouse: Warehouse, tenant_id: str) -> list[ChannelSender]:
    """The tenant's senders, by channel."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(ChannelSender)) as cursor,
    ):
        return cursor.execute(statement("activation/campaigns/list_senders"), {"tenant_id": tenant_id}).fetchall()


def read_parts(connection: Connection, tenant_id: str, campaign: Campaign) -> Parts:
    """The forms of the campaign's template and the sender of each channel, None where there is none.

    A comparison that names no template has that of its first variant for those outside of it (seeds, tests).
    """
    chosen = campaign.template
    if chosen is None and campaign.variants:
        chosen = TemplateVersion(campaign.variants[0].template_id, campaign.variants[0].version)
    forms = {} if chosen is None else read_forms(connection, tenant_id, chosen, campaign.channels)
    with connection.cursor(row_factory=class_row(_SenderRow)) as cursor:
        senders = cursor.execute(
            statement("activation/campaigns/read_senders"),
            {"tenant_id": tenant_id, "channels": list(campaign.channels)},
        ).fetchall()
    compared = {}
    for variant in campaign.variants:
        of_variant = read_forms(
            connection, tenant_id, TemplateVersion(variant.template_id, variant.version), campaign.channels
        )
        compared[variant.name] = {channel: of_variant.get(channel) for channel in campaign.channels}
    return Parts(
        templates={channel: forms.get(channel) for channel in campaign.channels},
        senders={row.channel: row.sender for row in senders},
        variant_templates=compared,
    )
