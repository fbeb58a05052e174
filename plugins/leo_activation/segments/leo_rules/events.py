"""Rules about events: LEO asks all of them of one and the same event."""

from collections.abc import Sequence
from datetime import date

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.leo_rules.dates import dates_of
from leo_activation.segments.leo_rules.fields import EVENT
from leo_activation.segments.leo_rules.numbers import Bounds, money_range
from leo_activation.segments.leo_rules.tree import CannotImport, Rule, texts
from leo_activation.segments.plan import (
    Behaviour,
    Condition,
    Counted,
    Dates,
    EventKind,
    Not,
    OrderContents,
    Range,
)

_METRICS = {
    "item-view": EventKind.VIEW,
    "product-view": EventKind.VIEW,
    "purchase": EventKind.PURCHASE,
    "first-purchase": EventKind.PURCHASE,
    "repurchase": EventKind.PURCHASE,
    "return": EventKind.RETURN,
    "product-return": EventKind.RETURN,
    "order-return": EventKind.RETURN,
    "refund": "refund",
    "order-refund": "refund",
    "cancel": "cancel",
    "order-cancel": "cancel",
}
"""LEO's metrics that the sync brings under one name, as it does."""
_DATE_FIELDS = (f"{EVENT}createdAt", f"{EVENT}createdAt#2")
_NAME_FIELD = f"{EVENT}metricName"
_VALUE_FIELD = f"{EVENT}transactionValue"


def event_of(metric: str, catalogue: Catalogue, notes: list[str]) -> str:
    """The event type that the sync gives to a metric of LEO; a note says where it is one of several.

    Raises:
        CannotImport: the tenant has no such events.
    """
    event = str(_METRICS.get(metric) or "_".join(_words(metric)))
    if event not in set(EventKind) and event not in catalogue.events:
        raise CannotImport(f"The tenant has no events of the metric “{metric}”.")
    same = [other for other, name in _METRICS.items() if name == event and other != metric]
    if same:
        note = f"LEO's “{metric}” is read together with {', '.join(f'“{other}”' for other in same)}"
        if note not in notes:
            notes.append(note)
    return event


def counted_events(event: str, bounds: Bounds) -> Condition | None:
    """Who has so many events in all; None is everybody. LEO counts an order as one event.

    Raises:
        CannotImport: it holds for nobody.
    """
    least, most = bounds.least or 0, bounds.most
    if most is not None and most < max(least, 0):
        raise CannotImport("The rule holds for nobody.")
    if least <= 0:
        if most is None:
            return None
        if most == 0:
            return Not(condition=Behaviour(event=event))
    is_existence = (max(least, 0), most) == (1, None)
    counted = Counted.ORDERS if event == EventKind.PURCHASE and not is_existence else Counted.EVENTS
    return Behaviour(event=event, min_count=max(least, 0), max_count=most, counted=counted)


def event_condition(rules: Sequence[Rule], catalogue: Catalogue, notes: list[str]) -> Condition:
    """Who has one event for which all the rules hold.

    Raises:
        CannotImport: no condition asks this of one event.
    """
    event: str | None = None
    windows: list[Dates] = []
    value: Range | None = None
    for rule in rules:
        if rule.field == _NAME_FIELD:
            names = texts(rule)
            if rule.operator not in {"equal", "data_equals"} or len(names) != 1 or event is not None:
                raise CannotImport("Of an event's metric only one name can be asked, by “equal”.")
            event = event_of(names[0], catalogue, notes)
        elif rule.field in _DATE_FIELDS:
            windows.append(dates_of(rule.operator, rule.values))
        elif rule.field == _VALUE_FIELD and value is None:
            value = money_range(rule.operator, rule.values)
        else:
            raise CannotImport(f"Of an event, {rule.field.removeprefix(EVENT)} is not kept here.")
    if event is None:
        raise CannotImport("An event is asked for by its metric, and the rules name none.")
    window = _common(windows)
    if value is None:
        return Behaviour(event=event, window=window)
    if event != EventKind.PURCHASE:
        raise CannotImport("Only an order has a transaction value.")
    return OrderContents(value=value, window=window)


def _common(windows: Sequence[Dates]) -> Dates | None:
    if not windows:
        return None
    since = max((window.since for window in windows if window.since is not None), default=None)
    until = min((window.until for window in windows if window.until is not None), default=None)
    if _is_empty(since, until):
        raise CannotImport(f"The rules hold on no day: from {since} until {until}.")
    return Dates(since=since, until=until)


def _is_empty(since: date | None, until: date | None) -> bool:
    return since is not None and until is not None and since >= until


def _words(metric: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in metric.lower()).split()
