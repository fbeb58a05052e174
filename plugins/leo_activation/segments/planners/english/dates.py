"""Windows of time as requests write them; what has two readings is asked back."""

from dataclasses import dataclass
from datetime import date, timedelta

from leo_activation.segments.plan import Calendar, CalendarUnit, Dates, Last, Window
from leo_activation.segments.planners.cursor import Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_whole
from leo_activation.segments.planners.tokens import TokenKind

_PREPOSITIONS = ("in", "within", "over", "during", "throughout", "for", "of", "from")
MAX_UNITS = 10_000
_PAST = ("last", "past", "previous", "preceding")
_DAY_KINDS = frozenset({TokenKind.NUMBER, TokenKind.ORDINAL})
_TRAILERS = ("period", "window", "timeframe")
_SPANS = phrases(lexicon.SPANS)
_LESS_THAN = phrase_set(("less than", "fewer than", "no more than", "not more than", "at most", "up to"))
_BEGINNING = phrase_set(
    f"{the}{begin} of" for the in ("the ", "") for begin in ("beginning", "start", "turn", "first day")
)


@dataclass(frozen=True)
class Days:
    """A day, month or year as it was written: its first day and the first day after it."""

    first: date
    after: date


def take_window(cursor: Cursor) -> Window | None:
    """A window of time, or nothing.

    Raises:
        Ask: the words name a time that does not exist or that can be read in two ways.
    """
    start = cursor.position
    for rule in (_rolling, _ago, _calendar, _dates):
        found = rule(cursor)
        if found is not None:
            return found
        cursor.position = start
    return None


def _rolling(cursor: Cursor) -> Window | None:
    start = cursor.position
    preposition = cursor.take_one_of(*_PREPOSITIONS)
    the = cursor.take_one_of("the", "these")
    past = cursor.take_one_of(*_PAST)
    if past is None:
        if preposition == "within" and (number := take_whole(cursor)) and cursor.word in lexicon.TIME_UNITS:
            cursor.position += 1
            span = cursor.written(start + 1, cursor.position)
            raise cursor.ask(start, f"Within which {span}?", (f"in the last {span}",))
        return None
    number = take_whole(cursor)
    if (length := cursor.take(_SPANS)) is not None:
        amount = length[0] * int(number or "1")
        if not 1 <= amount <= MAX_UNITS:
            raise cursor.ask(start, "How long is the window?", ("in the last 30 days",))
        return Last(amount=amount, unit=length[1])
    if number is None and cursor.word in {"couple", "few"}:
        cursor.position += 1
        raise cursor.ask(start, "How many exactly?", ("in the last 2 weeks", "in the last 3 months"))
    word = cursor.word
    cursor.position += 1
    if number is not None:
        unit = lexicon.TIME_UNITS.get(word)
        if unit is None:
            return None
        cursor.take_one_of(*_TRAILERS)
        if not 1 <= int(number) <= MAX_UNITS:
            raise cursor.ask(start, "How long is the window?", ("in the last 30 days",))
        return Last(amount=int(number), unit=unit)
    if word == "calendar":
        calendar = lexicon.CALENDAR_UNITS.get(cursor.word)
        cursor.position += 1
        return None if calendar is None else Calendar(unit=calendar, offset=-1)
    if past in {"previous", "preceding"}:
        calendar = lexicon.CALENDAR_UNITS.get(word)
        return None if calendar is None else Calendar(unit=calendar, offset=-1)
    unit = lexicon.TIME_UNITS.get(word)
    if unit is None and word not in lexicon.CALENDAR_UNITS:
        return None
    if word.endswith("s"):
        raise cursor.ask(start, f"How many {word}?", (f"in the last 2 {word}",))
    if unit is not None and (past == "past" or (preposition and the) or preposition in {"within", "over", "during"}):
        return Last(amount=1, unit=unit)
    rolling = f"in the last 1 {word}" if unit else "in the last 3 months"
    raise cursor.ask(
        start,
        f"Does “{cursor.written(start, cursor.position)}” mean the previous calendar {word}, or the time up to now?",
        (f"in the previous calendar {word}", rolling),
    )


def take_length(cursor: Cursor) -> Last | None:
    """'90 days', 'half a year', 'a month': the time of that length up to now."""
    start = cursor.position
    number = take_whole(cursor)
    if number is None and cursor.take_one_of("a", "an"):
        number = "1"
    length = cursor.take(_SPANS)
    if length is None and number is not None and cursor.word in lexicon.TIME_UNITS:
        length = (1, lexicon.TIME_UNITS[cursor.word])
        cursor.position += 1
    amount = 0 if length is None else length[0] * int(number or "1")
    if length is None or not 1 <= amount <= MAX_UNITS:
        cursor.position = start
        return None
    return Last(amount=amount, unit=length[1])


