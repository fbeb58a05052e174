"""Who customers are: age, gender, places, language, birthdays, amounts and scores on record."""

import re
from collections.abc import Callable

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
from leo_activation.segments.planners.said import Meant, Said, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import (
    Compared,
    take_comparison,
    take_money,
    take_number,
    take_whole,
)
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table
from leo_activation.segments.planners.vietnamese.things import take_color
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.warehouse.graph_schema import ValueType

PROPERTIES = {
    CustomerProperty.COUNTRY: ("quốc gia", "đất nước"),
    CustomerProperty.CITY: ("thành phố", "tỉnh thành"),
    CustomerProperty.GENDER: ("giới tính",),
    CustomerProperty.AGE: ("tuổi", "độ tuổi"),
    CustomerProperty.BIRTH_MONTH: ("tháng sinh",),
    CustomerProperty.BIRTHDAY: ("sinh nhật", "ngày sinh nhật", "ngày sinh"),
    CustomerProperty.LANGUAGE: ("ngôn ngữ",),
    CustomerProperty.FUNNEL_STAGE: ("giai đoạn", "giai đoạn phễu", "giai đoạn mua hàng"),
    CustomerProperty.FAVORITE_COLOR: ("màu yêu thích", "màu sắc yêu thích", "màu ưa thích", "màu thích nhất"),
    CustomerProperty.TOTAL_SPENT: ("tổng chi tiêu", "tổng số tiền đã chi", "tổng mức chi tiêu", "tổng chi"),
    CustomerProperty.LIFETIME_VALUE: ("giá trị vòng đời", "giá trị vòng đời khách hàng", "LTV", "CLV"),
    CustomerProperty.CREATED_AT: ("ngày tham gia", "ngày đăng ký", "ngày tạo tài khoản"),
    CustomerProperty.LEAD_SCORE: ("điểm lead", "điểm khách hàng tiềm năng", "lead score"),
    CustomerProperty.PROSPECT_SCORE: ("điểm triển vọng", "điểm prospect", "prospect score"),
    CustomerProperty.ENGAGEMENT_SCORE: ("điểm tương tác", "điểm gắn kết", "engagement score"),
    CustomerProperty.LOYALTY_SCORE: ("điểm trung thành", "điểm thân thiết", "loyalty score"),
    CustomerProperty.RFM_SCORE: ("điểm RFM", "RFM"),
    CustomerProperty.CHURN_SCORE: ("điểm rời bỏ", "điểm nguy cơ rời bỏ", "điểm churn", "churn score"),
    CustomerProperty.SATISFACTION_SCORE: ("điểm hài lòng", "điểm CSAT", "CSAT"),
    CustomerProperty.PROMOTER_SCORE: ("điểm NPS", "điểm giới thiệu", "NPS"),
}
"""The Vietnamese names of what is on record; a sentence uses the first."""
PROPERTY_NAMES = table({word: name for name, words in PROPERTIES.items() for word in words})
NUMBERS = frozenset(
    name for name in CustomerProperty if name.value_type in {ValueType.MONEY_MINOR, ValueType.FLOAT}
) | {CustomerProperty.AGE, CustomerProperty.BIRTH_MONTH}
_LIVING = (
    "sống ở", "sống tại", "đang sống ở", "đang sống tại", "sinh sống ở", "sinh sống tại", "đang sinh sống tại",
    "đang sinh sống ở", "cư trú ở", "cư trú tại", "hiện sống ở", "hiện sống tại", "hiện đang sống ở",
    "hiện đang sống tại",
    "thường trú tại", "thường trú ở", "có địa chỉ ở", "có địa chỉ tại", "hiện ở", "đang ở",
)  # fmt: skip
_AT = ("ở", "tại", "đến từ", "tới từ", "từ", "quê ở", "quê", "ở tại", "sống", "khu vực", "ở khu vực", "tại khu vực")
_PLACE_KINDS = ("thành phố", "tỉnh", "nước", "quốc gia", "đất nước", "khu vực", "TP.", "tp .")
_REGIONS = (
    "miền Bắc", "miền Nam", "miền Trung", "miền Tây", "miền Đông", "phía Bắc", "phía Nam", "phía Tây", "phía Đông",
    "Tây Nguyên", "Đông Nam Á", "châu Âu", "châu Á", "châu Mỹ", "nước ngoài", "Tây Bắc", "Đông Bắc",
    "đồng bằng sông Cửu Long",
    "miền quê", "thành thị", "nông thôn", "các thành phố lớn", "thành phố lớn", "ngoại thành", "nội thành", "quận 1",
)  # fmt: skip
_OR = ("hoặc", "hay", "hoặc là", "hoặc ở", "hay ở", "hoặc tại", "hoặc sống ở")
_COPULAS = ("là", "=", ":", "thuộc", "gồm")
_JOINING = (
    "tham gia", "đăng ký", "tạo tài khoản", "đăng ký tài khoản", "mở tài khoản", "gia nhập", "trở thành khách hàng",
    "đăng kí", "đăng ký thành viên", "trở thành thành viên", "lập tài khoản",
)  # fmt: skip
_VAGUE = table(
    {
        "trẻ": ("từ 18 đến 30 tuổi",),
        "trẻ tuổi": ("từ 18 đến 30 tuổi",),
        "lớn tuổi": ("trên 60 tuổi",),
        "cao tuổi": ("trên 60 tuổi",),
        "già": ("trên 60 tuổi",),
        "trung niên": ("từ 40 đến 60 tuổi",),
        "thân thiết": ("điểm trung thành trên …", "đã mua ít nhất … lần"),
        "trung thành": ("điểm trung thành trên …", "đã mua ít nhất … lần"),
        "tiềm năng": ("điểm lead trên …", "chưa mua gì"),
        "tốt": ("tổng chi tiêu trên …", "đã mua ít nhất … lần"),
        "lớn": ("tổng chi tiêu trên …",),
        "quan trọng": ("tổng chi tiêu trên …",),
        "giá trị cao": ("tổng chi tiêu trên …",),
        "giá trị": ("tổng chi tiêu trên …",),
        "mới": ("tham gia trong 30 ngày qua", "mua lần đầu trong 30 ngày qua"),
        "cũ": ("mua lần cuối cách đây hơn 90 ngày",),
        "hoạt động": ("đã xem sản phẩm trong 30 ngày qua", "đã mua hàng trong 30 ngày qua"),
        "tích cực": ("đã xem sản phẩm trong 30 ngày qua", "đã mua hàng trong 30 ngày qua"),
        "không hoạt động": ("không xem sản phẩm trong 90 ngày qua", "không mua hàng trong 90 ngày qua"),
        "thường xuyên": ("đã mua ít nhất … lần trong 90 ngày qua",),
        "mua thường xuyên": ("đã mua ít nhất … lần trong 90 ngày qua",),
        "mua nhiều": ("đã mua ít nhất … lần",),
        "giàu": ("tổng chi tiêu trên …",),
        "giàu có": ("tổng chi tiêu trên …",),
        "nhiều tiền": ("tổng chi tiêu trên …",),
        "sắp rời bỏ": ("điểm rời bỏ trên …", "không mua hàng trong 90 ngày qua"),
        "có nguy cơ rời bỏ": ("điểm rời bỏ trên …", "không mua hàng trong 90 ngày qua"),
        "quen": ("đã mua ít nhất … lần",),
        "quen thuộc": ("đã mua ít nhất … lần",),
        "gắn bó": ("điểm trung thành trên …",),
        "hay mua": ("đã mua ít nhất … lần",),
    }
)


