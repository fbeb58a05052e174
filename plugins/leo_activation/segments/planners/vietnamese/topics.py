"""What customers are interested in: topics of the catalogue, luxury, colours, quoted phrases compared by meaning."""

from leo_activation.segments.plan import (
    Attribute,
    CustomerProperty,
    Interest,
    InterestPhrase,
    Operator,
    TopicName,
    TopicType,
)
from leo_activation.segments.planners.said import Denied, Joined, Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_number
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_color
from leo_activation.segments.planners.vocabulary import NameKind

TOPIC_WORDS = {
    TopicType.TAG: "nhãn",
    TopicType.CATEGORY: "danh mục",
    TopicType.PRODUCT: "sản phẩm",
    TopicType.BRAND: "thương hiệu",
    TopicType.KEYWORD: "từ khóa",
    TopicType.COLOR: "màu",
}
_KINDS = {
    NameKind.TAG: TopicType.TAG,
    NameKind.TOPIC_CATEGORY: TopicType.CATEGORY,
    NameKind.TOPIC_PRODUCT: TopicType.PRODUCT,
    NameKind.TOPIC_BRAND: TopicType.BRAND,
    NameKind.KEYWORD: TopicType.KEYWORD,
    NameKind.TOPIC_COLOR: TopicType.COLOR,
}
_EXPLICIT = table(
    {
        **dict.fromkeys(("nhãn", "thẻ", "tag", "gắn thẻ", "gắn nhãn"), NameKind.TAG),
        **dict.fromkeys(("danh mục", "nhóm hàng", "ngành hàng"), NameKind.TOPIC_CATEGORY),
        "sản phẩm": NameKind.TOPIC_PRODUCT,
        **dict.fromkeys(("thương hiệu", "nhãn hiệu", "nhãn hàng", "hãng"), NameKind.TOPIC_BRAND),
        **dict.fromkeys(("từ khóa", "từ khoá", "chủ đề"), NameKind.KEYWORD),
        **dict.fromkeys(("màu", "màu sắc"), NameKind.TOPIC_COLOR),
    }
)
_INTERESTED = (
    "quan tâm đến", "quan tâm tới", "quan tâm", "có quan tâm đến", "hứng thú với", "có hứng thú với", "có sở thích về",
    "có sở thích", "sở thích là", "chú ý đến", "để ý đến", "quan tâm về", "có mối quan tâm đến", "có sở thích là",
)  # fmt: skip
_LIKING = ("thích", "yêu thích", "ưa thích", "ưa chuộng", "đam mê", "mê", "chuộng", "yêu", "rất thích", "thích mua")
_PRIMARY = (
    "quan tâm nhất đến", "quan tâm nhất tới", "chủ yếu quan tâm đến", "quan tâm chủ yếu đến", "quan tâm nhiều nhất đến",
    "quan tâm nhất là", "chủ yếu quan tâm tới", "quan tâm chính đến", "thích nhất", "yêu thích nhất",
    "mối quan tâm chính là", "có mối quan tâm chính là",
)  # fmt: skip
_LUXURY = (
    "sang trọng", "cao cấp", "xa xỉ", "hàng hiệu", "hàng cao cấp", "hàng xa xỉ", "đồ cao cấp", "đồ xa xỉ", "đồ hiệu",
    "sản phẩm cao cấp", "sản phẩm xa xỉ", "sản phẩm sang trọng", "phong cách sống cao cấp",
    "phong cách sống sang trọng",
    "lối sống cao cấp", "lối sống sang trọng", "lối sống xa xỉ", "phong cách cao cấp", "phong cách sang trọng",
    "mặt hàng cao cấp", "mặt hàng xa xỉ", "sự sang trọng", "cuộc sống sang trọng", "cuộc sống cao cấp", "luxury",
    "thời thượng cao cấp", "phân khúc cao cấp", "hàng sang trọng", "những thứ xa xỉ", "đồ sang trọng",
)  # fmt: skip
_HEADS = (
    "các", "những", "sản phẩm", "mặt hàng", "hàng", "đồ", "việc", "các sản phẩm", "những sản phẩm", "mua",
    "chủ đề", "về",
    "hoạt động", "môn", "dòng", "các mặt hàng", "loại",
)  # fmt: skip
_MORE = ("hơn", "hơn là", "nhiều hơn", "hơn cả", "nhiều hơn là")


