"""Windows of time as requests write them; what has two readings is asked back."""

from dataclasses import dataclass
from datetime import date, timedelta

from leo_activation.segments.plan import Ago, Calendar, CalendarUnit, Dates, Last, Length, Window
from leo_activation.segments.planners.cursor import Ask, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_whole
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told

_PREPOSITIONS = ("in", "within", "over", "during", "throughout", "for", "of", "from")
MAX_UNITS = 10_000
_LONGEST_TIME = 8
_PAST = ("last", "past", "previous", "preceding")
_DAY_KINDS = frozenset({TokenKind.NUMBER, TokenKind.ORDINAL})
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TRAILERS = ("period", "window", "timeframe")
_SPANS = phrases(lexicon.SPANS)
_LESS_THAN = phrase_set(("less than", "fewer than", "no more than", "not more than", "at most"))
_MORE_THAN = phrase_set(
    ("more than", "over", "longer than", "at least", "earlier than", "no less than", "not less than", "greater than")
)
_OR_MORE = phrase_set(("or more", "or longer", "or earlier", "or before", "or further back"))
_STEP_FOLLOWS = frozenset({"of", "after", "before", "later", "afterwards", "afterward", "thereafter"})
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMED_TIMES = phrase_set(
    lexicon.NAMED_TIMES, _WEEKDAYS, (f"{day}s" for day in _WEEKDAYS), (f"{day} night" for day in _WEEKDAYS)
)
_BEGINNING = phrase_set(
    f"{the}{begin} of" for the in ("the ", "") for begin in ("beginning", "start", "turn", "first day")
)


@dataclass(frozen=True)
class Days:
    """A day, month or year as it was written: its first day and the first day after it."""

    first: date
    after: date


def take_window(cursor: Cursor, *, ahead: bool = False) -> Window | None:
    """A window of time, or nothing; `ahead`: it may lie in the future.

    Raises:
        Ask: the words name a time that does not exist, is still to come, or can be read in two ways.
    """
    start = cursor.position
    for rule in (_rolling, _ago, _calendar, _dates, _named_time):
        found = rule(cursor)
        if found is not None:
            if not ahead and _is_to_come(cursor, found):
                written = cursor.written(start, cursor.position)
                raise cursor.ask(
                    start,
                    Told.of("“{written}” lies in the future, and nothing has happened there: when?", written=written),
                )
            return found
        cursor.position = start
    return None


def _is_to_come(cursor: Cursor, window: Window) -> bool:
    return isinstance(window, Dates) and None not in (window.since, cursor.today) and window.since > cursor.today  # type: ignore[operator]


def take_dates(cursor: Cursor) -> Dates | None:
    """A day, month or year without a word that leads to it, as after 'or'."""
    days = take_days(cursor)
    return None if days is None else Dates(since=days.first, until=days.after)


def speaks_of_time(cursor: Cursor) -> bool:
    """Whether the numbers that stand here are of a time ('between 60 and 30 days ago')."""
    return "ago" in cursor.words[cursor.position : cursor.position + _LONGEST_TIME]


def take_span(cursor: Cursor) -> Length | None:
    """A length of time: '7 days', 'a week', 'half a year', '48 hours'."""
    found = take_length(cursor)
    return None if found is None else Length(amount=found.amount, unit=found.unit)


