"""Windows of time as Vietnamese requests say them: dates are day/month/year."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from leo_activation.segments.plan import Ago, Calendar, CalendarUnit, Dates, Last, Length, TimeUnit, Window
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_number, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.syllables import table

UNITS = table(
    {
        **dict.fromkeys(("giờ", "tiếng", "giờ đồng hồ", "tiếng đồng hồ", "h"), TimeUnit.HOUR),
        "ngày": TimeUnit.DAY,
        **dict.fromkeys(("tuần", "tuần lễ"), TimeUnit.WEEK),
        "tháng": TimeUnit.MONTH,
        "năm": TimeUnit.YEAR,
    }
)
CALENDAR_UNITS = table(
    {
        "ngày": CalendarUnit.DAY,
        "tuần": CalendarUnit.WEEK,
        "tháng": CalendarUnit.MONTH,
        "quý": CalendarUnit.QUARTER,
        "năm": CalendarUnit.YEAR,
    }
)
UNIT_WORDS = {"hour": "giờ", "day": "ngày", "week": "tuần", "month": "tháng", "quarter": "quý", "year": "năm"}
_ENTRANCES = (
    "trong", "trong vòng", "trong suốt", "suốt", "vào", "trong khoảng thời gian", "trong thời gian", "trong khoảng",
    "hồi", "vào hồi", "trong vòng",
)  # fmt: skip
_PAST = (
    "qua", "vừa qua", "gần đây", "gần đây nhất", "gần nhất", "trở lại đây", "vừa rồi", "đổ lại đây", "trở lại",
    "mới đây", "nay", "liên tiếp gần đây",
)  # fmt: skip
_NAMED = table(
    {
        "hôm nay": Calendar(unit=CalendarUnit.DAY, offset=0),
        "hôm qua": Calendar(unit=CalendarUnit.DAY, offset=-1),
        "ngày hôm nay": Calendar(unit=CalendarUnit.DAY, offset=0),
        "ngày hôm qua": Calendar(unit=CalendarUnit.DAY, offset=-1),
        "hôm kia": Calendar(unit=CalendarUnit.DAY, offset=-2),
        "tuần này": Calendar(unit=CalendarUnit.WEEK, offset=0),
        "tháng này": Calendar(unit=CalendarUnit.MONTH, offset=0),
        "quý này": Calendar(unit=CalendarUnit.QUARTER, offset=0),
        "năm nay": Calendar(unit=CalendarUnit.YEAR, offset=0),
        "năm này": Calendar(unit=CalendarUnit.YEAR, offset=0),
        **dict.fromkeys(
            ("từ đầu năm", "từ đầu năm đến nay", "từ đầu năm nay", "từ đầu năm tới nay", "kể từ đầu năm"),
            Calendar(unit=CalendarUnit.YEAR, offset=0),
        ),
        **dict.fromkeys(
            ("từ đầu tháng", "từ đầu tháng đến nay", "từ đầu tháng này", "từ đầu tháng tới nay"),
            Calendar(unit=CalendarUnit.MONTH, offset=0),
        ),
        **dict.fromkeys(
            ("từ đầu tuần", "từ đầu tuần đến nay", "từ đầu tuần này"), Calendar(unit=CalendarUnit.WEEK, offset=0)
        ),
        **dict.fromkeys(("năm ngoái", "năm liền trước"), Calendar(unit=CalendarUnit.YEAR, offset=-1)),
        "tuần liền trước": Calendar(unit=CalendarUnit.WEEK, offset=-1),
        "tháng liền trước": Calendar(unit=CalendarUnit.MONTH, offset=-1),
        "quý liền trước": Calendar(unit=CalendarUnit.QUARTER, offset=-1),
    }
)
_OPEN_PERIODS = table(
    {
        f"{unit} {word}": unit
        for unit in ("tuần", "tháng", "quý", "năm")
        for word in ("trước", "qua", "rồi", "vừa qua", "vừa rồi", "trước đó", "gần đây", "gần nhất")
    }
)
_VAGUE = (
    "gần đây", "mới đây", "dạo này", "dạo gần đây", "thời gian gần đây", "thời gian qua", "vừa qua", "lâu nay",
    "vừa rồi",
    "lâu rồi", "đã lâu", "từ lâu", "lâu ngày", "cuối tuần", "gần đây nhất", "sắp tới", "dịp Tết", "mùa hè", "mùa đông",
    "mùa xuân", "mùa thu", "dịp lễ", "đầu năm", "cuối năm", "vài ngày qua", "vài tháng qua", "vài tuần qua",
    "mấy ngày qua",
    "mấy tháng qua", "mấy tuần qua", "vừa mới",
)  # fmt: skip
_DATE = re.compile(r"\d+")
MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """A day, month, quarter or year, possibly without its year."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None

    @property
    def first(self) -> date:
        """Its first day."""
        month = (self.quarter - 1) * MONTHS_A_QUARTER + 1 if self.quarter else self.month or 1
        return date(self.year or 1, month, self.day or 1)

    @property
    def after(self) -> date:
        """The first day after it."""
        first = self.first
        if self.day:
            return first + timedelta(days=1)
        months = MONTHS_A_QUARTER if self.quarter else 1 if self.month else 12
        number = first.year * 12 + first.month - 1 + months
        return date(number // 12, number % 12 + 1, 1)


def take_window(cursor: VietnameseCursor) -> Window | None:
    """A window of time, or nothing.

    Raises:
        Ask: it has two readings, no such date exists, or it is vague.
    """
    start = cursor.position
    for rule in (_named, _rolling, _ago, _dates, _vague):
        cursor.position = start
        found = rule(cursor)
        if found is not None:
            return found
    cursor.position = start
    return None


def take_length(cursor: VietnameseCursor) -> Length | None:
    """'30 ngày', 'hai tuần', 'nửa năm'."""
    start = cursor.position
    if cursor.has("nửa năm"):
        return Length(amount=6, unit=TimeUnit.MONTH)
    number = take_whole(cursor)
    unit = cursor.spot(UNITS) if number is not None else None
    if number is None or unit is None:
        cursor.position = start
        return None
    if not 1 <= int(number) <= 10_000:
        raise cursor.ask(start, "Bao nhiêu ngày?")
    return Length(amount=int(number), unit=unit)


def _named(cursor: VietnameseCursor) -> Window | None:
    start = cursor.position
    cursor.has(*_ENTRANCES)
    begun = cursor.position
    found = cursor.spot(_NAMED)
    if found is not None:
        return found
    if (unit := cursor.spot(CALENDAR_UNITS)) is not None and cursor.has("cách"):
        if cursor.spot(CALENDAR_UNITS) is unit and cursor.has("này", "nay"):
            number = take_whole(cursor)
            if number is not None and cursor.spot(CALENDAR_UNITS) is unit and 1 <= int(number) <= 1000:
                return Calendar(unit=unit, offset=-int(number))
        elif unit is CalendarUnit.DAY and cursor.has("hôm nay"):
            number = take_whole(cursor)
            if number is not None and cursor.has("ngày") and 1 <= int(number) <= 1000:
                return Calendar(unit=unit, offset=-int(number))
    cursor.position = begun
    unit_word = cursor.spot(_OPEN_PERIODS)
    if unit_word is not None:
        words = cursor.written(begun, cursor.position)
        raise cursor.ask(
            start,
            f"“{words}” là {unit_word} dương lịch liền trước, hay khoảng thời gian tính đến nay?",
            (f"trong {unit_word} liền trước", f"trong 1 {unit_word} qua"),
        )
    return None


def _rolling(cursor: VietnameseCursor) -> Window | None:
    start = cursor.position
    entered = cursor.has(*_ENTRANCES) is not None
    lately = cursor.has("gần đây") is not None
    length = take_length(cursor)
    if length is None:
        return None
    if cursor.has(*_PAST) or lately:
        return Last(amount=length.amount, unit=length.unit)
    written = cursor.written(start, cursor.position)
    if cursor.has("trước", "trước đây"):
        raise _asked_which(cursor, start, length)
    if entered and not cursor.sees("tới", "sau", "nữa", "kể từ"):
        raise cursor.ask(
            start,
            f"“{written}” tính từ khi nào?",
            (f"trong {length.amount} {UNIT_WORDS[length.unit]} qua", "từ ngày … đến ngày …"),
        )
    return None


def _asked_which(cursor: VietnameseCursor, start: int, length: Length) -> Exception:
    words = cursor.written(start, cursor.position)
    unit = UNIT_WORDS[length.unit]
    return cursor.ask(
        start,
        f"“{words}” là trong khoảng đó, hay trước đó?",
        (f"trong {length.amount} {unit} qua", f"cách đây hơn {length.amount} {unit}"),
    )


def _ago(cursor: VietnameseCursor) -> Window | None:
    """'cách đây hơn 90 ngày', 'hơn 90 ngày trước', 'từ 60 đến 30 ngày trước'."""
    start = cursor.position
    cursor.has("vào", "từ khoảng", "trong khoảng")
    away = cursor.has("cách đây", "cách nay", "đã cách đây") is not None
    if cursor.has("từ"):
        return _between_ago(cursor, away=away)
    more = cursor.has("hơn", "trên", "quá", "ít nhất", "tối thiểu", "nhiều hơn", "không dưới") is not None
    less = (
        not more
        and cursor.has("chưa đến", "chưa tới", "dưới", "chưa đầy", "không quá", "chưa quá", "ít hơn") is not None
    )
    length = take_length(cursor)
    if length is None:
        return None
    ended = cursor.has("trước", "trước đây", "về trước", "trước đó") is not None
    if not (away or ended):
        return None
    if more:
        return Ago(latest=length)
    if less:
        return Last(amount=length.amount, unit=length.unit)
    raise _asked_which(cursor, start, length)


def _between_ago(cursor: VietnameseCursor, *, away: bool) -> Window | None:
    start = cursor.position - 1
    first = take_number(cursor)
    unit = cursor.spot(UNITS) if first is not None else None
    if first is None or cursor.has("đến", "tới", "-") is None:
        return None
    length = take_length(cursor)
    if length is None or not first.isdigit() or not (cursor.has("trước", "trước đây") or away):
        return None
    other = Length(amount=max(1, int(first)), unit=unit or length.unit)
    days = {TimeUnit.HOUR: 1, TimeUnit.DAY: 24, TimeUnit.WEEK: 168, TimeUnit.MONTH: 730, TimeUnit.YEAR: 8766}
    earliest, latest = sorted((length, other), key=lambda one: -one.amount * days[one.unit])
    try:
        return Ago(earliest=earliest, latest=latest)
    except ValueError:
        raise cursor.ask(start, "Khoảng thời gian này rỗng: khoảng nào mới đúng?") from None


def _dates(cursor: VietnameseCursor) -> Window | None:
    start = cursor.position
    if cursor.has("trước", "trước khi đến"):
        period = _take_period(cursor)
        return None if period is None else _window(cursor, start, None, _known(cursor, start, period).first)
    if cursor.has("sau", "kể từ sau"):
        period = _take_period(cursor)
        return None if period is None else _window(cursor, start, _known(cursor, start, period).after, None)
    if cursor.has("đến hết", "tới hết", "cho đến hết", "cho đến", "tính đến", "tính đến hết", "đến", "tới"):
        period = _take_period(cursor)
        return None if period is None else _window(cursor, start, None, _known(cursor, start, period).after)
    if cursor.has("từ", "kể từ", "tính từ", "từ sau"):
        if cursor.before("sau"):
            return None
        first = _take_period(cursor)
        if first is None:
            return None
        here = cursor.position
        if cursor.has("đến hết", "tới hết", "cho đến hết", "đến", "tới", "-", "cho đến"):
            last = _take_period(cursor)
            if last is not None:
                first = replace(
                    first, year=first.year or last.year, month=first.month or (last.month if first.day else None)
                )
                return _window(cursor, start, _known(cursor, start, first).first, _known(cursor, start, last).after)
            cursor.position = here
        cursor.has("đến nay", "tới nay", "trở đi", "đến giờ", "đến hiện tại", "trở lại đây", "cho đến nay")
        return _window(cursor, start, _known(cursor, start, first).first, None)
    cursor.has(*_ENTRANCES)
    period = _take_period(cursor)
    if period is None:
        return None
    here = cursor.position
    if cursor.has("-"):
        last = _take_period(cursor)
        if last is not None:
            first = replace(
                period, year=period.year or last.year, month=period.month or (last.month if period.day else None)
            )
            return _window(cursor, start, _known(cursor, start, first).first, _known(cursor, start, last).after)
        cursor.position = here
    period = _known(cursor, start, period)
    return _window(cursor, start, period.first, period.after)


def _window(cursor: VietnameseCursor, start: int, since: date | None, until: date | None) -> Window:
    if since is not None and until is not None and since >= until:
        raise cursor.ask(start, "Khoảng thời gian này rỗng: khoảng nào mới đúng?")
    if since is not None and cursor.today is not None and since > cursor.today:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” chưa đến: khoảng nào mới đúng?")
    return Dates(since=since, until=until)


def _known(cursor: VietnameseCursor, start: int, period: Period) -> Period:
    """The period, if it is complete and exists."""
    words = cursor.written(start, cursor.position)
    if period.day is not None and period.month is None:
        raise cursor.ask(start, f"“{words}” là của tháng nào?")
    if period.year is None:
        raise cursor.ask(start, f"“{words}” là của năm nào?")
    try:
        period.first, period.after  # noqa: B018 - both say whether the calendar has them
    except (ValueError, OverflowError):
        raise cursor.ask(start, f"“{words}” không có trong lịch: ngày nào mới đúng?") from None
    return period


def _take_period(cursor: VietnameseCursor) -> Period | None:
    start = cursor.position
    found = _take_date(cursor) or _take_longer(cursor)
    if found is None:
        cursor.position = start
    return found


def _take_date(cursor: VietnameseCursor) -> Period | None:
    day = cursor.has("ngày", "hôm", "mùng", "mồng", "ngày mùng") is not None
    token = cursor.take_kind(TokenKind.DATE)
    if token is not None:
        parts = _DATE.findall(token.word)
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            year, month, of_month = numbers if len(parts[0]) == 4 else numbers[::-1]
            return _checked(cursor, Period(year, month, of_month))
        if len(parts[1]) == 4:
            return None if day else _checked(cursor, Period(numbers[1], numbers[0]))
        return _checked(cursor, Period(month=numbers[1], day=numbers[0]))
    number = take_whole(cursor) if day or cursor.is_number else None
    if number is not None and day and cursor.sees("đến", "tới", "-"):
        # 'từ ngày 5 đến ngày 10 tháng 1 năm 2026': the month follows.
        return _checked(cursor, Period(day=int(number)))
    if number is None or not cursor.has("tháng"):
        return None
    of_year = take_whole(cursor)
    if of_year is None:
        return None
    return _checked(cursor, Period(_take_year(cursor), int(of_year), int(number)))


def _take_longer(cursor: VietnameseCursor) -> Period | None:
    start = cursor.position
    if cursor.has("tháng"):
        token = cursor.token
        if token is not None and token.kind is TokenKind.DATE and re.fullmatch(r"\d{1,2}/\d{4}", token.word):
            cursor.position += 1
            month, year = (int(part) for part in _DATE.findall(token.word))
            return _checked(cursor, Period(year, month))
        number = take_whole(cursor)
        if number is None or (cursor.length_of(UNITS) and not cursor.sees("năm")):
            return None
        return _checked(cursor, Period(_take_year(cursor), int(number)))
    if cursor.has("quý"):
        token = cursor.token
        if token is not None and token.kind is TokenKind.DATE and re.fullmatch(r"\d{1,2}/\d{4}", token.word):
            cursor.position += 1
            quarter, year = (int(part) for part in _DATE.findall(token.word))
        else:
            roman = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}.get(cursor.word)
            cursor.position += 1 if roman else 0
            which = roman or take_whole(cursor)
            if which is None:
                return None
            quarter, year = int(which), _take_year(cursor) or 0
        if not 1 <= quarter <= 4:
            raise cursor.ask(start, "Một năm có bốn quý: quý nào?")
        return Period(year or None, quarter=quarter)
    year_only = _take_year(cursor)
    return None if year_only is None else Period(year_only)


