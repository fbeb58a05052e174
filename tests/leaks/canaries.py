"""Contact data that nobody else has, in the forms in which it comes, and where each of them may stand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NUMBER_SIGNS = re.compile(r"[\s.()/+-]")


@dataclass(frozen=True)
class Canary:
    """One piece of contact data.

    written: as the source or a person writes it. seen: what betrays it wherever it stands, in lower case; a number is
        looked for in digits alone, whatever signs stand between them.
    """

    name: str
    written: str
    seen: str
    is_number: bool = False

    def sings_in(self, text: str) -> bool:
        """Whether the text holds it."""
        lowered = text.lower()
        return self.seen in (NUMBER_SIGNS.sub("", lowered) if self.is_number else lowered)


def _word(name: str, written: str, seen: str | None = None) -> Canary:
    return Canary(name, written, (seen or written).lower())


def _number(name: str, written: str, digits: str) -> Canary:
    return Canary(name, written, digits, is_number=True)


OF_PEOPLE: Mapping[str, Canary] = {
    one.name: one
    for one in (
        _word("first name", "Canarienne"),
        _word("last name", "Kanarek"),
        _word("e-mail", "Canary.Lan+7f3a@Example.com", "canary.lan+7f3a@example.com"),
        _word("second e-mail", "canary.second.7f3a@example.net"),
        _number("telephone", "0907 773 141", "907773141"),
        _number("second telephone", "+84 (90) 777-31-42", "907773142"),
        _word("device", "c7f3aDeviceTokenOfACanary" + "_x9Q" * 30, "c7f3adevicetokenofacanary"),
        _word("endpoint", "https://push.example.com/send/c7f3aEndpointOfACanary", "c7f3aendpointofacanary"),
        _word("Zalo id", "8431907777314159"),
        _word("Facebook id", "7777314159265358"),
        _word("address", "17 Kanarienvogelgasse, tầng 3", "kanarienvogelgasse"),
        _word("zip code", "KNR-7731"),
        _word("date of birth", "1983-07-31"),
        _word("e-mail in a message", "write to canary.message.7f3a@example.org please", "canary.message.7f3a"),
        _number("telephone in a message", "or call 090.777.31.43", "907773143"),
        _word("e-mail in event data", "canary.data.7f3a@example.org"),
    )
}
"""Of a person who is let in."""
SET_ASIDE: Mapping[str, Canary] = {
    one.name: one
    for one in (
        _word("malformed e-mail", "canary.aside.7f3a@@example.com", "canary.aside.7f3a"),
        _number("telephone of a row set aside", "+84907773144", "907773144"),
    )
}
"""Of rows that the quality gate sets aside."""
SAID: Mapping[str, Canary] = {
    one.name: one
    for one in (
        _word("e-mail in a request", "canary.request.7f3a@example.com"),
        _number("telephone in a request", "+84 90 777 31 45", "907773145"),
    )
}
"""Of what a marketer writes into a request."""
NEVER_COPIED: Mapping[str, Canary] = {
    one.name: one
    for one in (
        _word("password", "hunter-of-canaries-7f3a"),
        _word("cookie", "cookie-of-a-canary-7f3a"),
        _word("government id", "GOV-7F3A-CANARY"),
    )
}


def singing(text: str, canaries: Iterable[Canary]) -> set[str]:
    """The names of the canaries that a text holds."""
    return {one.name for one in canaries if one.sings_in(text)}
