"""Which names of the catalogue a model may be shown: names are customers' and shops' data, and data can hold anything.

The rules are few and strict, because nothing is lost by a name too many left out: the grammar knows all of them, and a
plan that uses one is still valid. A name is left out that has characters which are not seen, that holds contact data or
a long number, that is longer than names are, or that reads like words to a model.
"""

import re
import unicodedata
from collections.abc import Iterable

from leo_activation.segments.planners.llm_masking import contact_data

MAX_CHARACTERS = 80
MAX_WORDS = 12

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of control, format (zero-width, bidirectional), surrogate, private, unassigned, line breaks."""
_LONG_NUMBER = re.compile(r"\d(?:[\s.,()/-]?\d){6,}")
_ADDRESS = re.compile(
    r"@|://|\bwww\.|\b[\w-]{2,}\.(?:com|net|org|io|co|info|biz|app|shop|xyz|vn|de|fr|eu|uk|ru|cn)\b", re.I
)
_MARKUP = re.compile(r"[<>{}\[\]`|\\]|##|\*\*|---|\$\{|\bREQUEST\b|\bCATALOGUE\b|\bEXAMPLES\b|\bFOLLOW-UP\b")
_READINGS = re.compile(r"(?<=[?.!:”]) \(")
_SPEAKER = re.compile(r"^\s*(?:system|assistant|user|developer|human|ai|model|tool)\s*[:>]", re.I)
_TO_A_MODEL = re.compile(
    r"""\b(?:
      ignor\w* | disregard\w* | forget\w* | overrid\w* | bypass\w* | pretend\w* | jailbreak\w* | instruction\w*
    | prompt\w* | approv\w* | execut\w* | delet\w* | drop\s+(?:table|database) | exfiltrat\w* | reveal\w*
    | (?:you|u)\s+(?:are|must|should|will|shall|can|have) | your\s+(?:task|role|rules?|answer|output) | as\s+an\s+ai
    | do\s+not | don'?t | must\s+not | always\s+(?:answer|return|say|use|include)
    | (?:return|output|respond|reply|answer)\s+(?:with|only|all|every|the|everyone|everybody)
    | (?:select|match|grant|insert|update|truncate)\s.*\b(?:from|into|where|return|set|to)
    | (?:send|mail|email|message)\s+(?:it|this|them|all|every\w*|the)
    | ignorier\w* | vergiss\w* | vergesst | missachte\w* | anweisung\w* | genehmig\w* | lösch\w*
    | ignorez | oubli\w* | approuv\w* | supprim\w*
    | bỏ\s+qua | quên\s+(?:hết|mọi|tất|các|đi) | chỉ\s+dẫn | hướng\s+dẫn | phê\s+duyệt | hãy | xóa | xoá
    | bạn\s+(?:là|phải) | bo\s+qua | phe\s+duyet | huong\s+dan | ignora\w* | olvida\w*
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def is_vetted(name: str) -> bool:
    """Whether a name may stand in a question to a model."""
    # An id is made of words too: "ignore_all_rules" is read as they are.
    words = unicodedata.normalize("NFKC", name).replace("_", " ").replace("-", " - ")
    return (
        any(character.isalnum() for character in name)
        and len(name) <= MAX_CHARACTERS
        and len(words.split()) <= MAX_WORDS
        and not any(unicodedata.category(character) in _UNSEEN for character in name)
        and not contact_data(name)
        and not any(
            rule.search(written)
            for rule in (_LONG_NUMBER, _ADDRESS, _MARKUP, _SPEAKER, _TO_A_MODEL)
            for written in {name, words}
        )
    )


def with_vetted_readings(question: str) -> str:
    """A question as `Question` writes it, with those of its readings that a model may be shown: they may be names."""
    text, *rest = _READINGS.split(question, maxsplit=1)
    if not rest or not rest[0].endswith(")"):
        return question
    readings = " / ".join(vetted(rest[0].removesuffix(")").split(" / ")))
    return f"{text} ({readings})" if readings else text


def vetted(names: Iterable[str]) -> list[str]:
    """The names that a model may be shown, in their order."""
    return [name for name in names if is_vetted(name)]