def _take_year(cursor: VietnameseCursor) -> int | None:
    start = cursor.position
    slash = cursor.has(",", "/") == "/"
    if cursor.has("năm", "của năm") or slash:
        token = cursor.token
        if token is not None and token.kind is TokenKind.NUMBER and re.fullmatch(r"(19|20)\d\d", token.word):
            cursor.position += 1
            return int(token.word)
        if cursor.has("nay", "ngoái"):
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” là năm nào? Xin viết bằng số.")
    cursor.position = start
    return None


def _checked(cursor: VietnameseCursor, period: Period) -> Period:
    at = cursor.position - 1
    words = cursor.written(at, at + 1)
    if not 1 <= (period.month or 1) <= 12 or not 1 <= (period.day or 1) <= 31 or not 1 <= (period.year or 1) <= 9998:
        raise cursor.ask(at, f"“{words}” không có trong lịch: ngày nào mới đúng? (ngày/tháng/năm)", end=at + 1)
    return period


def _vague(cursor: VietnameseCursor) -> Window | None:
    start = cursor.position
    cursor.has("trong", "vào")
    words = cursor.has(*_VAGUE)
    if words is None:
        return None
    if cursor.sees("của"):
        return None
    raise cursor.ask(
        start, f"“{words}” là trong bao nhiêu ngày?", ("trong 30 ngày qua", "trong 90 ngày qua", "trong năm nay")
    )
