"""Sentences in English."""

import re
from collections.abc import Sequence
from datetime import timedelta

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
    CustomerProperty,
    Dates,
    EventKind,
    Interest,
    InterestPhrase,
    Last,
    Next,
    Not,
    Operator,
    Or,
    ProductFilter,
    ProfilePhrase,
    Range,
    SegmentMember,
    SegmentPlan,
    TopicType,
    Window,
)
from leo_activation.segments.planners.english.lexicon import LANGUAGES, MONTHS, RESERVED, plural
from leo_activation.segments.planners.places import NAME_OF
from leo_activation.segments.request import MessageClass, PlannedRequest

_VERBS: dict[str, tuple[str, str]] = {
    EventKind.PURCHASE: ("bought", "buy"),
    EventKind.VIEW: ("viewed", "view"),
    EventKind.ADD_TO_CART: ("added", "add"),
    EventKind.RETURN: ("returned", "return"),
}
_NAMES = {
    CustomerProperty.COUNTRY: "country",
    CustomerProperty.CITY: "city",
    CustomerProperty.GENDER: "gender",
    CustomerProperty.AGE: "age",
    CustomerProperty.BIRTH_MONTH: "birth month",
    CustomerProperty.LANGUAGE: "language",
    CustomerProperty.FUNNEL_STAGE: "funnel stage",
    CustomerProperty.FAVORITE_COLOR: "favourite colour",
    CustomerProperty.TOTAL_SPENT: "total spent",
    CustomerProperty.CREATED_AT: "date of joining",
}
_COMPARED = {
    Operator.LT: "less than",
    Operator.LE: "at most",
    Operator.GT: "more than",
    Operator.GE: "at least",
}
_CHANNELS = {
    Channel.EMAIL: "an e-mail",
    Channel.SMS: "an SMS",
    Channel.ZALO: "a Zalo message",
    Channel.MESSENGER: "a Messenger message",
    Channel.MOBILE_PUSH: "a mobile push",
    Channel.WEB_PUSH: "a web push",
}
_MONTH_NAMES = {number: name.capitalize() for name, number in reversed(MONTHS.items())}
_LANGUAGE_NAMES = {code: name.capitalize() for name, code in LANGUAGES.items()}
_WORD = re.compile(r"[^\W\d_]{3,}")


def explain(plan: SegmentPlan, catalogue: Catalogue, *, notes: Sequence[str] = ()) -> str:
    """The plan as one sentence, from 'Customers' to the full stop, and each note as one more."""
    if plan.where is None:
        conditions = ""
    elif isinstance(plan.where, And):
        conditions = " " + " and ".join(explain_condition(part, catalogue) for part in plan.where.conditions)
    else:
        conditions = f" {explain_condition(plan.where, catalogue)}"
    return " ".join([f"{_subject(plan)}{conditions}.", *(f"{note}." for note in notes)])


def explain_condition(condition: Condition, catalogue: Catalogue) -> str:
    """One condition as it stands after 'customers': a step of a preview's funnel."""
    match condition:
        case And() | Or():
            joint = " and " if isinstance(condition, And) else " or "
            return f"({joint.join(explain_condition(part, catalogue) for part in condition.conditions)})"
        case Not():
            return _denied(condition.condition, catalogue)
        case _:
            return _leaf(condition, catalogue, denied=False)


def describe(request: PlannedRequest, catalogue: Catalogue) -> str:
    """The whole request: name, sentence, the readings that were chosen, and what is to be sent."""
    sentence = explain(request.plan, catalogue, notes=request.notes)
    if request.segment_name is not None:
        sentence = f"Segment {_quoted(request.segment_name)}: {sentence[0].lower()}{sentence[1:]}"
    parts = [sentence]
    if request.activation is not None:
        kind = "transactional " if request.activation.message_class is MessageClass.TRANSACTIONAL else ""
        article, _, channel = _CHANNELS[request.activation.channel].partition(" ")
        parts.append(f"Then send them {'a' if kind else article} {kind}{channel}")
        parts[-1] += f" saying: {_quoted(request.activation.message)}" if request.activation.message else "."
    return " ".join(parts)


