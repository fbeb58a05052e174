"""Every form that a campaign's message has: one a channel, variant and language, for whoever looks at all of them."""

from dataclasses import dataclass

from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.messages.templates import Template


@dataclass(frozen=True)
class Form:
    """A message as it can be sent; `variant` and `language` are '' where there is nothing to choose."""

    channel: str
    variant: str
    language: str
    template: Template


def forms_of(content: CampaignContent) -> tuple[Form, ...]:
    """The forms in the order of the channels, then by variant and language."""
    variants: list[str | None] = [variant.name for variant in content.variants] or [None]
    return tuple(
        Form(channel, variant or "", template.language, template)
        for channel in content.channels
        for variant in variants
        for template in content.forms(channel, variant).all()
    )
