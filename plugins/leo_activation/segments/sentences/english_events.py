"""English for what customers did: behaviours, sequences, the contents of orders, and the messages they received."""

from collections.abc import Sequence as Listed

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Behaviour,
    Channel,
    Counted,
    CountRange,
    EventKind,
    Exposure,
    ExposureKind,
    Measure,
    MeasureKind,
    Occurrence,
    OrderContents,
    ProductFilter,
    Sequence,
    Step,
)
from leo_activation.segments.planners.english.lexicon import plural
from leo_activation.segments.sentences.english_words import (
    counted,
    is_plain,
    length,
    listed,
    money_range,
    quoted,
    times,
    window,
)

_VERBS: dict[str, tuple[str, str]] = {
    EventKind.PURCHASE: ("bought", "buy"),
    EventKind.VIEW: ("viewed", "view"),
    EventKind.ADD_TO_CART: ("added", "add"),
    EventKind.RETURN: ("returned", "return"),
}
_NOUNS: dict[str, tuple[str, str]] = {
    EventKind.PURCHASE: ("purchase", "purchases"),
    EventKind.VIEW: ("view", "views"),
    EventKind.ADD_TO_CART: ("cart addition", "cart additions"),
    EventKind.RETURN: ("return", "returns"),
}
_EXPOSED = {
    ExposureKind.RECEIVED: ("received", "receive"),
    ExposureKind.OPENED: ("opened", "open"),
    ExposureKind.CLICKED: ("clicked in", "click in"),
    ExposureKind.CONVERTED: ("converted after", "convert after"),
}
BY_CHANNEL = {
    Channel.EMAIL: "by e-mail",
    Channel.SMS: "by SMS",
    Channel.ZALO: "on Zalo",
    Channel.MESSENGER: "on Messenger",
    Channel.MOBILE_PUSH: "by mobile push",
    Channel.WEB_PUSH: "by web push",
}


def can_be_denied(leaf: Behaviour) -> bool:
    """Whether 'did not' before the verb says the opposite of the whole; else it is said of a bracket."""
    return (leaf.counted, leaf.average_order, leaf.occurrence) == (Counted.EVENTS, None, Occurrence.ANY)


def behaviour(leaf: Behaviour, currency: str, *, denied: bool = False) -> str:
    """'who bought socks at least 2 times in the last 60 days'."""
    ends = [] if leaf.window is None else [window(leaf.window)]
    if leaf.occurrence in {Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL}:
        which = "first" if leaf.occurrence is Occurrence.FIRST_OF_ALL else "last"
        words = [f"whose {which} {_NOUNS[leaf.event][0]} was of", things(leaf.product, currency), *ends]
        return " ".join(words)
    if leaf.occurrence is Occurrence.FIRST:
        return " ".join([f"who {_did(leaf.event, things(leaf.product, currency))} for the first time", *ends])
    if leaf.occurrence is Occurrence.LAST:
        return " ".join([f"who last {_did(leaf.event, things(leaf.product, currency))}", *ends])
    done = (_did if not denied else _did_not)(leaf.event, _counted_things(leaf, currency))
    return " ".join([f"who {done}", *_tallies(leaf, currency), *ends])


def _counted_things(leaf: Behaviour, currency: str) -> str:
    match leaf.counted:
        case Counted.UNITS:
            return f"{counted(leaf.min_count, leaf.max_count)} units of {things(leaf.product, currency)}"
        case Counted.PRODUCTS:
            return f"{counted(leaf.min_count, leaf.max_count)} different products{_details(leaf.product, currency)}"
        case _:
            return things(leaf.product, currency)


def _tallies(leaf: Behaviour, currency: str) -> list[str]:
    words = []
    if leaf.counted is Counted.ORDERS:
        words.append(f"in {counted(leaf.min_count, leaf.max_count)} orders")
    elif leaf.counted is Counted.EVENTS and (leaf.min_count, leaf.max_count) != (1, None):
        count = counted(leaf.min_count, leaf.max_count)
        words.append(f"{count} {'time' if count.endswith(' 1') else 'times'}")
    if leaf.value is not None:
        words.append(f"for {money_range(leaf.value, currency)} in total")
    if leaf.average_order is not None:
        words.append(f"with an average order value of {money_range(leaf.average_order, currency)}")
    return words


def _did(event: str, what: str) -> str:
    if event not in _VERBS:
        return f"did {quoted(event)}"
    return f"{_VERBS[event][0]} {what}{' to the cart' if event == EventKind.ADD_TO_CART else ''}"


def _did_not(event: str, what: str) -> str:
    if event not in _VERBS:
        return f"did not do {quoted(event)}"
    return f"did not {_VERBS[event][1]} {what}{' to the cart' if event == EventKind.ADD_TO_CART else ''}"


def sequence(leaf: Sequence, currency: str) -> str:
    """'who added socks to the cart and afterwards bought shoes within 7 days'."""
    words = [f"who {_did(leaf.first.event, things(leaf.first.product, currency))}"]
    if leaf.window is not None:
        words.append(window(leaf.window))
    then = (_did_not if leaf.then_not else _did)(leaf.then.event, _then(leaf.then, currency, same=leaf.same_product))
    words.append(f"and afterwards {then}")
    if leaf.within is not None:
        words.append(f"within {length(leaf.within)}")
    return " ".join(words)


