"""Segments that build on segments: in which order they are refreshed, and which may not be built."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.segments.candidates import reads_of
from leo_activation.segments.plan import SegmentPlan
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


def built_on(plan: SegmentPlan) -> tuple[str, ...]:
    """The ids of the segments whose members the plan asks for, in alphabetical order."""
    return tuple(sorted(reads_of(plan).segments))


def refresh_order(connection: Connection, tenant_id: str) -> list[str]:
    """The active segments, each after those that it builds on; those that are free in alphabetical order.

    `connection` is bound to the tenant (writer). Segments that were approved before this was checked may build on each
    other in a circle, which has no right order: they come in alphabetical order, after all that need none of them.
    """
    graph = {segment_id: set(others) for segment_id, others in _active_builds(connection, tenant_id).items()}
    order: list[str] = []
    left = dict(graph)
    while left:
        free = sorted(segment_id for segment_id, others in left.items() if not others & left.keys())
        for segment_id in free or sorted(left):
            order.append(segment_id)
            del left[segment_id]
    return order


def building_fault(connection: Connection, tenant_id: str, segment_id: str, plan: SegmentPlan) -> str | None:
    """Why the plan cannot be that of the segment, in one sentence, or None.

    It may build only on segments that are active, and no segment may come to build on itself, by however many others:
    asked when a version is drafted and again when it is approved, since others may have been approved between.
    `connection` is bound to the tenant (writer); see `hold_building`.
    """
    others = built_on(plan)
    if not others:
        return None
    if segment_id in others:
        return f"The segment '{segment_id}' would build on itself."
    hold_building(connection, tenant_id)
    active = _active_builds(connection, tenant_id)
    for other in others:
        if other not in active:
            return f"The segment '{segment_id}' would build on '{other}', which is no active segment."
    circle = _circle({**active, segment_id: others})
    if circle is not None:
        return f"The segments would build on each other in a circle: {' → '.join(circle)}."
    return None


def hold_building(connection: Connection, tenant_id: str) -> None:
    """Until the transaction ends nobody else changes what the tenant's segments build on.

    Two approvals that close a circle together would each see nothing wrong.
    """
    # No segment's id begins with a hyphen.
    connection.execute(statement("segments/lock_segment"), {"tenant_id": tenant_id, "segment_id": "-building"})


def require_sound_building(connection: Connection, tenant_id: str, segment_id: str, plan: SegmentPlan) -> None:
    """See `building_fault`.

    Raises:
        Permanent: the plan cannot be that of the segment.
    """
    fault = building_fault(connection, tenant_id, segment_id, plan)
    if fault is not None:
        raise Permanent(fault)


def segments_built_on(connection: Connection, tenant_id: str, segment_id: str) -> list[str]:
    """The active segments that ask for the members of this one, in alphabetical order (writer, bound)."""
    return sorted(
        other
        for other, needed in _active_builds(connection, tenant_id).items()
        if other != segment_id and segment_id in needed
    )


def _active_builds(connection: Connection, tenant_id: str) -> dict[str, tuple[str, ...]]:
    """The active segments, each with those that it builds on."""
    rows = connection.execute(statement("segments/list_active_plans"), {"tenant_id": tenant_id})
    return {str(segment_id): _builds(plan) for segment_id, plan in rows}


def _builds(plan: object) -> tuple[str, ...]:
    try:
        return built_on(SegmentPlan.model_validate(plan))
    except ValidationError:
        # It says what the plan language no longer knows: its own refresh says so, and holds up no other segment.
        return ()


def _circle(builds: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The segments of one circle, each followed by the one that it builds on, the first again at the end."""
    sorter = TopologicalSorter(dict(sorted(builds.items())))
    try:
        sorter.prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        # It is told from who is needed to who needs; a reader expects it the other way round.
        return found[::-1]
    return None
