"""Phrases: which topics one means, and which customers it describes.

An interest phrase ("interested in luxury") is compared once, when a request is drafted, with the tenant's topics; those
above the threshold become parameters of the Cypher and part of what is approved. A profile phrase ("like weekend
hikers") is compared at every run with the profile vectors, but only of the customers that the Cypher returned.
Thresholds are calibrated on the tenant's own data, stored with the reading and shown with the near misses:
`docs/decisions/meaning.md`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.segments.planners.vietnamese.language import may_be_vietnamese
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

TOPIC_FLOOR = 0.32
"""Below this cosine no topic means what a phrase says."""
TOPIC_CONTRAST = 0.12
"""So much nearer than the tenant's middle topic: a phrase that is equally near to everything means nothing here."""
TOPIC_NEAR_BEST = 0.85
"""Of the best topic's cosine: what is clearly further away than the best is another thing."""
PROFILE_FLOOR = 0.25
PROFILE_REACH = 0.6
"""Of the way from the tenant's farthest customer to the nearest: a mean would cut off a trait that most people have."""
SHOWN = 3
"""Near misses and narrow hits shown on each side of a threshold."""

ENGLISH = "en"
_LOAN_ACCENTS = str.maketrans("éèêçï’‘“”–—", "eeeci''\"\"--")
_FOREIGN_WORDS = frozenset({
    # German
    "und", "oder", "der", "das", "mit", "fur", "auf", "sich", "nicht", "wer", "gerne",
    # French
    "les", "des", "avec", "dans", "aime", "une",
    # Spanish
    "los", "las", "por", "para", "que", "gusta",
})  # fmt: skip
"""Words that stand in nearly every phrase of their language and in no English one."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicMatch(_Model):
    """A topic and its cosine similarity to a phrase."""

    topic_id: str
    similarity: float


class InterestReading(_Model):
    """Which topics an interest phrase means: `chosen` at or above the threshold, `missed` the next ones below."""

    kind: Literal["interest_phrase"] = "interest_phrase"
    phrase: str
    model: str
    precision: str
    threshold: float
    chosen: tuple[TopicMatch, ...]
    missed: tuple[TopicMatch, ...]


class ProfileReading(_Model):
    """From which cosine similarity on a profile phrase describes a customer."""

    kind: Literal["profile_phrase"] = "profile_phrase"
    phrase: str
    model: str
    precision: str
    threshold: float


Reading = Annotated[InterestReading | ProfileReading, Field(discriminator="kind")]
READINGS = TypeAdapter(tuple[Reading, ...])
"""To and from the JSON of `segment.definition.meaning`."""


class CloseCall(_Model):
    """A customer near the threshold of a phrase."""

    phrase: str
    customer_id: str
    similarity: float
    kept: bool


@dataclass(frozen=True)
class Refinement:
    """The customers that a phrase describes, in the order given, and the narrowest on both sides."""

    customer_ids: list[str]
    close_calls: tuple[CloseCall, ...]


class PhraseNotUnderstood(Permanent):
    """A phrase that cannot be judged: `question` would settle it."""

    def __init__(self, phrase: str, question: str, readings: Sequence[str] = ()) -> None:
        """Keep the phrase, the question and what to choose from."""
        super().__init__(question)
        self.phrase = phrase
        self.question = question
        self.readings = tuple(readings)


def read_phrases(
    connection: Connection, tenant_id: str, plan: SegmentPlan, encoder: Encoder
) -> tuple[InterestReading | ProfileReading, ...]:
    """How each phrase of the plan is read, equal phrases of one kind once, in the order of the plan's leaves.

    `connection` is bound to the tenant (reader or writer).

    Raises:
        PhraseNotUnderstood: a phrase is in a language that the model does not know, or nothing is near it.
        Transient: topics or texts still wait for their vectors.
    """
    found: dict[tuple[str, str], InterestReading | ProfileReading] = {}
    for leaf in leaves(plan.where):
        if isinstance(leaf, InterestPhrase | ProfilePhrase) and (leaf.kind, leaf.phrase) not in found:
            read = _read_interest if isinstance(leaf, InterestPhrase) else _read_profile
            found[leaf.kind, leaf.phrase] = read(connection, tenant_id, leaf.phrase, leaf.threshold, encoder)
    return tuple(found.values())


def topics_of(readings: Sequence[InterestReading | ProfileReading]) -> dict[str, tuple[str, ...]]:
    """The topic ids of each interest phrase, as the compiler takes them."""
    return {
        reading.phrase: tuple(match.topic_id for match in reading.chosen)
        for reading in readings
        if isinstance(reading, InterestReading)
    }


def refine(
    connection: Connection,
    tenant_id: str,
    customer_ids: Sequence[str],
    reading: ProfileReading,
    encoder: Encoder,
) -> Refinement:
    """The customers among `customer_ids` whose profile is as near to the phrase as the reading asks.

    Who has no text (profiling refused) is not described by any phrase. The distance is exact.

    Raises:
        Permanent: the encoder is not the one that the threshold was chosen for.
        Transient: texts still wait for their vectors.
    """
    if (encoder.model, encoder.precision) != (reading.model, reading.precision):
        raise Permanent(
            f"The phrase '{reading.phrase}' was approved for {reading.model} ({reading.precision}), and the encoder is "
            f"{encoder.model} ({encoder.precision}) now: draft the request again."
        )
    rows = connection.execute(
        statement("segments/compare_profiles"),
        {**_question(tenant_id, reading.phrase, encoder), "customer_ids": list(customer_ids)},
    ).fetchall()
    if rows and rows[0][1] is None:
        raise Transient(f"Profile texts of '{tenant_id}' wait for their vectors; embed_profiles has to run first.")
    near = {str(customer_id): float(similarity) for customer_id, similarity in rows}
    kept = [customer_id for customer_id in customer_ids if near.get(customer_id, -1.0) >= reading.threshold]
    hits = [one for one in near.items() if one[1] >= reading.threshold][-SHOWN:]
    misses = [one for one in near.items() if one[1] < reading.threshold][:SHOWN]
    close = tuple(
        CloseCall(
            phrase=reading.phrase,
            customer_id=customer_id,
            similarity=similarity,
            kept=similarity >= reading.threshold,
        )
        for customer_id, similarity in hits + misses
    )
    return Refinement(kept, close)


def knows_language(encoder: Encoder, phrase: str) -> bool:
    """Whether the model may judge the phrase: a multilingual one any, an English one only what looks English.

    Fails on the safe side for scripts and accents that English does not use, and for Vietnamese without its marks,
    which its syllables betray (`may_be_vietnamese`); a few words of other languages that are written in plain letters
    are known by heart, the rest of such phrases cannot be told from English here.
    """
    if encoder.languages is None or encoder.languages - {ENGLISH}:
        return True
    plain = phrase.lower().translate(_LOAN_ACCENTS)
    if not plain.isascii() or may_be_vietnamese(plain):
        return False
    return _FOREIGN_WORDS.isdisjoint(re.findall(r"[a-z]+", plain))


def _read_interest(
    connection: Connection, tenant_id: str, phrase: str, threshold: float | None, encoder: Encoder
) -> InterestReading:
    _require_language(encoder, phrase)
    rows = connection.execute(statement("segments/compare_topics"), _question(tenant_id, phrase, encoder)).fetchall()
    if not rows:
        raise PhraseNotUnderstood(phrase, _nobody_interested(phrase))
    if rows[0][1] is None:
        raise Transient(f"Topics of '{tenant_id}' wait for their vectors; embed_profiles has to run first.")
    matches = [TopicMatch(topic_id=topic_id, similarity=similarity) for topic_id, similarity in rows]
    cut = _topic_threshold(matches) if threshold is None else threshold
    chosen = tuple(match for match in matches if match.similarity >= cut)
    if not chosen:
        raise PhraseNotUnderstood(
            phrase,
            _nothing_near(phrase),
            [match.topic_id for match in matches[:SHOWN]],
        )
    return InterestReading(
        phrase=phrase,
        model=encoder.model,
        precision=encoder.precision,
        threshold=cut,
        chosen=chosen,
        missed=tuple(matches[len(chosen) : len(chosen) + SHOWN]),
    )


def _topic_threshold(matches: Sequence[TopicMatch]) -> float:
    # A name that is a product, a category and a keyword at once counts once for the middle.
    by_name = {match.topic_id.partition(":")[2]: match.similarity for match in matches}
    contrast = median(by_name.values()) + TOPIC_CONTRAST if len(by_name) > 1 else 0.0
    return round(max(TOPIC_FLOOR, contrast, TOPIC_NEAR_BEST * max(by_name.values())), 6)


def _read_profile(
    connection: Connection, tenant_id: str, phrase: str, threshold: float | None, encoder: Encoder
) -> ProfileReading:
    _require_language(encoder, phrase)
    [(people, farthest, nearest, waiting)] = connection.execute(
        statement("segments/describe_profile_similarity"), _question(tenant_id, phrase, encoder)
    )
    if waiting:
        raise Transient(
            f"{waiting} profile texts of '{tenant_id}' wait for their vectors; embed_profiles has to run first."
        )
    if not people:
        raise PhraseNotUnderstood(phrase, _nobody_described(phrase))
    calibrated = round(max(PROFILE_FLOOR, farthest + PROFILE_REACH * (nearest - farthest)), 6)
    return ProfileReading(
        phrase=phrase,
        model=encoder.model,
        precision=encoder.precision,
        threshold=calibrated if threshold is None else threshold,
    )


def questions_of_phrase(phrase: str) -> tuple[Told, ...]:
    """What may be asked about a phrase whose language is known."""
    return _nobody_interested(phrase), _nothing_near(phrase), _nobody_described(phrase)


def _nobody_interested(phrase: str) -> Told:
    return Told.of("Nobody has shown an interest yet, so what does “{phrase}” mean here?", phrase=phrase)


def _nothing_near(phrase: str) -> Told:
    return Told.of("No topic of the catalogue is near enough to “{phrase}”. Which one is meant?", phrase=phrase)


def _nobody_described(phrase: str) -> Told:
    return Told.of("No customer has a profile text yet, so who is “{phrase}”?", phrase=phrase)


def _require_language(encoder: Encoder, phrase: str) -> None:
    if not knows_language(encoder, phrase):
        if may_be_vietnamese(phrase):
            raise PhraseNotUnderstood(
                phrase,
                f"Mô hình {encoder.model} chỉ hiểu tiếng Anh (knows only English), nên không so sánh được nghĩa của "
                f"“{phrase}”. Xin viết bằng tiếng Anh, hoặc chọn một danh mục, nhãn hay từ khóa.",
            )
        raise PhraseNotUnderstood(
            phrase,
            Told.of(
                "The model {model} knows only English, so “{phrase}” cannot be compared by "
                "meaning. How would you say it in English?",
                model=encoder.model,
                phrase=phrase,
            ),
        )


def _question(tenant_id: str, phrase: str, encoder: Encoder) -> dict[str, str]:
    [vector] = encoder.encode([phrase])
    written = "[" + ",".join(repr(float(value)) for value in vector) + "]"
    return {"tenant_id": tenant_id, "model": encoder.model, "precision": encoder.precision, "phrase": written}
