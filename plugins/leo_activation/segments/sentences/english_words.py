"""Words of the English sentence: numbers, money, windows, lists, and quotes that the grammar can read again."""

import re
from collections.abc import Sequence
from datetime import timedelta

from leo_activation.segments.plan import (
    Ago,
    Calendar,
    CalendarUnit,
    Dates,
    Last,
    Length,
    Next,
    Range,
    Window,
    canonical_decimal,
)
from leo_activation.segments.planners.english.lexicon import RESERVED

_WORD = re.compile(r"[^\W\d_]{3,}")
_QUOTES = (('"', '"'), ("“", "”"), ("«", "»"))


def times(count: int) -> str:
    """'1 time', '3 times'."""
    return "1 time" if count == 1 else f"{count} times"


def counted(least: int, most: int | None) -> str:
    """'at least 3', 'exactly 3', 'between 1 and 4'."""
    if least == most:
        return f"exactly {least}"
    return f"at least {least}" if most is None else f"between {least} and {most}"


def length(span: Length | Last | Next) -> str:
    """'7 days', '1 hour'."""
    return f"{span.amount} {span.unit}{'' if span.amount == 1 else 's'}"


def window(within: Window) -> str:
    """A window with the word that leads into it: 'in the last 60 days', 'since 2026-01-05', 'yesterday'."""
    match within:
        case Last():
            return f"in the last {within.unit if within.amount == 1 else length(within)}"
        case Next():
            return f"in the next {within.unit if within.amount == 1 else length(within)}"
        case Ago():
            return _ago(within)
        case Calendar():
            return _calendar(within)
        case Dates():
            return _dates(within)


def _ago(within: Ago) -> str:
    if within.earliest is None:
        return f"more than {length(within.latest)} ago"
    if within.earliest.unit is within.latest.unit:
        return f"between {within.earliest.amount} and {length(within.latest)} ago"
    return f"between {length(within.earliest)} and {length(within.latest)} ago"


def _calendar(within: Calendar) -> str:
    if within.unit is CalendarUnit.DAY and within.offset in {0, -1, 1}:
        return {0: "today", -1: "yesterday", 1: "tomorrow"}[within.offset]
    match within.offset:
        case 0:
            return f"this {within.unit}"
        case -1:
            return f"in the previous calendar {within.unit}"
        case 1:
            return f"in the next calendar {within.unit}"
        case offset if offset > 0:
            return f"{offset} calendar {within.unit}s ahead"
        case offset:
            return f"{-offset} calendar {within.unit}s ago"


def _dates(within: Dates) -> str:
    if within.until is None:
        return f"since {within.since}"
    if within.since is None:
        return f"before {within.until}"
    last = within.until - timedelta(days=1)
    return f"on {last}" if last == within.since else f"from {within.since} to {last}"


def number(amount: str) -> str:
    """A decimal that cannot be taken for a whole number with a thousands separator: '12.1250', not '12.125'."""
    whole, point, fraction = amount.partition(".")
    return f"{whole}{point}{fraction}{'0' if len(fraction) == 3 else ''}"


def decimal_of(value: float) -> str:
    """A score or threshold without an exponent."""
    return canonical_decimal(repr(value)) if value not in {0, 1} else f"{value:.1f}"


def money(amount: str, currency: str) -> str:
    """'1,200.5 EUR'."""
    sign = "-" if amount.startswith("-") else ""
    whole, point, fraction = number(amount.removeprefix("-")).partition(".")
    return f"{sign}{int(whole):,}{point}{fraction} {currency}"


def money_range(bounds: Range, currency: str) -> str:
    """'at least 20 EUR', 'between 20 EUR and 30 EUR'."""
    if bounds.at_least is not None and bounds.at_most is not None:
        return f"between {money(bounds.at_least, currency)} and {money(bounds.at_most, currency)}"
    written = (
        ("at least", bounds.at_least),
        ("more than", bounds.more_than),
        ("at most", bounds.at_most),
        ("less than", bounds.less_than),
    )
    return " and ".join(f"{words} {money(amount, currency)}" for words, amount in written if amount is not None)


def listed(values: Sequence[str], last: str = "or") -> str:
    """'a, b or c'."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {last} {values[-1]}" if values else ""


def quoted(text: str) -> str:
    """A text in the first quotes that do not occur in it."""
    opening, closing = next(
        (pair for pair in _QUOTES if pair[0] not in text and pair[1] not in text),
        _QUOTES[0],
    )
    return f"{opening}{text}{closing}"


def is_plain(name: str) -> bool:
    """Whether a name stands without quotes: one word that means nothing else in a request."""
    return bool(_WORD.fullmatch(name)) and name.lower() not in RESERVED
