"""Where in a plan a change applies: the leaves that new words could replace, and those that old words name."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from leo_activation.segments.follow_ups.edits import listed, only_leaf
from leo_activation.segments.follow_ups.fragments import Fragments, Money
from leo_activation.segments.follow_ups.unclear import Unclear
from leo_activation.segments.follow_ups.words import plain
from leo_activation.segments.plan import (
    Ago,
    Attribute,
    Behaviour,
    Condition,
    CustomerProperty,
    Exposure,
    Last,
    Leaf,
    Length,
    Operator,
    OrderContents,
    ProductFilter,
    Range,
    SegmentPlan,
    Sequence,
    Step,
    Window,
    leaves,
)
from leo_activation.warehouse.graph_schema import ValueType

_HAPPENED = Behaviour | Sequence | OrderContents | Exposure
_NUMBER = re.compile(r"\d{1,7}")


@dataclass(frozen=True)
class Place:
    """A leaf by its position from left to right; `part` is what of it is meant."""

    position: int
    leaf: Leaf
    part: str


@dataclass(frozen=True)
class Change:
    """What a leaf would become; `position` None is the plan's limit, `limit` its new number."""

    position: int | None
    leaf: Leaf | None = None
    limit: int | None = None


WHOLE, WINDOW, GOODS, VALUES = "whole", "window", "goods", "values"


def named(plan: SegmentPlan, words: str, fragments: Fragments) -> list[Place]:
    """The leaves that some words name: by their property, by the window, by the goods, or by saying the condition."""
    phrasing = fragments.phrasing
    found = list(enumerate(leaves(plan.where)))
    key = words.lower().removeprefix("the ")
    properties = next((asked for said, asked in phrasing.properties.items() if key in {said, plain(said)}), None)
    if properties is not None:
        return [
            Place(n, leaf, WHOLE) for n, leaf in found if isinstance(leaf, Attribute) and leaf.property in properties
        ]
    if key in phrasing.windows or key in {plain(said) for said in phrasing.windows}:
        return [Place(n, leaf, WINDOW) for n, leaf in found if window_of(leaf) is not None]
    if (condition := _condition(words, fragments)) is not None and (wanted := only_leaf(condition)) is not None:
        places = [Place(n, leaf, part) for n, leaf in found if (part := _is_named(leaf, wanted)) is not None]
        if places:
            return places
    window = fragments.window(words) or fragments.length(words)
    if window is not None:
        return [Place(n, leaf, WINDOW) for n, leaf in found if window_of(leaf) == window or _is_within(leaf, window)]
    goods = fragments.goods(words)
    if goods is not None:
        return [Place(n, leaf, GOODS) for n, leaf in found if any(_covers(old, goods) for old, _ in goods_of(leaf))]
    return []


def changes(plan: SegmentPlan, words: str, fragments: Fragments) -> list[Change]:
    """What the words could replace: every leaf that has such a window, value, amount, number or thing."""
    found = list(enumerate(leaves(plan.where)))
    result = [*_windows(found, words, fragments), *_values(found, words, fragments), *_goods(found, words, fragments)]
    result.extend(_money(found, words, fragments))
    result.extend(_numbers(plan, found, words))
    return list(dict.fromkeys(result))


def window_of(leaf: Leaf) -> Window | None:
    """The window of what happened or of the day of joining; a birthday's is none."""
    if isinstance(leaf, Attribute):
        return None if leaf.property is CustomerProperty.BIRTHDAY else leaf.window
    return leaf.window if isinstance(leaf, _HAPPENED) else None


def goods_of(leaf: Leaf) -> list[tuple[ProductFilter, Callable[[ProductFilter], Leaf]]]:
    """What was to be bought, viewed or returned, in each place with the leaf that other goods there would make."""
    found: list[tuple[ProductFilter, Callable[[ProductFilter], Leaf]]] = []
    if isinstance(leaf, Behaviour | OrderContents) and leaf.product is not None:
        found.append((leaf.product, lambda new: leaf.model_copy(update={"product": new})))
    if isinstance(leaf, OrderContents):
        for at, beside in enumerate(leaf.together_with):
            found.append((beside, partial(_beside, leaf, at)))
    if isinstance(leaf, Sequence):
        for name, step in (("first", leaf.first), ("then", leaf.then)):
            if step.product is not None:
                found.append((step.product, partial(_in_step, leaf, name, step)))
    return found


def _beside(leaf: OrderContents, at: int, new: ProductFilter) -> Leaf:
    others = leaf.together_with
    return leaf.model_copy(update={"together_with": (*others[:at], new, *others[at + 1 :])})


def _in_step(leaf: Sequence, name: str, step: Step, new: ProductFilter) -> Leaf:
    return leaf.model_copy(update={name: step.model_copy(update={"product": new})})


