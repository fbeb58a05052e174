"""Who customers are: age, gender, language, when they joined, and any property on record by its name."""

from collections.abc import Callable

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator
from leo_activation.segments.planners.said import Meant, Said, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import (
    Compared,
    take_comparison,
    take_money,
    take_number,
    take_whole,
)
from leo_activation.segments.planners.vietnamese.birthdays import take_birthday
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.places import take_home, take_place
from leo_activation.segments.planners.vietnamese.properties import (
    COPULAS,
    NUMBERS,
    OR,
    PROPERTIES,
    PROPERTY_NAMES,
    one_of,
)
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import phrase_table, table
from leo_activation.segments.planners.vietnamese.things import take_color
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.warehouse.graph_schema import ValueType

_CUSTOMERS = phrase_table(("khách hàng", "khách", "người dùng", "người tiêu dùng", "người", "thành viên"))
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
_GENDER_WORDS = ("nữ", "phụ nữ", "nữ giới", "nam", "nam giới", "đàn ông", "đàn bà", "phái nữ", "phái nam", "nữ giới")


def take_attribute(reading: Reading, *, after_behaviour: bool) -> Meant | None:
    """One statement about a property; `after_behaviour`: it stands right behind what somebody did.

    Raises:
        Ask: a value is impossible, not known here, or has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    rules: tuple[Callable[[], Meant | None], ...] = (
        lambda: take_birthday(reading),
        lambda: _unknown_property(reading),
        lambda: _joined_at(reading),
        lambda: _age(reading),
        lambda: _speaking(reading),
        lambda: _property(reading),
        lambda: take_home(reading, after_behaviour=after_behaviour),
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
    cursor.has(*COPULAS)
    values: list[str] = []
    while True:
        before = cursor.position
        if values and not cursor.has(",", *OR):
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
    leaf = one_of(CustomerProperty.LANGUAGE, values)
    if other:
        leaf = Attribute(property=CustomerProperty.LANGUAGE, operator=Operator.NE, values=(values[0],))
    return Said(leaf, start, cursor.position)


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
        leaf = one_of(CustomerProperty.GENDER, values)
    return Said(leaf, start, cursor.position)


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
    copula = cursor.has(*COPULAS) is not None
    if name in NUMBERS and not other:
        compared = _compare_number(reading, name)
        if compared is not None and not (compared.bare and _more_values_stand(cursor)):
            if compared.bare and not copula and name is not CustomerProperty.AGE:
                amount = cursor.written(here, cursor.position)
                raise cursor.ask(here, f"“{amount}” là ít nhất, nhiều nhất hay đúng bằng?")
            return _compared(reading, name, compared, start)
        cursor.position = here
        cursor.has(*COPULAS)
    values = _values(reading, name)
    if not values or (other and len(values) > 1):
        return None
    try:
        different = Attribute(property=name, operator=Operator.NE, values=(values[0],)) if other else None
        leaf = different or one_of(name, values)
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
        start, noun_end = cursor.position, cursor.position + cursor.length_of(_CUSTOMERS)
        value = _one_value(reading, name)
        if value is None:
            cursor.position = before
            break
        is_noun = cursor.position == noun_end and not cursor.at_end
        if values and is_noun and not cursor.sees(",", ".", ";", "và", "hoặc", "hay"):
            # 'giai đoạn là … hoặc khách hàng đã mua', where a stage is called 'khách hàng'.
            said = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{said}” là một giá trị nữa, hay là những khách hàng khác?")
        values.append(value)
    return values


def _one_value(reading: Reading, name: CustomerProperty) -> str | None:
    cursor, names, catalogue = reading.cursor, reading.names, reading.catalogue
    start = cursor.position
    if name is CustomerProperty.COUNTRY:
        place = take_place(reading)
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
