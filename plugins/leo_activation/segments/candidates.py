"""Who may have entered or left a segment since its last refresh: so that a refresh asks these alone.

Two things can change what a plan says of a customer. What the graph tells of them was touched, which triggers on the
graph note in the transaction of the change (`ops.graph_touch`). Or only time went by: a window's edge moved over one of
their events, their birthday or the day on which they were made. Everybody else meets the same conditions as before.
Where that cannot be said of a plan, or of so many that asking all is no dearer, all customers are asked.
`docs/decisions/incremental-refresh.md` argues it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cut import decides_each_by_itself
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    Condition,
    CustomerProperty,
    EventKind,
    Exposure,
    Interest,
    InterestPhrase,
    OrderContents,
    ProductFilter,
    ProfilePhrase,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    SegmentPlan,
    Window,
    leaves,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.windows import birthdays, resolve
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph import label_statement, touch_triggers, use_graph
from leo_activation.warehouse.graph_schema import EVENT_EDGES, EXPOSURE_EDGES, OTHER_EVENT_EDGE, schema_version
from leo_activation.warehouse.statements import statement

TEXTS = "profile.text"
_OPEN = 2**62
_RELATION_EDGES = {
    RelationKind.HOUSEHOLD: "MEMBER_OF_HOUSEHOLD",
    RelationKind.REFERRED_BY: "REFERRED",
    RelationKind.REFERRED: "REFERRED",
    RelationKind.CO_PURCHASE: "PURCHASED",
}


@dataclass(frozen=True)
class Policy:
    """When a refresh asks all customers although it need not.

    `share`: where more than this share of them, and more than `few`, would have to be asked. `whole_after`: where all
    were asked last so long ago, or longer: what a lost note would hide is found by then.
    """

    share: float = 0.2
    few: int = 100
    whole_after: timedelta = timedelta(hours=20)


@dataclass(frozen=True)
class Refreshed:
    """The circumstances in which a segment's members were found last.

    `seen` is PostgreSQL's snapshot of the transactions that had ended then; `is_noted`: everything that was touched
    since is known.
    """

    version: int
    as_of: datetime
    schema_version: str
    interest_model: str | None
    seen: str
    whole_at: datetime
    refreshed_at: datetime
    is_noted: bool
    is_stopped: bool
    is_held: bool


@dataclass(frozen=True)
class Asked:
    """Who is asked: `customer_ids`, in their order, or all (None) for the `reason`.

    `seen` as in `Refreshed`, for the reading that now begins; `before` is the refresh before it.
    """

    seen: str
    customer_ids: tuple[str, ...] | None
    reason: str | None = None
    before: Refreshed | None = None


@dataclass
class Reads:
    """What a plan reads of the graph.

    labels: of customers and of edges at them. names: of vertices that only have a name. windows: by the label of the
    edges whose moments they hold. products: labels of edges to products. other_events: types of events that
    are about no product.
    """

    labels: set[str] = field(default_factory=lambda: {"Customer"})
    names: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    relations: set[RelationKind] = field(default_factory=set)
    other_events: set[str] = field(default_factory=set)
    windows: list[tuple[str, Window]] = field(default_factory=list)
    birthdays: list[Window] = field(default_factory=list)
    made: list[Window] = field(default_factory=list)


def reads_of(plan: SegmentPlan, *, of_related: bool = True) -> Reads:
    """What the plan reads of the graph: of customers and, with `of_related`, of those related to them."""
    reads = Reads()
    for leaf in _all_leaves(plan.where) if of_related else leaves(plan.where):
        match leaf:
            case Attribute():
                _read_attribute(reads, leaf)
            case Behaviour():
                _read_events(reads, leaf.event, leaf.product, leaf.window)
            case EventSequence():
                _read_events(reads, leaf.first.event, leaf.first.product, leaf.window)
                _read_events(reads, leaf.then.event, leaf.then.product, None)
            case OrderContents():
                for product in (leaf.product, *leaf.together_with):
                    _read_events(reads, EventKind.PURCHASE, product, leaf.window)
            case Interest() | InterestPhrase():
                reads.labels.add("INTERESTED_IN")
                reads.names.add("Topic")
            case ProfilePhrase():
                reads.labels.add(TEXTS)
            case SegmentMember():
                reads.labels.add("IN_SEGMENT 0")
                reads.segments.add(leaf.segment_id)
            case Exposure():
                label = EXPOSURE_EDGES[leaf.exposure]
                reads.labels.add(label)
                reads.names.add("Campaign")
                if leaf.window is not None:
                    reads.windows.append((label, leaf.window))
            case Reachable():
                reads.labels.add("REACHABLE_BY")
                reads.names.add("Channel")
            case Relation():
                reads.relations.add(leaf.relation)
                reads.labels.add(_RELATION_EDGES[leaf.relation])
    return reads


def moved_moments(
    reads: Reads, catalogue: Catalogue, before: datetime, now: datetime
) -> Iterator[tuple[str, int, int]]:
    """The label, and the epoch microseconds from and until which moments fell into a window or out of it."""
    for label, window in reads.windows:
        for since, until in _moved(window, catalogue, before, now):
            yield label, since, until


def choose_asked(
    connection: Connection,
    catalogue: Catalogue,
    segment_id: str,
    plan: SegmentPlan,
    *,
    version: int,
    as_of: datetime,
    interest_model: str | None,
    policy: Policy,
    now: datetime,
    whole: bool = False,
) -> Asked:
    """Who is to be asked of a segment as of a moment, and all of them (see the module) where it must be.

    `connection` is the writer's, bound to the tenant and in no transaction yet; it is rolled back. `now` is the clock.
    """
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    [(seen,)] = connection.execute(statement("segments/read_snapshot"))
    before = read_refreshed(connection, catalogue, segment_id)
    reason = "asked for" if whole else _reason(plan, before, version, interest_model, now, policy)
    if reason is None and before is not None:
        found, reason = _find(connection, catalogue, plan, before, as_of, policy)
    else:
        found = None
    connection.rollback()
    return Asked(seen, found, reason, before)


def read_refreshed(connection: Connection, catalogue: Catalogue, segment_id: str) -> Refreshed | None:
    """The circumstances of the last refresh; None before the first."""
    values = {
        "tenant_id": catalogue.tenant_id,
        "segment_id": segment_id,
        "graph_name": f"graph_{catalogue.tenant_id}",
        "triggers": touch_triggers(),
    }
    row = connection.execute(statement("segments/read_refreshed"), values).fetchone()
    return None if row is None else Refreshed(*row)


def _reason(
    plan: SegmentPlan,
    before: Refreshed | None,
    version: int,
    interest_model: str | None,
    now: datetime,
    policy: Policy,
) -> str | None:
    """Why all customers are asked; None where that is not known yet."""
    if before is None:
        return "it is the first refresh"
    if not decides_each_by_itself(plan):
        return "the plan orders or cuts its customers"
    reads = reads_of(plan)
    checks = (
        (before.version != version, "it is a new version"),
        (RelationKind.CO_PURCHASE in reads.relations, "everybody who buys says something of who bought the same"),
        (before.interest_model != interest_model, "the interest model changed"),
        (before.schema_version != schema_version(), "the graph's schema changed"),
        (before.is_stopped, "graph and tables did not agree the last time"),
        # What was held was found of everybody, or is to be found again: a few would not come to its numbers.
        (before.is_held, "a refresh is held"),
        (not before.is_noted, "what was touched since is not known"),
        (now - before.whole_at >= policy.whole_after, "all were asked long ago"),
    )
    return next((reason for holds, reason in checks if holds), None)


def _find(
    connection: Connection,
    catalogue: Catalogue,
    plan: SegmentPlan,
    before: Refreshed,
    as_of: datetime,
    policy: Policy,
) -> tuple[tuple[str, ...] | None, str | None]:
    reads = reads_of(plan)
    graph_name = f"graph_{catalogue.tenant_id}"
    values: dict[str, object] = {
        "tenant_id": catalogue.tenant_id,
        "graph_name": graph_name,
        "seen": before.seen,
        "labels": sorted(reads.labels),
        "names": sorted(reads.names),
        "segments": sorted(reads.segments),
    }
    everything = connection.execute(statement("segments/find_everything_touched"), values).fetchone()
    if everything is not None:
        return None, f"{everything[0]} was changed as a whole"
    use_graph(connection)
    connection.execute(statement("segments/create_candidate"))
    connection.execute(statement("segments/add_touched_customers"), values)
    for label in sorted(reads.products):
        connection.execute(label_statement("segments/add_customers_of_products", graph_name, edges=label), values)
    _add_moved(connection, catalogue, graph_name, reads, before.as_of, as_of)
    if RelationKind.HOUSEHOLD in reads.relations:
        query = label_statement("segments/add_household_members", graph_name, edges="MEMBER_OF_HOUSEHOLD")
        connection.execute(query, values)
    if reads.relations & {RelationKind.REFERRED, RelationKind.REFERRED_BY}:
        connection.execute(label_statement("segments/add_referrals", graph_name, edges="REFERRED"), values)
    [(customers,)] = connection.execute(statement("segments/count_customers"), values)
    at_most = max(policy.few, int(customers * policy.share))
    rows = connection.execute(statement("segments/list_candidates"), {**values, "at_most": at_most}).fetchall()
    if len(rows) > at_most:
        return None, f"more than {at_most} customers may have entered or left"
    return tuple(str(customer_id) for (customer_id,) in rows), None


def _add_moved(
    connection: Connection, catalogue: Catalogue, graph_name: str, reads: Reads, before: datetime, now: datetime
) -> None:
    for label, since, until in set(moved_moments(reads, catalogue, before, now)):
        query = label_statement("segments/add_customers_of_moments", graph_name, edges=label)
        connection.execute(query, {"since": since, "until": until})
    made = {span for window in reads.made for span in _moved(window, catalogue, before, now)}
    days = {day for window in reads.birthdays for day in _moved_days(window, catalogue, before, now)}
    if made or days:
        connection.execute(
            label_statement("segments/add_customers_of_days", graph_name, customers="Customer"),
            {
                "birthdays": sorted(days),
                "moments_since": [since for since, _ in made],
                "moments_until": [until for _, until in made],
            },
        )


def _all_leaves(condition: Condition | None) -> Iterator[Condition]:
    for leaf in leaves(condition):
        yield leaf
        if isinstance(leaf, Relation):
            yield from _all_leaves(leaf.of)


def _read_attribute(reads: Reads, leaf: Attribute) -> None:
    if leaf.window is None:
        return
    (reads.birthdays if leaf.property is CustomerProperty.BIRTHDAY else reads.made).append(leaf.window)


def _read_events(reads: Reads, event: str, product: ProductFilter | None, window: Window | None) -> None:
    label = EVENT_EDGES.get(event, OTHER_EVENT_EDGE)
    reads.labels.add(label)
    if window is not None:
        reads.windows.append((label, window))
    if label == OTHER_EVENT_EDGE:
        reads.names.add("EventType")
        reads.other_events.add(event)
    else:
        reads.products.add(label)
    if product is not None and product.categories:
        reads.names.add("Category")
    if product is not None and product.brands:
        reads.names.add("Brand")


def _moved(window: Window, catalogue: Catalogue, before: datetime, now: datetime) -> Iterator[tuple[int, int]]:
    """The spans over which the edges of a window moved: outside them a moment is in both windows or in neither."""
    old, new = (resolve(window, moment, catalogue.time_zone) for moment in (before, now))
    if old.since != new.since:
        since = [-_OPEN if bound is None else bound for bound in (old.since, new.since)]
        yield min(since), max(since)
    if old.until != new.until:
        until = [_OPEN if bound is None else bound for bound in (old.until, new.until)]
        yield min(until), max(until)


def _moved_days(window: Window, catalogue: Catalogue, before: datetime, now: datetime) -> set[int]:
    old, new = (_days(birthdays(window, moment, catalogue.time_zone)) for moment in (before, now))
    return old ^ new


def _days(found: tuple[int, int] | None) -> set[int]:
    """The birthdays between two, as month * 100 + day; the last before the first goes over New Year."""
    every = {month * 100 + day for month in range(1, 13) for day in range(1, 32)}
    if found is None:
        return every
    first, last = found
    if last < first:
        return {day for day in every if day >= first or day <= last}
    return {day for day in every if first <= day <= last}
