"""The explainer that asks a language model, held to the facts; where its words do not hold, the plain ones are used."""

import logging
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_ai.models import Model

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.llm.structured import Limits, ask_structured
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.language_tasks import ResultFacts
from leo_activation.segments.planners.llm_examples import spoken_language
from leo_activation.segments.planners.llm_masking import contact_data, masked, quoting_whole_contacts, whole_contacts
from leo_activation.segments.planners.llm_question import as_json, question
from leo_activation.segments.planners.llm_vetting import with_vetted_readings
from leo_activation.segments.request import Language

logger = logging.getLogger(__name__)

PROMPT = "explain_result"
MAX_TEXT = 600
LIMITS = Limits(repair_rounds=1, total_seconds=45, request_seconds=30, answer_tokens=512, total_tokens=12_000)
"""An explanation is a kindness: it may not hold up a draft for long."""

_GROUPED = re.compile(r"\d{1,3}(?:[.,\s\u202f\u00a0]\d{3})+(?!\d)")
_NUMBER = re.compile(rf"{_GROUPED.pattern}|\d+(?:[.,]\d+)?")
_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|«([^»]*)»|„([^“”]*)[“”]|‘([^’]*)’|(?<!\w)'([^']+)'(?!\w)")
_MARKUP = re.compile(r"[<>{}\[\]`|\\#*_~]|://|\bwww\.|^\s*[-•]", re.M)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_NUMBERS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion dozen
dozens half percent twice double triple majority
"""
_VIETNAMESE_NUMBERS = "hai ba bốn sáu bảy tám chín mười mươi trăm nghìn ngàn triệu tỷ tỉ tá nửa rưỡi"
_NUMBER_WORDS: Final = {
    Language.ENGLISH: frozenset(_ENGLISH_NUMBERS.split()),
    Language.VIETNAMESE: frozenset(_VIETNAMESE_NUMBERS.split()),
}
_STATES: Final = {
    Language.ENGLISH: re.compile(
        r"\b(?:approv|publish|activat|launch|sent\b|send|deliver|reject|confirm|guarant|recommend|should)\w*", re.I
    ),
    Language.VIETNAMESE: re.compile(
        r"phê duyệt|đã duyệt|đã gửi|sẽ gửi|công bố|kích hoạt|từ chối|đảm bảo|khuyên|nên ", re.I
    ),
}
"""What a request's own words could make a model claim: what happened and what happens next is said by others."""


