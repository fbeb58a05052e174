"""Where customers live: cities and countries, and the words that may name a region or either of the two."""

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator
from leo_activation.segments.planners.said import Meant, Said, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.properties import OR
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vocabulary import NameKind

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


def take_home(reading: Reading, *, after_behaviour: bool) -> Meant | None:
    """'sống ở Hà Nội', 'ở Đức hoặc Áo', 'đến từ Ba Lan', 'người Đức', and 'Đức' after 'khách hàng'.

    Raises:
        Ask: the place is not known here, or may be that of the goods.
    """
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
            if not (cursor.has(*OR) or comma or both):
                cursor.position = before
                break
            cursor.has("người", "khách")
        leaf = take_place(reading)
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


def take_place(reading: Reading) -> Attribute | None:
    """A city or a country by its name; 'thành phố' or 'nước' before it says which of the two.

    Raises:
        Ask: the name is that of both, or no customer lives in that country.
    """
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