def _ago(cursor: Cursor) -> Window | None:
    """'less than 60 days ago'."""
    if cursor.take(_LESS_THAN) is None:
        return None
    number = take_whole(cursor)
    unit = lexicon.TIME_UNITS.get(cursor.word)
    if number is None or unit is None or cursor.peek(1) != "ago" or not 1 <= int(number) <= MAX_UNITS:
        return None
    cursor.position += 2
    return Last(amount=int(number), unit=unit)


def _calendar(cursor: Cursor) -> Window | None:
    cursor.take_one_of("in", "during", "within", "over", "on", "from")
    if cursor.take_words("today"):
        return Calendar(unit=CalendarUnit.DAY, offset=0)
    if cursor.take_words("yesterday"):
        return Calendar(unit=CalendarUnit.DAY, offset=-1)
    if cursor.take_words("year", "to", "date") or cursor.take_words("the", "year", "to", "date"):
        return Calendar(unit=CalendarUnit.YEAR, offset=0)
    if cursor.take_words("so", "far"):
        cursor.take_words("in")
        if cursor.word != "this":
            return None
    if cursor.take_one_of("this", "current") or cursor.take_words("the", "current"):
        cursor.take_one_of("calendar", "current")
        unit = lexicon.CALENDAR_UNITS.get(cursor.word)
        if unit is None:
            return None
        cursor.position += 1
        cursor.take_words("so", "far")
        return Calendar(unit=unit, offset=0)
    number = take_whole(cursor)
    if number is not None and cursor.take_words("calendar") and cursor.word in lexicon.CALENDAR_UNITS:
        unit = lexicon.CALENDAR_UNITS[cursor.word]
        cursor.position += 1
        if cursor.take_words("ago") and 1 <= int(number) <= 1000:
            return Calendar(unit=unit, offset=-int(number))
    return None


def _dates(cursor: Cursor) -> Window | None:
    start = cursor.position
    if cursor.take_one_of("since", "from", "starting", "after"):
        opened = cursor.words[start]
        cursor.take_one_of("from", "on")
        if opened == "since" and (period := _begun_period(cursor)) is not None:
            return period
        days = _short_day(cursor) if opened == "from" else None
        days = days or take_days(cursor)
        if days is None:
            return None
        if opened == "from":
            if cursor.take_one_of("to", "until", "till", "through"):
                last = take_days(cursor)
                return None if last is None else _span(cursor, start, days.first, last.after)
            if not (cursor.take_one_of("on", "onwards", "onward")):
                return None
        return Dates(since=days.after if opened == "after" else days.first)
    if cursor.take_words("between"):
        days = _short_day(cursor) or take_days(cursor)
        if days is not None and cursor.take_words("and"):
            last = take_days(cursor)
            if last is not None:
                return _span(cursor, start, days.first, last.after)
        return None
    if cursor.take_words("before"):
        days = take_days(cursor)
        return None if days is None else Dates(until=days.first)
    if cursor.take_one_of("until", "till") or cursor.take_words("up", "to", "and", "including"):
        days = take_days(cursor)
        return None if days is None else Dates(until=days.after)
    if cursor.take_one_of("in", "on", "during"):
        days = take_days(cursor)
        return None if days is None else Dates(since=days.first, until=days.after)
    return None


def _span(cursor: Cursor, start: int, since: date, until: date) -> Dates:
    if since >= until:
        raise cursor.ask(
            start, "The window is empty, because its end lies before its beginning: which dates are meant?"
        )
    return Dates(since=since, until=until)


def _begun_period(cursor: Cursor) -> Window | None:
    """'the beginning of the year', 'the start of 2026'."""
    start = cursor.position
    if cursor.take(_BEGINNING) is not None:
        if cursor.take_one_of("the", "this") and (unit := lexicon.CALENDAR_UNITS.get(cursor.word)) is not None:
            cursor.position += 1
            return Calendar(unit=unit, offset=0)
        days = take_days(cursor)
        if days is not None:
            return Dates(since=days.first)
    cursor.position = start
    return None


