"""The slots that a template may use, and what fills them.

Which slots there are is decided here and nowhere else: a template cannot reach a person's other data. The values come
from the warehouse by code; no language model sees them. A personal slot is not known of everybody, so a template gives
a fallback for it, and a value that would be read as a link is not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from leo_activation.activation.lines import one_line, without_hidden
from leo_activation.activation.messages.link_words import holds_link
from leo_activation.errors import Permanent
from leo_activation.told import Told

UNSUBSCRIBE_SLOT = "unsubscribe_url"
COUPON_SLOT = "coupon"
LONGEST_PERSONAL = 60
LONGEST_MESSAGE = 20_000
PREVIEW_UNSUBSCRIBE_URL = "https://example.org/unsubscribe/preview"
PREVIEW_COUPON = "EXAMPLE-123"
"""What stands for a code in previews and in copies to our own addresses: no code of a pool."""


@dataclass(frozen=True)
class Slot:
    """One slot: what it holds, and an invented person's value where it is `personal`."""

    name: str
    holds: str
    example: str
    personal: bool = False


REGISTRY = {
    slot.name: slot
    for slot in (
        Slot("first_name", "the person's first name", "Lan", personal=True),
        Slot("city", "the city that the person lives in", "Da Nang", personal=True),
        Slot("favorite_color", "the colour that the person named as a favourite", "red", personal=True),
        Slot("top_interest", "the category that the person shows most interest in", "Socks", personal=True),
        Slot("message", "the message of the campaign", "Message"),
        Slot("brand", "who speaks", "Brand"),
        Slot("unsubscribe_url", "where the person unsubscribes", PREVIEW_UNSUBSCRIBE_URL),
        Slot("coupon", "the person's code, of campaigns that name a pool of coupons", PREVIEW_COUPON),
    )
}
SLOTS = frozenset(REGISTRY)
PERSONAL_SLOTS = frozenset(slot.name for slot in REGISTRY.values() if slot.personal)
EXAMPLES = {name: REGISTRY[name].example for name in sorted(PERSONAL_SLOTS)}
"""The values of an invented person."""


@dataclass(frozen=True)
class SlotValues:
    """What fills the slots for one person; None leaves a slot undefined, so that its fallback applies.

    `personal` holds the personal slots other than the first name.
    """

    brand: str
    first_name: str | None = None
    message: str | None = None
    unsubscribe_url: str | None = None
    coupon: str | None = None
    personal: Mapping[str, str | None] = field(default_factory=dict)

    def filled(self) -> dict[str, str]:
        """The values as they are filled in: cleaned, cut, and only those that there are.

        Raises:
            Permanent: the message is too long, or a slot is none of the registry.
        """
        if unknown := self.personal.keys() - PERSONAL_SLOTS:
            raise Permanent(Told.of("There is no personal slot '{slot}'.", slot=min(unknown)))
        values = {"brand": _brand(self.brand)}
        if self.message is not None:
            values["message"] = _message(self.message)
        if self.unsubscribe_url is not None:
            values["unsubscribe_url"] = self.unsubscribe_url
        if self.coupon is not None:
            values["coupon"] = one_line(without_hidden(self.coupon))
        for name, value in {**self.personal, "first_name": self.first_name}.items():
            if value is not None and (clean := personal_value(value)) is not None:
                values[name] = clean
        return values


def personal_value(value: str) -> str | None:
    """A person's own words as a message may show them, or None where the fallback is better.

    One line, nothing hidden, cut; anybody can register under the name `visit evil.example`, so what a mail program
    would make a link of is not shown.
    """
    clean = one_line(without_hidden(value))[:LONGEST_PERSONAL].rstrip()
    return None if not clean or holds_link(clean) else clean


@lru_cache(maxsize=8)
def _brand(brand: str) -> str:
    return one_line(without_hidden(brand))


@lru_cache(maxsize=8)
def _message(message: str) -> str:
    """Remembered, as the brand is, because a campaign says the same to everybody."""
    if len(message) > LONGEST_MESSAGE:
        raise Permanent(
            Told.of(
                "The message has {size} characters; a campaign's message has {longest_message}.",
                size=len(message),
                longest_message=LONGEST_MESSAGE,
            )
        )
    return without_hidden(message.replace("\r\n", "\n"))
