"""What one delivery says: the campaign's content, filled in for its recipient.

`compose` is pure: the same content, recipient and links give the same message, so that every attempt of a delivery says
the same under the same Message-ID.
"""

from dataclasses import dataclass
from uuid import UUID

from leo_activation.activation.channels import Message
from leo_activation.activation.content import CampaignContent
from leo_activation.activation.links import UnsubscribeLinks
from leo_activation.activation.states import MessageClass, RecipientKind
from leo_activation.activation.templates import SlotValues, render


@dataclass(frozen=True)
class Recipient:
    """Whom one delivery goes to, as it stands when its attempt begins.

    `language` and `variant` are those of the delivery; None where it has none.
    """

    delivery_id: UUID
    tenant_id: str
    channel: str
    address: str
    kind: RecipientKind = RecipientKind.CUSTOMER
    language: str | None = None
    variant: str | None = None
    first_name: str | None = None


def compose(content: CampaignContent, recipient: Recipient, links: UnsubscribeLinks) -> Message:
    """The message of one delivery.

    Raises:
        Permanent: the template cannot be filled in for this recipient.
    """
    template = content.templates[recipient.channel].choose(recipient.language)
    unsubscribe_url = links.url(recipient.tenant_id, recipient.delivery_id)
    rendered = render(
        template,
        SlotValues(
            brand=content.brand,
            first_name=recipient.first_name,
            message=content.message,
            unsubscribe_url=unsubscribe_url,
        ),
    )
    return Message(
        delivery_id=recipient.delivery_id,
        recipient=recipient.address,
        sender=content.senders[recipient.channel] or "",
        text=rendered.text,
        subject=rendered.subject,
        html=rendered.html,
        unsubscribe_url=unsubscribe_url if content.message_class is MessageClass.MARKETING else None,
        provider_template_id=template.provider_template_id,
    )
