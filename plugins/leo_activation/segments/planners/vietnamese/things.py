"""What customers buy or look at: goods of the catalogue with colour, brand, category and price after the noun."""

from dataclasses import replace

from leo_activation.segments.plan import Range
from leo_activation.segments.planners.cursor import Ask
from leo_activation.segments.planners.reading import Thing
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_comparison, take_money
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dictionary import UNSURE_COLOR
from leo_activation.segments.planners.vietnamese.names import GOODS_KINDS
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.syllables import table, table_of
from leo_activation.segments.planners.vocabulary import NameKind

CLASSIFIERS = ("đôi", "chiếc", "cái", "món", "bộ", "hộp", "lọ", "chai", "gói", "cặp")
_DETERMINERS = ("những", "các", "một", "vài", "mọi", "bất kỳ", "bất kì", "bất cứ", "nhiều", "một số")
_KINDS = table(
    {
        **dict.fromkeys(
            ("danh mục", "nhóm hàng", "ngành hàng", "mặt hàng thuộc danh mục", "hàng thuộc danh mục", "chủng loại"),
            NameKind.CATEGORY,
        ),
        "sản phẩm": NameKind.PRODUCT,
        **dict.fromkeys(("thương hiệu", "nhãn hiệu", "nhãn hàng", "hãng"), NameKind.BRAND),
    }
)
_ANYTHING = table_of(
    (
        "gì", "gì đó", "gì cả", "gì hết", "bất kỳ thứ gì", "bất cứ thứ gì", "bất kỳ sản phẩm nào",
        "bất kì sản phẩm nào",
        "bất cứ sản phẩm nào", "bất kỳ món nào", "bất cứ món gì", "bất kỳ mặt hàng nào", "sản phẩm nào", "sản phẩm gì",
        "món nào", "món gì", "thứ gì", "hàng", "hàng hóa", "hàng hoá", "sản phẩm", "các sản phẩm", "sản phẩm bất kỳ",
        "một sản phẩm",
        "bất kỳ sản phẩm", "bất kì sản phẩm", "bất cứ sản phẩm",
        "đồ", "món đồ", "món hàng", "mặt hàng", "mặt hàng nào", "bất cứ gì", "bất kỳ gì",
        "một thứ gì đó",
        "một món gì đó", "thứ gì đó", "bất kỳ món hàng nào", "một sản phẩm nào đó", "hàng gì", "đồ gì", "cái gì",
    )
)  # fmt: skip
_HEADS = ("sản phẩm", "mặt hàng", "hàng", "đồ", "loại", "món đồ", "món hàng", "các loại", "dòng", "dòng sản phẩm")
_COLOR_WORDS = ("màu", "màu sắc", "có màu", "mầu", "có mầu", "sắc")
_PRICED = ("giá", "có giá", "với giá", "mức giá", "có mức giá", "giá bán", "có giá bán", "đơn giá", "có đơn giá")
_OR = ("hoặc", "hay", "hoặc là", "hay là")
_AND = ("và", "lẫn", "cùng", "cùng với", "cũng như", "và cả")
_STOPS = table_of(
    (
        "trong", "từ", "trước", "sau", "vào", "ít nhất", "hơn", "và", "hoặc", "hay", "nhưng", "lần", "đúng",
        "tối đa", "ở",
        "tại", "đến", "có", "đã", "chưa", "không", "giá", "với", "mà", "rồi", "kể từ", "cách đây", "tuần", "tháng",
        "hôm",
        "năm", "qua", "của", "để", "thì", "tối thiểu", "trên", "dưới", "màu", "quý", "cho", "gần đây", "mới đây",
        "chính xác",
        "nhiều nhất", "lần đầu", "lần cuối", "thuộc", "cùng", "đều", "sống", "ngày", "hiện", "trừ", "ngoại trừ", "gửi",
        ",", ";", ".", ":", "(", ")", "?", "!", "-", "/", "=", "<", ">", "<=", ">=",
    )
)  # fmt: skip


