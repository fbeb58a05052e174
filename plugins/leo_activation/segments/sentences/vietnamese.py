"""Sentences in Vietnamese: conditions are parted by semicolons, alternatives stand in brackets.

Goods, colours and places are said in Vietnamese where the grammar reads the word back as that very name, and else in
quotes as the catalogue spells them. Numbers are written the Vietnamese way (1.500.000 and 0,5), dates day/month/year.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Ago,
    And,
    Attribute,
    Behaviour,
    Calendar,
    CalendarUnit,
    Channel,
    Condition,
    Counted,
    CountRange,
    CustomerProperty,
    Dates,
    EventKind,
    Exposure,
    ExposureKind,
    Interest,
    InterestPhrase,
    InterestScore,
    Last,
    Length,
    Measure,
    MeasureKind,
    Next,
    Not,
    Occurrence,
    Operator,
    Or,
    Order,
    OrderContents,
    ProductFilter,
    ProfilePhrase,
    Range,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    SegmentPlan,
    Step,
    TopicName,
    TopicType,
    Window,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.planners.places import NAME_OF
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import UNIT_WORDS
from leo_activation.segments.planners.vietnamese.dictionary import COUNTRIES, LANGUAGES
from leo_activation.segments.planners.vietnamese.groups import CHANNEL_NAMES
from leo_activation.segments.planners.vietnamese.names import GOODS_KINDS, Names, names_of
from leo_activation.segments.planners.vietnamese.properties import PROPERTIES
from leo_activation.segments.planners.vietnamese.topics import TOPIC_WORDS
from leo_activation.segments.planners.vocabulary import NameKind, vocabulary_of
from leo_activation.segments.request import MessageClass, PlannedRequest
from leo_activation.warehouse.graph_schema import ValueType

_VERBS: dict[str, str] = {EventKind.PURCHASE: "mua", EventKind.VIEW: "xem", EventKind.RETURN: "trả lại"}
_EXPOSED = {
    ExposureKind.RECEIVED: "nhận",
    ExposureKind.OPENED: "mở",
    ExposureKind.CLICKED: "nhấp vào",
    ExposureKind.CONVERTED: "chuyển đổi từ",
}
_RELATED = {
    RelationKind.HOUSEHOLD: "sống cùng nhà với",
    RelationKind.REFERRED_BY: "được giới thiệu bởi",
    RelationKind.REFERRED: "giới thiệu",
    RelationKind.CO_PURCHASE: "mua cùng sản phẩm với",
}
_DONE = frozenset({RelationKind.REFERRED, RelationKind.CO_PURCHASE})
_SENT = {
    Channel.EMAIL: "email",
    Channel.SMS: "SMS",
    Channel.ZALO: "tin nhắn Zalo",
    Channel.MESSENGER: "tin nhắn Messenger",
    Channel.MOBILE_PUSH: "thông báo đẩy trên di động",
    Channel.WEB_PUSH: "thông báo đẩy trên web",
}
_TOPIC_KINDS = {
    TopicType.TAG: NameKind.TAG,
    TopicType.CATEGORY: NameKind.TOPIC_CATEGORY,
    TopicType.PRODUCT: NameKind.TOPIC_PRODUCT,
    TopicType.BRAND: NameKind.TOPIC_BRAND,
    TopicType.KEYWORD: NameKind.KEYWORD,
}
_MEASURES = {
    MeasureKind.EVENTS: "số lần",
    MeasureKind.UNITS: "số lượng",
    MeasureKind.VALUE: "tổng giá trị",
    MeasureKind.LATEST: "thời điểm",
}
THOUSANDS = 3


def explain(plan: SegmentPlan, catalogue: Catalogue, *, notes: Sequence[str] = ()) -> str:
    """The plan as one sentence, from 'Khách hàng' to the full stop, and each note as one more."""
    return _Words(catalogue).sentence(plan, notes)


def explain_condition(condition: Condition, catalogue: Catalogue) -> str:
    """One condition as it stands after 'khách hàng': a step of a preview's funnel."""
    return _Words(catalogue).condition(condition)


