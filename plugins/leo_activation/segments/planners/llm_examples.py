"""Examples for a question: of many requests with their answers the few that are nearest to the one at hand.

They stand in `include/prompts/plan_segment/examples.jsonl`, over an invented shop whose names no tenant has. Those in
the request's own language come first; among them similarity decides: the cosine of the embedding model where it knows
the language, else the letters that two requests share.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from leo_activation.embedding import Encoder
from leo_activation.errors import Configuration
from leo_activation.llm.prompts import PROMPT_FOLDER
from leo_activation.segments.planners.llm_similarity import cosines, likeness, trigrams
from leo_activation.segments.planners.vietnamese.language import Spoken, language_of
from leo_activation.segments.request import NeedsClarification, PlannedRequest

EXAMPLES = 4
_FILE = PROMPT_FOLDER / "plan_segment" / "examples.jsonl"
_WORD = re.compile(r"[^\W\d_]+")
_CLOSED_CLASS = {
    "en": """the who and of in that with customer customers people for from are is not or to have has did our all an a
        at least last days them they their it we us never more than which whose got on off by into how like only""",
    "de": """und oder der die das den dem des ein eine einen einem einer mit aus nicht nichts kunde kunden kundinnen
        haben hat gekauft alle wer wie welche letzten seit mehr als von vom für im in auf bei zu zum zur sind ist kein
        keine noch nie mindestens zwischen durch unser unsere unseren sich über lieber mögen mag ohne nach wir sie""",
    "fr": """les des du de la le clients clientes qui que ont acheté et ou une un au aux derniers dernières jours avec
        pour sans pas jamais plus depuis dans moins tous toutes dont leur leurs nos notre mois dernier entre par puis
        ceux celles ces ce premier première couleur""",
}
_CLOSED = {language: frozenset(words.split()) for language, words in _CLOSED_CLASS.items()}
_LETTERS = {"de": frozenset("äöüß„"), "fr": frozenset("éèêëàâçùûîïôœ«")}
_VIETNAMESE_LETTERS = frozenset("ăđơư") | frozenset("ạảẹẻẽịỉĩọỏụủũỵỷỹấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự")


class Example(BaseModel):
    """A request in `language` (ISO 639-1) and its answer, as a model would give it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: str
    language: str
    answer: PlannedRequest | NeedsClarification

    @property
    def shown(self) -> str:
        """The example as a model is shown it: one line of JSON, in which nothing stands that was not set."""
        answer = self.answer.model_dump(mode="json", exclude_unset=True)
        return json.dumps({"request": self.request, "answer": answer}, ensure_ascii=False)


def spoken_language(text: str) -> str | None:
    """The language of a request as ISO 639-1, of those that there are examples in; None for any other.

    It decides which examples come first and whether an embedding model may judge the words, so the small words and the
    letters of a language are enough; where nothing tells, it is taken for English.
    """
    spoken = language_of(text)
    composed = unicodedata.normalize("NFC", text).lower()
    if spoken is Spoken.VIETNAMESE and not _VIETNAMESE_LETTERS.isdisjoint(composed):
        return str(Spoken.VIETNAMESE)
    letters = [character for character in composed if character.isalpha()]
    if sum("LATIN" not in unicodedata.name(letter, "") for letter in letters) * 2 > len(letters):
        return None
    words = _WORD.findall(composed)
    told = {language: sum(word in known for word in words) for language, known in _CLOSED.items()}
    for language, own in _LETTERS.items():
        told[language] += not own.isdisjoint(composed)
    best = max(told, key=lambda language: told[language])
    if told[best] == 0:
        return None if spoken is Spoken.OTHER else str(spoken)
    return best if spoken is not Spoken.OTHER or best != Spoken.ENGLISH else None


@cache
def load_examples(path: Path = _FILE) -> tuple[Example, ...]:
    """The examples of the file, in its order; read once a process.

    Raises:
        Configuration: the file is missing, or a line of it is no example.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(Example.model_validate_json(line) for line in lines if line.strip())
    except (OSError, ValueError) as error:
        raise Configuration(f"The examples in {path} cannot be read: {type(error).__name__}.") from error


def nearest_examples(
    text: str, encoder: Encoder | None = None, *, count: int = EXAMPLES, path: Path = _FILE
) -> tuple[Example, ...]:
    """The `count` examples for a request, the nearest last, where a model reads them freshest.

    Deterministic: the same text, examples and model give the same answer.
    """
    examples = load_examples(path)
    language = spoken_language(text)
    near = cosines(text, language, [example.request for example in examples], encoder)
    if near is None:
        own = trigrams(text)
        near = [likeness(own, trigrams(example.request)) for example in examples]
    ranked = sorted(range(len(examples)), key=lambda at: (examples[at].language != language, -near[at], at))
    return tuple(examples[at] for at in reversed(ranked[:count]))