class Explanation(BaseModel):
    """What a model answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True)
class LanguageModelExplainer:
    """Asks `model` with `prompt`, by default the newest version of `explain_result`; each call stands in the ledger."""

    model: Model
    ledger: CallLedger
    request_id: int | None = None
    prompt: Prompt | None = None
    plain: PlainExplainer = field(default_factory=PlainExplainer)

    def explain(self, facts: ResultFacts) -> str:
        """See `Explainer.explain`; a model that fails, or says more than the facts, is replaced by the plain words."""
        try:
            answer = ask_structured(
                self.model,
                self.prompt or load_prompt(PROMPT),
                Explanation,
                question(("FACTS", as_json(_shown(facts)))),
                ledger=self.ledger,
                limits=LIMITS,
                request_id=self.request_id,
            )
        except (Transient, Permanent, Configuration) as error:
            logger.info("Request %s is explained without the model: %s", self.request_id, error)
            return self.plain.explain(facts)
        beyond = beyond_the_facts(answer.text, facts)
        if beyond is not None:
            logger.info("Request %s is explained without the model's words: %s.", self.request_id, beyond)
            return self.plain.explain(facts)
        return f"{answer.text.strip()} {self.plain.next_step(facts)}"


def beyond_the_facts(text: str, facts: ResultFacts) -> str | None:
    """Why a text is no explanation of the facts, without quoting it; None where it is one.

    It has to say how many customers there are, where that is known, as the plain words do. Numbers are compared by
    their digits, names by what stands in quotation marks or begins with a capital inside a sentence. That a number is
    true of what it is said of is not checked: it can only be one of the facts' numbers.
    """
    text = text.strip()
    said = _all_said(facts)
    if not text or len(text) > MAX_TEXT:
        return f"it has {len(text)} characters"
    if any(unicodedata.category(character)[0] == "C" for character in text):
        return "it is not one paragraph, or has characters that are not seen"
    if _MARKUP.search(text) or contact_data(text):
        return "it has markup, a link or contact data"
    if spoken_language(text) != facts.language:
        return "it is in another language"
    known = _plain(said)
    numbers = {_value(number) for number in _NUMBER.findall(text)}
    if not numbers <= _numbers(facts):
        return "a number in it is not among the facts"
    if facts.member_count is not None and _value(str(facts.member_count)) not in numbers:
        return "it does not say how many customers there are"
    words = set(_WORD.findall(text.casefold()))
    if words & _NUMBER_WORDS[facts.language] - set(_WORD.findall(known)):
        return "a number in words is not among the facts"
    quoted = (next(part for part in found.groups() if part is not None) for found in _QUOTED.finditer(text))
    if any(_plain(name).rstrip(".,") not in known for name in quoted):
        return "a quotation is not among the facts"
    if any(name.casefold() not in known for name in _names_inside(text)):
        return "a name in it is not among the facts"
    if _STATES[facts.language].search(_QUOTED.sub(" ", text)):
        return "it tells what has happened or what to do"
    return None


def _shown(facts: ResultFacts) -> dict[str, object]:
    shown: dict[str, object] = {
        "language": facts.language,
        "request": masked(facts.request_text),
        "sentence": None if facts.sentence is None else masked(facts.sentence),
        "member_count": facts.member_count,
        "funnel": [(masked(condition), kept) for condition, kept in facts.funnel],
        "drops": [(masked(condition), dropped) for condition, dropped in _drops(facts)],
        "reachable": None if facts.reachable is None else dict(facts.reachable),
        "unplaced": [masked(whole_contacts(words, facts.request_text)) for words in facts.unplaced],
        "questions": [
            masked(quoting_whole_contacts(with_vetted_readings(asked), facts.request_text)) for asked in facts.questions
        ],
        "problem": None if facts.problem is None else masked(facts.problem),
    }
    return {name: value for name, value in shown.items() if value not in (None, [], {})}


def _drops(facts: ResultFacts) -> list[tuple[str, int]]:
    """What each condition leaves out of those who were left before it."""
    return [(condition, before - kept) for (_, before), (condition, kept) in pairwise(facts.funnel)]


def _numbers(facts: ResultFacts) -> set[str]:
    """The numbers that are true: counts, and those that were understood; of a request that was not, its own."""
    counted = [count for _, count in (*facts.funnel, *_drops(facts))]
    counted += [*(facts.reachable or {}).values(), *([] if facts.member_count is None else [facts.member_count])]
    understood = [facts.sentence or facts.request_text, facts.problem or "", *facts.questions, *facts.unplaced]
    understood += [condition for condition, _ in facts.funnel]
    return {str(count) for count in counted} | {
        _value(number) for words in understood for number in _NUMBER.findall(masked(words))
    }


def _all_said(facts: ResultFacts) -> str:
    """All words of the facts, and the channels as people call them."""
    words = [facts.request_text, facts.sentence or "", facts.problem or "", *facts.unplaced, *facts.questions]
    words += [condition for condition, _ in facts.funnel]
    channels = [channel.replace("_", " ") for channel in facts.reachable or {}]
    return "\n".join([masked(one) for one in words] + channels + ["e-mail email sms zalo messenger push"])


def _names_inside(text: str) -> Iterator[str]:
    """The words with a capital that do not begin a sentence or a quotation."""
    for found in _WORD.finditer(text):
        before = text[: found.start()].rstrip()
        begins = not before or before[-1] in ".!?:;“\"«„'‘(…"
        if found[0][0].isupper() and not begins and found[0] != "I":
            yield found[0]


def _value(number: str) -> str:
    """A number in one spelling: 1,000 and 1.000 are a thousand, 0.7 and 0,7 are less than one."""
    if _GROUPED.fullmatch(number):
        return re.sub(r"\D", "", number)
    return number.replace(",", ".").lstrip("0") or "0"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