def _subject(plan: SegmentPlan) -> str:
    if plan.limit is None:
        return "All customers" if plan.where is None else "Customers"
    customers = "customer" if plan.limit == 1 else "customers"
    if plan.order is None:
        return f"First {plan.limit} {customers} by customer id"
    if not isinstance(plan.order.by, CustomerProperty):
        raise NotImplementedError
    extreme = "highest" if plan.order.descending else "lowest"
    return f"Top {plan.limit} {customers} by {extreme} {_NAMES[plan.order.by]}"


def _denied(condition: Condition, catalogue: Catalogue) -> str:
    match condition:
        case And() | Or():
            return f"who are not among those {explain_condition(condition, catalogue)}"
        case Behaviour() | Interest() | InterestPhrase() | ProfilePhrase() | SegmentMember():
            return _leaf(condition, catalogue, denied=True)
        case Attribute(operator=Operator.EXISTS):
            return f"whose {_NAMES[condition.property]} is unknown"
        case Attribute():
            return _denied_attribute(condition, catalogue.currency)
        case _:
            return f"not ({explain_condition(condition, catalogue)})"


def _leaf(leaf: Condition, catalogue: Catalogue, *, denied: bool) -> str:
    not_ = " not" if denied else ""
    match leaf:
        case Behaviour():
            return _behaviour(leaf, catalogue.currency, denied=denied)
        case Attribute():
            return _attribute(leaf, catalogue.currency)
        case Interest():
            return _interest(leaf, not_)
        case InterestPhrase():
            return f"who are{not_} interested in something like {_quoted(leaf.phrase)}{_threshold(leaf.threshold)}"
        case ProfilePhrase():
            return f"who are{not_} similar to {_quoted(leaf.phrase)}{_threshold(leaf.threshold)}"
        case SegmentMember():
            return f"who are{not_} in the segment {_quoted(catalogue.segments.get(leaf.segment_id, leaf.segment_id))}"
        case _:
            return explain_condition(leaf, catalogue)


# --- leaves -----------------------------------------------------------------------------------------------------------


def _behaviour(leaf: Behaviour, currency: str, *, denied: bool) -> str:
    did, do = _VERBS[leaf.event]
    words = [f"who did not {do}" if denied else f"who {did}", _things(leaf.product, currency)]
    if leaf.event == EventKind.ADD_TO_CART:
        words.append("to the cart")
    if leaf.min_count == leaf.max_count:
        words.append(f"exactly {_times(leaf.min_count)}")
    elif leaf.max_count is not None:
        words.append(f"between {leaf.min_count} and {_times(leaf.max_count)}")
    elif leaf.min_count > 1:
        words.append(f"at least {_times(leaf.min_count)}")
    if leaf.value is not None:
        words.append(f"for {_range(leaf.value, currency)} in total")
    if leaf.window is not None:
        words.append(_window(leaf.window))
    return " ".join(words)


def _times(count: int) -> str:
    return "1 time" if count == 1 else f"{count} times"


def _things(wanted: ProductFilter | None, currency: str) -> str:
    if wanted is None:
        return "anything"
    colors = _listed(wanted.colors)
    plain = bool(wanted.categories) and not wanted.names and all(map(_is_plain, wanted.categories))
    if plain:
        nouns = [f"{colors} {_listed([plural(name) for name in wanted.categories])}".strip()]
    elif wanted.names:
        nouns = [_named("product", wanted.names), *([f"in {colors}"] if colors else [])]
    else:
        nouns = [f"anything {colors}".strip()]
    if wanted.categories and not plain:
        nouns.append(f"in {_named('category', wanted.categories)}")
    if wanted.brands:
        nouns.append(f"of {_named('brand', wanted.brands)}")
    if wanted.price is not None:
        nouns.append(f"priced {_range(wanted.price, currency)}")
    return " ".join(nouns)


def _is_plain(name: str) -> bool:
    """Whether a name stands without quotes: one word that means nothing else in a request."""
    return bool(_WORD.fullmatch(name)) and name.lower() not in RESERVED


def _named(kind: str, names: Sequence[str]) -> str:
    return _listed([f"the {kind} {_quoted(name)}" for name in names])


