"""LEO CDP's own segments as plans of this system.

A segment of LEO holds the tree of jQuery QueryBuilder as a text (`jsonQueryRules`). Each rule becomes a condition that
has the same members as LEO's query would find; a rule for which there is none is named with its place, and then nothing
of the segment is imported. `tree` reads the text, `fields` says what each field of LEO's profile is here, `rules` turns
a rule into a condition, `events` those rules that LEO asks of one event together, `importing` a document into a result.
`docs/guides/importing-segments.md` has the table of fields and operators.
"""

from leo_activation.segments.leo_rules.documents import read_documents
from leo_activation.segments.leo_rules.drafts import draft_import
from leo_activation.segments.leo_rules.importing import ImportedSegment, ImportStatus, import_segment, item_ids
from leo_activation.segments.leo_rules.keys import keep_key, segment_of_key
from leo_activation.segments.leo_rules.tree import Problem

__all__ = [
    "ImportStatus",
    "ImportedSegment",
    "Problem",
    "draft_import",
    "import_segment",
    "item_ids",
    "keep_key",
    "read_documents",
    "segment_of_key",
]