def take_attribute(reading: Reading, *, after_behaviour: bool) -> Meant | None:
    """One statement about a property; `after_behaviour`: it stands right behind what somebody did.

    Raises:
        Ask: a value is impossible, not known here, or has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    rules: tuple[Callable[[], Meant | None], ...] = (
        lambda: _birth(reading),
        lambda: _unknown_property(reading),
        lambda: _joined_at(reading),
        lambda: _age(reading),
        lambda: _speaking(reading),
        lambda: _property(reading),
        lambda: _home(reading, after_behaviour=after_behaviour),
        lambda: None if after_behaviour else _gender(reading),
    )
    for rule in rules:
        cursor.position = start
        found = rule()
        if found is not None:
            return found
    cursor.position = start
    return None


def take_vague(reading: Reading) -> None:
    """Ask about a word that everybody understands differently.

    Raises:
        Ask: such a word stands here.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có")
    named = cursor.length_of(PROPERTY_NAMES) or cursor.sees("giá trị đơn hàng", "giá trị trung bình")
    found = None if named else cursor.spot(_VAGUE)
    if found is not None:
        if cursor.before("mới") and cursor.sees(*_JOINING):
            return
        if not (cursor.before("lớn") and cursor.sees("hơn")):
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{words}” nghĩa là gì ở đây?", found)
    cursor.position = start


