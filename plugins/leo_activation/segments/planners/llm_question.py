"""How a question to a model is put together: sections with a head of their own, and in each of them only JSON.

Words of people and names of data stand inside JSON strings, where a line break is two letters: no text can look like
the head of a section, or like words of the prompt.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from leo_activation.embedding import Encoder
from leo_activation.errors import Configuration, Transient
from leo_activation.llm.budget import OverBudget
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_catalogue import shown_catalogue
from leo_activation.segments.planners.llm_examples import spoken_language
from leo_activation.segments.planners.llm_masking import Placeholders, masked, quoting_whole_contacts, whole_contacts
from leo_activation.segments.planners.llm_vetting import with_vetted_readings
from leo_activation.segments.request import Language, NeedsClarification

_UNTIL = {
    Language.ENGLISH: (
        "The language model was not asked, because its budget for the day is used up until {until}: answer in other "
        "words, or submit the request again after that."
    ),
    Language.VIETNAMESE: (
        "Chưa hỏi mô hình ngôn ngữ, vì ngân sách trong ngày đã dùng hết cho đến {until}: hãy trả lời bằng cách nói "
        "khác, hoặc gửi lại yêu cầu sau thời điểm đó."
    ),
}
_OF_THE_REQUEST = {
    Language.ENGLISH: (
        "The language model was not asked again, because this request has used up its budget: answer in other words, "
        "or submit a new request at any time."
    ),
    Language.VIETNAMESE: (
        "Không hỏi thêm mô hình ngôn ngữ, vì yêu cầu này đã dùng hết ngân sách: hãy trả lời bằng cách nói khác, hoặc "
        "gửi một yêu cầu mới bất cứ lúc nào."
    ),
}
_NOT_REACHED = {
    Language.ENGLISH: (
        "The language model could not be reached, so only the grammar has read this: answer in other words, or submit "
        "the request again later."
    ),
    Language.VIETNAMESE: (
        "Không kết nối được mô hình ngôn ngữ, nên chỉ ngữ pháp đã đọc yêu cầu này: hãy trả lời bằng cách nói khác, "
        "hoặc gửi lại yêu cầu sau."
    ),
}
_NOT_SET_UP = {
    Language.ENGLISH: (
        "The language model cannot be used until its set-up is mended (key, name or quota), so only the grammar has "
        "read this: answer in other words, or tell whoever runs the installation."
    ),
    Language.VIETNAMESE: (
        "Chưa dùng được mô hình ngôn ngữ cho đến khi thiết lập được sửa (khóa, tên hoặc hạn mức), nên chỉ ngữ pháp đã "
        "đọc yêu cầu này: hãy trả lời bằng cách nói khác, hoặc báo cho người vận hành."
    ),
}


def question(*sections: tuple[str, str]) -> str:
    """The sections one after another, each a head and its body; bodies are JSON, examples one JSON a line."""
    return "\n\n".join(f"{head}\n{body}" for head, body in sections)


def as_json(value: object) -> str:
    """A value as JSON, with letters of all languages as they are."""
    return json.dumps(value, ensure_ascii=False)


def catalogue_section(catalogue: Catalogue, said: str, encoder: Encoder | None) -> tuple[str, str]:
    """The catalogue's section, chosen for the words `said`."""
    # Not even the encoder, which is our own, is given contact data: it says nothing of what is meant.
    shown = shown_catalogue(catalogue, masked(said), language=spoken_language(said), encoder=encoder)
    return "CATALOGUE", shown.text


def moment_section(catalogue: Catalogue, as_of: datetime) -> tuple[str, str]:
    """The present moment, in the tenant's own time: "today" is a day there."""
    return "AS OF", as_json(as_of.astimezone(ZoneInfo(catalogue.time_zone)).isoformat())


def left_section(left: NeedsClarification, said: str, hidden: Placeholders) -> tuple[str, str]:
    """What the grammar found out about the words `said`: which it could not place and what it would ask."""
    return "GRAMMAR", as_json(not_placed(left.unplaced, [str(asked) for asked in left.questions], said, hidden))


def not_placed(
    unplaced: Sequence[str], questions: Sequence[str], said: str, hidden: Placeholders
) -> dict[str, list[str]]:
    """What could not be placed of a text, and the questions about it: without contact data, with vetted names."""
    return {
        "unplaced": [hidden.hide(whole_contacts(words, said)) for words in unplaced],
        "questions": [hidden.hide(quoting_whole_contacts(with_vetted_readings(asked), said)) for asked in questions],
    }


def why_not_asked(error: OverBudget | Transient | Configuration, language: Language, catalogue: Catalogue) -> str:
    """One sentence for the requester: why a model has not read the request, and until when."""
    match error:
        case OverBudget(resets_at=None):
            return _OF_THE_REQUEST[language]
        case OverBudget(resets_at=datetime() as until):
            local = until.astimezone(ZoneInfo(catalogue.time_zone))
            return _UNTIL[language].format(until=f"{local:%Y-%m-%d %H:%M} ({catalogue.time_zone})")
        case Configuration():
            return _NOT_SET_UP[language]
        case _:
            return _NOT_REACHED[language]