def describe(request: PlannedRequest, catalogue: Catalogue) -> str:
    """The whole request: name, sentence, readings that were chosen, what was ignored, and what is to be sent."""
    sentence = explain(request.plan, catalogue, notes=request.notes)
    if request.segment_name is not None:
        sentence = f"Phân khúc {_quoted(request.segment_name)}: {sentence[0].lower()}{sentence[1:]}"
    if request.ignored:
        sentence += f" Bỏ qua: {', '.join(f'“{words}”' for words in request.ignored)}."
    if request.activation is None:
        return sentence
    draft = request.activation
    kind = " giao dịch" if draft.message_class is MessageClass.TRANSACTIONAL else ""
    sent = f"Sau đó gửi cho họ {_SENT[draft.channel]}{kind}"
    return f"{sentence} {sent} với nội dung: {_quoted(draft.message)}" if draft.message else f"{sentence} {sent}."


_MOST_KEPT = 8


class _Words:
    """The words for one tenant's plans."""

    _kept: "tuple[tuple[Catalogue, Names], ...]" = ()

    def __init__(self, catalogue: Catalogue) -> None:
        """Keep the catalogue and its names, which are the same from sentence to sentence; those of a few tenants."""
        known = next((one for one in _Words._kept if one[0] is catalogue), None)
        if known is None:
            known = (catalogue, names_of(vocabulary_of(catalogue)))
            _Words._kept = (known, *_Words._kept[: _MOST_KEPT - 1])
        self.catalogue, self.names = known

    # --- the whole ----------------------------------------------------------------------------------------------------

    def sentence(self, plan: SegmentPlan, notes: Sequence[str]) -> str:
        """Subject, conditions and notes."""
        conditions = ""
        if isinstance(plan.where, And):
            parts = [self.condition(part) for part in plan.where.conditions]
            conditions = f" {'; '.join(parts[:-1])}; và {parts[-1]}"
        elif plan.where is not None:
            conditions = f" {self.condition(plan.where)}"
        subject = self._subject(plan)
        return " ".join([f"{subject}{conditions}.", *(f"{note}." for note in notes)])

    def _subject(self, plan: SegmentPlan) -> str:
        if plan.limit is None and plan.percent is None:
            return "Khách hàng" if plan.where is not None else "Tất cả khách hàng"
        amount = _number(str(plan.limit)) if plan.limit is not None else f"{_number(plan.percent or '')}%"
        among = " trong số khách hàng" if plan.where is not None else ""
        if plan.order is None:
            return f"{amount} khách hàng đầu tiên theo mã khách hàng"
        return f"{amount} khách hàng {self._order(plan.order)}{among}"

    def _order(self, order: Order) -> str:
        extreme = "cao nhất" if order.descending else "thấp nhất"
        recent = "gần đây nhất" if order.descending else "xa nhất"
        match order.by:
            case "random":
                return "ngẫu nhiên"
            case CustomerProperty():
                timed = order.by is CustomerProperty.CREATED_AT
                return f"có {PROPERTIES[order.by][0]} {recent if timed else extreme}"
            case InterestScore():
                return f"có điểm quan tâm đến {self._topic(order.by.topic)} {extreme}"
            case _:
                latest = order.by.measure is MeasureKind.LATEST
                return f"có {self._measure(order.by)} {recent if latest else extreme}"

    def _measure(self, measure: Measure) -> str:
        window = "" if measure.window is None else f" {_window(measure.window)}"
        things = "" if measure.product is None else f" {self._things(measure.product)}"
        if measure.measure is MeasureKind.ORDERS:
            return f"số đơn hàng{things}{window}"
        name = _MEASURES[measure.measure]
        if measure.event == EventKind.ADD_TO_CART:
            return f"{name} thêm{things} vào giỏ hàng{window}"
        if measure.event in _VERBS:
            return f"{name} {_VERBS[measure.event]}{things}{window}"
        return f"{name} có sự kiện {_quoted(measure.event)}{window}"

    # --- conditions ---------------------------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> str:
        """One condition as it stands after 'khách hàng'."""
        match condition:
            case And() | Or():
                joint = "; và " if isinstance(condition, And) else "; hoặc "
                return f"({joint.join(self.condition(part) for part in condition.conditions)})"
            case Not():
                return self._denied(condition.condition)
            case Behaviour():
                return self._behaviour(condition)
            case EventSequence():
                return self._sequence(condition)
            case OrderContents():
                return self._contents(condition)
            case Attribute():
                return self._attribute(condition)
            case Interest():
                return self._interest(condition)
            case InterestPhrase():
                phrase = f"quan tâm đến những thứ như {_quoted(condition.phrase)}"
                return f"{phrase}{_threshold(condition.threshold)}"
            case ProfilePhrase():
                return f"giống mô tả {_quoted(condition.phrase)}{_threshold(condition.threshold)}"
            case SegmentMember():
                return f"thuộc phân khúc {_quoted(self._segment(condition.segment_id))}"
            case Exposure():
                return f"đã {self._exposure(condition)}"
            case Relation():
                done = "đã " if condition.relation in _DONE else ""
                return f"{done}{self._relation(condition)}"
            case Reachable():
                return self._reachable(condition)

    def _denied(self, condition: Condition) -> str:
        words = self.condition(condition)
        match condition:
            case Behaviour() if condition.is_existence:
                not_ = "chưa" if condition.window is None else "không"
                return f"{not_} {words.removeprefix('đã ')}"
            case Exposure() if condition.is_existence:
                not_ = "chưa" if condition.window is None else "không"
                return f"{not_} {words.removeprefix('đã ')}"
            case Relation():
                return f"{'chưa' if condition.relation in _DONE else 'không'} {words.removeprefix('đã ')}"
            case Reachable():
                return f"không {words.removeprefix('có ') if condition.by is Reachability.BOTH else words}"
            case SegmentMember() | ProfilePhrase(threshold=None) | InterestPhrase(threshold=None):
                return f"không {words}"
            case Interest(min_score=None, more_than=None):
                return f"không {words}"
            case Attribute(operator=Operator.EXISTS):
                return f"chưa {words.removeprefix('đã ')}"
            case Attribute() if words.startswith(("sống ở ", "tham gia ", "nói ")):
                return f"không {words}"
            case Attribute() if words.startswith("là "):
                return f"không phải {words}"
            case And() | Or():
                return f"không phải {words}"
            case _:
                return f"không phải ({words})"

    # --- what was done ------------------------------------------------------------------------------------------------

    def _did(self, event: str, product: ProductFilter | None) -> str:
        if event == EventKind.ADD_TO_CART:
            return f"thêm {self._things(product) if product else 'sản phẩm'} vào giỏ hàng"
        if event not in _VERBS:
            return f"có sự kiện {_quoted(event)}"
        if product is None:
            return "mua hàng" if event == EventKind.PURCHASE else f"{_VERBS[event]} sản phẩm bất kỳ"
        return f"{_VERBS[event]} {self._things(product)}"

    def _behaviour(self, leaf: Behaviour) -> str:
        window = [] if leaf.window is None else [_window(leaf.window)]
        if leaf.occurrence in {Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL} and leaf.product is not None:
            verb = "thêm vào giỏ hàng" if leaf.event == EventKind.ADD_TO_CART else _VERBS[leaf.event]
            which = "đầu tiên" if leaf.occurrence is Occurrence.FIRST_OF_ALL else "cuối cùng"
            return " ".join([f"có lần {verb} {which} là {self._things(leaf.product)}", *window])
        did = self._did(leaf.event, leaf.product)
        words = [did if did.startswith("có ") else f"đã {did}"]
        if leaf.occurrence is not Occurrence.ANY:
            words.append("lần đầu tiên" if leaf.occurrence is Occurrence.FIRST else "lần cuối cùng")
        words += _counts(leaf)
        if leaf.value is not None:
            words.append(f"với tổng giá trị {self._range(leaf.value)}")
        if leaf.average_order is not None:
            words.append(f"với giá trị đơn hàng trung bình {self._range(leaf.average_order)}")
        return " ".join([*words, *window])

    def _sequence(self, leaf: EventSequence) -> str:
        did = self._did(leaf.first.event, leaf.first.product)
        words = [did if did.startswith("có ") else f"đã {did}"]
        if leaf.window is not None:
            words.append(_window(leaf.window))
        words.append("rồi không" if leaf.then_not else "rồi")
        words.append(self._then(leaf.then, same=leaf.same_product))
        if leaf.within is not None:
            words.append(f"trong vòng {_length(leaf.within)} sau đó")
        return " ".join(words)

    def _then(self, step: Step, *, same: bool) -> str:
        if not same:
            return self._did(step.event, step.product)
        cart = step.event == EventKind.ADD_TO_CART
        verb = "thêm chính sản phẩm đó vào giỏ hàng" if cart else f"{_VERBS[step.event]} chính sản phẩm đó"
        return verb if step.product is None else f"{verb} là {self._things(step.product)}"

    def _contents(self, leaf: OrderContents) -> str:
        words = ["có đơn hàng" if leaf.min_orders == 1 else f"có ít nhất {_number(str(leaf.min_orders))} đơn hàng"]
        if leaf.product is not None:
            words.append(f"chứa {self._things(leaf.product)}")
        words += [f"kèm {self._things(other)}" for other in leaf.together_with]
        if leaf.units is not None:
            words.append(f"với số lượng {_count_range(leaf.units)}")
        if leaf.value is not None:
            words.append(f"với giá trị {self._range(leaf.value)}")
        if leaf.window is not None:
            words.append(_window(leaf.window))
        return " ".join(words)

    def _exposure(self, leaf: Exposure) -> str:
        names = [_quoted(self.catalogue.campaigns.get(key, key)) for key in leaf.campaigns]
        words = [f"{_EXPOSED[leaf.exposure]} chiến dịch {_listed(names) if names else 'bất kỳ'}"]
        if leaf.channel is not None:
            words.append(f"qua {CHANNEL_NAMES[leaf.channel]}")
        if leaf.min_count > 1:
            words.append(f"ít nhất {_number(str(leaf.min_count))} lần")
        if leaf.window is not None:
            words.append(_window(leaf.window))
        return " ".join(words)

    # --- goods --------------------------------------------------------------------------------------------------------

    def _things(self, wanted: ProductFilter) -> str:
        plain = self._plain_goods(wanted)
        if plain:
            head = _listed(plain)
        elif wanted.names:
            head = f"sản phẩm {_listed([_quoted(name) for name in wanted.names])}"
        elif wanted.categories:
            head = f"danh mục {_listed([_quoted(name) for name in wanted.categories])}"
        elif wanted.brands:
            head = f"thương hiệu {_listed([_quoted(name) for name in wanted.brands])}"
        else:
            head = "sản phẩm"
        details = []
        if wanted.names and wanted.categories:
            details.append(f"thuộc danh mục {_listed([_quoted(name) for name in wanted.categories])}")
        if wanted.brands and (wanted.names or wanted.categories):
            details.append(f"của thương hiệu {_listed([_quoted(name) for name in wanted.brands])}")
        if wanted.colors:
            details.append(f"màu {_listed([self._color(color) for color in wanted.colors])}")
        if wanted.price is not None:
            details.append(f"giá {self._range(wanted.price)}")
        if details and len(plain) > 1:
            head += " đều"
        return " ".join([head, *details])

    def _plain_goods(self, wanted: ProductFilter) -> list[str]:
        """The Vietnamese words for all names of the head, or none at all."""
        kind, names = (NameKind.PRODUCT, wanted.names) if wanted.names else (NameKind.CATEGORY, wanted.categories)
        words = [self._said(kind, name, GOODS_KINDS) for name in names]
        return [word for word in words if word is not None] if all(words) else []

    def _said(self, kind: NameKind, name: str, kinds: Sequence[NameKind]) -> str | None:
        """The Vietnamese word for a name, if it is read back as just that name."""
        word = self.names.said.get((kind, name))
        if word is None:
            return None
        cursor = VietnameseCursor(word)
        found = self.names.take(cursor, *kinds)
        return word if found == (kind, name) and cursor.at_end else None

    def _color(self, color: str) -> str:
        for kind in (NameKind.COLOR, NameKind.TOPIC_COLOR):
            word = self.names.said.get((kind, color))
            if word is not None:
                cursor = VietnameseCursor(word)
                found = self.names.take(cursor, NameKind.COLOR, NameKind.TOPIC_COLOR)
                if found is not None and found[1] == color and cursor.at_end:
                    return word
        return _quoted(color)

    # --- people -------------------------------------------------------------------------------------------------------

    def _attribute(self, leaf: Attribute) -> str:
        name = leaf.property
        called = PROPERTIES[name][0]
        if leaf.operator is Operator.EXISTS:
            return f"đã biết {called}"
        if name is CustomerProperty.BIRTHDAY:
            return self._birthday(leaf)
        if leaf.window is not None:
            return f"tham gia {_window(leaf.window)}"
        if leaf.operator in {Operator.CONTAINS, Operator.STARTS_WITH}:
            how = "chứa" if leaf.operator is Operator.CONTAINS else "bắt đầu bằng"
            return f"có {called} {how} {_quoted(leaf.values[0])}"
        values = [self._value(name, value) for value in leaf.values]
        if leaf.operator is Operator.NE:
            return f"có {called} khác {values[0]}"
        if leaf.operator in {Operator.EQ, Operator.IN}:
            return self._one_of(leaf, values, called)
        return self._compared(leaf, values, called)

    def _one_of(self, leaf: Attribute, values: list[str], called: str) -> str:
        match leaf.property:
            case CustomerProperty.COUNTRY | CustomerProperty.CITY:
                return f"sống ở {_listed(values)}"
            case CustomerProperty.GENDER if not any(value.startswith(('"', "“")) for value in values):
                return f"là {_listed(values)}"
            case CustomerProperty.LANGUAGE:
                return f"nói {_listed(values)}"
            case CustomerProperty.BIRTH_MONTH:
                return f"sinh {_listed(values)}"
            case CustomerProperty.AGE if leaf.operator is Operator.EQ:
                return f"đúng {values[0]} tuổi"
            case _ if leaf.operator is Operator.EQ and leaf.property.value_type is not ValueType.TEXT:
                return f"có {called} đúng {values[0]}"
            case _:
                return f"có {called} là {_listed(values)}"

    def _compared(self, leaf: Attribute, values: list[str], called: str) -> str:
        age = leaf.property is CustomerProperty.AGE
        unit = " tuổi" if age else ""
        has = "" if age else f"có {called} "
        match leaf.operator:
            case Operator.BETWEEN:
                return f"{has}từ {values[0]} đến {values[1]}{unit}"
            case Operator.GT:
                return f"{has}trên {values[0]}{unit}"
            case Operator.LT:
                return f"{has}dưới {values[0]}{unit}"
            case Operator.LE:
                return f"{has}tối đa {values[0]}{unit}"
            case _:
                return f"{has}từ {values[0]}{unit} trở lên"

    def _birthday(self, leaf: Attribute) -> str:
        if leaf.window is not None:
            return f"có sinh nhật {_window(leaf.window)}"
        days = [f"ngày {int(value[3:])}/{int(value[:2])}" for value in leaf.values]
        if leaf.operator is Operator.BETWEEN:
            return f"có sinh nhật từ {days[0]} đến {days[1]}"
        return f"có sinh nhật vào {days[0]}"

    def _value(self, name: CustomerProperty, value: str) -> str:
        match name:
            case CustomerProperty.COUNTRY:
                return self._country(value)
            case CustomerProperty.CITY:
                return self._city(value)
            case CustomerProperty.LANGUAGE:
                return f"tiếng {LANGUAGES[value][0]}" if value in LANGUAGES else f"tiếng {_quoted(value)}"
            case CustomerProperty.GENDER:
                word = next((word for word in ("nữ", "nam") if self._gender(word) == value), None)
                return word or _quoted(value)
            case CustomerProperty.FAVORITE_COLOR:
                return self._color(value)
            case CustomerProperty.BIRTH_MONTH:
                return f"tháng {value}"
            case _ if name.value_type is ValueType.MONEY_MINOR:
                return self._money(value)
            case _ if name.value_type is ValueType.TEXT:
                return _quoted(value)
            case _:
                return _number(value)

    def _gender(self, word: str) -> str | None:
        return VietnameseCursor(word).spot(self.names.genders)

    def _country(self, code: str) -> str:
        word = COUNTRIES[code][0] if code in COUNTRIES else NAME_OF.get(code, code)
        cursor = VietnameseCursor(word)
        also_a_city = self.names.take(cursor, NameKind.CITY) is not None
        return f"nước {word}" if also_a_city else word

    def _city(self, city: str) -> str:
        word = self.names.said.get((NameKind.CITY, city), city)
        cursor = VietnameseCursor(word)
        found = self.names.take(cursor, NameKind.CITY)
        read_back = found is not None and found[1] == city and cursor.at_end
        cursor.position = 0
        also_a_country = cursor.spot(self.names.countries) is not None
        if not read_back:
            return f"thành phố {_quoted(city)}"
        return f"thành phố {word}" if also_a_country else word

    def _interest(self, leaf: Interest) -> str:
        topic = self._topic(TopicName(topic_type=leaf.topic_type, topic=leaf.topic))
        if leaf.topic_type is TopicType.TAG and not leaf.primary and leaf.more_than is None:
            words = f"có {topic}"
        else:
            words = f"quan tâm {'nhất ' if leaf.primary else ''}đến {topic}"
        if leaf.min_score is not None:
            words += f" với điểm từ {_number(_decimal(leaf.min_score))} trở lên"
        return words if leaf.more_than is None else f"{words} hơn {self._topic(leaf.more_than)}"

    def _topic(self, topic: TopicName) -> str:
        if topic.topic_type is TopicType.COLOR:
            return (
                f"màu {_quoted(topic.topic)}"
                if self._color(topic.topic)[0] in '"“'
                else f"màu {self._color(topic.topic)}"
            )
        kind = _TOPIC_KINDS[topic.topic_type]
        word = self._said(kind, topic.topic, tuple(_TOPIC_KINDS.values()))
        return word if word is not None else f"{TOPIC_WORDS[topic.topic_type]} {_quoted(topic.topic)}"

    def _segment(self, segment_id: str) -> str:
        name = self.catalogue.segments.get(segment_id, segment_id)
        alike = [key for key, other in self.catalogue.segments.items() if other == name]
        return name if alike in ([], [segment_id]) else segment_id

    def _relation(self, leaf: Relation) -> str:
        count = "" if leaf.min_count == 1 else f"ít nhất {_number(str(leaf.min_count))} "
        other = "khác" if leaf.of is None else f"({self.condition(leaf.of)})"
        return f"{_RELATED[leaf.relation]} {count}khách hàng {other}"

    def _reachable(self, leaf: Reachable) -> str:
        channel = CHANNEL_NAMES[leaf.channel]
        match leaf.by:
            case Reachability.BOTH:
                return f"có thể liên hệ qua {channel}"
            case Reachability.CONSENT:
                return f"đồng ý nhận tin qua {channel}"
            case _:
                return "có số điện thoại" if leaf.channel is Channel.SMS else f"có địa chỉ {channel}"

    # --- amounts ------------------------------------------------------------------------------------------------------

    def _money(self, amount: str) -> str:
        return f"{_number(amount)} {self.catalogue.currency}"

    def _range(self, bounds: Range) -> str:
        low, high = bounds.at_least, bounds.at_most
        if low is not None and high is not None:
            return f"từ {self._money(low)} đến {self._money(high)}"
        if low is not None and bounds.less_than is None:
            return f"từ {self._money(low)} trở lên"
        written = (("ít nhất", low), ("trên", bounds.more_than), ("tối đa", high), ("dưới", bounds.less_than))
        return " và ".join(f"{words} {self._money(amount)}" for words, amount in written if amount is not None)