# --- values -----------------------------------------------------------------------------------------------------------


def _age(reading: Reading) -> Meant | None:
    """'từ 25 đến 35 tuổi', 'trên 30 tuổi', 'độ tuổi 25-35', '30 tuổi'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có", "ở", "trong", "nằm trong", "thuộc", "đang ở", "khoảng", "là")
    named = cursor.has("độ tuổi", "tuổi", "tuổi đời", "nhóm tuổi") is not None
    if named:
        cursor.has("là", ":", "=", "của họ")

    def years() -> str | None:
        number = take_whole(cursor)
        if number is not None:
            units.append(cursor.has("tuổi", "t") is not None)
        return number

    units: list[bool] = []
    compared = take_comparison(cursor, years)
    if compared is None:
        cursor.position = start
        return None
    if cursor.has("tuổi"):
        units.append(True)
        late = cursor.has("trở lên", "trở xuống")
        if late:
            compared = Compared(Operator.GE if late == "trở lên" else Operator.LE, compared.values)
    if (not named and not any(units)) or (compared.bare and not any(units) and _more_values_stand(cursor)):
        cursor.position = start
        return None
    return _compared(reading, CustomerProperty.AGE, compared, start)


def _compared(reading: Reading, name: CustomerProperty, compared: Compared, start: int) -> Meant:
    cursor = reading.cursor
    if name is CustomerProperty.AGE and any(int(value) > 120 for value in compared.values if value.isdigit()):
        raise cursor.ask(start, "Tuổi nằm giữa 0 và 120: bao nhiêu tuổi?")
    parts = [(compared.operator, compared.values)]
    if compared.upper is not None:
        parts.append((compared.upper[0], (compared.upper[1],)))
    try:
        said: list[Meant] = [
            Said(Attribute(property=name, operator=operator, values=values), start, cursor.position)
            for operator, values in parts
        ]
    except ValueError:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: giá trị nào mới đúng?") from None
    return joined("and", said)


def _birth(reading: Reading) -> Meant | None:
    """'sinh nhật trong 7 ngày tới', 'sinh tháng 3', 'sinh nhật ngày 5/3'."""
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
    cursor.has(*_COPULAS)
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has(",", *_OR):
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
    return Said(_one_of(CustomerProperty.BIRTH_MONTH, values), start, cursor.position)


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


LONGEST_BIRTHDAYS = 92
"""Days that a period of birthdays has at most: who asks for more does not mean birthdays."""
_AHEAD = (
    (CalendarUnit.DAY, "ngày", "hôm nay"),
    (CalendarUnit.WEEK, "tuần", "tuần này"),
    (CalendarUnit.MONTH, "tháng", "tháng này"),
    (CalendarUnit.QUARTER, "quý", "quý này"),
)


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


def _joined_at(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có")
    if cursor.has(*_JOINING, *PROPERTIES[CustomerProperty.CREATED_AT]) is None:
        return None
    at = cursor.position
    cursor.has("là")
    window = take_window(cursor)
    if window is None:
        if cursor.sees("nhận", "gói", "dịch vụ", "bản tin"):
            return None
        words = cursor.written(start, at)
        raise cursor.ask(start, f"“{words}” khi nào?", ("… trong 30 ngày qua", "… trong năm nay"), end=at)
    try:
        leaf = Attribute(property=CustomerProperty.CREATED_AT, operator=Operator.WITHIN, window=window)
    except ValueError:
        raise cursor.ask(start, "Khoảng thời gian nào?") from None
    return Said(leaf, start, cursor.position)


def _speaking(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có")
    if not cursor.has("nói", "dùng", "sử dụng", "ngôn ngữ", "biết nói", "giao tiếp bằng", "ngôn ngữ chính", "nói được"):
        return None
    other = cursor.has("khác") is not None
    cursor.has(*_COPULAS)
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has(",", *_OR):
            break
        cursor.has("hoặc")
        if not cursor.has("tiếng"):
            cursor.position = before
            break
        code = cursor.spot(reading.names.languages)
        quoted = cursor.quoted if code is None else None
        if quoted is not None:
            cursor.position += 1
            code = quoted
        if code is None:
            raise cursor.ask(
                before, "Tiếng nào?", reading.catalogue.languages, end=min(cursor.position + 1, len(cursor.tokens))
            )
        if code not in reading.catalogue.languages:
            raise cursor.ask(before, "Không có khách hàng nào nói tiếng đó: tiếng nào?", reading.catalogue.languages)
        values.append(code)
    if not values or (other and len(values) > 1):
        return None
    leaf = _one_of(CustomerProperty.LANGUAGE, values)
    if other:
        leaf = Attribute(property=CustomerProperty.LANGUAGE, operator=Operator.NE, values=(values[0],))
    return Said(leaf, start, cursor.position)


# --- places and people ------------------------------------------------------------------------------------------------


def _home(reading: Reading, *, after_behaviour: bool) -> Meant | None:
    """'sống ở Hà Nội', 'ở Đức hoặc Áo', 'đến từ Ba Lan', 'người Đức', and 'Đức' after 'khách hàng'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("là")
    here = cursor.sees("ở", "tại")
    living = cursor.has(*_LIVING) is not None
    at = not living and cursor.has(*_AT) is not None
    people = not (living or at) and cursor.has("người", "dân", "người dân", "công dân", "quốc tịch") is not None
    direct = not (living or at or people) and cursor.before("khách", "hàng", "là", "dùng", "hoặc", "nữ", "nam", "VIP")
    if not (living or at or people or direct):
        return None
    if (people or direct) and after_behaviour:
        return None
    begun = cursor.position
    if cursor.has(*_REGIONS):
        words = cursor.written(begun, cursor.position)
        raise cursor.ask(begun, f"“{words}” gồm những thành phố nào?", reading.catalogue.cities[:8])
    found = _places(reading)
    if found is None:
        if (living or (at and here)) and cursor.is_kind(TokenKind.WORD):
            _ask_about_place(reading, start)
        return None
    if at and after_behaviour:
        words = cursor.written(start, cursor.position)
        place = cursor.written(begun, cursor.position)
        raise cursor.ask(
            start, f"“{words}” nói về nơi ở của khách hàng hay về món hàng?", (f"khách hàng sống ở {place}",)
        )
    return joined("or", [Said(leaf, start, cursor.position) for leaf in found])