def _rolling(cursor: Cursor) -> Window | None:
    start = cursor.position
    preposition = cursor.take_one_of(*_PREPOSITIONS)
    the = cursor.take_one_of("the", "these")
    past = cursor.take_one_of(*_PAST)
    if past is None:
        if preposition == "within" and take_length(cursor) is not None and cursor.word not in _STEP_FOLLOWS:
            span = cursor.written(start + 1, cursor.position)
            readings = (f"in the last {span}", f"and afterwards … within {span}")
            raise cursor.ask(start, Told.of("Within {span} of what?", span=span), readings)
        return None
    number = take_whole(cursor)
    if (length := cursor.take(_SPANS)) is not None:
        amount = length[0] * int(number or "1")
        if not 1 <= amount <= MAX_UNITS:
            raise cursor.ask(start, Told.of("How long is the window?"), ("in the last 30 days",))
        return Last(amount=amount, unit=length[1])
    if number is None and cursor.word in {"couple", "few"}:
        cursor.position += 1
        raise cursor.ask(start, Told.of("How many exactly?"), ("in the last 2 weeks", "in the last 3 months"))
    word = cursor.word
    cursor.position += 1
    if number is not None:
        unit = lexicon.TIME_UNITS.get(word)
        if unit is None and word in lexicon.CALENDAR_UNITS:
            readings = (f"in the last {3 * int(number)} months", "since the first day of a quarter")
            raise cursor.ask(start, Told.of("Calendar quarters, or the months up to now?"), readings)
        if unit is None:
            return None
        cursor.take_one_of(*_TRAILERS)
        if not 1 <= int(number) <= MAX_UNITS:
            raise cursor.ask(start, Told.of("How long is the window?"), ("in the last 30 days",))
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
        raise cursor.ask(start, Told.of("How many {word}?", word=word), (f"in the last 2 {word}",))
    if unit is not None and (past == "past" or (preposition and the) or preposition in {"within", "over", "during"}):
        return Last(amount=1, unit=unit)
    rolling = f"in the last 1 {word}" if unit else "in the last 3 months"
    raise cursor.ask(
        start,
        Told.of(
            "Does “{words}” mean the previous calendar {word}, or the time up to now?",
            words=cursor.written(start, cursor.position),
            word=word,
        ),
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
    """'less than 60 days ago', 'more than 90 days ago', 'between 60 and 30 days ago', 'before the last 30 days'."""
    start = cursor.position
    if cursor.take_one_of("before") or cursor.take_words("prior", "to"):
        last = _rolling(cursor) if cursor.word in {"the", "these", *_PAST} else None
        return Ago(latest=Length(amount=last.amount, unit=last.unit)) if isinstance(last, Last) else None
    if cursor.take_words("since"):
        span = take_length(cursor)
        return span if span is not None and cursor.take_words("ago") else None
    if cursor.take(_LESS_THAN) is not None:
        span = take_length(cursor)
        return span if span is not None and cursor.take_words("ago") else None
    cursor.take_one_of("until", "from", "in", "on")
    more = cursor.take(_MORE_THAN) is not None or cursor.words[start : start + 1] == ["until"]
    cursor.take_words("between") if not more else None
    earlier = _spans_ago(cursor)
    if earlier is None or not (cursor.take_words("ago") or cursor.take_words("back")):
        return None
    first, second = earlier
    if second is not None:
        return None if more else _between(cursor, start, first, second)
    if more or cursor.take(_OR_MORE) is not None or cursor.peek(-3) == "+":
        return Ago(latest=first)
    words = f"{first.amount} {first.unit}{'' if first.amount == 1 else 's'}"
    raise cursor.ask(
        start,
        Told.of(
            "Is that day meant by “{words}”, the time before it, or since?",
            words=cursor.written(start, cursor.position),
        ),
        (f"more than {words} ago", f"in the last {words}"),
    )


def _spans_ago(cursor: Cursor) -> tuple[Length, Length | None] | None:
    """'90 days', '60 and 30 days', '2 months to 30 days': the unit may follow the second number only."""
    start = cursor.position
    first = take_span(cursor)
    number = None
    if first is None:
        cursor.position = start
        number = take_whole(cursor)
        if number is None:
            return None
        if cursor.word == "+" and (unit := lexicon.TIME_UNITS.get(cursor.peek(1))) is not None:
            cursor.position += 2
            return (Length(amount=int(number), unit=unit), None) if 1 <= int(number) <= MAX_UNITS else None
    separator = cursor.take_one_of("and", "to", "-")
    if separator is None:
        return None if first is None else (first, None)
    second = take_span(cursor)
    if second is None:
        return None
    if first is None:
        if number is None or not 1 <= int(number) <= MAX_UNITS:
            return None
        first = Length(amount=int(number), unit=second.unit)
    return first, second


def _between(cursor: Cursor, start: int, first: Length, second: Length) -> Ago:
    for earliest, latest in ((first, second), (second, first)):
        try:
            return Ago(earliest=earliest, latest=latest)
        except ValueError:
            continue
    raise cursor.ask(start, Told.of("The window is empty, because its ends are the same: which time is meant?"))


def _named_time(cursor: Cursor) -> Window | None:
    """'last Monday', 'over the weekend', 'at Christmas': whose days are not the same for everybody.

    Raises:
        Ask: always, where such words stand.
    """
    start = cursor.position
    led = cursor.take_one_of("on", "over", "during", "at", "since", "before", "after", "around", "in", "for", "from")
    the = cursor.take_one_of("the", "last", "this", "past", "previous", "every")
    if not (led or the) or cursor.take(_NAMED_TIMES) is None:
        return None
    _take_year(cursor)
    written = cursor.written(start, cursor.position)
    raise cursor.ask(start, Told.of("Which days are meant by “{written}”?", written=written), _days_like(cursor))


def _days_like(cursor: Cursor) -> tuple[str, ...]:
    """A window of dates as a pattern to follow."""
    last = cursor.today
    return () if last is None else (f"from {last - timedelta(days=7)} to {last - timedelta(days=1)}",)


def _calendar(cursor: Cursor) -> Window | None:
    cursor.take_one_of("in", "during", "within", "over", "on", "from")
    if cursor.take_words("today"):
        return Calendar(unit=CalendarUnit.DAY, offset=0)
    if cursor.take_words("yesterday"):
        return Calendar(unit=CalendarUnit.DAY, offset=-1)
    if cursor.take_words("the", "day", "before", "yesterday") or cursor.take_words("day", "before", "yesterday"):
        return Calendar(unit=CalendarUnit.DAY, offset=-2)
    before = cursor.position
    cursor.take_words("the")
    if cursor.word in lexicon.CALENDAR_UNITS and cursor.peek(1) == "to" and cursor.peek(2) == "date":
        cursor.position += 3
        return Calendar(unit=lexicon.CALENDAR_UNITS[cursor.peek(-3)], offset=0)
    cursor.position = before
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
    if cursor.take_words("on", "or", "after") or cursor.take_words("not", "before"):
        days = take_days(cursor)
        return None if days is None else Dates(since=days.first)
    if cursor.take_words("on", "or", "before") or cursor.take_words("no", "later", "than"):
        days = take_days(cursor)
        return None if days is None else Dates(until=days.after)
    if cursor.take_one_of("since", "from", "starting", "after"):
        opened = cursor.words[start]
        cursor.take_one_of("from", "on")
        if opened == "since" and (period := _begun_period(cursor)) is not None:
            return period
        days = (_short_day(cursor) or _short_date(cursor) or _short_month(cursor)) if opened == "from" else None
        days = days or take_days(cursor)
        if days is None:
            return None
        if opened == "from":
            if cursor.take_one_of("to", "until", "till", "through"):
                last = take_days(cursor)
                return None if last is None else _span(cursor, start, days.first, last.after)
            if not (cursor.take_one_of("on", "onwards", "onward")):
                return None
        since = days.after if opened == "after" else days.first
        here = cursor.position
        if cursor.take_one_of("and", "but", ",") is not None and cursor.take_one_of("before", "until") is not None:
            last = take_days(cursor)
            until = None if last is None else last.first if cursor.words[here + 1] == "before" else last.after
            if until is not None:
                return _span(cursor, start, since, until)
        cursor.position = here
        return Dates(since=since)
    if cursor.take_words("between"):
        days = _short_day(cursor) or _short_date(cursor) or _short_month(cursor) or take_days(cursor)
        if days is not None and cursor.take_words("and"):
            last = take_days(cursor)
            if last is not None:
                return _span(cursor, start, days.first, last.after)
        return None
    if cursor.take_words("before") or cursor.take_words("prior", "to"):
        days = take_days(cursor)
        return None if days is None else Dates(until=days.first)
    if cursor.take_one_of("until", "till") or cursor.take_words("up", "to", "and", "including"):
        days = take_days(cursor)
        if days is not None and days.after - days.first > timedelta(days=1) and cursor.words[start] != "up":
            raise cursor.ask(
                start,
                Told.of("Up to its beginning, or to its end?"),
                (f"before {days.first}", f"before {days.after}"),
            )
        return None if days is None else Dates(until=days.after)
    if cursor.take_one_of("in", "on", "during"):
        days = take_days(cursor)
        return None if days is None else Dates(since=days.first, until=days.after)
    return None


def _span(cursor: Cursor, start: int, since: date, until: date) -> Dates:
    if since >= until:
        raise cursor.ask(
            start, Told.of("The window is empty, because its end lies before its beginning: which dates are meant?")
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


def _short_date(cursor: Cursor) -> Days | None:
    """The first date of 'January 5 to January 9, 2026', which takes its year from the second."""
    start = cursor.position
    named = _take_day_of_month(cursor)
    separator = cursor.position
    if named is None or cursor.take_one_of("to", "and", "until", "till", "through", "-") is None:
        cursor.position = start
        return None
    second = _take_day_of_month(cursor)
    cursor.take_one_of(",", "of")
    year = _take_year(cursor) if second is not None else None
    if year is None:
        cursor.position = start
        return None
    cursor.position = separator
    return _one_day(cursor, start, year, named[0], named[1])


def _take_day_of_month(cursor: Cursor) -> tuple[int, int] | None:
    """'January 5', 'the 5th of January'."""
    cursor.take_one_of("the")
    day = _take_day(cursor)
    cursor.take_words("of")
    month = lexicon.MONTHS.get(cursor.word)
    if month is None:
        return None
    cursor.position += 1
    day = _take_day(cursor) if day is None else day
    return None if day is None else (month, day)


def _short_month(cursor: Cursor) -> Days | None:
    """The first month of 'January to March 2026', which takes its year from the second."""
    start = cursor.position
    month = lexicon.MONTHS.get(cursor.word)
    cursor.position += 1
    separator = cursor.position
    if month is None or cursor.take_one_of("to", "and", "until", "till", "through", "-") is None:
        cursor.position = start
        return None
    last = lexicon.MONTHS.get(cursor.word)
    cursor.position += 1
    cursor.take_one_of(",", "of")
    year = _take_year(cursor) if last is not None else None
    if year is None:
        cursor.position = start
        return None
    cursor.position = separator
    return _month_of(year, month)


def _month_of(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


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
            raise _ask_about_year(cursor, start, month, day)
        if day is not None:
            return _one_day(cursor, start, year, month, day)
        return _month_of(year, month)
    cursor.position = start
    year = _take_year(cursor)
    return None if year is None else Days(date(year, 1, 1), date(year + 1, 1, 1))


def _ask_about_year(cursor: Cursor, start: int, month: int, day: int | None = None) -> Ask:
    """The question for the year, with the latest two years in which the words name a time that has been."""
    written = cursor.written(start, cursor.position).removesuffix(",")
    today = cursor.today
    readings: tuple[str, ...] = ()
    if today is not None:
        latest = today.year - ((month, day or 1) > (today.month, today.day))
        readings = (f"{written} {latest}", f"{written} {latest - 1}")
    if day is not None and not 1 <= day <= _DAYS_OF_MONTH[month - 1]:
        return cursor.ask(start, Told.of("{written} is no date: which one is meant?", written=written))
    return cursor.ask(start, Told.of("Which year is meant by “{written}”?", written=written), readings)


def _quarter(cursor: Cursor, start: int) -> Days | None:
    """'Q4 2025', 'the fourth quarter of 2025', 'H1 2026', 'the first half of 2026'."""
    begun = cursor.position
    number, months = None, 3
    if cursor.word in {"q", "h"}:
        months = 3 if cursor.word == "q" else 6
        cursor.position += 1
        number = take_whole(cursor)
    elif (ordinal := _take_ordinal(cursor)) is not None and cursor.word in {"quarter", "half"}:
        months = 3 if cursor.word == "quarter" else 6
        cursor.position += 1
        number = str(ordinal)
    if number is None:
        cursor.position = begun
        return None
    cursor.take_one_of("of", "in", ",")
    year = _take_year(cursor)
    parts = 12 // months
    if not 1 <= int(number) <= parts:
        name = "quarters" if months == 3 else "halves"
        raise cursor.ask(start, Told.of("A year has {parts} {name}: which one is meant?", parts=parts, name=name))
    first = months * (int(number) - 1) + 1
    if year is None:
        raise _ask_about_year(cursor, start, first)
    following = first + months
    return Days(date(year, first, 1), date(year + following // 13, (following - 1) % 12 + 1, 1))


def _take_ordinal(cursor: Cursor) -> int | None:
    token = cursor.take_kind(TokenKind.ORDINAL)
    if token is not None:
        return int(token.word)
    number = lexicon.ORDINALS.get(cursor.word)
    cursor.position += number is not None
    return number


def _written_date(cursor: Cursor, written: str, start: int) -> Days:
    if "-" in written:
        year, month, day = (int(part) for part in written.split("-"))
        return _one_day(cursor, start, year, month, day)
    first, second, year = (int(part) for part in written.replace("/", ".").split("."))
    if year < 100:
        raise cursor.ask(start, Told.of("Which date is {written}? Please write it as year-month-day.", written=written))
    if first > 12 or first == second:
        return _one_day(cursor, start, year, second, first)
    if second > 12:
        return _one_day(cursor, start, year, first, second)
    raise cursor.ask(
        start,
        Told.of("Is the day or the month first in {written}?", written=written),
        (f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}"),
    )


def _one_day(cursor: Cursor, start: int, year: int, month: int, day: int) -> Days:
    try:
        found = date(year, month, day)
        return Days(found, found + timedelta(days=1))
    except (ValueError, OverflowError):
        raise cursor.ask(
            start, Told.of("{words} is no date: which one is meant?", words=cursor.written(start, cursor.position))
        ) from None


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
