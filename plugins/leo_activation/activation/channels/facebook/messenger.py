"""Messages on Facebook Messenger, by the route that was decided for the person.

    messenger_window     Send API, messaging_type RESPONSE: within 24 hours of the person's own message
    messenger_referral   the same, within 7 days of coming by an advertisement that opens a conversation
    messenger_marketing  Marketing Message API: paid, to people who subscribed, by their subscription's token

Who may be written to by which is decided before (policy and standing): a message without a route is refused here,
since the Page answers for each message outside its window with its right to send any. The delivery's id is the
message's `metadata`, which comes back in `message_echoes`; a marketing message has no such field, and is found again by
the tracking id of its answer alone.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.facebook.answers import read_answer, read_marketing_answer
from leo_activation.activation.channels.facebook.graph import META_ID, GraphSettings, check_page, check_secret
from leo_activation.activation.channels.http import HttpConnection, Lost
from leo_activation.activation.lines import is_one_line
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent

CHANNEL = "messenger"
WINDOW = "messenger_window"
REFERRAL = "messenger_referral"
PAID = "messenger_marketing"
LONGEST_TEXT = 2_000
"""Characters of `message.text` of the Send API."""
LONGEST_MARKETING_TEXT = 640
"""Characters of the Marketing Message API's text template."""
LONGEST_TOKEN = 512


@dataclass(frozen=True)
class MarketingSettings:
    """The paid marketing messages of a Page: the ad account that pays, the message campaign, a system user's token."""

    ad_account_id: str
    message_campaign_id: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            Configuration: an id is no number, or the token could stand in no header.
        """
        if not META_ID.fullmatch(self.ad_account_id) or not META_ID.fullmatch(self.message_campaign_id):
            raise Configuration("The ad account and the message campaign are given as numbers, without 'act_'.")
        check_secret("The system user's token", self.token)


@dataclass(frozen=True)
class MessengerSettings:
    """A Page, and its marketing messages where it has any."""

    graph: GraphSettings
    marketing: MarketingSettings | None = None


@dataclass(frozen=True)
class MessengerPayload:
    """The body of one request, and whether it is a paid one."""

    body: bytes = field(repr=False)
    paid: bool


class MessengerChannel:
    """Messages of one Page."""

    provider = "messenger"

    def __init__(self, settings: MessengerSettings) -> None:
        """Remember how to reach the Page."""
        self._settings = settings

    def build(self, message: Message) -> MessengerPayload:
        """The request's body.

        Raises:
            Permanent: there is no route, it is not one of this channel or has no grant, or the message has a part that
                Messenger does not show.
        """
        if message.route not in {WINDOW, REFERRAL, PAID}:
            raise Permanent("A message on Messenger needs a route: the window, a referral, or a subscription.")
        if not META_ID.fullmatch(message.recipient):
            raise Permanent("The recipient's Page-scoped id is malformed.")
        _refuse_what_is_not_shown(message)
        if message.route == PAID:
            return MessengerPayload(_encoded(self._marketing_body(message)), paid=True)
        return MessengerPayload(_encoded(_send_body(message)), paid=False)

    @contextmanager
    def open(self) -> Iterator["MessengerSession"]:
        """A session; it connects when it is first made ready."""
        with self._settings.graph.connection() as connection:
            yield MessengerSession(connection, self._settings)

    def _marketing_body(self, message: Message) -> dict[str, Any]:
        if self._settings.marketing is None:
            raise Permanent("This Page is not set up for marketing messages.")
        if not message.grant or not is_one_line(message.grant) or len(message.grant) > LONGEST_TOKEN:
            raise Permanent("A marketing message needs the person's subscription.")
        return {
            "message_id": self._settings.marketing.message_campaign_id,
            "messenger_delivery_data": {"subscription_token": message.grant},
            "message": {"text": _text(message, LONGEST_MARKETING_TEXT)},
        }


class MessengerSession:
    """One connection, used again while Graph answers."""

    def __init__(self, connection: HttpConnection, settings: MessengerSettings) -> None:
        """Start without having asked anything."""
        self._connection = connection
        self._settings = settings
        self._answers = False

    def ready(self) -> None:
        """Know that Graph answers and that the token is this Page's; asked once, and again after a lost answer.

        Raises:
            Transient: Facebook cannot be reached, or is too busy to say.
            Configuration: it refuses the token or its proof, or the token is another Page's.
        """
        if self._answers:
            return
        check_page(self._connection, self._settings.graph)
        self._answers = True

    def send(self, payload: MessengerPayload) -> Answer:
        """Send once."""
        graph, marketing = self._settings.graph, self._settings.marketing
        if payload.paid and marketing is not None:
            path, token = f"/act_{marketing.ad_account_id}/messages", marketing.token
        else:
            path, token = f"/{graph.page_id}/messages", graph.page_token
        try:
            answer = self._connection.ask("POST", path, content=payload.body, **graph.under(token))
        except Lost as lost:
            self._answers = False
            return lost.answer()
        read = read_marketing_answer(answer) if payload.paid else read_answer(answer)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        return read


def _send_body(message: Message) -> dict[str, Any]:
    return {
        "recipient": {"id": message.recipient},
        "messaging_type": "RESPONSE",
        "message": {"text": _text(message, LONGEST_TEXT), "metadata": str(message.delivery_id)},
    }


def _refuse_what_is_not_shown(message: Message) -> None:
    parts = {
        "subject": message.subject,
        "HTML": message.html,
        "template of a provider's": message.provider_template_id,
        "address of a tap": message.action_url,
    }
    for name, part in parts.items():
        if part is not None:
            raise Permanent(f"A message on Messenger has no {name}.")
    if message.parameters:
        raise Permanent("A message on Messenger has no parameters.")


def _text(message: Message, longest: int) -> str:
    """The text, which must show the link to unsubscribe itself: Messenger has no other place for it.

    Raises:
        Permanent: it is empty or too long, or lacks the link.
    """
    text = message.text
    if not text.strip():
        raise Permanent("A message on Messenger needs a text.")
    if message.unsubscribe_url is not None and message.unsubscribe_url not in text:
        text = f"{text.rstrip()}\n\n{message.unsubscribe_url}"
    if len(text) > longest:
        raise Permanent(f"The text has {len(text)} characters with its link; this route takes {longest}.")
    return text


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
