"""What kind of request a text is: a question about what there is, or a segment to make or change.

Only whole texts of known forms (`questions`) are questions. Every other text asks for a segment, or changes one where
it revises a request, and is read by the planners, which account for each word. So is a question that holds contact
data, an instruction or a query: the grammar refuses it or asks it back, as it does everywhere.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leo_activation.actions.arguments import is_contact
from leo_activation.actions.catalogue import CREATE_SEGMENT, UPDATE_SEGMENT
from leo_activation.actions.names import NamedSegment, find_segment
from leo_activation.actions.questions import ASKS_TO_ACT, ENGLISH, QUOTES, THIS_ONE, VIETNAMESE, Form
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.english.instructions import is_query, take_instruction, take_refused
from leo_activation.segments.planners.llm_masking import contact_data
from leo_activation.segments.planners.vietnamese.language import Spoken, language_of
from leo_activation.segments.planners.vietnamese.syllables import fold
from leo_activation.segments.request import Language

MAX_QUESTION = 300
"""Characters; whoever writes more describes customers."""


@dataclass(frozen=True)
class Intent:
    """The action that a text asks for, its arguments, and the language of the answer."""

    action: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    language: Language = Language.ENGLISH


def read_intent(
    text: str,
    segments: Sequence[NamedSegment],
    *,
    revises_request_id: int | None = None,
    revised_segment: str | None = None,
) -> Intent:
    """What a text asks for; `segments` are the tenant's.

    `revised_segment` is the segment that “this one” means, where the text revises a request that has one.
    """
    written = " ".join(unicodedata.normalize("NFC", text).split()).rstrip("?!. ")
    folded = _folded(written)
    if len(written) <= MAX_QUESTION and len(folded) == len(written) and not _is_more(written, folded):
        for form in (*ENGLISH, *VIETNAMESE):
            said = _said(form, written, folded)
            if said is None or (form.needs_known_segment and find_segment(segments, said["segment"]) is None):
                continue
            if is_contact(said.get("customer", "")):
                break
            arguments = form.arguments(said)
            if arguments.get("like") == THIS_ONE:
                arguments["like"] = revised_segment or THIS_ONE
            return Intent(form.action, arguments, form.language)
    language = Language.VIETNAMESE if language_of(text) is Spoken.VIETNAMESE else Language.ENGLISH
    if revises_request_id is not None:
        return Intent(UPDATE_SEGMENT, {"text": text, "revises_request_id": revises_request_id}, language)
    return Intent(CREATE_SEGMENT, {"text": text}, language)


def _said(form: Form, written: str, folded: str) -> dict[str, str] | None:
    """The parts of a text of this form, as they were written; None where it is of another form."""
    found = form.pattern.fullmatch(folded)
    if found is None:
        return None
    parts = {name: written[found.start(name) : found.end(name)].strip(QUOTES) for name in found.groupdict()}
    return parts if all(parts.values()) else None


def _is_more(written: str, folded: str) -> bool:
    """Whether a text holds what no question holds: contact data, an instruction, a change or a query."""
    if contact_data(written) or is_query(written) or ASKS_TO_ACT.search(folded):
        return True
    cursor = Cursor(written)
    for position in range(len(cursor.words)):
        cursor.position = position
        if take_refused(cursor) is not None or take_instruction(cursor) is not None:
            return True
    return False


def _folded(text: str) -> str:
    """The text in lower case without marks, a character for each character."""
    return "".join(fold(character) or character for character in text)
