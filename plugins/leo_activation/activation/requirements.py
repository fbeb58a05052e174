"""What a campaign needs on each channel before it may be planned, said in words a marketer can act on."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from leo_activation.activation.states import MessageClass
from leo_activation.activation.templates import UNSUBSCRIBE_SLOT, Template, preview, slots


@dataclass(frozen=True)
class Parts:
    """The template and sender of each channel of a campaign, None where there is none."""

    templates: Mapping[str, Template | None]
    senders: Mapping[str, str | None]

    def brand(self, otherwise: str) -> str:
        """Who speaks: the display name of the e-mail sender, else what is given."""
        return parseaddr(self.senders.get("email") or "")[0] or otherwise


def missing_parts(message_class: MessageClass, message: str | None, parts: Parts) -> list[str]:
    """What is still missing, empty when the campaign may be planned.

    Raises:
        Permanent: a template cannot be filled in with the message.
    """
    missing = []
    for channel, template in parts.templates.items():
        missing += _missing_of_channel(channel, template, message_class, parts.senders.get(channel))
        if template is not None:
            if "message" in slots(template) and not message:
                missing.append("a message: the template has a place for one")
            else:
                preview(template, brand=parts.brand("Brand"), message=message)
    return missing


def _missing_of_channel(
    channel: str, template: Template | None, message_class: MessageClass, sender: str | None
) -> list[str]:
    if channel == "email":
        return _missing_of_email(template, message_class, sender)
    if channel == "zalo":
        return _missing_of_zalo(template, message_class)
    return [f"a way to send on {channel}: no such channel is installed"]


def _missing_of_email(template: Template | None, message_class: MessageClass, sender: str | None) -> list[str]:
    missing = []
    if sender is None:
        missing.append("a sender for e-mail: a name and address that messages come from")
    if template is None:
        missing.append("an e-mail template, or a message to put into the plain one")
    elif template.subject is None:
        missing.append("a subject in the e-mail template")
    elif message_class is MessageClass.MARKETING and UNSUBSCRIBE_SLOT not in slots(template):
        missing.append("an unsubscribe link in the e-mail template")
    return missing


def _missing_of_zalo(template: Template | None, message_class: MessageClass) -> list[str]:
    if template is not None and template.provider_template_id is not None:
        return []
    if message_class is MessageClass.MARKETING:
        return ["an approved Zalo template: Zalo takes an offer only in a template that it approved, not as free text"]
    return ["an approved Zalo template"]
