"""The grammar planner: deterministic, offline, and answerable for every word of a request.

Each language has rules of its own (`english`, `vietnamese`) over the same tokens, vocabulary and plan. Every word
becomes part of a condition, of the frame around the conditions, or is a listed filler; what is left over, and what can
be read in two ways, is asked back with exactly those words.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.english.request import read_request as read_english
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.language import Spoken, language_of
from leo_activation.segments.planners.vietnamese.names import Names, names_of
from leo_activation.segments.planners.vietnamese.request import read_request as read_vietnamese
from leo_activation.segments.planners.vocabulary import Vocabulary, vocabulary_of
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question
from leo_activation.told import Told

MAX_CHARACTERS = 4000


@dataclass
class GrammarPlanner:
    """The planner named 'grammar'; keeps the vocabulary of the catalogue that it read last."""

    name: str = "grammar"
    _vocabulary: Vocabulary | None = field(default=None, repr=False)
    _names: Names | None = field(default=None, repr=False)

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The plan of a request, or the words that could not be placed.

        Windows stay relative until a plan is compiled: of `as_of` only the day is looked at, to offer years and to
        refuse days to come. Spans count the characters of the text in Unicode's composed form (NFC).
        """
        text = unicodedata.normalize("NFC", text)
        if len(text) > MAX_CHARACTERS:
            question = Question(
                text=Told.of("Please say it in fewer than {max_characters} characters.", max_characters=MAX_CHARACTERS)
            )
            return NeedsClarification(unplaced=(), questions=(question,))
        if self._vocabulary is None or self._vocabulary.catalogue is not catalogue:
            self._vocabulary = vocabulary_of(catalogue)
            self._names = None
        today = as_of.astimezone(ZoneInfo(catalogue.time_zone)).date()
        try:
            match language_of(text):
                case Spoken.VIETNAMESE:
                    self._names = self._names or names_of(self._vocabulary)
                    return read_vietnamese(VietnameseCursor(text, today), self._names)
                case Spoken.ENGLISH:
                    return read_english(Cursor(text, today), self._vocabulary)
        except RecursionError:
            # The rules descend once a bracket and once a "not": a thousand of them are nobody's request.
            question = Question(
                text=Told.of("This is nested too deeply: please say it with fewer brackets and negations.")
            )
            return NeedsClarification(unplaced=(text.strip(),), questions=(question,))
        question = Question(
            text=Told.of("Requests are read in English and in Vietnamese: please write it in one of them.")
        )
        return NeedsClarification(unplaced=(text.strip(),), questions=(question,))
