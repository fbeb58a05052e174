"""Numbers, amounts of money and comparisons as requests write them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Operator, Range, canonical_decimal
from leo_activation.segments.planners.cursor import Cursor, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told

_COMPARATORS = phrases(lexicon.COMPARATORS)
AFTER_VALUE = phrases(lexicon.AFTER_VALUE)
_FAR_APART = 100
_LOWER = frozenset({Operator.GT, Operator.GE})
_UPPER = frozenset({Operator.LT, Operator.LE})


@dataclass(frozen=True)
class Compared:
    """A comparison as it was said: `bare` where only a value stood, so that the meaning of equality is open.

    `upper` is the second half of 'more than 20 and at most 90'.
    """

    operator: Operator
    values: tuple[str, ...]
    bare: bool = False
    upper: tuple[Operator, str] | None = None


def take_number(cursor: Cursor) -> str | None:
    """A number in digits or words as a canonical decimal: '1,200.50', 'sixty', 'two hundred', '1.5k', '2.5 million'."""
    start = cursor.position
    if token := cursor.take_kind(TokenKind.NUMBER):
        written = cursor.text[token.start : token.end]
        whole, point, fraction = written.partition(".")
        if point and len(fraction) == 3 and fraction.isdigit() and whole != "0":
            raise cursor.ask(
                start,
                Told.of("Is {written} a whole number with a thousands separator, or a decimal?", written=written),
                (f"{whole},{fraction}", f"{whole}.{fraction}0"),
            )
        number = Decimal(token.word)
        while cursor.word in lexicon.MULTIPLIERS:
            number *= lexicon.MULTIPLIERS[cursor.word]
            cursor.position += 1
        return canonical_decimal(str(number))
    if cursor.word == "a" and cursor.peek(1) in lexicon.MULTIPLIERS:
        cursor.position += 1
    total = 0
    found = False
    while cursor.word in lexicon.NUMBER_WORDS or (cursor.word in lexicon.MULTIPLIERS):
        word = cursor.word
        if word in lexicon.MULTIPLIERS:
            total = (total or 1) * lexicon.MULTIPLIERS[word]
        else:
            total += lexicon.NUMBER_WORDS[word]
        cursor.position += 1
        found = True
    return str(total) if found else None


def take_whole(cursor: Cursor) -> str | None:
    """A whole number, or nothing."""
    start = cursor.position
    number = take_number(cursor)
    if number is not None and not number.isdigit():
        cursor.position = start
        return None
    return number


def take_money(cursor: Cursor, catalogue: Catalogue) -> str | None:
    """An amount with or without its currency, in major units.

    Raises:
        Ask: the currency is not the tenant's, or the amount is finer than its smallest coin.
    """
    start = cursor.position
    before = _take_currency(cursor, catalogue)
    number = take_number(cursor)
    if number is None:
        cursor.position = start
        return None
    if before is None:
        _take_currency(cursor, catalogue)
    if -Decimal(number).as_tuple().exponent > catalogue.minor_units:  # type: ignore[operator]
        raise cursor.ask(
            start,
            Told.of(
                "{currency} has {minor_units} decimals: which amount is meant?",
                currency=catalogue.currency,
                minor_units=catalogue.minor_units,
            ),
        )
    return number


def _take_currency(cursor: Cursor, catalogue: Catalogue) -> str | None:
    code = lexicon.CURRENCIES.get(cursor.word)
    if code is None:
        return None
    start = cursor.position
    cursor.position += 1
    if code != catalogue.currency:
        raise cursor.ask(
            start,
            Told.of("The amounts here are in {currency}: how much is it in {currency}?", currency=catalogue.currency),
        )
    return code


def take_comparison(cursor: Cursor, value: Callable[[], str | None], *, bare: bool = True) -> Compared | None:
    """'at least 3', '25 to 35', 'between 25 and 35', '800 or more', and, where `bare` is allowed, '30'."""
    start = cursor.position
    if cursor.take_one_of("between", "from"):
        cursor.take_words("the", "ages", "of")
        low = value()
        middle = cursor.position
        if low is not None and cursor.take_one_of("and", "to", "-", "until"):
            high = value()
            if high is not None:
                return _between(cursor, start, _scaled(cursor, start, middle, low, high), high)
        cursor.position = start
        return None
    operator = cursor.take(_COMPARATORS)
    cursor.take_words("the", "age", "of")
    number = value()
    if number is None:
        cursor.position = start
        return None
    if operator is not None:
        upper = _take_upper(cursor, value) if operator in _LOWER else None
        if upper is not None and Decimal(upper[1]) < Decimal(number):
            written = cursor.written(start, cursor.position)
            cursor.take_one_of("times", "time")
            raise cursor.ask(start, Told.of("Nothing is “{written}”: which range is meant?", written=written))
        return Compared(operator, (number,), upper=upper)
    if (after := cursor.take(AFTER_VALUE)) is not None:
        return Compared(after, (number,))
    here = cursor.position
    if cursor.take_one_of("to", "-"):
        high = value()
        if high is not None:
            return _between(cursor, start, _scaled(cursor, start, here, number, high), high)
        cursor.position = here
    if not bare:
        cursor.position = start
        return None
    return Compared(Operator.EQ, (number,), bare=True)


def _take_upper(cursor: Cursor, value: Callable[[], str | None]) -> tuple[Operator, str] | None:
    start = cursor.position
    if cursor.take_one_of("and", "but"):
        operator = cursor.take(_COMPARATORS)
        number = value() if operator in _UPPER else None
        if operator is not None and number is not None:
            return operator, number
    cursor.position = start
    return None


def _scaled(cursor: Cursor, start: int, middle: int, low: str, high: str) -> str:
    """'between 1 and 2 million', '10 to 20k': the multiplier after the second number is of both."""
    if _multiplier(cursor, start, middle) > 1:
        return low
    factor = _multiplier(cursor, middle, cursor.position)
    scaled, multiplied = Decimal(low) * factor, Decimal(high) / factor
    if Decimal(low) < multiplied:
        return canonical_decimal(str(scaled))
    if multiplied > 1 and Decimal(low) * _FAR_APART < factor:
        raise cursor.ask(start, Told.of("Is the lower end {low}, or {scaled}?", low=low, scaled=scaled))
    return low


def _multiplier(cursor: Cursor, start: int, end: int) -> Decimal:
    factor = Decimal(1)
    for token in cursor.tokens[start:end]:
        factor *= lexicon.MULTIPLIERS.get(token.word, 1)
        if token.kind is TokenKind.NUMBER:
            factor *= {"k": 1000, "m": 1_000_000}.get(cursor.text[token.start : token.end].lower()[-1], 1)
    return factor


def _between(cursor: Cursor, start: int, low: str, high: str) -> Compared:
    if Decimal(low) > Decimal(high):
        cursor.take_one_of("times", "time")
        raise cursor.ask(
            start, Told.of("Nothing lies between {low} and {high}: which range is meant?", low=low, high=high)
        )
    return Compared(Operator.BETWEEN, (low, high))


def range_of(compared: Compared) -> Range:
    """The comparison as bounds of an amount."""
    first = compared.values[0]
    above = {"more_than" if compared.operator is Operator.GT else "at_least": first}
    match compared.upper:
        case (Operator.LT, amount):
            return Range.model_validate({**above, "less_than": amount})
        case (_, amount):
            return Range.model_validate({**above, "at_most": amount})
    match compared.operator:
        case Operator.GT:
            return Range(more_than=first)
        case Operator.GE:
            return Range(at_least=first)
        case Operator.LT:
            return Range(less_than=first)
        case Operator.LE:
            return Range(at_most=first)
        case _:
            return Range(at_least=first, at_most=compared.values[-1])
