"""Faults put in on purpose, in addition to the sound records, so that nobody's purchases hang on a rejected row.

A spoiled profile is a believable person with one thing wrong, who looked at one page. A spoiled event is an event of a
sound profile with one thing wrong. The manifest counts them by kind and names the first of each.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

# Spoiled profiles get numbers of their own far above any sound one (a phone number has room for ten million).
FIRST_SPOILED_INDEX = 9_000_000
_NAMED_IN_MANIFEST = 50


class ProfileFault(StrEnum):
    BAD_EMAIL = "bad_email"
    IMPOSSIBLE_BIRTH_DATE = "impossible_birth_date"
    BAD_DATE = "bad_date"
    BLOCKED_PHONE = "blocked_phone"
    SHOP_PHONE = "shop_phone"
    BLANK_NAME = "blank_name"
    OVER_LONG_TEXT = "over_long_text"
    UNKNOWN_COUNTRY = "unknown_country"


class EventFault(StrEnum):
    FUTURE_EVENT = "future_event"
    UNKNOWN_METRIC = "unknown_metric"
    BAD_DATE = "bad_date"
    NO_PROFILE = "no_profile"
    VANISHED_PROFILE = "vanished_profile"
    NEGATIVE_VALUE = "negative_value"
    OVER_LONG_TEXT = "over_long_text"


class CustomerRowFault(StrEnum):
    MISSING_CUSTOMER_ID = "missing_customer_id"
    BAD_DATE = "bad_date"
    UNREADABLE_AGE = "unreadable_age"


class EventRowFault(StrEnum):
    NEGATIVE_PRICE = "negative_price"
    BAD_DATE = "bad_date"
    MISSING_CUSTOMER_ID = "missing_customer_id"
    UNKNOWN_EVENT_TYPE = "unknown_event_type"


def count_of_each(profiles: int, share: float) -> int:
    """How many records to spoil in each kind: the share of the profiles, at least two, none when the share is 0."""
    return max(2, round(profiles * share)) if share > 0 else 0


def part_of(total: int, place: int, places: int) -> range:
    """The numbers 0 … total-1 that fall to one of ``places`` equal parts of the file."""
    return range(total * place // places, total * (place + 1) // places)


@dataclass(slots=True)
class FaultLog:
    """Counts by record kind and fault, and the keys of the first few."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: defaultdict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, where: str, kind: StrEnum, key: str) -> None:
        self.counts[where, kind.value] += 1
        if len(self.keys[where, kind.value]) < _NAMED_IN_MANIFEST:
            self.keys[where, kind.value].append(key)

    def absorb(self, other: "FaultLog") -> None:
        self.counts.update(other.counts)
        for place, keys in other.keys.items():
            mine = self.keys[place]
            mine.extend(keys[: _NAMED_IN_MANIFEST - len(mine)])

    def total(self, where: str) -> int:
        return sum(count for (place, _), count in self.counts.items() if place == where)

    def report(self) -> dict[str, dict[str, dict[str, object]]]:
        """For the manifest: {record kind: {fault: {count, keys}}}."""
        listed: dict[str, dict[str, dict[str, object]]] = {}
        for (where, kind), count in sorted(self.counts.items()):
            listed.setdefault(where, {})[kind] = {"count": count, "keys": self.keys[where, kind]}
        return listed
