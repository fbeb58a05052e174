"""What an SMS is made of: telephone numbers, and the parts that a text is sent in and paid for.

Parts: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension) and TS 23.040 (concatenation): 160 characters of
7 bits, or 153 in each of several parts; 70 of UCS-2 (UTF-16 units), or 67. Twilio, "SMS character limit", counts so.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from leo_activation.activation.channels import Message
from leo_activation.errors import Permanent
from leo_activation.told import Told

CHANNEL = "sms"
E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters of two septets, which are not torn apart between two parts."""


class Encoding(StrEnum):
    """How a text travels."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True)
class Parts:
    """In how many parts a text is sent, each of which is paid for."""

    encoding: Encoding
    units: int
    number: int

    @property
    def told(self) -> str:
        """As a reviewer reads it: 3 parts (UCS-2, 160 units)."""
        if self.number == 1:
            return Told.of("1 part ({encoding}, {units} units)", encoding=str(self.encoding), units=self.units)
        return Told.of(
            "{number} parts ({encoding}, {units} units)",
            number=self.number,
            encoding=str(self.encoding),
            units=self.units,
        )


def parts_of(text: str) -> Parts:
    """The parts of a text; one that has a character outside of GSM-7 is sent in UCS-2 as a whole."""
    if all(mark in BASIC or mark in EXTENDED for mark in text):
        return _counted(Encoding.GSM_7, [2 if mark in EXTENDED else 1 for mark in text], 160, 153)
    return _counted(Encoding.UCS_2, [2 if ord(mark) > 0xFFFF else 1 for mark in text], 70, 67)


def check_sms(message: Message) -> None:
    """Refuse what no SMS has.

    Raises:
        Permanent: a subject, HTML, an address to tap, a provider's template, no text, or no telephone number.
    """
    parts = (message.subject, message.html, message.action_url, message.provider_template_id)
    if any(part is not None for part in parts) or message.parameters:
        raise Permanent("An SMS has no subject, no HTML, no address to tap and no template of the provider's.")
    if not E164.fullmatch(message.recipient):
        raise Permanent("The recipient's telephone number is not in the form of E.164.")
    if not message.text.strip() or "\0" in message.text:
        raise Permanent("An SMS needs a text, without a NUL in it.")


def _counted(encoding: Encoding, widths: list[int], alone: int, each: int) -> Parts:
    """A character of two units moves to the next part where one unit is left."""
    units = sum(widths)
    if units <= alone:
        return Parts(encoding, units, 1)
    number, left = 1, each
    for width in widths:
        if width > left:
            number, left = number + 1, each
        left -= width
    return Parts(encoding, units, number)
