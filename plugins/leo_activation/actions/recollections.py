"""Recall: what was done before that is near to words, or to a segment."""

from leo_activation.actions.arguments import Recall
from leo_activation.actions.explanations import not_a_segment
from leo_activation.actions.names import find_segment, known_segments, near_names
from leo_activation.actions.registry import Caller, Outcome, Result, Tools
from leo_activation.actions.wording import Say, kind_in_words, say
from leo_activation.segments.meaning import PhraseNotUnderstood
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.recall import Remembered, recall_like
from leo_activation.segments.recall import recall as recall_words
from leo_activation.segments.request import Language


def recall(tools: Tools, caller: Caller, asked: Recall) -> Result:
    """The handler of the action: what is near enough, the nearest first; says so where nothing is."""
    if asked.like is not None:
        return _like(tools, caller.language, asked, asked.like)
    words = asked.words or ""
    try:
        found = recall_words(
            tools.warehouse, tools.tenant_id, words, encoder=tools.encoder, kinds=asked.kinds, limit=asked.limit
        )
    except PhraseNotUnderstood as problem:
        return Result(problem.question, {"found": 0}, Outcome.ASKED_BACK, (problem.question,))
    return _told(caller.language, words, found)


def _like(tools: Tools, language: Language, asked: Recall, words: str) -> Result:
    segments = known_segments(tools.warehouse, tools.tenant_id)
    segment = find_segment(segments, words)
    if segment is None:
        return not_a_segment(language, words, near_names(segments, words))
    if segment.active_version is None:
        problem = say(language, Say.NOT_ACTIVE, name=masked(segment.name))
        return Result(problem, {"found": 0}, Outcome.ASKED_BACK, (problem,))
    found = recall_like(
        tools.warehouse,
        tools.tenant_id,
        segment.segment_id,
        encoder=tools.encoder,
        kinds=asked.kinds,
        limit=asked.limit,
    )
    return _told(language, masked(segment.name), found)


def _told(language: Language, words: str, found: tuple[Remembered, ...]) -> Result:
    data = {
        "found": len(found),
        "results": [
            {"kind": str(one.kind), "reference": one.reference, "title": one.title, "similarity": one.similarity}
            for one in found
        ],
    }
    if not found:
        return Result(say(language, Say.NOTHING_NEAR, words=words), data)
    lines = [
        f"- {kind_in_words(language, one.kind)} {one.reference} ({one.similarity:.2f}): {one.text}" for one in found
    ]
    return Result("\n".join([say(language, Say.FOUND, words=words), *lines]), data)
