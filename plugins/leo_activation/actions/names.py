"""Which segment is meant by a name or an id."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.segments.planners.vietnamese.syllables import fold
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

_QUOTES = "\"'“”„‘’«»` "
SHOWN = 3


@dataclass(frozen=True)
class NamedSegment:
    """A segment by its newest version; `active_version` None: nobody approved one, or the last was retired."""

    segment_id: str
    name: str
    version: int
    state: str
    active_version: int | None


def known_segments(warehouse: Warehouse, tenant_id: str) -> list[NamedSegment]:
    """Every segment of the tenant, by id."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return list_names(connection, tenant_id)


def list_names(connection: Connection, tenant_id: str) -> list[NamedSegment]:
    """The same on a connection that is bound to the tenant (writer); no member is counted."""
    with connection.cursor(row_factory=class_row(NamedSegment)) as cursor:
        return cursor.execute(statement("actions/list_segment_names"), {"tenant_id": tenant_id}).fetchall()


def find_segment(segments: Sequence[NamedSegment], words: str) -> NamedSegment | None:
    """The one segment of that id or name, however it is cased, marked or quoted.

    Of several with one name the active one is meant; where two are active, neither is.
    """
    meant = plain(words)
    for segment in segments:
        if segment.segment_id == meant:
            return segment
    named = [segment for segment in segments if plain(segment.name) == meant]
    active = [segment for segment in named if segment.active_version is not None]
    for found in (active, named):
        if len(found) == 1:
            return found[0]
    return None


def near_names(segments: Sequence[NamedSegment], words: str) -> list[str]:
    """Names of segments that share a word with `words`, those with most of them first; active ones before others."""
    meant = set(plain(words).split())
    scored = [
        (-len(meant & set(plain(segment.name).split())), segment.active_version is None, segment.name)
        for segment in segments
    ]
    return [name for score, _, name in sorted(scored) if score < 0][:SHOWN]


def plain(words: str) -> str:
    """Words as they are compared: one space, no quotes around, no marks, lower case."""
    text = " ".join(unicodedata.normalize("NFC", words).split()).strip(_QUOTES)
    return fold(text)
