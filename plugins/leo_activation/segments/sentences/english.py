"""Sentences in English."""

from collections.abc import Sequence
from math import nextafter

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Channel,
    Condition,
    CustomerProperty,
    Exposure,
    Interest,
    InterestPhrase,
    InterestScore,
    Measure,
    Not,
    Operator,
    Or,
    Order,
    OrderContents,
    ProfilePhrase,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    SegmentPlan,
    TopicName,
    TopicType,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.planners.english.lexicon import GENDERS, LANGUAGES, MONTHS, plural
from leo_activation.segments.planners.places import NAME_OF
from leo_activation.segments.request import MessageClass, PlannedRequest
from leo_activation.segments.sentences.english_events import (
    behaviour,
    can_be_denied,
    exposure,
    measure,
    order_contents,
    sequence,
)
from leo_activation.segments.sentences.english_words import (
    decimal_of,
    is_plain,
    listed,
    money,
    number,
    quoted,
    window,
)
from leo_activation.warehouse.graph_schema import ValueType

NAMES = {
    CustomerProperty.COUNTRY: "country",
    CustomerProperty.CITY: "city",
    CustomerProperty.GENDER: "gender",
    CustomerProperty.AGE: "age",
    CustomerProperty.BIRTH_MONTH: "birth month",
    CustomerProperty.BIRTHDAY: "birthday",
    CustomerProperty.LANGUAGE: "language",
    CustomerProperty.FUNNEL_STAGE: "funnel stage",
    CustomerProperty.FAVORITE_COLOR: "favourite colour",
    CustomerProperty.TOTAL_SPENT: "total spent",
    CustomerProperty.LIFETIME_VALUE: "lifetime value",
    CustomerProperty.CREATED_AT: "date of joining",
    CustomerProperty.LEAD_SCORE: "lead score",
    CustomerProperty.PROSPECT_SCORE: "prospect score",
    CustomerProperty.ENGAGEMENT_SCORE: "engagement score",
    CustomerProperty.LOYALTY_SCORE: "loyalty score",
    CustomerProperty.RFM_SCORE: "RFM score",
    CustomerProperty.CHURN_SCORE: "churn score",
    CustomerProperty.SATISFACTION_SCORE: "satisfaction score",
    CustomerProperty.PROMOTER_SCORE: "promoter score",
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
_CHANNEL_NAMES = {channel: name.split(" ", 1)[1].removesuffix(" message") for channel, name in _CHANNELS.items()}
_REACHED_ON = frozenset({Channel.ZALO, Channel.MESSENGER})
_RELATED = {
    RelationKind.HOUSEHOLD: "who live in one household with",
    RelationKind.REFERRED_BY: "who were referred by",
    RelationKind.REFERRED: "who referred",
    RelationKind.CO_PURCHASE: "who bought the same products as",
}
_MONTH_NAMES = {number: name.capitalize() for name, number in reversed(MONTHS.items())}
_LANGUAGE_NAMES = {code: name.capitalize() for name, code in LANGUAGES.items()}


def explain(plan: SegmentPlan, catalogue: Catalogue, *, notes: Sequence[str] = ()) -> str:
    """The plan as one sentence, from 'Customers' to the full stop, and each note as one more."""
    if plan.where is None:
        conditions = ""
    elif isinstance(plan.where, And):
        conditions = " " + " and ".join(explain_condition(part, catalogue) for part in plan.where.conditions)
    else:
        conditions = f" {explain_condition(plan.where, catalogue)}"
    return " ".join([f"{_subject(plan, catalogue)}{conditions}.", *(f"{note}." for note in notes)])


def explain_condition(condition: Condition, catalogue: Catalogue) -> str:
    """One condition as it stands after 'customers': a step of a preview's funnel."""
    match condition:
        case And() | Or():
            joint = " and " if isinstance(condition, And) else " or "
            return f"({joint.join(explain_condition(part, catalogue) for part in condition.conditions)})"
        case Not():
            return _denied(condition.condition, catalogue)
        case Behaviour():
            return behaviour(condition, catalogue.currency)
        case EventSequence():
            return sequence(condition, catalogue.currency)
        case OrderContents():
            return order_contents(condition, catalogue.currency)
        case Exposure():
            return exposure(condition, catalogue)
        case Attribute():
            return _attribute(condition, catalogue.currency)
        case Interest():
            return _interest(condition)
        case InterestPhrase():
            return _interest_phrase(condition)
        case ProfilePhrase():
            return _profile_phrase(condition)
        case SegmentMember():
            return _member(condition, catalogue)
        case Relation():
            return _relation(condition, catalogue)
        case Reachable():
            return _reachable(condition)


def describe(request: PlannedRequest, catalogue: Catalogue) -> str:
    """The whole request: name, sentence, readings that were chosen, what was ignored, and what is to be sent."""
    sentence = explain(request.plan, catalogue, notes=request.notes)
    if request.segment_name is not None:
        sentence = f"Segment {quoted(request.segment_name)}: {sentence[0].lower()}{sentence[1:]}"
    parts = [sentence]
    if request.ignored:
        parts.append(f"Ignored: {', '.join(f'“{words}”' for words in request.ignored)}.")
    if request.activation is not None:
        kind = "transactional " if request.activation.message_class is MessageClass.TRANSACTIONAL else ""
        article, _, channel = _CHANNELS[request.activation.channel].partition(" ")
        parts.append(f"Then send them {'a' if kind else article} {kind}{channel}")
        parts[-1] += f" saying: {quoted(request.activation.message)}" if request.activation.message else "."
    return " ".join(parts)


# --- whom, in which order ---------------------------------------------------------------------------------------------


def _subject(plan: SegmentPlan, catalogue: Catalogue) -> str:
    customers = "customer" if plan.limit == 1 else "customers"
    if plan.percent is not None:
        cut = f"{number(plan.percent)} % of customers"
    elif plan.limit is not None:
        cut = f"{plan.limit} {customers}"
    else:
        return "All customers" if plan.where is None else "Customers"
    if plan.order is None:
        return f"First {cut} by customer id"
    if plan.order.by == "random":
        return f"Random {cut}"
    return f"Top {cut} by {_order(plan.order, catalogue)}"


def _order(order: Order, catalogue: Catalogue) -> str:
    extreme = "highest" if order.descending else "lowest"
    match order.by:
        case Measure():
            return measure(order.by, catalogue.currency, descending=order.descending)
        case InterestScore():
            return f"{extreme} interest in {_topic(order.by.topic)}"
        case CustomerProperty.CREATED_AT:
            return f"{'latest' if order.descending else 'earliest'} {NAMES[CustomerProperty.CREATED_AT]}"
        case CustomerProperty():
            return f"{extreme} {NAMES[order.by]}"
        case _:
            return "customer id"


# --- denial -----------------------------------------------------------------------------------------------------------


def _denied(condition: Condition, catalogue: Catalogue) -> str:
    """The opposite: said of the verb where that is the opposite of the whole, else of a bracket."""
    match condition:
        case Behaviour() if can_be_denied(condition):
            return behaviour(condition, catalogue.currency, denied=True)
        case Exposure():
            return exposure(condition, catalogue, denied=True)
        case Interest() if condition.more_than is None:
            return _interest(condition, denied=True)
        case InterestPhrase():
            return _interest_phrase(condition, denied=True)
        case ProfilePhrase():
            return _profile_phrase(condition, denied=True)
        case SegmentMember():
            return _member(condition, catalogue, denied=True)
        case Reachable():
            return _reachable(condition, denied=True)
        case Attribute() if (words := _denied_attribute(condition, catalogue.currency)) is not None:
            return words
        case And() | Or():
            return f"who are not among those {explain_condition(condition, catalogue)}"
        case _:
            return f"who are not among those ({explain_condition(condition, catalogue)})"


def _denied_attribute(leaf: Attribute, currency: str) -> str | None:
    words = _attribute(leaf, currency)
    for plain, denied in (("who live ", "who do not live "), ("who joined ", "who did not join ")):
        if words.startswith(plain):
            return f"{denied}{words.removeprefix(plain)}"
    if leaf.operator is Operator.EXISTS:
        return f"whose {NAMES[leaf.property]} is unknown"
    if leaf.operator in {Operator.NE, Operator.CONTAINS, Operator.STARTS_WITH, *_COMPARED}:
        return None  # 'not more than 40' would say nothing of those whose age is not known
    name = f"whose {NAMES[leaf.property]} is "
    return f"{name}not {words.removeprefix(name)}"


# --- who customers are ------------------------------------------------------------------------------------------------


def _attribute(leaf: Attribute, currency: str) -> str:
    name = NAMES[leaf.property]
    values = [_value(leaf.property, value, currency) for value in leaf.values]
    birthday = leaf.property is CustomerProperty.BIRTHDAY
    match leaf.operator:
        case Operator.EQ | Operator.IN:
            if leaf.property is CustomerProperty.COUNTRY:
                return f"who live in {listed(values)}"
            return f"whose {name} is {'on ' if birthday else ''}{listed(values)}"
        case Operator.NE:
            return f"whose {name} is other than {values[0]}"
        case Operator.BETWEEN:
            return f"whose {name} is between {values[0]} and {values[1]}"
        case Operator.CONTAINS:
            return f"whose {name} contains {quoted(leaf.values[0])}"
        case Operator.STARTS_WITH:
            return f"whose {name} starts with {quoted(leaf.values[0])}"
        case Operator.EXISTS:
            return f"whose {name} is known"
        case Operator.WITHIN if leaf.window is not None:
            return f"whose {name} is {window(leaf.window)}" if birthday else f"who joined {window(leaf.window)}"
        case _:
            return f"whose {name} is {_COMPARED[leaf.operator]} {values[0]}"


def _value(name: CustomerProperty, value: str, currency: str) -> str:
    match name:
        case CustomerProperty.COUNTRY:
            return NAME_OF.get(value, quoted(value))
        case CustomerProperty.LANGUAGE:
            return _LANGUAGE_NAMES.get(value, quoted(value))
        case CustomerProperty.BIRTH_MONTH:
            return _MONTH_NAMES[int(value)]
        case CustomerProperty.BIRTHDAY:
            month, _, day = value.partition("-")
            return f"{int(day)} {_MONTH_NAMES[int(month)]}"
        case CustomerProperty.GENDER:
            return value if GENDERS.get(value) == value else quoted(value)
        case _ if name.value_type is ValueType.MONEY_MINOR:
            return money(value, currency)
        case _ if name.value_type is ValueType.FLOAT:
            return number(value)
        case _ if name.value_type is ValueType.INTEGER:
            return value
        case _:
            return value if is_plain(value) else quoted(value)


def _interest(leaf: Interest, *, denied: bool = False) -> str:
    not_ = " not" if denied else ""
    score = "" if leaf.min_score is None else f" with a score of {_least(leaf.min_score)}"
    topic = _topic(TopicName(topic_type=leaf.topic_type, topic=leaf.topic))
    if leaf.more_than is not None:
        other = _topic(leaf.more_than)
        if not leaf.primary and leaf.min_score is None:
            return f"who are{not_} more interested in {topic} than in {other}"
        return f"who are{not_} {'mainly ' if leaf.primary else ''}interested in {topic}{score} more than in {other}"
    if leaf.topic_type is TopicType.TAG and not leaf.primary:
        return f"who {'do not ' if denied else ''}have {topic}{score}"
    return f"who are{not_} {'mainly ' if leaf.primary else ''}interested in {topic}{score}"


def _least(score: float) -> str:
    """'at least 0.5', and 'more than 0.5' of the number right after it."""
    before = nextafter(score, 0.0)
    if len(repr(before)) + 8 < len(repr(score)):
        return f"more than {decimal_of(before)}"
    return f"at least {decimal_of(score)}"


def _topic(topic: TopicName) -> str:
    if topic.topic_type is TopicType.CATEGORY and is_plain(topic.topic):
        return plural(topic.topic)
    kind = "colour" if topic.topic_type is TopicType.COLOR else topic.topic_type.value
    return f"the {kind} {quoted(topic.topic)}"


def _interest_phrase(leaf: InterestPhrase, *, denied: bool = False) -> str:
    not_ = " not" if denied else ""
    return f"who are{not_} interested in something like {quoted(leaf.phrase)}{_threshold(leaf.threshold)}"


def _profile_phrase(leaf: ProfilePhrase, *, denied: bool = False) -> str:
    return f"who are{' not' if denied else ''} similar to {quoted(leaf.phrase)}{_threshold(leaf.threshold)}"


def _threshold(threshold: float | None) -> str:
    return "" if threshold is None else f" by at least {decimal_of(threshold)}"


def _member(leaf: SegmentMember, catalogue: Catalogue, *, denied: bool = False) -> str:
    name = catalogue.segments.get(leaf.segment_id, leaf.segment_id)
    return f"who are{' not' if denied else ''} in the segment {quoted(name)}"


def _relation(leaf: Relation, catalogue: Catalogue) -> str:
    """'who live in one household with customers (who bought socks)': the bracket says where the others end."""
    if leaf.of is None:
        others = "other customers" if leaf.min_count == 1 else f"at least {leaf.min_count} other customers"
        return f"{_RELATED[leaf.relation]} {others}"
    others = "customers" if leaf.min_count == 1 else f"at least {leaf.min_count} customers"
    return f"{_RELATED[leaf.relation]} {others} ({explain_condition(leaf.of, catalogue)})"


def _reachable(leaf: Reachable, *, denied: bool = False) -> str:
    channel = _CHANNEL_NAMES[leaf.channel]
    match leaf.by:
        case Reachability.ADDRESS:
            return f"who {'do not ' if denied else ''}have an address for {channel}"
        case Reachability.CONSENT:
            return f"who {'did not consent' if denied else 'consented'} to {channel}"
        case _:
            on = "on" if leaf.channel in _REACHED_ON else "by"
            return f"who are{' not' if denied else ''} reachable {on} {channel}"
