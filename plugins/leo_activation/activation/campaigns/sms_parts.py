"""In how many parts a campaign's SMS is sent: each of them is paid for."""

from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.campaigns.example_texts import example_texts
from leo_activation.activation.channels.sms_text import CHANNEL, Parts, parts_of


def sms_parts(content: CampaignContent) -> Parts | None:
    """The most parts that its SMS has for the invented people, with a link as long as ours can be; None: it has no SMS.

    A longer name than theirs can make a message of one part more.

    Raises:
        Permanent: a form cannot be filled in.
    """
    parts = [parts_of(text) for text in example_texts(content, CHANNEL)]
    return max(parts, key=lambda one: (one.number, one.units)) if parts else None
