"""What is kept of a model's answer: the plan where the catalogue knows its names, and words that stand in the request.

The type holds an answer to its form. Here it is held to the request: a model may choose conditions, which people
review, but it puts no words into the requester's mouth. A name for the segment or a message that was not written is not
taken over, and what the model says in its own words is short, on one line and without addresses.
"""

import unicodedata
from collections.abc import Iterable

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_masking import Placeholders, masked
from leo_activation.segments.planners.llm_names import unknown_names
from leo_activation.segments.planners.vietnamese.language import Spoken, language_of
from leo_activation.segments.request import (
    ActivationDraft,
    Language,
    NeedsClarification,
    PlannedRequest,
    Question,
)

MAX_QUESTIONS = 5
MAX_NOTES = 5
MAX_WORDS = 20
MAX_LINE = 300
_NO_SUCH_NAME = {
    Language.ENGLISH: "There is no {kind} “{name}” here. Which one is meant?",
    Language.VIETNAMESE: "Ở đây không có “{name}”. Ý bạn là gì?",
}
_EVERYBODY = {
    Language.ENGLISH: "To the language model this means every customer. If so, say “all customers”; if not, who?",
    Language.VIETNAMESE: (
        "Theo cách đọc của mô hình ngôn ngữ thì đây là mọi khách hàng. Nếu đúng, hãy viết “tất cả khách hàng”; nếu "
        "không, đó là những ai?"
    ),
}
_MESSAGE_CHANGED = {
    Language.ENGLISH: "the message is not taken over, because it does not stand in the request word for word",
    Language.VIETNAMESE: "không lấy nội dung tin, vì nội dung đó không có nguyên văn trong yêu cầu",
}
_SAY_IT_OTHERWISE = {
    Language.ENGLISH: "Could you say it in other words? No plan could be made of these.",
    Language.VIETNAMESE: "Bạn có thể nói cách khác không? Chưa lập được kế hoạch từ yêu cầu này.",
}


def language_for(text: str) -> Language:
    """The language in which a request is answered: Vietnamese for a Vietnamese one, else English."""
    return Language.VIETNAMESE if language_of(text) is Spoken.VIETNAMESE else Language.ENGLISH


def no_plan(text: str, language: Language) -> NeedsClarification:
    """The question that is left where a model has given neither a plan nor a question."""
    return NeedsClarification(
        unplaced=(text,), questions=(Question(text=_SAY_IT_OTHERWISE[language]),), language=language
    )


def checked_plan(
    answer: PlannedRequest, catalogue: Catalogue, said: str, language: Language, hidden: Placeholders
) -> PlannedRequest | NeedsClarification:
    """The plan with what the requester said around it, or a question about the names that do not exist.

    A plan of every customer is not taken from a model: the grammar knows those words, and no other words may be read as
    them. `said` are the requester's words, `hidden` what was kept back of them.
    """
    plan = answer.plan
    if plan.where is None and plan.limit is None and plan.percent is None:
        return NeedsClarification(unplaced=(said,), questions=(Question(text=_EVERYBODY[language]),), language=language)
    unknown = unknown_names(answer.plan, catalogue)
    if unknown:
        return NeedsClarification(
            unplaced=tuple(one_line(name) for _, name in unknown),
            questions=tuple(
                Question(text=_NO_SUCH_NAME[language].format(kind=kind, name=one_line(name)))
                for kind, name in unknown[:MAX_QUESTIONS]
            ),
            language=language,
        )
    notes = [one_line(note) for note in answer.notes if note.strip()]
    name = hidden.restore(answer.segment_name) if answer.segment_name is not None else None
    activation = answer.activation
    if activation is not None and activation.message is not None:
        message = hidden.restore(activation.message)
        taken = message if stands_in(message, said) else None
        if taken is None:
            notes.insert(0, _MESSAGE_CHANGED[language])
        activation = ActivationDraft(channel=activation.channel, message=taken, message_class=activation.message_class)
    return PlannedRequest(
        plan=answer.plan,
        segment_name=name if name is not None and stands_in(name, said) else None,
        activation=activation,
        notes=tuple(notes[:MAX_NOTES]),
        ignored=_words_of(map(hidden.restore, answer.ignored), said),
        # Where a model says its words stand is a claim that nobody checks, so there are no spans.
        language=language,
    )


def checked_questions(
    answer: NeedsClarification, said: str, language: Language, hidden: Placeholders
) -> NeedsClarification:
    """A model's questions with the words of the request that they are about, or all of it where it names none of it."""
    questions = tuple(
        Question(text=one_line(question.text), readings=tuple(one_line(reading) for reading in question.readings[:6]))
        for question in answer.questions[:MAX_QUESTIONS]
        if question.text.strip()
    )
    return NeedsClarification(
        unplaced=_words_of(map(hidden.restore, answer.unplaced), said) or (said,),
        questions=questions or no_plan(said, language).questions,
        refused=answer.refused,
        ignored=_words_of(map(hidden.restore, answer.ignored), said),
        language=language,
    )


def stands_in(words: str, text: str) -> bool:
    """Whether the words stand in the text, whatever their case and the space between them."""
    return _plain(words) in _plain(text) and bool(words.strip())


def one_line(text: str) -> str:
    """What a model says in its own words, as it may be shown: one line, no contact data, nothing unseen, not long."""
    line = "".join(" " if _is_unseen(character) else character for character in masked(text))
    line = " ".join(line.split())
    return line if len(line) <= MAX_LINE else line[:MAX_LINE].rsplit(" ", 1)[0] + " …"


def _words_of(words: Iterable[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in words if stands_in(one, text)))[:MAX_WORDS]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character)[0] in {"C", "Z"}
