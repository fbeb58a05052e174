"""In how many parts a campaign's SMS is sent: each of them is paid for."""

from uuid import UUID

from leo_activation.activation.campaigns.composing import filled_in
from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.campaigns.forms import forms_of
from leo_activation.activation.channels.sms_text import CHANNEL, Parts, parts_of
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.messages.slots import EXAMPLES, PREVIEW_COUPON, SlotValues
from leo_activation.activation.messages.templates import INVENTED_PEOPLE
from leo_activation.settings import read_settings

LONGEST_TENANT = "t" * 31
NOBODY = UUID(int=0)


def sms_parts(content: CampaignContent) -> Parts | None:
    """The most parts that its SMS has for the invented people, with a link as long as ours can be; None: it has no SMS.

    A longer name than theirs can make a message of one part more.

    Raises:
        Permanent: a form cannot be filled in.
    """
    forms = [form for form in forms_of(content) if form.channel == CHANNEL]
    if not forms:
        return None
    link = UnsubscribeLinks(read_settings().public_url, b"of nobody's").url(LONGEST_TENANT, NOBODY)
    texts = (
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
        for form in forms
        for first_name in INVENTED_PEOPLE
    )
    return max((parts_of(text) for text in texts), key=lambda parts: (parts.number, parts.units))