def goods_instead(found: list[Place], words: str, instead: str, fragments: Fragments) -> list[Change]:
    """What leaves would become where the goods that some words name give way to others; what else is listed stays.

    Raises:
        Unclear: a colour or a price would be of all goods of a list, and was said of one.
    """
    named_goods, wanted = fragments.goods(words), fragments.goods(instead)
    if named_goods is None or wanted is None:
        return []
    result: list[Change] = []
    for place in found:
        at = [n for n, (old, _) in enumerate(goods_of(place.leaf)) if _covers(old, named_goods)]
        # 'viewed jackets and then bought jackets': the one, the other, or both.
        for chosen in ([[n] for n in at] + [at]) if len(at) > 1 else [at]:
            leaf = place.leaf
            for n in chosen:
                old, with_goods = goods_of(leaf)[n]
                new = _exchanged(old, named_goods, wanted)
                if new is None:
                    raise fragments.unclear(instead, ())
                leaf = with_goods(new)
            result.append(Change(place.position, leaf))
    return list(dict.fromkeys(result))


def _exchanged(old: ProductFilter, named_goods: ProductFilter, wanted: ProductFilter) -> ProductFilter | None:
    """A filter with what was wanted in the place of what was named; None where that would change what stays."""
    nouns = ("names", "categories", "brands")
    named_nouns = any(getattr(named_goods, field) for field in nouns)
    left = {field: {*getattr(old, field)} - {*getattr(named_goods, field)} for field in (*nouns, "colors")}
    stays = named_nouns and any(left[field] for field in nouns if getattr(named_goods, field))
    if stays and (wanted.colors or wanted.price is not None or not any(getattr(wanted, field) for field in nouns)):
        return None
    new = _with(old, wanted)
    update: dict[str, object] = {}
    if stays:
        update |= {field: tuple(sorted(left[field] | {*getattr(wanted, field)})) for field in nouns}
    if named_goods.colors and wanted.colors and not named_nouns:
        update["colors"] = tuple(sorted(left["colors"] | {*wanted.colors}))
    return new.model_copy(update=update)


def with_window(leaf: Leaf, window: Window | None) -> Leaf:
    """The leaf within another window, checked as a new one."""
    return type(leaf).model_validate(leaf.model_dump() | {"window": None if window is None else window.model_dump()})


def _condition(words: str, fragments: Fragments) -> Condition | None:
    try:
        return fragments.condition(words)
    except Unclear:
        return None


def _is_named(leaf: Leaf, wanted: Leaf) -> str | None:
    """Which part of a leaf a condition names: all of it, or values of its list."""
    if leaf == wanted:
        return WHOLE
    match leaf, wanted:
        case Attribute(), Attribute() if leaf.property is wanted.property:
            lists = {leaf.operator, wanted.operator} <= {Operator.EQ, Operator.IN}
            return VALUES if lists and {*wanted.values} < {*leaf.values} else None
        case _ if isinstance(wanted, _HAPPENED) and isinstance(leaf, _HAPPENED) and wanted.window is None:
            # 'those who bought boots' names the one who bought boots within a window as well.
            return WHOLE if _valid(leaf, None) == wanted else None
        case _:
            return None


def _windows(found: list[tuple[int, Leaf]], words: str, fragments: Fragments) -> Iterator[Change]:
    window, length = fragments.window(words), fragments.length(words)
    if window is None and length is None:
        return
    windowed = [(n, leaf) for n, leaf in found if window_of(leaf) is not None]
    within = [
        (n, leaf) for n, leaf in found if window is None and isinstance(leaf, Sequence) and leaf.within is not None
    ]
    without = [(n, leaf) for n, leaf in found if isinstance(leaf, _HAPPENED)]
    for n, sequence in within:
        if length is not None and (shorter := _valid_within(sequence, length)) is not None:
            yield Change(n, shorter)
    for n, leaf in windowed or ([] if within else without):
        new = window or _of_length(window_of(leaf), length)
        if new is not None and (changed := _valid(leaf, new)) is not None:
            yield Change(n, changed)


def _is_within(leaf: Leaf, window: Window) -> bool:
    """Whether what follows in a sequence has so long to follow."""
    if not isinstance(leaf, Sequence) or leaf.within is None or not isinstance(window, Last):
        return False
    return (leaf.within.amount, leaf.within.unit) == (window.amount, window.unit)


def _valid_within(leaf: Sequence, length: Last) -> Leaf | None:
    """The sequence with another time between its events, None where that is not counted in such units."""
    within = {"amount": length.amount, "unit": length.unit}
    try:
        return Sequence.model_validate(leaf.model_dump() | {"within": within})
    except ValueError:
        return None


def _valid(leaf: Leaf, window: Window | None) -> Leaf | None:
    try:
        return with_window(leaf, window)
    except ValueError:
        return None


