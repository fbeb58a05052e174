"""When customers have their birthday: a day or days of the year, a month, or days to come."""

from leo_activation.segments.plan import (
    Attribute,
    Calendar,
    CalendarUnit,
    CustomerProperty,
    Dates,
    Next,
    Operator,
    TimeUnit,
)
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_whole
from leo_activation.segments.planners.english.dates import take_window
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told

_BIRTHDAY = CustomerProperty.BIRTHDAY
_LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NEXT_UNITS = {
    word: unit for word, unit in lexicon.TIME_UNITS.items() if unit in {TimeUnit.DAY, TimeUnit.WEEK, TimeUnit.MONTH}
}
_MOST_DAYS_AHEAD = {TimeUnit.DAY: 366, TimeUnit.WEEK: 52, TimeUnit.MONTH: 12}
_UNTIL = ("and", "to", "until", "till", "through", "-")
_COMING = ("next", "coming", "upcoming", "following")


def take_birthday(cursor: Cursor) -> Attribute | None:
    """What follows 'whose birthday is': 'in March', 'on 14 March', 'between 1 and 15 March', 'in the next 7 days'.

    Raises:
        Ask: there is no such day or month, or it holds every birthday.
    """
    start = cursor.position
    for rule in (_ahead, _days, _months, _window):
        found = rule(cursor)
        if found is not None:
            return found
        cursor.position = start
    return None


def _within(window: Next | Calendar | Dates) -> Attribute:
    return Attribute(property=_BIRTHDAY, operator=Operator.WITHIN, window=window)


def _ahead(cursor: Cursor) -> Attribute | None:
    start = cursor.position
    cursor.take_one_of("in", "within", "during", "over", "on")
    if cursor.take_words("tomorrow"):
        return _within(Calendar(unit=CalendarUnit.DAY, offset=1))
    definite = cursor.take_one_of("the") is not None
    number = take_whole(cursor)
    if number is not None and cursor.take_words("calendar"):
        unit = lexicon.CALENDAR_UNITS.get(cursor.word)
        if unit is None or cursor.peek(1) != "ahead" or not 1 <= int(number) <= 12:
            return None
        cursor.position += 2
        return _within(Calendar(unit=unit, offset=int(number)))
    if number is not None:
        unit_ahead = _NEXT_UNITS.get(cursor.word)
        if unit_ahead is None or cursor.words[start] != "in" or definite:
            return None
        cursor.position += 1
        span = cursor.written(start + 1, cursor.position)
        raise cursor.ask(
            start,
            Told.of("On that day, or within the next {span}?", span=span),
            (f"whose birthday is in the next {span}",),
        )
    if cursor.take_one_of(*_COMING) is None:
        return None
    if cursor.take_words("calendar") or (not definite and cursor.word in {"week", "month", "quarter"}):
        calendar = lexicon.CALENDAR_UNITS.get(cursor.word)
        cursor.position += 1
        return None if calendar in {None, CalendarUnit.YEAR} else _within(Calendar(unit=calendar, offset=1))
    number = take_whole(cursor)
    ahead = _NEXT_UNITS.get(cursor.word)
    if ahead is None:
        return None
    cursor.position += 1
    amount = int(number or "1")
    if not 1 <= amount <= _MOST_DAYS_AHEAD[ahead]:
        raise cursor.ask(
            start, Told.of("How far ahead is the birthday?"), ("in the next 7 days", "in the next 30 days")
        )
    return _within(Next(amount=amount, unit=ahead))


def _days(cursor: Cursor) -> Attribute | None:
    """'on 14 March', 'between 1 and 15 March', 'from 20 December to 5 January', 'March 1 to March 15'."""
    start = cursor.position
    opened = cursor.take_one_of("on", "between", "from")
    first = _Day.take(cursor, whole_month=opened in {"between", "from"})
    if first is None:
        return None
    last = None
    if opened != "on" and (cursor.word != "and" or opened == "between") and cursor.take_one_of(*_UNTIL) is not None:
        last = _Day.take(cursor, whole_month=first.day is None, month=first.month)
        if last is None:
            return None
    if last is None:
        if first.month is None or first.day is None or opened in {"between", "from"}:
            return None
        return Attribute(property=_BIRTHDAY, operator=Operator.EQ, values=(first.written(cursor, start),))
    if last.month is None or (first.day is None) != (last.day is None):
        return None
    first.month = first.month or last.month
    ends = (first.written(cursor, start), last.written(cursor, start, end=True))
    return Attribute(property=_BIRTHDAY, operator=Operator.BETWEEN, values=ends)