def take_things(reading: Reading) -> Things | None:
    """One or several things, or nothing.

    Raises:
        Ask: what stands after the last one may be meant of all, or 'và' and 'hoặc' are mixed.
    """
    cursor = reading.cursor
    start = cursor.position
    first = _take_thing(reading)
    both = first is None and cursor.has("cả", "cả hai", "đồng thời cả") is not None
    first = _take_thing(reading) if both else first
    if first is None:
        cursor.position = start
        return None
    wanted, operators = [first], set[str]()
    while (joint := _take_joint(cursor)) is not None:
        before, operator = joint
        following = _take_thing(reading)
        if following is None or (operator == "," and not following.has_noun()):
            cursor.position = before
            break
        only_brands = bool(following.brands) and not (following.names or following.categories)
        if only_brands and wanted[-1].brands and (wanted[-1].names or wanted[-1].categories):
            words = cursor.written(start, cursor.position)
            raise cursor.ask(
                start,
                f"“{words}”: thương hiệu sau cùng cũng của món đó, hay mọi món của thương hiệu ấy?",
                ("của thương hiệu “A” hoặc “B”", "hoặc sản phẩm của thương hiệu “B”"),
            )
        wanted.append(following)
        operators.add(operator)
    operators -= {","} if len(operators) > 1 else set()
    if len(operators) > 1:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: những gì đi với nhau? Xin dùng ngoặc.")
    operator = "or" if operators == {"or"} else "and"
    if both and operators == {"or"}:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: món nào, hay cả hai?")
    if len(wanted) == 1:
        return Things(wanted)
    if cursor.has("đều", "cùng là", "tất cả đều"):
        return _with_shared_details(reading, Things(wanted, operator), start)
    _ask_about_details(reading, wanted, start)
    return Things(_merged(wanted) if operator == "or" else wanted, operator)


def _take_joint(cursor: VietnameseCursor) -> tuple[int, str] | None:
    """A joint between two things, and where it began."""
    before = cursor.position
    comma = cursor.has(",") is not None
    if cursor.has(*_OR):
        return before, "or"
    if cursor.has(*_AND):
        return before, "and"
    return (before, ",") if comma else None


def _with_shared_details(reading: Reading, things: Things, start: int) -> Things:
    """'giày hoặc tất đều màu đỏ': the details hold for all of them."""
    cursor = reading.cursor
    begun = cursor.position
    shared = _with_details(reading, Thing())
    if shared == Thing():
        raise cursor.ask(begun - 1, "“đều” gì?", end=begun)
    if any(thing.colors or thing.price for thing in things.wanted):
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: chi tiết nào đi với sản phẩm nào?")
    merged = _merged(things.wanted) if things.operator == "or" else things.wanted
    wanted = [
        replace(
            thing,
            colors=shared.colors,
            price=shared.price,
            brands=shared.brands or thing.brands,
            categories=shared.categories or thing.categories,
        )
        for thing in merged
    ]
    return Things(wanted, things.operator)


def _ask_about_details(reading: Reading, wanted: list[Thing], start: int) -> None:
    """'tất hoặc áo khoác đỏ': are the socks red as well?"""
    cursor = reading.cursor
    last = wanted[-1]
    for name in ("colors", "price"):
        if getattr(last, name) and any(not getattr(thing, name) for thing in wanted[:-1]):
            words = cursor.written(start, cursor.position)
            raise cursor.ask(
                start,
                f"“{words}”: phần sau cùng chỉ nói về món cuối, hay về tất cả?",
                ("… đều …", "nêu riêng từng món"),
            )


def _merged(wanted: list[Thing]) -> list[Thing]:
    """Alternatives of one kind without details are one filter."""
    kinds = {(bool(t.names), bool(t.categories), bool(t.brands)) for t in wanted}
    plain = all(t.price is None and t.colors == wanted[0].colors for t in wanted)
    if len(kinds) > 1 or not plain or sum(next(iter(kinds))) != 1:
        return wanted
    return [
        Thing(
            names=tuple(dict.fromkeys(name for t in wanted for name in t.names)),
            categories=tuple(dict.fromkeys(name for t in wanted for name in t.categories)),
            brands=tuple(dict.fromkeys(name for t in wanted for name in t.brands)),
            colors=wanted[0].colors,
        )
    ]


def _take_thing(reading: Reading) -> Thing | None:
    cursor = reading.cursor
    start = cursor.position
    for rule in (_explicit, _named_thing, _anything, _colored):
        cursor.position = start
        thing = rule(reading)
        if thing is not None:
            thing = _with_details(reading, thing)
            cursor.has("nào", "nào cả", "nào hết", "nào đó")
            return thing
    cursor.position = start
    return None


