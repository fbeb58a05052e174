"""Numbers, amounts of money and comparisons as Vietnamese requests write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Operator, Range, canonical_decimal
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.syllables import table

_DIGITS = table(
    {
        **dict.fromkeys(("không",), 0),
        **dict.fromkeys(("một", "mốt"), 1),
        "hai": 2,
        "ba": 3,
        **dict.fromkeys(("bốn", "tư"), 4),
        **dict.fromkeys(("năm", "lăm", "nhăm"), 5),
        "sáu": 6,
        **dict.fromkeys(("bảy", "bẩy"), 7),
        "tám": 8,
        "chín": 9,
    }
)
_SCALES = table(
    {
        **dict.fromkeys(("nghìn", "ngàn", "k"), 10**3),
        **dict.fromkeys(("triệu", "tr"), 10**6),
        **dict.fromkeys(("tỷ", "tỉ"), 10**9),
    }
)
_SUFFIXES = {"k": 3, "m": 6, "tr": 6, "ty": 9, "tỷ": 9, "tỉ": 9}
_CURRENCIES = table(
    {
        **dict.fromkeys(("đồng", "đ", "vnđ", "vnd", "₫", "việt nam đồng", "đồng việt nam"), "VND"),
        **dict.fromkeys(("euro", "eur", "€", "ơ rô"), "EUR"),
        **dict.fromkeys(("usd", "đô la", "đô la mỹ", "đô", "đôla", "dollar", "$", "đô mỹ"), "USD"),
        **dict.fromkeys(("bảng anh", "gbp", "£"), "GBP"),
        **dict.fromkeys(("yên", "jpy", "yên nhật", "¥"), "JPY"),
    }
)
_COMPARATORS = table(
    {
        **dict.fromkeys(
            ("hơn", "trên", "lớn hơn", "nhiều hơn", "cao hơn", "vượt", "vượt quá", "quá", ">", "già hơn"), Operator.GT
        ),
        **dict.fromkeys(
            (
                "ít nhất",
                "tối thiểu",
                "không dưới",
                "không ít hơn",
                "không thấp hơn",
                "không kém",
                ">=",
                "lớn hơn hoặc bằng",
                "bằng hoặc hơn",
                "bằng hoặc trên",
                "trên hoặc bằng",
                "ít nhất là",
            ),
            Operator.GE,
        ),
        **dict.fromkeys(
            ("dưới", "ít hơn", "nhỏ hơn", "thấp hơn", "chưa đến", "chưa tới", "chưa đầy", "<", "kém hơn", "trẻ hơn"),
            Operator.LT,
        ),
        **dict.fromkeys(
            (
                "tối đa",
                "nhiều nhất",
                "không quá",
                "không hơn",
                "không vượt quá",
                "không nhiều hơn",
                "<=",
                "nhỏ hơn hoặc bằng",
                "bằng hoặc dưới",
                "dưới hoặc bằng",
                "ít hơn hoặc bằng",
                "không cao hơn",
            ),
            Operator.LE,
        ),
        **dict.fromkeys(("đúng", "chính xác", "bằng", "vừa đúng", "đúng bằng", "="), Operator.EQ),
    }
)
_AFTER = table(
    {
        **dict.fromkeys(
            ("+", "trở lên", "trở đi", "hoặc hơn", "hoặc nhiều hơn", "đổ lên", "hoặc cao hơn"), Operator.GE
        ),
        **dict.fromkeys(("trở xuống", "hoặc ít hơn", "đổ xuống", "đổ lại", "hoặc thấp hơn"), Operator.LE),
    }
)
_ABOUT = ("khoảng", "tầm", "xấp xỉ", "gần", "ngót", "cỡ", "khoảng chừng")
_NUMBER = re.compile(r"(?P<number>[\d.,]+)(?:(?P<scale>tr|k|ty|tỷ|tỉ|m)(?P<rest>\d+)?)?$")
_GROUPS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$")


@dataclass(frozen=True)
class Compared:
    """A comparison as it was said: `bare` where only a value stood; `upper` is the second half of a double bound."""

    operator: Operator
    values: tuple[str, ...]
    bare: bool = False
    upper: tuple[Operator, str] | None = None

    @property
    def range(self) -> Range:
        """The comparison as bounds of an amount."""
        first = self.values[0]
        above = {"more_than" if self.operator is Operator.GT else "at_least": first}
        if self.upper is not None:
            operator, amount = self.upper
            return Range.model_validate({**above, "less_than" if operator is Operator.LT else "at_most": amount})
        match self.operator:
            case Operator.GT | Operator.GE:
                return Range.model_validate(above)
            case Operator.LT:
                return Range(less_than=first)
            case Operator.LE:
                return Range(at_most=first)
            case _:
                return Range(at_least=first, at_most=self.values[-1])


def take_number(cursor: VietnameseCursor) -> str | None:
    """A number in digits or words as a canonical decimal: '1.500.000', '1,5 triệu', '2tr5', 'một triệu rưỡi'.

    Raises:
        Ask: the number has two readings.
    """
    start = cursor.position
    total, last_scale = Decimal(0), 0
    found = False
    while (part := _take_part(cursor)) is not None:
        scale = cursor.spot(_SCALES)
        if scale is None and found and last_scale:
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” là bao nhiêu? Xin viết bằng chữ số.")
        if scale is not None and last_scale and scale >= last_scale:
            cursor.position = start
            return None
        total += part * (scale or 1)
        found = True
        last_scale = scale or 0
        if scale is None:
            break
        if cursor.has("rưỡi"):
            total += Decimal(scale) / 2
            break
        if _counts_follow(cursor):
            break
    return canonical_decimal(str(total)) if found else None


def _counts_follow(cursor: VietnameseCursor) -> bool:
    """'hơn 1 triệu 2 lần': what follows the scale is a number of its own."""
    return any(cursor.sees("lần", "đơn", "ngày", "tuần", "tháng", "-", ahead=n) for n in (1, 2)) and (
        cursor.is_number or cursor.length_of(_DIGITS) > 0
    )


def _take_part(cursor: VietnameseCursor) -> Decimal | None:
    start = cursor.position
    if cursor.is_number:
        cursor.position += 1
        return _value(cursor, start)
    return _take_words(cursor)


def _value(cursor: VietnameseCursor, at: int) -> Decimal:
    written = cursor.tokens[at].word
    found = _NUMBER.match(written)
    if found is None:
        raise cursor.ask(at, f"“{written}” là số nào?", end=at + 1)
    number = _decimal(cursor, at, found["number"])
    if found["scale"] is None:
        return number
    power = Decimal(10) ** _SUFFIXES[found["scale"]]
    rest = Decimal(f"0.{found['rest']}") if found["rest"] else Decimal(0)
    return (number + rest) * power


def _decimal(cursor: VietnameseCursor, at: int, written: str) -> Decimal:
    """A dot parts thousands and a comma decimals, as Vietnamese writes; what only English writes so is asked about."""
    marks = [character for character in written if character in ".,"]
    if not marks:
        return Decimal(written)
    groups = _GROUPS.match(written)
    if groups is not None and not written.startswith("0"):
        mark = groups[1]
        thousands, other = (mark, "," if mark == "." else ".")
        if mark == "," and marks == [","]:
            whole, fraction = written.split(",")
            raise cursor.ask(
                at,
                f"“{written}” là số nguyên hay số thập phân?",
                (f"{whole}.{fraction}", f"{whole},{fraction}0"),
                end=at + 1,
            )
        return Decimal(written.replace(thousands, "").replace(other, "."))
    if len(marks) == 1:
        return Decimal(written.replace(",", "."))
    raise cursor.ask(at, f"“{written}” là số nào?", end=at + 1)


def _take_words(cursor: VietnameseCursor) -> Decimal | None:
    """A number below a thousand in words: 'hai trăm linh năm', 'ba mươi mốt', 'mười lăm'."""
    start = cursor.position
    digit = cursor.spot(_DIGITS)
    hundreds = 0
    if digit is not None and cursor.has("trăm"):
        hundreds, digit = digit * 100, None
        if cursor.has("rưỡi"):
            return Decimal(hundreds + 50)
        if cursor.has("linh", "lẻ"):
            digit = cursor.spot(_DIGITS)
            if digit is None:
                cursor.position = start
                return None
            return Decimal(hundreds + digit)
        digit = cursor.spot(_DIGITS)
        if digit is not None and not cursor.sees("mươi", "chục"):
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” là bao nhiêu? Xin viết bằng chữ số.")
    tens = 0
    if digit is not None:
        if cursor.has("mươi", "chục"):
            tens, digit = digit * 10, cursor.spot(_DIGITS)
    elif cursor.has("mười", "một chục"):
        tens, digit = 10, cursor.spot(_DIGITS)
    if not (hundreds or tens) and digit is None:
        cursor.position = start
        return None
    return Decimal(hundreds + tens + (digit or 0))


def take_whole(cursor: VietnameseCursor) -> str | None:
    """A whole number, or nothing."""
    start = cursor.position
    number = take_number(cursor)
    if number is not None and not number.isdigit():
        cursor.position = start
        return None
    return number


def take_money(cursor: VietnameseCursor, catalogue: Catalogue) -> str | None:
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
    exponent = Decimal(number).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > catalogue.minor_units:
        raise cursor.ask(start, f"{catalogue.currency} có {catalogue.minor_units} số lẻ: số tiền là bao nhiêu?")
    return number


def _take_currency(cursor: VietnameseCursor, catalogue: Catalogue) -> str | None:
    start = cursor.position
    code = cursor.spot(_CURRENCIES)
    if code is not None and code != catalogue.currency:
        raise cursor.ask(start, f"Số tiền ở đây tính bằng {catalogue.currency}: vậy là bao nhiêu {catalogue.currency}?")
    return code


def take_comparison(
    cursor: VietnameseCursor, value: Callable[[], str | None], *, bare: bool = True, since: bool = True
) -> Compared | None:
    """'ít nhất 3', 'từ 25 đến 35', '25-35', '800 trở lên', and, where `bare` is allowed, '30'.

    `since`: 'từ 18' with nothing after it is 'at least 18'.

    Raises:
        Ask: the range is empty, or the number is only about right.
    """
    start = cursor.position
    cursor.has("trong khoảng", "nằm trong khoảng", "ở mức", "trong mức")
    if cursor.has("từ", "giữa", "khoảng từ"):
        at = cursor.position
        low = value()
        if low is not None:
            here = cursor.position
            joint = cursor.has("đến", "tới", "-", "và", "cho đến")
            high = value() if joint else None
            if high is not None:
                return _between(cursor, start, _scaled(cursor, at, here, low, high), high)
            cursor.position = here
            if (after := cursor.spot(_AFTER)) is not None:
                return Compared(after, (low,))
            if since and not joint:
                return Compared(Operator.GE, (low,))
        cursor.position = start
        return None
    if cursor.position == start and cursor.has(*_ABOUT):
        if value() is not None:
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” là từ bao nhiêu đến bao nhiêu?")
        cursor.position = start
        return None
    operator = cursor.spot(_COMPARATORS)
    at = cursor.position
    number = value()
    if number is None:
        cursor.position = start
        return None
    if operator is not None:
        if cursor.length_of(_AFTER):
            cursor.spot(_AFTER)
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” có hai giới hạn: giới hạn nào?")
        here = cursor.position
        upper = _take_upper(cursor, value) if operator in {Operator.GT, Operator.GE} else None
        if upper is not None:
            number = _scaled(cursor, at, here, number, upper[1])
        return Compared(operator, (number,), upper=upper)
    if (after := cursor.spot(_AFTER)) is not None:
        return Compared(after, (number,))
    here = cursor.position
    if cursor.has("đến", "tới", "-"):
        high = value()
        if high is not None:
            return _between(cursor, start, _scaled(cursor, at, here, number, high), high)
        cursor.position = here
    if not bare:
        cursor.position = start
        return None
    return Compared(Operator.EQ, (number,), bare=True)


def _take_upper(cursor: VietnameseCursor, value: Callable[[], str | None]) -> tuple[Operator, str] | None:
    start = cursor.position
    if cursor.has("và", "nhưng"):
        operator = cursor.spot(_COMPARATORS)
        number = value() if operator in {Operator.LT, Operator.LE} else None
        if operator is not None and number is not None:
            return operator, number
    cursor.position = start
    return None


def _scaled(cursor: VietnameseCursor, start: int, end: int, low: str, high: str) -> str:
    """The lower bound of 'từ 1 đến 2 triệu', which is a million.

    Raises:
        Ask: 'từ 500 đến 2 triệu' may be 500 thousand or 500.
    """
    scale = _scale_said(cursor, end, cursor.position)
    if scale is None or _scale_said(cursor, start, end) is not None:
        return low
    scaled = Decimal(low) * scale
    if scaled > Decimal(high):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}” bắt đầu từ bao nhiêu? Xin viết đủ số.")
    return canonical_decimal(str(scaled))


def _scale_said(cursor: VietnameseCursor, start: int, end: int) -> int | None:
    """The scale of a number that was written from token `start` to before token `end`."""
    here = cursor.position
    found: int | None = None
    for at in range(start, end):
        cursor.position = at
        written = _NUMBER.match(cursor.tokens[at].word)
        if written is not None and written["scale"]:
            found = 10 ** _SUFFIXES[written["scale"]]
        found = cursor.spot(_SCALES) or found
    cursor.position = here
    return found


def _between(cursor: VietnameseCursor, start: int, low: str, high: str) -> Compared:
    if Decimal(low) > Decimal(high):
        raise cursor.ask(start, f"Không có gì nằm giữa {low} và {high}: khoảng nào mới đúng?")
    return Compared(Operator.BETWEEN, (low, high))