def _places(reading: Reading) -> list[Attribute] | None:
    """Places and further ones after 'hoặc'."""
    cursor = reading.cursor
    start = cursor.position
    found: list[Attribute] = []
    while True:
        before = cursor.position
        both = False
        if found:
            comma = cursor.has(",", "/") is not None
            both = cursor.has("và", "và ở", "lẫn") is not None
            if not (cursor.has(*_OR) or comma or both):
                cursor.position = before
                break
            cursor.has("người", "khách")
        leaf = _place(reading)
        if leaf is None:
            cursor.position = before
            break
        if both and not reading.spoken.excepting:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(
                start, f"Không ai sống ở hai nơi: “{words}” là nơi nào cũng được?", (words.replace(" và ", " hoặc "),)
            )
        found.append(leaf)
    return found or None


def _place(reading: Reading) -> Attribute | None:
    cursor, names = reading.cursor, reading.names
    start = cursor.position
    kind = cursor.has(*_PLACE_KINDS)
    begun = cursor.position
    city = names.take(cursor, NameKind.CITY) if kind not in {"nước", "quốc gia", "đất nước"} else None
    city_end = cursor.position
    if city is None and kind is not None:
        cursor.position = start
        city = names.take(cursor, NameKind.CITY)
        city_end = cursor.position
    cursor.position = begun
    if (quoted := cursor.quoted) is not None and kind not in {"nước", "quốc gia", "đất nước"}:
        known = names.lookup(quoted, (NameKind.CITY,))
        if known is not None:
            cursor.position += 1
            return Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(known[1],))
    country = cursor.spot(names.countries) if kind not in {"thành phố", "tỉnh"} else None
    if country is None and kind not in {"thành phố", "tỉnh"}:
        other = names.vocabulary.take(cursor, NameKind.COUNTRY)
        country = other[1] if other is not None else None
    country_end = cursor.position
    if city is not None and (country is None or city_end > country_end):
        cursor.position = city_end
        return Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(city[1],))
    if country is None:
        cursor.position = start
        return None
    if city is not None and city_end == country_end and kind is None:
        words = cursor.written(start, country_end)
        raise cursor.ask(start, f"“{words}” là nước hay thành phố?", (f"ở nước {words}", f"ở thành phố {words}"))
    cursor.position = country_end
    if country not in reading.catalogue.countries:
        words = cursor.written(begun, cursor.position)
        raise cursor.ask(
            begun,
            f"Không có khách hàng nào ở “{words}”: nước nào?",
            tuple(country_names(reading, reading.catalogue.countries)),
        )
    return Attribute(property=CustomerProperty.COUNTRY, operator=Operator.EQ, values=(country,))