def _explicit(reading: Reading) -> Thing | None:
    """'danh mục "Camping Gear"', 'sản phẩm "Summit Tent"', 'hãng Luna', '"Luna"'."""
    cursor = reading.cursor
    cursor.has(*_DETERMINERS)
    cursor.has("thuộc", "trong")
    found = _take_named(reading)
    if found is None:
        return None
    kind, name = found
    names = [name]
    while True:
        before = cursor.position
        if not cursor.has(",", *_OR):
            break
        cursor.has("hoặc")
        following = _take_named(reading, kind)
        if following is None:
            cursor.position = before
            break
        names.append(following[1])
    return _thing(kind, tuple(names))


def _take_named(reading: Reading, same: NameKind | None = None) -> tuple[NameKind, str] | None:
    """A name with its kind before it, or in quotes.

    Raises:
        Ask: there is no such name.
    """
    cursor = reading.cursor
    start = cursor.position
    kind = cursor.spot(_KINDS)
    if same is not None and kind is not None and kind is not same:
        cursor.position = start
        return None
    kinds = (kind or same,) if kind or same else GOODS_KINDS
    wanted = tuple(one for one in kinds if one is not None)
    quoted = cursor.quoted
    if quoted is not None:
        cursor.position += 1
        found = reading.names.lookup(quoted, wanted)
        if found is None:
            raise cursor.ask(start, f"Không có “{quoted}” trong danh mục: ý bạn là gì?", known_goods(reading))
        return found
    if kind is None:
        cursor.position = start
        return None
    named = reading.names.take(cursor, *wanted)
    if named is None:
        cursor.position = start
    return named


def _named_thing(reading: Reading) -> Thing | None:
    cursor = reading.cursor
    start = cursor.position
    for leading in ((), _DETERMINERS, CLASSIFIERS, _HEADS):
        cursor.position = start
        if leading and cursor.has(*leading) is None:
            continue
        if leading == _DETERMINERS:
            cursor.has(*CLASSIFIERS, *_HEADS)
        found = reading.names.take(cursor, *GOODS_KINDS)
        if found is not None:
            return _thing(found[0], (found[1],))
    return None


def _anything(reading: Reading) -> Thing | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.spot(_ANYTHING) is None:
        return None
    end = cursor.position
    if end == start + 1 and cursor.words[start] == "do" and not take_colors(reading):
        raise cursor.ask(start, "“do” là đồ (món gì cũng được) hay đỏ?", ("đồ", "màu đỏ"), end=start + 1)
    cursor.position = end
    return Thing()


def _colored(reading: Reading) -> Thing | None:
    """'màu đỏ' instead of goods: anything in that colour."""
    colors = take_colors(reading)
    return Thing(colors=colors) if colors else None


def _thing(kind: NameKind, names: tuple[str, ...]) -> Thing:
    names = tuple(dict.fromkeys(names))
    if kind is NameKind.CATEGORY:
        return Thing(categories=names)
    return Thing(brands=names) if kind is NameKind.BRAND else Thing(names=names)


def _with_details(reading: Reading, thing: Thing) -> Thing:
    """What follows a noun: its colour, category, brand and price."""
    while True:
        found = _detail(reading, thing)
        if found is None:
            return thing
        thing = found


def _detail(reading: Reading, thing: Thing) -> Thing | None:
    cursor = reading.cursor
    start = cursor.position
    if not thing.colors and (colors := take_colors(reading)):
        return replace(thing, colors=colors)
    cursor.position = start
    owned = cursor.has("của", "từ", "thuộc", "trong", "do") is not None
    explicit = cursor.length_of(_KINDS) > 0
    if owned or explicit:
        named = _explicit(reading)
        if named is not None and named.brands and not thing.brands:
            return replace(thing, brands=named.brands)
        if named is not None and named.categories and not thing.categories and (owned or thing == Thing()):
            return replace(thing, categories=named.categories)
    cursor.position = start
    cursor.has("của")
    if not thing.brands and (brand := reading.names.take(cursor, NameKind.BRAND)) is not None:
        return replace(thing, brands=(brand[1],))
    cursor.position = start
    if thing.price is None and (price := _take_price(reading, thing)) is not None:
        return replace(thing, price=price)
    cursor.position = start
    return None