def _attribute(leaf: Attribute, currency: str) -> str:
    name = _NAMES[leaf.property]
    values = [_value(leaf.property, value, currency) for value in leaf.values]
    match leaf.operator:
        case Operator.EQ | Operator.IN:
            if leaf.property is CustomerProperty.COUNTRY:
                return f"who live in {_listed(values)}"
            return f"whose {name} is {_listed(values)}"
        case Operator.NE:
            return f"whose {name} is other than {values[0]}"
        case Operator.BETWEEN:
            return f"whose {name} is between {values[0]} and {values[1]}"
        case Operator.CONTAINS:
            return f"whose {name} contains {_quoted(leaf.values[0])}"
        case Operator.STARTS_WITH:
            return f"whose {name} starts with {_quoted(leaf.values[0])}"
        case Operator.EXISTS:
            return f"whose {name} is known"
        case Operator.WITHIN if leaf.window is not None:
            return f"who joined {_window(leaf.window)}"
        case _:
            return f"whose {name} is {_COMPARED[leaf.operator]} {values[0]}"


def _denied_attribute(leaf: Attribute, currency: str) -> str:
    words = _attribute(leaf, currency)
    for plain, denied in (("who live ", "who do not live "), ("who joined ", "who did not join ")):
        if words.startswith(plain):
            return f"{denied}{words.removeprefix(plain)}"
    if leaf.operator in {Operator.NE, Operator.CONTAINS, Operator.STARTS_WITH}:
        return f"who are not among those ({words})"
    name = f"whose {_NAMES[leaf.property]} is "
    return f"{name}not {words.removeprefix(name)}"


def _value(name: CustomerProperty, value: str, currency: str) -> str:
    match name:
        case CustomerProperty.COUNTRY:
            return NAME_OF.get(value, value)
        case CustomerProperty.LANGUAGE:
            return _LANGUAGE_NAMES.get(value, value)
        case CustomerProperty.BIRTH_MONTH:
            return _MONTH_NAMES[int(value)]
        case CustomerProperty.TOTAL_SPENT:
            return _money(value, currency)
        case CustomerProperty.AGE | CustomerProperty.GENDER:
            return value
        case _:
            return value if _is_plain(value) else _quoted(value)


def _interest(leaf: Interest, not_: str) -> str:
    score = "" if leaf.min_score is None else f" with a score of at least {leaf.min_score}"
    if leaf.topic_type is TopicType.TAG:
        return f"who {'do not ' if not_ else ''}have the tag {_quoted(leaf.topic)}{score}"
    topic = f"the {'colour' if leaf.topic_type is TopicType.COLOR else leaf.topic_type.value} {_quoted(leaf.topic)}"
    if leaf.topic_type is TopicType.CATEGORY and _is_plain(leaf.topic):
        topic = plural(leaf.topic)
    mainly = "mainly " if leaf.primary else ""
    return f"who are{not_} {mainly}interested in {topic}{score}"


def _threshold(threshold: float | None) -> str:
    return "" if threshold is None else f" by at least {threshold}"


def _range(bounds: Range, currency: str) -> str:
    if bounds.at_least is not None and bounds.at_most is not None:
        return f"between {_money(bounds.at_least, currency)} and {_money(bounds.at_most, currency)}"
    written = (
        ("at least", bounds.at_least),
        ("more than", bounds.more_than),
        ("at most", bounds.at_most),
        ("less than", bounds.less_than),
    )
    return " and ".join(f"{words} {_money(amount, currency)}" for words, amount in written if amount is not None)


def _window(window: Window) -> str:
    match window:
        case Last():
            return f"in the last {window.unit if window.amount == 1 else f'{window.amount} {window.unit}s'}"
        case Calendar():
            return _calendar(window)
        case Dates():
            return _dates(window)
        case Ago() | Next():
            raise NotImplementedError


def _calendar(window: Calendar) -> str:
    if window.unit is CalendarUnit.DAY and window.offset in {0, -1}:
        return "today" if window.offset == 0 else "yesterday"
    if window.offset == 0:
        return f"this {window.unit}"
    if window.offset == -1:
        return f"in the previous calendar {window.unit}"
    return f"{-window.offset} calendar {window.unit}s ago"


def _dates(window: Dates) -> str:
    if window.until is None:
        return f"since {window.since}"
    if window.since is None:
        return f"before {window.until}"
    last = window.until - timedelta(days=1)
    return f"on {last}" if last == window.since else f"from {window.since} to {last}"


def _money(amount: str, currency: str) -> str:
    whole, point, fraction = amount.partition(".")
    return f"{int(whole):,}{point}{fraction} {currency}"


def _listed(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}" if values else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"“{text}”"
