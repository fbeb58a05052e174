"""What a campaign needs on each channel before it may be planned, said in words a marketer can act on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.templates import UNSUBSCRIBE_SLOT, TemplateForms, check_filled, slots
from leo_activation.activation.states import MessageClass
from leo_activation.told import Told

PUSH = {"mobile_push": Told.of("mobile push"), "web_push": Told.of("web push")}


@dataclass(frozen=True)
class Parts:
    """The template's forms and the sender of each channel of a campaign, None where there is none.

    `variant_templates` are the same of each variant of a comparison, by its name.
    """

    templates: Mapping[str, TemplateForms | None]
    senders: Mapping[str, str | None]
    variant_templates: Mapping[str, Mapping[str, TemplateForms | None]] = field(default_factory=dict)

    def all_templates(self) -> tuple[Mapping[str, TemplateForms | None], ...]:
        """The campaign's own templates by channel, and those of each variant."""
        return (self.templates, *self.variant_templates.values())

    def brand(self, otherwise: str) -> str:
        """Who speaks: the display name of the e-mail sender, else what is given."""
        return parseaddr(self.senders.get("email") or "")[0] or otherwise


def present(templates: Mapping[str, TemplateForms | None]) -> dict[str, TemplateForms]:
    """Those of the channels that have a template."""
    return {channel: forms for channel, forms in templates.items() if forms is not None}


def missing_parts(
    message_class: MessageClass, message: str | None, parts: Parts, links: LinkPolicy | None = None
) -> list[str]:
    """What is still missing, empty when the campaign may be planned.

    Args:
        links: where links may lead; None: only to this installation.

    Raises:
        Permanent: a template cannot be filled in with the message, or links elsewhere then.
    """
    missing: list[str] = []
    for templates in parts.all_templates():
        for channel, forms in templates.items():
            missing += _missing_of_channel(channel, forms, message_class, parts.senders.get(channel))
            for form in forms.all() if forms is not None else ():
                if "message" not in slots(form) or message:
                    check_filled(form, brand=parts.brand("Brand"), message=message, links=links)
                else:
                    missing.append(Told.of("a message: the template has a place for one"))
    return list(dict.fromkeys(missing))


def _missing_of_channel(
    channel: str, forms: TemplateForms | None, message_class: MessageClass, sender: str | None
) -> list[str]:
    if channel == "email":
        return _missing_of_email(forms, message_class, sender)
    if channel == "zalo":
        return _missing_of_zalo(forms, message_class)
    if channel == "sms":
        return _missing_of_sms(forms, message_class, sender)
    if channel == "messenger":
        return _missing_of_messenger(forms)
    if channel in PUSH:
        return _missing_of_push(PUSH[channel], forms)
    return [Told.of("a way to send on {channel}: no such channel is installed", channel=channel)]


def _missing_of_sms(forms: TemplateForms | None, message_class: MessageClass, sender: str | None) -> list[str]:
    """No STOP comes back from a brand name or in Vietnam: an offer by SMS brings its own way out."""
    missing: list[str] = []
    if sender is None:
        missing.append(Told.of("a sender for SMS: the registered brand name, or the number that messages come from"))
    if forms is None:
        missing.append(Told.of("an SMS template"))
    elif message_class is MessageClass.MARKETING and any(UNSUBSCRIBE_SLOT not in slots(form) for form in forms.all()):
        missing.append(Told.of("an unsubscribe link in the SMS template"))
    return missing


def _missing_of_email(forms: TemplateForms | None, message_class: MessageClass, sender: str | None) -> list[str]:
    missing: list[str] = []
    if sender is None:
        missing.append(Told.of("a sender for e-mail: a name and address that messages come from"))
    if forms is None:
        missing.append(Told.of("an e-mail template, or a message to put into the plain one"))
    elif any(form.subject is None for form in forms.all()):
        missing.append(Told.of("a subject in the e-mail template"))
    elif message_class is MessageClass.MARKETING and any(UNSUBSCRIBE_SLOT not in slots(form) for form in forms.all()):
        missing.append(Told.of("an unsubscribe link in the e-mail template"))
    return missing


def _missing_of_zalo(forms: TemplateForms | None, message_class: MessageClass) -> list[str]:
    """An offer is a template that Zalo approved; else a text will do too, to whom wrote to the account lately."""
    missing: list[str] = []
    named = [form.provider_template_id is not None for form in forms.all()] if forms is not None else []
    if message_class is MessageClass.MARKETING and not (named and all(named)):
        missing.append(
            Told.of(
                "an approved Zalo template: Zalo takes an offer only in a template that it approved, not as free text"
            )
        )
    elif not named:
        missing.append(Told.of("a Zalo template: an approved one, or a text for those who wrote to the account lately"))
    elif len(set(named)) > 1:
        missing.append(Told.of("one kind of Zalo template: every form of it names an approved one, or none does"))
    return missing


def _missing_of_messenger(forms: TemplateForms | None) -> list[str]:
    if forms is None:
        return [
            Told.of("a Messenger template: a text, for those who wrote to the Page lately or subscribed to its offers")
        ]
    if any(form.provider_template_id is not None for form in forms.all()):
        return [Told.of("a text for Messenger: nothing is sent there by a template of the provider's")]
    return []


def _missing_of_push(name: str, forms: TemplateForms | None) -> list[str]:
    if forms is None:
        return [Told.of("a template for {name}: a title and a text", name=name)]
    if any(form.subject is None for form in forms.all()):
        return [Told.of("a title in the template for {name}: its subject, which the screen shows first", name=name)]
    return []