def _of_length(old: Window | None, length: Last | None) -> Window | None:
    """A window like the old one, of another length: 'more than 90 days ago' and 'make it 30 days'."""
    if length is not None and isinstance(old, Ago) and old.earliest is None:
        return Ago(latest=Length(amount=length.amount, unit=length.unit))
    return length


def _values(found: list[tuple[int, Leaf]], words: str, fragments: Fragments) -> Iterator[Change]:
    condition = _condition(words, fragments)
    wanted = only_leaf(condition) if condition is not None else None
    if wanted is None or wanted != condition:
        return
    for n, leaf in found:
        match wanted, leaf:
            case Attribute(), Attribute() if leaf.property is wanted.property:
                if wanted.property.value_type is not ValueType.MONEY_MINOR:
                    yield Change(n, wanted)
            case Behaviour(), Behaviour() if leaf.event == wanted.event:
                yield Change(n, wanted if wanted.window is not None else _keeping_window(wanted, leaf))
            case _ if type(wanted) is type(leaf) and not isinstance(wanted, Attribute | Behaviour):
                yield Change(n, wanted)


def _keeping_window(wanted: Behaviour, leaf: Behaviour) -> Leaf:
    return with_window(wanted, leaf.window) if leaf.window is not None else wanted


def _goods(found: list[tuple[int, Leaf]], words: str, fragments: Fragments) -> Iterator[Change]:
    wanted = fragments.goods(words)
    if wanted is None:
        return
    for n, leaf in found:
        for old, with_goods in goods_of(leaf):
            yield Change(n, with_goods(_with(old, wanted)))


def _with(old: ProductFilter, wanted: ProductFilter) -> ProductFilter:
    """Other goods keep the colour and the price that were asked for, another colour or price keeps the goods."""
    update: dict[str, object] = {}
    if wanted.names or wanted.categories or wanted.brands:
        update |= {"names": wanted.names, "categories": wanted.categories, "brands": wanted.brands}
    if wanted.colors:
        update["colors"] = wanted.colors
    if wanted.price is not None:
        update["price"] = wanted.price
    return old.model_copy(update=update)


def _money(found: list[tuple[int, Leaf]], words: str, fragments: Fragments) -> Iterator[Change]:
    if _NUMBER.fullmatch(words) or (money := fragments.money(words)) is None:
        return
    for n, leaf in found:
        if isinstance(leaf, Attribute) and leaf.property.value_type is ValueType.MONEY_MINOR and len(leaf.values) == 1:
            operator = leaf.operator if money.operator is Operator.EQ else money.operator
            yield Change(n, Attribute(property=leaf.property, operator=operator, values=money.values))
        if isinstance(leaf, Behaviour | OrderContents) and leaf.value is not None:
            new = _range(leaf.value, money)
            if new is not None:
                yield Change(n, leaf.model_copy(update={"value": new}))


def _range(old: Range, money: Money) -> Range | None:
    names = {
        Operator.GT: "more_than",
        Operator.GE: "at_least",
        Operator.LT: "less_than",
        Operator.LE: "at_most",
    }
    if money.operator is Operator.BETWEEN:
        return Range(at_least=money.values[0], at_most=money.values[1])
    if money.operator in names:
        return Range.model_validate({names[money.operator]: money.values[0]})
    bounds = [name for name, value in old.model_dump().items() if value is not None]
    return Range.model_validate({bounds[0]: money.values[0]}) if len(bounds) == 1 else None


def _numbers(plan: SegmentPlan, found: list[tuple[int, Leaf]], words: str) -> Iterator[Change]:
    if not _NUMBER.fullmatch(words) or int(words) == 0:
        return
    number = int(words)
    if plan.limit is not None:
        yield Change(None, limit=number)
    for n, leaf in found:
        if isinstance(leaf, Behaviour) and leaf.min_count > 1 and leaf.max_count is None:
            yield Change(n, leaf.model_copy(update={"min_count": number}))
        if isinstance(leaf, Attribute) and leaf.property is CustomerProperty.AGE and len(leaf.values) == 1:
            try:
                yield Change(n, Attribute(property=leaf.property, operator=leaf.operator, values=(words,)))
            except ValueError:
                continue


def _covers(goods: ProductFilter, named_goods: ProductFilter) -> bool:
    """Whether all that was named is part of a filter."""
    fields = ("names", "categories", "brands", "colors")
    parts = all({*getattr(named_goods, field)} <= {*getattr(goods, field)} for field in fields)
    return parts and named_goods.price in {None, goods.price}


def less(leaf: Attribute, values: tuple[str, ...]) -> Attribute:
    """A list of values without some of them."""
    return listed(leaf.property, frozenset(leaf.values) - frozenset(values))
