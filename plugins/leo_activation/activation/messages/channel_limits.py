"""How long a message may be on each channel, as data: the only place where these numbers stand.

A provider's own limit is what it refuses; where it has none, ours is what a mail program still shows. The providers of
zalo, messenger, push and SMS keep to the same rows.
"""

from dataclasses import dataclass

from leo_activation.errors import Permanent
from leo_activation.told import Told


@dataclass(frozen=True)
class ChannelLimits:
    """The most that a channel takes: characters of subject and text, bytes of HTML; None: it has no such part.

    `payload_bytes` bounds subject, text and the address of a tap together in UTF-8 where the provider counts bytes.
    """

    text: int
    subject: int | None = None
    html_bytes: int | None = None
    payload_bytes: int | None = None


MAIL_TEXT = 100_000
LIMITS = {
    # RFC 5322 allows 998 characters a line; a subject beyond 200 is shown nowhere. Gmail clips HTML at 102 KiB.
    "email": ChannelLimits(text=MAIL_TEXT, subject=200, html_bytes=102 * 1024),
    # `message.text` of Zalo's message/cs.
    "zalo": ChannelLimits(text=2_000),
    # `message.text` of the Send API.
    "messenger": ChannelLimits(text=2_000),
    # FCM takes 4,096 bytes, of which the rest of the message needs some.
    "mobile_push": ChannelLimits(text=1_000, subject=200, payload_bytes=3_500),
    # RFC 8291 messages stay below 3 kB for every push service; encryption, JSON and the link to unsubscribe need some.
    "web_push": ChannelLimits(text=1_000, subject=200, payload_bytes=2_400),
    # Twilio's `Body`.
    "sms": ChannelLimits(text=1_600),
}


def limits_of(channel: str) -> ChannelLimits:
    """The limits of a channel.

    Raises:
        Permanent: no such channel is known.
    """
    if channel not in LIMITS:
        raise Permanent(
            Told.of(
                "There is no channel '{channel}'; there are {known}.", channel=channel, known=", ".join(sorted(LIMITS))
            )
        )
    return LIMITS[channel]


def check_lengths(
    channel: str, what: str, *, subject: str | None, text: str, html: str | None, action_url: str | None = None
) -> None:
    """Refuse a message that the channel does not take; `what` names it in the error.

    Raises:
        Permanent: a part is too long, or the channel has no such part.
    """
    limits = limits_of(channel)
    if html is not None and limits.html_bytes is None:
        raise Permanent(Told.of("{what} has HTML, which {channel} does not show.", what=what, channel=channel))
    if subject is not None and limits.subject is None:
        raise Permanent(Told.of("{what} has a subject, which {channel} does not show.", what=what, channel=channel))
    if subject is not None and limits.subject is not None and len(subject) > limits.subject:
        raise Permanent(
            Told.of(
                "The subject of {what} has {size} characters; {channel} takes {most}.",
                what=what,
                size=len(subject),
                channel=channel,
                most=limits.subject,
            )
        )
    if len(text) > limits.text:
        raise Permanent(
            Told.of(
                "The text of {what} has {size} characters; {channel} takes {most}.",
                what=what,
                size=len(text),
                channel=channel,
                most=limits.text,
            )
        )
    size = 0 if html is None else len(html.encode())
    if limits.html_bytes is not None and size > limits.html_bytes:
        raise Permanent(
            Told.of(
                "The HTML of {what} has {size} bytes; {channel} takes {most}.",
                what=what,
                size=size,
                channel=channel,
                most=limits.html_bytes,
            )
        )
    payload = len((subject or "").encode()) + len(text.encode()) + len((action_url or "").encode())
    if limits.payload_bytes is not None and payload > limits.payload_bytes:
        raise Permanent(
            Told.of(
                "{what} has {size} bytes; {channel} takes {most}.",
                what=what,
                size=payload,
                channel=channel,
                most=limits.payload_bytes,
            )
        )