def _take_price(reading: Reading, thing: Thing) -> Range | None:
    cursor = reading.cursor
    start = cursor.position
    priced = cursor.has(*_PRICED) is not None
    if priced:
        cursor.has("là", "ở mức")
    before = cursor.position
    try:
        compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=priced)
    except Ask:
        if priced:
            raise
        cursor.position = start
        return None
    written = [token.word for token in cursor.tokens[before : cursor.position]]
    if compared is None or not (priced or (thing.has_noun() and _is_money(written))):
        cursor.position = start
        return None
    return compared.range


_MONEY_WORDS = frozenset({"đồng", "đ", "vnđ", "vnd", "₫", "euro", "eur", "€", "usd", "$", "đô", "dong", "d"})


def _is_money(written: list[str]) -> bool:
    return not _MONEY_WORDS.isdisjoint(written)


def take_colors(reading: Reading) -> tuple[str, ...]:
    """'màu đỏ', 'đỏ hoặc trắng'; nothing takes nothing.

    Raises:
        Ask: 'xanh' is blue or green, a colour is not sold here, or 'và' joins two colours.
    """
    cursor = reading.cursor
    start = cursor.position
    named = cursor.has(*_COLOR_WORDS) is not None
    first = take_color(reading)
    if first is None:
        if named and not cursor.sees("yêu thích", "ưa thích", "sắc yêu thích"):
            _ask_about_color(reading, start)
        cursor.position = start
        return ()
    colors = [first]
    while True:
        before = cursor.position
        comma = cursor.has(",", "/") is not None
        both = cursor.has("và", "lẫn") is not None
        if not (cursor.has(*_OR) or comma or both):
            break
        cursor.has(*_COLOR_WORDS)
        following = take_color(reading)
        if following is None:
            cursor.position = before
            break
        if both:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(
                start, f"“{words}”: một trong các màu này, hay mỗi màu một lần?", (words.replace(" và ", " hoặc "),)
            )
        colors.append(following)
    return tuple(dict.fromkeys(colors))


def take_color(reading: Reading) -> str | None:
    """One colour of the catalogue.

    Raises:
        Ask: 'xanh' alone is blue or green.
    """
    cursor, names = reading.cursor, reading.names
    start = cursor.position
    if (quoted := cursor.quoted) is not None and (
        known := names.lookup(quoted, (NameKind.COLOR, NameKind.TOPIC_COLOR))
    ) is not None:
        cursor.position += 1
        return known[1]
    if cursor.before("mỹ", "chăm", "sóc") or cursor.sees("be bé"):
        return None
    found = names.take(cursor, NameKind.COLOR, NameKind.TOPIC_COLOR)
    if found is not None:
        return found[1]
    if cursor.has(UNSURE_COLOR):
        known_ones = names.blue_or_green
        if len(known_ones) == 1:
            return known_ones[0]
        raise cursor.ask(
            start,
            "“xanh” là xanh dương hay xanh lá?",
            ("xanh dương", "xanh lá") if known_ones else names_of_colors(reading),
        )
    return None


def names_of_colors(reading: Reading) -> tuple[str, ...]:
    """The colours of the catalogue, to choose from."""
    return reading.catalogue.colors[:12]


def _ask_about_color(reading: Reading, start: int) -> None:
    cursor = reading.cursor
    if cursor.is_kind(TokenKind.WORD) and not cursor.length_of(_STOPS):
        word = cursor.written(cursor.position, cursor.position + 1)
        raise cursor.ask(
            start, f"Không có màu “{word}” ở đây: màu nào?", names_of_colors(reading), end=cursor.position + 1
        )


def known_goods(reading: Reading) -> tuple[str, ...]:
    """Categories and brands, to choose from."""
    return tuple(sorted({*reading.catalogue.categories, *reading.catalogue.brands}))[:12]


def ask_about_unknown(reading: Reading) -> None:
    """Ask about the words that stand where goods should.

    Raises:
        Ask: always, where a word or a quoted text stands here that begins nothing else.
    """
    cursor = reading.cursor
    begun = cursor.position
    length = cursor.length_of(reading.names.known_goods)
    cursor.position += length
    while (
        not length and cursor.is_kind(TokenKind.WORD) and not cursor.length_of(_STOPS) and cursor.position < begun + 6
    ):
        cursor.position += 1
    if cursor.position == begun and cursor.is_kind(TokenKind.QUOTED):
        cursor.position += 1
    if cursor.position > begun:
        unknown = cursor.written(begun, cursor.position)
        raise cursor.ask(begun, f"Không có “{unknown}” trong danh mục: ý bạn là sản phẩm nào?", known_goods(reading))
