"""What a campaign's message says on a channel to the invented people, with a link as long as ours can be."""

from uuid import UUID

from leo_activation.activation.campaigns.composing import filled_in
from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.campaigns.forms import forms_of
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.messages.slots import EXAMPLES, PREVIEW_COUPON, SlotValues
from leo_activation.activation.messages.templates import INVENTED_PEOPLE
from leo_activation.settings import read_settings

LONGEST_TENANT = "t" * 31
NOBODY = UUID(int=0)


def longest_link() -> str:
    """An unsubscribe link of this installation, for the tenant with the longest name."""
    return UnsubscribeLinks(read_settings().public_url, b"of nobody's").url(LONGEST_TENANT, NOBODY)


def example_texts(content: CampaignContent, channel: str) -> tuple[str, ...]:
    """The text of every form on the channel for every invented person; none where the campaign does not use it.

    Raises:
        Permanent: a form cannot be filled in.
    """
    link = longest_link()
    return tuple(
        filled_in(
            content,
            form.template,
            SlotValues(
                brand=content.brand,
                first_name=first_name,
                message=content.message,
                unsubscribe_url=link,
                coupon=PREVIEW_COUPON,
                personal=EXAMPLES if first_name is not None else {},
            ),
        ).text
        for form in forms_of(content)
        if form.channel == channel
        for first_name in INVENTED_PEOPLE
    )