# --- numbers and times ------------------------------------------------------------------------------------------------


def _number(canonical: str) -> str:
    """'1500000.5' as '1.500.000,5'; three decimals get a fourth, so that they are no thousands."""
    if canonical.startswith("-"):
        return f"âm {_number(canonical[1:])}"
    whole, _, fraction = canonical.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    if not fraction:
        return grouped
    return f"{grouped},{fraction}{'0' if len(fraction) == THOUSANDS else ''}"


def _decimal(value: float) -> str:
    return f"{Decimal(repr(value)):f}"


def _counts(leaf: Behaviour) -> list[str]:
    if (leaf.min_count, leaf.max_count) == (1, None):
        return []
    least, most = _number(str(leaf.min_count)), "" if leaf.max_count is None else _number(str(leaf.max_count))
    if leaf.max_count is None:
        count = f"ít nhất {least}"
    else:
        count = f"đúng {least}" if leaf.min_count == leaf.max_count else f"từ {least} đến {most}"
    match leaf.counted:
        case Counted.EVENTS:
            return [f"{count} lần"]
        case Counted.ORDERS:
            return [f"trong {count} đơn hàng"]
        case Counted.PRODUCTS:
            return [f"với {count} sản phẩm khác nhau"]
        case _:
            return [f"với số lượng {count}"]


