"""What could speak for a change of membership: which events, attributes and moments the plan asks for.

The statement that writes the changes looks for them in the tables, for all customers at once
(`include/sql/segments/insert_membership_changes.sql`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from leo_activation.segments.candidates import Reads, moved_moments, reads_of
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Attribute, CustomerProperty, SegmentPlan, leaves
from leo_activation.warehouse.graph_schema import EVENT_EDGES, EXPOSURE_EDGES, SCORES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAKEN_BACK = ("return", "refund", "cancel")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2900, 1, 1, tzinfo=UTC)
_BORN = ("date_of_birth",)
_COLUMNS: Mapping[CustomerProperty, tuple[str, ...]] = {
    CustomerProperty.COUNTRY: ("country",),
    CustomerProperty.CITY: ("city",),
    CustomerProperty.GENDER: ("gender",),
    CustomerProperty.AGE: _BORN,
    CustomerProperty.BIRTH_MONTH: _BORN,
    CustomerProperty.BIRTHDAY: _BORN,
    CustomerProperty.LANGUAGE: ("language",),
    CustomerProperty.FUNNEL_STAGE: ("funnel_stage",),
    CustomerProperty.FAVORITE_COLOR: ("favorite_color",),
    CustomerProperty.TOTAL_SPENT: ("total_spent_minor",),
    CustomerProperty.LIFETIME_VALUE: ("scores", "total_clv"),
    **{CustomerProperty(name): ("scores", key) for name, key in SCORES.items()},
}
"""Where a property stands in a row of `core.profile` and `core.profile_history`."""


def evidence_of(
    plan: SegmentPlan, catalogue: Catalogue, before: datetime | None, now: datetime
) -> dict[str, list[str] | list[datetime]]:
    """The parameters by which the statement finds evidence for changes between two moments (None: before any).

    `event_types` and `exposures` that the plan asks for; `graph_labels`, what of the graph it reads; `attributes` with
    their `attribute_paths` in a profile's row, parted by a comma; and `moved_labels`, the types of events and messages
    whose window moved over the moments from `moved_since` to `moved_until`.
    """
    # What related people did or are is looked for nowhere: the customer's own would say nothing of it.
    reads = reads_of(plan, of_related=False)
    attributes = _attributes(plan)
    moved = [] if before is None else sorted(set(moved_moments(reads, catalogue, before, now)))
    return {
        "event_types": _event_types(reads),
        "exposures": [kind for kind, label in EXPOSURE_EDGES.items() if label in reads.labels],
        "graph_labels": sorted(label for label in reads.labels if " " not in label),
        "graph_segments": sorted(reads.segments),
        "attributes": [name for name, _ in attributes],
        "attribute_paths": [",".join(path) for _, path in attributes],
        "moved_labels": [label for label, _, _ in moved],
        "moved_since": [_moment(since) for _, since, _ in moved],
        "moved_until": [_moment(until) for _, _, until in moved],
    }


def _event_types(reads: Reads) -> list[str]:
    types = [event_type for event_type, label in EVENT_EDGES.items() if label in reads.labels]
    if "purchase" in types:
        types.extend(_TAKEN_BACK)
    return sorted({*types, *reads.other_events})


def _attributes(plan: SegmentPlan) -> list[tuple[str, tuple[str, ...]]]:
    found: dict[str, tuple[str, ...]] = {}
    for leaf in leaves(plan.where):
        if isinstance(leaf, Attribute) and leaf.property in _COLUMNS:
            found[leaf.property.value] = _COLUMNS[leaf.property]
    return sorted(found.items())


def _moment(microseconds: int) -> datetime:
    try:
        found = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _EARLIEST if microseconds < 0 else _LATEST
    return min(max(found, _EARLIEST), _LATEST)
