"""What one delivery says: the campaign's content, filled in for its recipient.

`compose` is pure: the same content, recipient and links give the same message, so that every attempt of a delivery says
the same under the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from psycopg.rows import class_row

from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.channels import Message
from leo_activation.activation.messages.channel_limits import check_lengths
from leo_activation.activation.messages.link_check import link_policy
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.messages.slots import PERSONAL_SLOTS, PREVIEW_COUPON, SlotValues
from leo_activation.activation.messages.templates import (
    INVENTED_PEOPLE,
    Rendered,
    Template,
    check_rendered,
    render,
    slots,
)
from leo_activation.activation.messages.tracking import tracked_address, tracked_html
from leo_activation.activation.safety.tenant_policy import TenantPolicy
from leo_activation.activation.states import MessageClass, RecipientKind
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

TEST_LABEL = "[Test]"
"""Before the subject of a message to a reviewer."""


@dataclass(frozen=True)
class Recipient:
    """Whom one delivery goes to, as it stands when its attempt begins.

    `language` and `variant` are those of the delivery; None where it has none. `personal` holds the personal slots
    other than the first name, as `PersonalValues` reads them. `route` is the way on the channel, `grant` what the
    person gave the provider for it, `coupon` their code of the campaign.
    """

    delivery_id: UUID
    tenant_id: str
    channel: str
    address: str
    kind: RecipientKind = RecipientKind.CUSTOMER
    language: str | None = None
    variant: str | None = None
    first_name: str | None = None
    personal: Mapping[str, str | None] = field(default_factory=dict)
    route: str | None = None
    grant: str | None = field(default=None, repr=False)
    coupon: str | None = field(default=None, repr=False)


def compose(content: CampaignContent, recipient: Recipient, links: UnsubscribeLinks) -> Message:
    """The message of one delivery; seeds and reviewers get that of an invented person, a test is marked in its subject.

    Raises:
        Permanent: the template cannot be filled in for this recipient, is too long for the channel then, or would link
            to a host that the tenant does not allow.
    """
    template = content.forms(recipient.channel, recipient.variant).choose(recipient.language, content.language)
    unsubscribe_url = links.url(recipient.tenant_id, recipient.delivery_id)
    is_customer = recipient.kind is RecipientKind.CUSTOMER
    rendered = filled_in(
        content,
        template,
        SlotValues(
            brand=content.brand,
            first_name=recipient.first_name if is_customer else INVENTED_PEOPLE[0],
            message=content.message,
            unsubscribe_url=unsubscribe_url,
            coupon=_coupon(content, recipient),
            personal=recipient.personal,
        ),
    )
    if recipient.kind is RecipientKind.REVIEWER and rendered.subject is not None:
        rendered = replace(rendered, subject=f"{TEST_LABEL} {rendered.subject}")
    html = rendered.html
    if rendered.action_url is not None and content.policy.track_clicks and is_customer:
        counted = tracked_address(
            rendered.action_url,
            links.tracked,
            recipient.tenant_id,
            recipient.delivery_id,
            unsubscribe_url=unsubscribe_url,
        )
        rendered = replace(rendered, action_url=counted)
        check_lengths(
            template.channel,
            template.title,
            subject=rendered.subject,
            text=rendered.text,
            html=html,
            action_url=counted,
        )
    tracks = content.policy.track_clicks or content.policy.track_opens
    if html is not None and tracks and is_customer:
        html = tracked_html(
            template.title,
            html,
            links.tracked,
            recipient.tenant_id,
            recipient.delivery_id,
            clicks=content.policy.track_clicks,
            opens=content.policy.track_opens,
            unsubscribe_url=unsubscribe_url,
        )
        check_lengths(
            template.channel,
            template.title,
            subject=rendered.subject,
            text=rendered.text,
            html=html,
            action_url=rendered.action_url,
        )
    return Message(
        delivery_id=recipient.delivery_id,
        recipient=recipient.address,
        sender=content.senders[recipient.channel] or "",
        text=rendered.text,
        subject=rendered.subject,
        html=html,
        unsubscribe_url=unsubscribe_url if content.message_class is MessageClass.MARKETING else None,
        provider_template_id=template.provider_template_id,
        parameters=rendered.parameters,
        action_url=rendered.action_url,
        route=recipient.route,
        grant=recipient.grant,
    )


def _coupon(content: CampaignContent, recipient: Recipient) -> str | None:
    """Their code; our own addresses get none that a shop would take."""
    if content.policy.coupon_pool is None or recipient.kind is RecipientKind.CUSTOMER:
        return recipient.coupon
    return PREVIEW_COUPON


def filled_in(content: CampaignContent, template: Template, values: SlotValues) -> Rendered:
    """A form of the campaign's template filled in, labelled where the tenant's rules ask for it, with links checked.

    Raises:
        Permanent: as `compose`.
    """
    return filled_form(template, values, content.tenant_policy.policy, content.message_class)


def filled_form(template: Template, values: SlotValues, policy: TenantPolicy, message_class: MessageClass) -> Rendered:
    """As `filled_in`, of a form that is no campaign's yet.

    Raises:
        Permanent: as `compose`.
    """
    rendered = render(template, values)
    check_rendered(template, rendered, link_policy(policy), own=values.unsubscribe_url)
    label = policy.label_of(template.channel) if message_class is MessageClass.MARKETING else None
    if label is not None:
        rendered = _labelled(rendered, label)
        check_lengths(
            template.channel,
            template.title,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            action_url=rendered.action_url,
        )
    return rendered


@dataclass(frozen=True)
class _PersonalRow:
    delivery_id: UUID
    city: str | None
    favorite_color: str | None
    top_interest: str | None


def personal_slots(content: CampaignContent) -> frozenset[str]:
    """The personal slots beside the first name that the campaign's templates use; usually none."""
    used = frozenset[str]().union(*(slots(form) for forms in content.all_forms() for form in forms.all()))
    return (used & PERSONAL_SLOTS) - {"first_name"}


class PersonalValues:
    """The personal slots of the people of one batch of deliveries after the other; nothing is asked where no template
    uses one. Seeds and reviewers have none, so that their copies show the fallbacks.
    """

    def __init__(self, connection: Connection, tenant_id: str, wanted: frozenset[str]) -> None:
        """Read `wanted` (`personal_slots`) over the connection, whose transactions are the caller's."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._wanted = wanted
        self._values: dict[UUID, dict[str, str | None]] = {}

    def read(self, delivery_ids: Sequence[UUID]) -> None:
        """Read the values of a batch, in place of those of the batch before."""
        if not self._wanted:
            return
        with self._connection.cursor(row_factory=class_row(_PersonalRow)) as cursor:
            rows = cursor.execute(
                statement("activation/campaigns/read_personal_slots"),
                {"tenant_id": self._tenant_id, "delivery_ids": list(delivery_ids)},
            ).fetchall()
        self._values = {
            row.delivery_id: {name: value for name, value in vars(row).items() if name in self._wanted} for row in rows
        }

    def of(self, delivery_id: UUID) -> Mapping[str, str | None]:
        """The values for one delivery of the batch."""
        return self._values.get(delivery_id, {})


def _labelled(rendered: Rendered, label: str) -> Rendered:
    """With the label at its beginning: of the subject where there is one, else of the text."""
    if rendered.subject is not None:
        subject = rendered.subject
        return rendered if subject.startswith(label) else replace(rendered, subject=f"{label} {subject}")
    return rendered if rendered.text.startswith(label) else replace(rendered, text=f"{label} {rendered.text}")
