"""When customers have their birthday: a day or days of the year, months, or a period that it falls into."""

import re

from leo_activation.segments.plan import (
    Attribute,
    Calendar,
    CalendarUnit,
    CustomerProperty,
    Dates,
    Next,
    Operator,
    TimeUnit,
    Window,
)
from leo_activation.segments.planners.said import Meant, Said
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.properties import COPULAS, OR, one_of
from leo_activation.segments.planners.vietnamese.reading import Reading

LONGEST_BIRTHDAYS = 92
"""Days that a period of birthdays has at most: who asks for more does not mean birthdays."""
_AHEAD = (
    (CalendarUnit.DAY, "ngày", "hôm nay"),
    (CalendarUnit.WEEK, "tuần", "tuần này"),
    (CalendarUnit.MONTH, "tháng", "tháng này"),
    (CalendarUnit.QUARTER, "quý", "quý này"),
)


def take_birthday(reading: Reading) -> Meant | None:
    """'sinh nhật trong 7 ngày tới', 'sinh tháng 3', 'sinh nhật ngày 5/3'.

    Raises:
        Ask: there is no such month or day, or an age or past birthdays are meant.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có", "đón", "có ngày")
    if cursor.has("tháng sinh"):
        return _months(reading, start)
    if cursor.has("sinh nhật", "ngày sinh nhật", "ngày sinh", "sinh"):
        known_as_day = cursor.before("nhật")
        cursor.has("của họ")
        cursor.has("là", "rơi", "diễn ra", "đến")
        cursor.has("vào", "vào ngày", "rơi vào")
        if cursor.before("ngày"):
            cursor.position -= 1
        here = cursor.position
        cursor.has("trong", "vào")
        if (months := _months(reading, start)) is not None:
            return months
        cursor.position = here
        found = _birthday_days(reading, start)
        if found is None:
            cursor.position = here
            found = _birthday_window(reading, start, yearly=known_as_day)
        if found is not None:
            return found
        cursor.position = here
        if cursor.has("năm"):
            take_whole(cursor)
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{words}” là bao nhiêu tuổi?", ("từ … đến … tuổi",))
        if known_as_day and cursor.has("tháng trước", "tuần trước", "hôm qua", "gần đây"):
            raise cursor.ask(start, "Sinh nhật đã qua: ngày nào hoặc tháng nào?")
    return None


def _months(reading: Reading, start: int) -> Meant | None:
    cursor = reading.cursor
    cursor.has(*COPULAS)
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has(",", *OR):
            break
        cursor.has("hoặc")
        named = cursor.has("tháng", "vào tháng") is not None
        number = take_whole(cursor) if named or values else None
        if number is None or cursor.sees("ngày", "lần", "năm") or cursor.sees("tháng"):
            cursor.position = before
            break
        if not 1 <= int(number) <= 12:
            raise cursor.ask(before, "Một năm có 12 tháng: tháng nào?")
        values.append(number)
    if not values:
        return None
    return Said(one_of(CustomerProperty.BIRTH_MONTH, values), start, cursor.position)


def _birthday_window(reading: Reading, start: int, *, yearly: bool) -> Meant | None:
    """A period that birthdays fall into; `yearly`: birthdays were named, not the day of birth."""
    cursor = reading.cursor
    cursor.has("trong", "trong vòng", "vào")
    birthday = CustomerProperty.BIRTHDAY
    here = cursor.position
    units = {"ngày": TimeUnit.DAY, "tuần": TimeUnit.WEEK, "tháng": TimeUnit.MONTH}
    number = take_whole(cursor)
    unit = cursor.has(*units) if number is not None else None
    if number is not None and unit is not None and cursor.has("tới", "sắp tới", "tiếp theo", "kế tiếp", "nữa", "sau"):
        window = Next.model_validate({"amount": int(number), "unit": units[unit]})
        leaf = Attribute(property=birthday, operator=Operator.WITHIN, window=window)
        return Said(leaf, start, cursor.position)
    cursor.position = here
    ahead = _calendar_ahead(cursor)
    if ahead is None:
        cursor.position = here
        past = _any_window(cursor)
        if not isinstance(past, Calendar | Dates):
            return None
        if isinstance(past, Dates) and not yearly:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"Năm sinh không được ghi: “{words}” là tuổi hay sinh nhật?", ("từ … đến … tuổi",))
        try:
            leaf = Attribute(property=birthday, operator=Operator.WITHIN, window=past)
        except ValueError:
            return None
        if isinstance(past, Dates) and (past.until - past.since).days > LONGEST_BIRTHDAYS:  # type: ignore[operator]
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” gồm những ngày nào?")
        return Said(leaf, start, cursor.position)
    leaf = Attribute(property=birthday, operator=Operator.WITHIN, window=ahead)
    return Said(leaf, start, cursor.position)


def _any_window(cursor: VietnameseCursor) -> Window | None:
    """A window that may lie ahead."""
    today, cursor.today = cursor.today, None
    try:
        return take_window(cursor)
    finally:
        cursor.today = today


def _calendar_ahead(cursor: VietnameseCursor) -> Calendar | None:
    start = cursor.position
    for unit, word, now in _AHEAD:
        if cursor.has(f"{word} sau {now}"):
            number = take_whole(cursor)
            if number is not None and 1 <= int(number) <= 12 and cursor.has(word):
                return Calendar(unit=unit, offset=int(number))
        cursor.position = start
    if cursor.has("ngày mai", "hôm sau", "mai"):
        return Calendar(unit=CalendarUnit.DAY, offset=1)
    for unit, word, _ in _AHEAD[1:]:
        if cursor.has(f"{word} sau", f"{word} tới", f"{word} sau đó"):
            return Calendar(unit=unit, offset=1)
    return None


def _birthday_days(reading: Reading, start: int) -> Meant | None:
    cursor = reading.cursor
    ranged = cursor.has("từ", "từ ngày", "giữa") is not None
    first = _day_of_year(cursor)
    if first is None:
        return None
    values = [first]
    if ranged:
        if not cursor.has("đến", "tới", "đến ngày", "-", "tới ngày", "và", "đến hết"):
            return None
        last = _day_of_year(cursor)
        if last is None:
            return None
        values.append(last)
    operator = Operator.BETWEEN if ranged else Operator.EQ
    try:
        leaf = Attribute(property=CustomerProperty.BIRTHDAY, operator=operator, values=tuple(values))
    except ValueError:
        raise cursor.ask(start, "Ngày sinh nhật nào? (ngày/tháng)") from None
    return Said(leaf, start, cursor.position)


def _day_of_year(cursor: VietnameseCursor) -> str | None:
    start = cursor.position
    cursor.has("ngày", "mùng", "mồng")
    token = cursor.token
    if token is not None and token.kind is TokenKind.DATE and re.fullmatch(r"\d{1,2}/\d{1,2}", token.word):
        cursor.position += 1
        day, month = token.word.split("/")
    else:
        of_month = take_whole(cursor)
        of_year = take_whole(cursor) if of_month is not None and cursor.has("tháng") else None
        if of_month is None or of_year is None or cursor.sees("năm"):
            cursor.position = start
            return None
        day, month = of_month, of_year
    return f"{int(month):02d}-{int(day):02d}"