def _then(step: Step, currency: str, *, same: bool) -> str:
    if not same:
        return things(step.product, currency)
    return "the same product" if step.product is None else f"the same product among {things(step.product, currency)}"


def order_contents(leaf: OrderContents, currency: str) -> str:
    """'who bought at least 3 units of socks together with shoes in one order'."""
    if leaf.product is None and leaf.units is None and leaf.value is not None:
        orders = "an order" if leaf.min_orders == 1 else f"at least {leaf.min_orders} orders"
        words = [f"who placed {orders} worth {money_range(leaf.value, currency)}"]
    else:
        units = "" if leaf.units is None else f"{_count_range(leaf.units)} units of "
        words = [f"who bought {units}{things(leaf.product, currency)}"]
        if leaf.value is not None:
            words.append(f"for {money_range(leaf.value, currency)}")
        if leaf.together_with:
            words.append(" and ".join(f"together with {things(other, currency)}" for other in leaf.together_with))
        words.append("in one order" if leaf.min_orders == 1 else f"in each of at least {leaf.min_orders} orders")
    if leaf.window is not None:
        words.append(window(leaf.window))
    return " ".join(words)


def _count_range(bounds: CountRange) -> str:
    return f"at most {bounds.at_most}" if bounds.at_least is None else counted(bounds.at_least, bounds.at_most)


def exposure(leaf: Exposure, catalogue: Catalogue, *, denied: bool = False) -> str:
    """'who received the campaign "Spring Sale" by e-mail at least 2 times in the last 30 days'."""
    did, do = _EXPOSED[leaf.exposure]
    words = [f"who did not {do}" if denied else f"who {did}"]
    names = [catalogue.campaigns.get(campaign, campaign) for campaign in leaf.campaigns]
    words.append(listed([f"the campaign {quoted(name)}" for name in names]) or "any campaign")
    if leaf.channel is not None:
        words.append(BY_CHANNEL[leaf.channel])
    if leaf.min_count > 1:
        words.append(f"at least {times(leaf.min_count)}")
    if leaf.window is not None:
        words.append(window(leaf.window))
    return " ".join(words)


def measure(by: Measure, currency: str, *, descending: bool) -> str:
    """What customers are sorted by: 'most purchases of socks in the last 60 days'."""
    one, many = _NOUNS.get(by.event, (f"{quoted(by.event)} event", f"{quoted(by.event)} events"))
    most = "most" if descending else "fewest"
    match by.measure:
        case MeasureKind.EVENTS:
            words = [f"{most} {many}"]
        case MeasureKind.ORDERS:
            words = [f"{most} orders"]
        case MeasureKind.UNITS:
            words = [f"{most} units bought"]
        case MeasureKind.VALUE:
            words = [f"{'highest' if descending else 'lowest'} value of {many}"]
        case MeasureKind.LATEST:
            words = [f"{'most' if descending else 'least'} recent {one}"]
    if by.product is not None:
        words.append(f"of {things(by.product, currency)}")
    if by.window is not None:
        words.append(window(by.window))
    return " ".join(words)


# --- things -----------------------------------------------------------------------------------------------------------


def things(wanted: ProductFilter | None, currency: str) -> str:
    """'red socks', 'anything of the brand "Luna"', 'anything'."""
    if wanted is None:
        return "anything"
    colors = listed(wanted.colors)
    plain = bool(wanted.categories) and not wanted.names and all(map(is_plain, wanted.categories))
    if len(wanted.categories) > 1 and (wanted.colors or wanted.brands or wanted.price):
        plain = False  # 'red socks or shoes' leaves open whether the shoes are red
    if plain:
        nouns = [f"{colors} {listed([plural(name) for name in wanted.categories])}".strip()]
    elif wanted.names:
        nouns = [_named("product", wanted.names), *([f"in {colors}"] if colors else [])]
    else:
        nouns = [f"anything {colors}".strip()]
    if wanted.categories and not plain:
        nouns.append(f"in {_named('category', wanted.categories)}")
    return " ".join([*nouns, *_brand_and_price(wanted, currency)])


def _details(wanted: ProductFilter | None, currency: str) -> str:
    """The same after 'different products'."""
    if wanted is None:
        return ""
    words = [f"of {_named('product', wanted.names)}"] if wanted.names else []
    if wanted.colors:
        words.append(f"in {listed(wanted.colors)}")
    if wanted.categories:
        words.append(f"in {_named('category', wanted.categories)}")
    return f" {' '.join([*words, *_brand_and_price(wanted, currency)])}"


def _brand_and_price(wanted: ProductFilter, currency: str) -> list[str]:
    words = []
    if wanted.brands:
        words.append(f"of {_named('brand', wanted.brands)}")
    if wanted.price is not None:
        words.append(f"priced {money_range(wanted.price, currency)}")
    return words


def _named(kind: str, names: Listed[str]) -> str:
    return listed([f"the {kind} {quoted(name)}" for name in names])