def _count_range(bounds: CountRange) -> str:
    if bounds.at_least is not None and bounds.at_most is not None:
        return f"từ {_number(str(bounds.at_least))} đến {_number(str(bounds.at_most))}"
    if bounds.at_least is not None:
        return f"ít nhất {_number(str(bounds.at_least))}"
    return f"tối đa {_number(str(bounds.at_most))}"


def _threshold(threshold: float | None) -> str:
    return "" if threshold is None else f" với độ tương tự từ {_number(_decimal(threshold))} trở lên"


def _length(length: Length | Last | Next) -> str:
    return f"{_number(str(length.amount))} {UNIT_WORDS[length.unit]}"


def _window(window: Window) -> str:
    match window:
        case Last():
            return f"trong {_length(window)} qua"
        case Next():
            return f"trong {_length(window)} tới"
        case Ago(earliest=None):
            return f"cách đây hơn {_length(window.latest)}"
        case Ago() if window.earliest is not None:
            return f"cách đây từ {_length(window.earliest)} đến {_length(window.latest)}"
        case Calendar():
            return _calendar(window)
        case Dates():
            return _dates(window)
        case _:
            raise ValueError(f"no words for the window {window}")


def _calendar(window: Calendar) -> str:
    unit, offset = window.unit, window.offset
    word = UNIT_WORDS[unit]
    now = {CalendarUnit.DAY: "hôm nay", CalendarUnit.YEAR: "năm nay"}.get(unit, f"{word} này")
    if unit is CalendarUnit.DAY:
        near = {0: "hôm nay", -1: "hôm qua", 1: "vào ngày mai"}
    else:
        before = "năm ngoái" if unit is CalendarUnit.YEAR else f"{word} liền trước"
        near = {0: f"trong {now}", -1: f"trong {before}", 1: f"trong {word} sau"}
    if offset in near:
        return near[offset]
    entrance = "vào" if unit is CalendarUnit.DAY else "trong"
    return f"{entrance} {word} {'cách' if offset < 0 else 'sau'} {now} {_number(str(abs(offset)))} {word}"


def _dates(window: Dates) -> str:
    if window.until is None:
        return f"từ ngày {_day(window.since)}"
    if window.since is None:
        return f"trước ngày {_day(window.until)}"
    last = window.until - timedelta(days=1)
    return f"vào ngày {_day(last)}" if last == window.since else f"từ ngày {_day(window.since)} đến ngày {_day(last)}"


def _day(day: date | None) -> str:
    return "" if day is None else f"{day.day}/{day.month}/{day.year:04d}"


def _listed(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} hoặc {values[-1]}" if values else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"“{text}”"
