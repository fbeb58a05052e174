"""Which segment is meant by a name or an id."""

import unicodedata
from collections.abc import Sequence

from leo_activation.segments.planners.vietnamese.syllables import fold
from leo_activation.segments.stored import SegmentSummary, list_segments
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

_QUOTES = "\"'“”„‘’«»` "
SHOWN = 3


def known_segments(warehouse: Warehouse, tenant_id: str) -> list[SegmentSummary]:
    """Every segment of the tenant, by id."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return list_segments(connection, tenant_id)


def find_segment(segments: Sequence[SegmentSummary], words: str) -> SegmentSummary | None:
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


def near_names(segments: Sequence[SegmentSummary], words: str) -> list[str]:
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
