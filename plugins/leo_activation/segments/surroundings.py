"""What stands around a definition: the members it would change, and the segments that it overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

SHOWN_OVERLAPS = 5


@dataclass(frozen=True)
class Comparison:
    """Against the members of the active version of the same segment: how many would enter and exit."""

    version: int
    members: int
    would_enter: int
    would_exit: int


@dataclass(frozen=True)
class Overlap:
    """An active segment that has members in common with what a definition finds; `members` is its own size."""

    segment_id: str
    name: str
    in_common: int
    members: int


def compare_with_members(
    connection: Connection, tenant_id: str, segment_id: str, customer_ids: Sequence[str]
) -> Comparison | None:
    """Whom publishing these customers would add and remove, None where no version is active (writer, bound)."""
    with connection.cursor(row_factory=class_row(Comparison)) as cursor:
        values = {"tenant_id": tenant_id, "segment_id": segment_id, "customer_ids": list(customer_ids)}
        return cursor.execute(statement("segments/compare_with_members"), values).fetchone()


def list_overlaps(
    connection: Connection, tenant_id: str, segment_id: str | None, customer_ids: Sequence[str]
) -> tuple[Overlap, ...]:
    """The five active segments that share most with these customers, most first (writer, bound).

    Most is by the members in common of those in either; `segment_id` is left out, since its members are compared.
    """
    with connection.cursor(row_factory=class_row(Overlap)) as cursor:
        values = {
            "tenant_id": tenant_id,
            "segment_id": segment_id,
            "customer_ids": list(customer_ids),
            "shown": SHOWN_OVERLAPS,
        }
        return tuple(cursor.execute(statement("segments/list_overlaps"), values).fetchall())