def _short_day(cursor: Cursor) -> Days | None:
    """The first day of '1 to 15 January 2026', which takes its month and year from the second."""
    start = cursor.position
    cursor.take_words("the")
    day = _take_day(cursor)
    if day is None or cursor.take_one_of("to", "and", "until", "till", "through", "-") is None:
        cursor.position = start
        return None
    separator = cursor.position - 1
    last = take_days(cursor) if _take_day_ahead(cursor) else None
    cursor.position = start
    if last is None or (last.after - last.first).days != 1:
        return None
    first = _one_day(cursor, start, last.first.year, last.first.month, day)
    cursor.position = separator
    return first


def _take_day_ahead(cursor: Cursor) -> bool:
    """Whether a day and its month stand here, as in '15 January' or '15th of January'."""
    start = cursor.position
    cursor.take_one_of("the")
    stands = _take_day(cursor) is not None
    cursor.take_words("of")
    stands = stands and cursor.word in lexicon.MONTHS
    cursor.position = start
    return stands


def take_days(cursor: Cursor) -> Days | None:
    """A date, a month with its year, or a year.

    Raises:
        Ask: the date does not exist, has two readings, or lacks its year.
    """
    start = cursor.position
    cursor.take_one_of("the")
    if token := cursor.take_kind(TokenKind.DATE):
        return _written_date(cursor, token.word, start)
    if (quarter := _quarter(cursor, start)) is not None:
        return quarter
    day = _take_day(cursor)
    cursor.take_words("of")
    month = lexicon.MONTHS.get(cursor.word)
    if month is not None:
        name = cursor.word
        cursor.position += 1
        if day is None:
            day = _take_day(cursor)
        cursor.take_one_of(",", "of")
        year = _take_year(cursor)
        if year is None:
            if day is None and name == "may":
                cursor.position = start
                return None
            raise cursor.ask(start, f"Which year is meant by “{cursor.written(start, cursor.position)}”?")
        if day is not None:
            return _one_day(cursor, start, year, month, day)
        return Days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
    cursor.position = start
    year = _take_year(cursor)
    return None if year is None else Days(date(year, 1, 1), date(year + 1, 1, 1))


def _quarter(cursor: Cursor, start: int) -> Days | None:
    """'Q4 2025', 'the fourth quarter of 2025'."""
    begun = cursor.position
    number = None
    if cursor.take_words("q"):
        number = take_whole(cursor)
    elif (ordinal := lexicon.ORDINALS.get(cursor.word)) is not None and cursor.peek(1) == "quarter":
        cursor.position += 2
        number = str(ordinal)
    if number is None or number not in {"1", "2", "3", "4"}:
        cursor.position = begun
        return None
    cursor.take_one_of("of", "in", ",")
    year = _take_year(cursor)
    if year is None:
        raise cursor.ask(start, f"Which year is meant by “{cursor.written(start, cursor.position)}”?")
    first = 3 * int(number) - 2
    return Days(date(year, first, 1), date(year + (first + 3) // 13, (first + 2) % 12 + 1, 1))


def _written_date(cursor: Cursor, written: str, start: int) -> Days:
    if "-" in written:
        year, month, day = (int(part) for part in written.split("-"))
        return _one_day(cursor, start, year, month, day)
    first, second, year = (int(part) for part in written.replace("/", ".").split("."))
    if year < 100:
        raise cursor.ask(start, f"Which date is {written}? Please write it as year-month-day.")
    if first > 12 or first == second:
        return _one_day(cursor, start, year, second, first)
    if second > 12:
        return _one_day(cursor, start, year, first, second)
    raise cursor.ask(
        start,
        f"Is the day or the month first in {written}?",
        (f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}"),
    )


def _one_day(cursor: Cursor, start: int, year: int, month: int, day: int) -> Days:
    try:
        found = date(year, month, day)
        return Days(found, found + timedelta(days=1))
    except (ValueError, OverflowError):
        raise cursor.ask(start, f"{cursor.written(start, cursor.position)} is no date: which one is meant?") from None


def _take_day(cursor: Cursor) -> int | None:
    token = cursor.token
    if token is None or token.kind not in _DAY_KINDS or not token.word.isdigit() or len(token.word) > 2:
        return None
    cursor.position += 1
    return int(token.word)


def _take_year(cursor: Cursor) -> int | None:
    token = cursor.token
    if token is None or token.kind is not TokenKind.NUMBER or len(token.word) != 4 or not token.word.isdigit():
        return None
    if cursor.text[token.start : token.end] != token.word or not 1900 <= int(token.word) <= 2100:
        return None
    cursor.position += 1
    return int(token.word)
