"""Which of the languages there are a person is written to in."""

from collections.abc import Collection

from leo_activation.errors import Permanent
from leo_activation.told import Told

ANY = ""
"""The form of no particular language."""
LONGEST_TAG = 35
"""As RFC 5646 (4.4.1) advises to allow."""


def normal_language(tag: str | None) -> str:
    """A language tag as it is compared, `vi_VN` as `vi-vn`; empty where there is none."""
    return (tag or "").strip().replace("_", "-").lower()


def base_language(tag: str | None) -> str:
    """The language without its region or script: `vi` of `vi-VN`."""
    return normal_language(tag).split("-")[0]


def check_language(tag: str) -> None:
    """Refuse what is no tag in the form of RFC 5646; the empty one is `ANY`.

    Raises:
        Permanent: it is none.
    """
    parts = tag.split("-")
    letters = parts[0].isascii() and parts[0].isalpha() and 2 <= len(parts[0]) <= 3
    others = all(part.isascii() and part.isalnum() and 1 <= len(part) <= 8 for part in parts[1:])
    if tag != ANY and not (len(tag) <= LONGEST_TAG and letters and others):
        raise Permanent(Told.of("'{tag}' is no language: write for example en, vi or pt-BR.", tag=tag[:LONGEST_TAG]))


def choose_language(available: Collection[str], *wanted: str | None) -> str:
    """The first wanted language that there is: itself, then its base, then another region's form of the base.

    Where none of the wanted ones is there, the form of no particular language, else the first in alphabetical order.
    `available` is not empty.
    """
    by_tag = {normal_language(tag): tag for tag in sorted(available)}
    for tag in map(normal_language, wanted):
        if not tag:
            continue
        base = base_language(tag)
        for found in (tag, base):
            if found in by_tag:
                return by_tag[found]
        regional = [by_tag[other] for other in by_tag if base_language(other) == base]
        if regional:
            return regional[0]
    return by_tag[ANY] if ANY in by_tag else min(by_tag.values())