def country_names(reading: Reading, codes: tuple[str, ...]) -> list[str]:
    """Countries by their Vietnamese names."""
    from leo_activation.segments.planners.vietnamese.dictionary import COUNTRIES

    return [COUNTRIES[code][0] if code in COUNTRIES else code for code in codes][:12]


def _ask_about_place(reading: Reading, start: int) -> None:
    cursor = reading.cursor
    begun = cursor.position
    while (token := cursor.token) is not None and token.kind is TokenKind.WORD and cursor.text[token.start].isupper():
        cursor.position += 1
    if cursor.position == begun:
        cursor.position += 1
    words = cursor.written(begun, cursor.position)
    readings = (*country_names(reading, reading.catalogue.countries), *reading.catalogue.cities[:6])
    raise cursor.ask(start, f"Không có khách hàng nào ở “{words}”: nơi nào?", readings)


def _gender(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.has("là", "có giới tính", "giới tính", "giới tính là", "có giới tính là")
    begun = cursor.position
    other = cursor.has("khác") is not None and begun > start
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has("hoặc", "hay"):
            break
        gender = _one_gender(reading)
        if gender is None:
            cursor.position = before
            break
        values.append(gender)
    if not values:
        return None
    if other:
        leaf = Attribute(property=CustomerProperty.GENDER, operator=Operator.NE, values=(values[0],))
    else:
        leaf = _one_of(CustomerProperty.GENDER, values)
    return Said(leaf, start, cursor.position)


_GENDER_WORDS = ("nữ", "phụ nữ", "nữ giới", "nam", "nam giới", "đàn ông", "đàn bà", "phái nữ", "phái nam", "nữ giới")


def _one_gender(reading: Reading) -> str | None:
    cursor = reading.cursor
    start = cursor.position
    if (quoted := cursor.quoted) is not None and quoted in reading.catalogue.genders:
        cursor.position += 1
        return quoted
    if cursor.sees("nam", "năm") and (cursor.peek(1).isdigit() or cursor.sees("nay", "ngoái", "trước", ahead=1)):
        return None
    found = cursor.spot(reading.names.genders)
    if found is None and cursor.has(*_GENDER_WORDS):
        raise cursor.ask(start, "Giới tính của khách hàng không được ghi ở đây: có điều kiện nào khác không?")
    return found


# --- any property -----------------------------------------------------------------------------------------------------


def _unknown_property(reading: Reading) -> Meant | None:
    """'đã biết tuổi' and 'không rõ tuổi'."""
    cursor = reading.cursor
    start = cursor.position
    known = cursor.has("đã biết", "có thông tin về", "đã ghi nhận", "biết", "rõ", "biết rõ")
    if known is None:
        return None
    name = cursor.spot(PROPERTY_NAMES)
    if name is None:
        return None
    return Said(Attribute(property=name, operator=Operator.EXISTS), start, cursor.position)


def _property(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    had = cursor.has("có", "với", "ở", "đang ở", "trong") == "có"
    name = cursor.spot(PROPERTY_NAMES)
    if name is None or name in {CustomerProperty.CREATED_AT, CustomerProperty.BIRTHDAY}:
        return None
    if cursor.has("chứa", "có chứa", "bắt đầu bằng", "bắt đầu với"):
        operator = Operator.CONTAINS if cursor.before("chứa") else Operator.STARTS_WITH
        token = cursor.take_kind(TokenKind.QUOTED)
        if token is None or name.value_type is not ValueType.TEXT:
            return None
        return Said(Attribute(property=name, operator=operator, values=(token.word,)), start, cursor.position)
    other = cursor.has("khác", "khác với", "không phải là", "không phải") is not None
    if other and cursor.before("phải", "là") and not had:
        return None
    here = cursor.position
    copula = cursor.has(*_COPULAS) is not None
    if name in NUMBERS and not other:
        compared = _compare_number(reading, name)
        if compared is not None and not (compared.bare and _more_values_stand(cursor)):
            if compared.bare and not copula and name is not CustomerProperty.AGE:
                amount = cursor.written(here, cursor.position)
                raise cursor.ask(here, f"“{amount}” là ít nhất, nhiều nhất hay đúng bằng?")
            return _compared(reading, name, compared, start)
        cursor.position = here
        cursor.has(*_COPULAS)
    values = _values(reading, name)
    if not values or (other and len(values) > 1):
        return None
    try:
        different = Attribute(property=name, operator=Operator.NE, values=(values[0],)) if other else None
        leaf = different or _one_of(name, values)
    except ValueError:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: giá trị nào mới đúng?") from None
    return Said(leaf, start, cursor.position)


def _more_values_stand(cursor: VietnameseCursor) -> bool:
    return cursor.sees(",", "hoặc", "hay") and bool(cursor.peek(1)) and cursor.peek(1)[0].isdigit()


def _compare_number(reading: Reading, name: CustomerProperty) -> Compared | None:
    cursor = reading.cursor
    if name.value_type is ValueType.MONEY_MINOR:
        return take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if name.value_type is ValueType.INTEGER:
        return take_comparison(cursor, lambda: take_whole(cursor))
    return take_comparison(cursor, lambda: _signed(cursor))


def _signed(cursor: VietnameseCursor) -> str | None:
    """A number that may be below zero: 'âm 2,5'."""
    start = cursor.position
    below = cursor.has("âm", "-") is not None
    number = take_number(cursor)
    if number is None:
        cursor.position = start
        return None
    return f"-{number}" if below and number != "0" else number


def _values(reading: Reading, name: CustomerProperty) -> list[str]:
    cursor = reading.cursor
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has(",", "hoặc", "hay"):
            break
        cursor.has("hoặc", "hay")
        value = _one_value(reading, name)
        if value is None:
            cursor.position = before
            break
        values.append(value)
    return values


def _one_value(reading: Reading, name: CustomerProperty) -> str | None:
    cursor, names, catalogue = reading.cursor, reading.names, reading.catalogue
    start = cursor.position
    if name is CustomerProperty.COUNTRY:
        place = _place(reading)
        return place.values[0] if place is not None and place.property is name else None
    if name is CustomerProperty.GENDER:
        return _one_gender(reading)
    if name is CustomerProperty.FAVORITE_COLOR:
        cursor.has("màu")
        color = take_color(reading)
        if color is None and (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
            return token.word
        return color
    if name.value_type is ValueType.MONEY_MINOR:
        return take_money(cursor, catalogue)
    if name.value_type is ValueType.FLOAT:
        return _signed(cursor)
    if name.value_type is ValueType.INTEGER:
        cursor.has("tháng")
        return take_whole(cursor)
    kind = {CustomerProperty.CITY: NameKind.CITY, CustomerProperty.FUNNEL_STAGE: NameKind.FUNNEL_STAGE}.get(name)
    if kind is None:
        return None
    if (quoted := cursor.quoted) is not None:
        cursor.position += 1
        known = names.lookup(quoted, (kind,))
        if known is None:
            known_names = catalogue.cities if kind is NameKind.CITY else catalogue.funnel_stages
            raise cursor.ask(start, f"Không có “{quoted}”: ý bạn là gì?", known_names[:12])
        return known[1]
    found = names.take(cursor, kind)
    return None if found is None else found[1]


def _by_number(value: str) -> tuple[float, str]:
    return (float(value) if value.replace(".", "", 1).isdigit() else 0.0, value)


def _one_of(name: CustomerProperty, values: list[str]) -> Attribute:
    distinct = tuple(sorted(set(values), key=_by_number))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=name, operator=operator, values=distinct)