def take_interest(reading: Reading, *, negated: bool) -> Meant | None:
    """'quan tâm đến giày', 'thích màu đỏ', 'có nhãn "…"', with its score or the interest that it exceeds.

    Raises:
        Ask: a topic is not known here, or 'và' and 'hoặc' are mixed.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.has("đang", "hiện đang", "rất")
    primary = cursor.has(*_PRIMARY) is not None
    liked = False
    tagged = False
    if not primary:
        cursor.has("có")
        tagged = cursor.sees("nhãn", "thẻ", "tag", "gắn thẻ", "gắn nhãn", "được gắn thẻ", "được gắn nhãn")
        cursor.has("được")
        if not tagged:
            cursor.position = start
            cursor.has("đang", "hiện đang", "rất")
            if cursor.has(*_INTERESTED) is None:
                liked = cursor.has(*_LIKING) is not None
                if not liked:
                    return None
    found = _topics(reading, start, primary=primary, liked=liked)
    if found is None:
        if tagged:
            return None
        at = cursor.position
        ask_about_unknown(reading)
        words = cursor.written(start, max(at, start + 1))
        raise cursor.ask(start, f"“{words}” gì?", ("quan tâm đến …",), end=max(at, start + 1))
    if negated and isinstance(found, Joined) and found.operator == "and":
        listed = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"Không phải tất cả “{listed}”, hay không món nào?", (listed.replace(" và ", " hoặc "),)
        )
    return denied(found) if negated else found


def _topics(reading: Reading, start: int, *, primary: bool, liked: bool) -> Meant | None:
    cursor = reading.cursor
    first = _topic(reading, start, primary=primary, liked=liked)
    if first is None:
        return None
    parts: list[Meant] = [_scored(reading, first)]
    operators: set[str] = set()
    while True:
        before = cursor.position
        comma = cursor.has(",") is not None
        operator = "or" if cursor.has("hoặc", "hay") else "and" if cursor.has("và", "lẫn", "cũng như") else None
        not_ = not comma and operator is None and cursor.has("nhưng không phải", "chứ không phải") is not None
        if operator is None and not comma and not not_:
            break
        cursor.has("quan tâm đến", "thích") if operator else None
        if cursor.position > before + 2:
            cursor.position = before
            break
        at = cursor.position
        begins = cursor.sees("mua", "xem", "thêm", "đã", "chưa", "không", "có", "ở", "chi", "đặt", "trả", "từ")
        topic = None if begins else _topic(reading, at, primary=primary, liked=liked)
        if topic is None:
            cursor.position = before
            break
        parts.append(denied(_scored(reading, topic)) if not_ else _scored(reading, topic))
        if operator is not None or not_:
            operators.add(operator or "and")
    if len(operators) > 1:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}” có hai cách hiểu: những gì đi với nhau?")
    return joined(next(iter(operators), "and"), parts)


def _topic(reading: Reading, start: int, *, primary: bool, liked: bool) -> Meant | None:
    cursor, names = reading.cursor, reading.names
    begun = cursor.position
    if cursor.has("điều gì đó giống như", "những thứ giống như", "những thứ như"):
        token = cursor.take_kind(TokenKind.QUOTED)
        if token is None or not token.word:
            return None
        return Said(InterestPhrase(phrase=token.word, threshold=take_threshold(cursor)), start, cursor.position)
    if cursor.has(*_LUXURY):
        cursor.has("cao cấp", "nói chung")
        if reading.catalogue.luxury_tag is None:
            words = cursor.written(begun, cursor.position)
            raise cursor.ask(begun, f"“{words}” ở đây là gì?", ('quan tâm đến "luxury"', 'quan tâm đến danh mục "…"'))
        return Said(Interest(topic_type=TopicType.TAG, topic=reading.catalogue.luxury_tag), start, cursor.position)
    explicit = _explicit(reading)
    if explicit is not None:
        kind, name = explicit
        if kind is NameKind.TOPIC_COLOR and liked and not primary:
            return color_preference(name, start, cursor.position)
        return Said(Interest(topic_type=_KINDS[kind], topic=name, primary=primary), start, cursor.position)
    cursor.position = begun
    cursor.has(*_HEADS)
    cursor.has("màu", "màu sắc", "tông màu")
    colored = cursor.before("màu", "sắc")
    color = take_color(reading)
    if color is not None:
        if liked and not primary:
            return color_preference(color, start, cursor.position)
        return Said(Interest(topic_type=TopicType.COLOR, topic=color, primary=primary), start, cursor.position)
    if colored:
        cursor.position = begun
        return None
    cursor.position = begun
    for headed in (False, True):
        cursor.position = begun
        if headed and not cursor.has(*_HEADS):
            break
        found = names.take(cursor, *_KINDS)
        if found is not None and found[0] is not NameKind.TOPIC_COLOR:
            if cursor.sees("màu"):
                words = cursor.written(begun, cursor.position)
                raise cursor.ask(begun, f"Quan tâm đến “{words}” hay đến màu của nó?", (f"quan tâm đến {words}",))
            leaf = Interest(topic_type=_KINDS[found[0]], topic=found[1], primary=primary)
            return Said(leaf, start, cursor.position)
    cursor.position = begun
    token = cursor.take_kind(TokenKind.QUOTED)
    if token is not None and token.word:
        known = names.lookup(token.word, _KINDS)
        if known is not None:
            return Said(Interest(topic_type=_KINDS[known[0]], topic=known[1], primary=primary), start, cursor.position)
        if primary:
            raise cursor.ask(begun, f"“{token.word}” không phải một chủ đề ở đây: chủ đề nào?")
        return Said(InterestPhrase(phrase=token.word, threshold=take_threshold(cursor)), start, cursor.position)
    cursor.position = begun
    return None


def _explicit(reading: Reading) -> tuple[NameKind, str] | None:
    """'danh mục "Camping Gear"', 'màu "red"', 'từ khóa trekking'."""
    cursor = reading.cursor
    start = cursor.position
    kind = cursor.spot(_EXPLICIT)
    if kind is None:
        return None
    quoted = cursor.quoted
    if quoted is None:
        found = reading.names.take(cursor, kind) if kind is not NameKind.TOPIC_COLOR else None
        if found is None:
            cursor.position = start
        return found
    cursor.position += 1
    kinds = (kind, NameKind.COLOR) if kind is NameKind.TOPIC_COLOR else (kind,)
    known = reading.names.lookup(quoted, kinds)
    if known is None:
        raise cursor.ask(start, f"Không có “{quoted}” mà khách hàng nào quan tâm: ý bạn là gì?")
    return kind, known[1]


def color_preference(color: str, start: int, end: int) -> Meant:
    """A favourite or preferred colour."""
    favourite = Attribute(property=CustomerProperty.FAVORITE_COLOR, operator=Operator.EQ, values=(color,))
    preferred = Interest(topic_type=TopicType.COLOR, topic=color, primary=True)
    return Joined("or", [Said(favourite, start, end), Said(preferred, start, end)])


def _scored(reading: Reading, meant: Meant) -> Meant:
    """'với điểm từ 0,5 trở lên' or 'hơn giày' after one interest."""
    cursor = reading.cursor
    start = cursor.position
    leaf = meant.leaf if isinstance(meant, Said) else None
    if not isinstance(meant, Said) or not isinstance(leaf, Interest) or isinstance(meant, Denied):
        return meant
    if cursor.has("với điểm từ", "với điểm ít nhất", "có điểm từ", "với điểm quan tâm từ"):
        number = take_number(cursor)
        if number is not None and 0 <= float(number) <= 1:
            cursor.has("trở lên")
            leaf = leaf.model_copy(update={"min_score": float(number)})
            meant = Said(leaf, meant.start, cursor.position)
            start = cursor.position
        else:
            cursor.position = start
            return meant
    if cursor.has(*_MORE):
        at = cursor.position
        other = _topic(reading, at, primary=False, liked=False)
        named = other.leaf if isinstance(other, Said) else None
        if isinstance(named, Interest):
            than = TopicName(topic_type=named.topic_type, topic=named.topic)
            if (than.topic_type, than.topic) == (leaf.topic_type, leaf.topic):
                raise cursor.ask(at, "Quan tâm hơn cái gì?")
            return Said(leaf.model_copy(update={"more_than": than}), meant.start, cursor.position)
    cursor.position = start
    return meant


def take_threshold(cursor: VietnameseCursor) -> float | None:
    """'với độ tương tự từ 0,4' after a phrase."""
    start = cursor.position
    if cursor.has("với độ tương tự từ", "với độ tương tự ít nhất"):
        number = take_number(cursor)
        if number is not None and 0 <= float(number) <= 1:
            cursor.has("trở lên")
            return float(number)
    cursor.position = start
    return None


def take_luxury(reading: Reading) -> Meant | None:
    """'cao cấp' after 'khách hàng', where the tenant has a tag for it."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có", "theo", "sống theo")
    if cursor.has(*_LUXURY) is None or reading.catalogue.luxury_tag is None:
        cursor.position = start
        return None
    return Said(Interest(topic_type=TopicType.TAG, topic=reading.catalogue.luxury_tag), start, cursor.position)