class _Day:
    """A day of the year as it was said; a month alone is all its days."""

    def __init__(self, month: int | None, day: int | None) -> None:
        self.month = month
        self.day = day

    @classmethod
    def take(cls, cursor: Cursor, *, whole_month: bool, month: int | None = None) -> "_Day | None":
        """'14 March', 'March 14', 'the 14th of March'; also '1' before '… and 15 March', 'March' before 'and May'."""
        start = cursor.position
        cursor.take_one_of("the")
        day = _take_day_number(cursor)
        cursor.take_words("of")
        named = lexicon.MONTHS.get(cursor.word)
        if named is not None:
            cursor.position += 1
            day = day or _take_day_number(cursor)
            cursor_year = cursor.token
            if cursor_year is not None and cursor_year.kind is TokenKind.NUMBER and len(cursor_year.word) == 4:
                cursor.position = start
                return None
        if (named is None and day is None) or (day is None and not whole_month):
            cursor.position = start
            return None
        if named is None and month is None and cursor.word not in _UNTIL:
            cursor.position = start
            return None
        return cls(named if named is not None else month, day)

    def written(self, cursor: Cursor, start: int, *, end: bool = False) -> str:
        """As MM-DD."""
        month = self.month or 1
        day = self.day or (_LAST_DAYS[month - 1] if end else 1)
        if not 1 <= day <= _LAST_DAYS[month - 1]:
            raise cursor.ask(start, Told.of("There is no such day in that month: which birthday is meant?"))
        return f"{month:02}-{day:02}"


def _take_day_number(cursor: Cursor) -> int | None:
    token = cursor.token
    if token is None or token.kind not in {TokenKind.NUMBER, TokenKind.ORDINAL}:
        return None
    if not token.word.isdigit() or len(token.word) > 2:
        return None
    cursor.position += 1
    return int(token.word)


def _months(cursor: Cursor) -> Attribute | None:
    cursor.take_one_of("in", "during")
    cursor.take_words("the", "month", "of")
    return take_months(cursor)


def _window(cursor: Cursor) -> Attribute | None:
    start = cursor.position
    cursor.take_one_of("falling", "falls")
    window = take_window(cursor)
    if not isinstance(window, Calendar | Dates):
        if window is not None:
            raise cursor.ask(
                start, Told.of("Which days of the calendar are meant?"), ("in the next 7 days", "this month")
            )
        return None
    open_ended = isinstance(window, Dates) and (window.since is None or window.until is None)
    if open_ended or (isinstance(window, Calendar) and window.unit is CalendarUnit.YEAR):
        raise cursor.ask(start, Told.of("Everybody has a birthday in that time: which days are meant?"))
    return _within(window)


def take_months(cursor: Cursor) -> Attribute | None:
    """'March', 'March or May', 'the 3rd month'."""
    values: list[int] = []
    while True:
        before = cursor.position
        if values:
            joint = cursor.take_one_of("or", ",", "and")
            if joint is None:
                break
            if joint == ",":
                cursor.take_one_of("or", "and")
            cursor.take_one_of("in")
        month = _month(cursor)
        if month is None:
            cursor.position = before
            break
        values.append(month)
    if not values:
        return None
    distinct = tuple(str(month) for month in sorted(set(values)))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=CustomerProperty.BIRTH_MONTH, operator=operator, values=distinct)


def _month(cursor: Cursor) -> int | None:
    named = lexicon.MONTHS.get(cursor.word)
    if named is not None:
        following = cursor.peek(1)
        dated = len(cursor.tokens) > cursor.position + 1 and (
            cursor.tokens[cursor.position + 1].kind in {TokenKind.NUMBER, TokenKind.ORDINAL}
        )
        if dated and following in {"\0number", "\0ordinal"}:
            return None
        cursor.position += 1
        return named
    cursor.take_one_of("the")
    start = cursor.position
    ordinal = cursor.take_kind(TokenKind.ORDINAL)
    number = ordinal or cursor.take_kind(TokenKind.NUMBER)
    if number is None or not number.word.isdigit() or (ordinal is not None and not cursor.take_words("month")):
        return None
    if ordinal is None and (cursor.word == "calendar" or cursor.word in lexicon.TIME_UNITS):
        return None
    if ordinal is None and len(number.word) == 4:
        raise cursor.ask(
            start,
            Told.of("The year of birth is not on record: which age is meant?"),
            ("older than a number of years", "born in a month"),
        )
    if not 1 <= int(number.word) <= 12:
        raise cursor.ask(start, Told.of("There is no month {word}: which one is meant?", word=number.word))
    return int(number.word)
