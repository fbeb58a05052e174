"""Requests whose members are known by SQL written by hand: the smallest run of `bench.planner`."""

from collections.abc import Iterator

import pytest

from bench.planner import Scores, fresh_warehouse, judge, verdict
from bench.planner.judging import ASKED, EMPTY, EXACT, REFUSED, WRONG
from bench.planner.questions import Expected
from leo_activation.embedding import EmbeddingSettings, load_encoder

SEED = 4
PROFILES = 400
LEAST_EXACT = 0.97


@pytest.fixture(scope="module")
def scores() -> Iterator[Scores]:
    """What became of every request on one world of each form, and on the public data where it is there."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, administrator):
        yield judge(warehouse, administrator, (SEED,), encoder, profiles=PROFILES)


def _noted(scores: Scores, outcome: str) -> list[str]:
    return [note for kinds in scores.values() for score in kinds.values() for note in score.notes if outcome in note]


def test_no_request_is_silently_misread(scores: Scores) -> None:
    assert not _noted(scores, WRONG)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_nearly_every_clear_request_finds_exactly_who_was_meant(scores: Scores, language: str) -> None:
    outcomes = dict.fromkeys((EXACT, WRONG, ASKED, REFUSED, EMPTY), 0)
    for (spoken, _), score in scores[Expected.GOLD].items():
        for outcome, number in score.outcomes.items() if spoken == language else ():
            outcomes[outcome] += number
    judged = sum(outcomes.values()) - outcomes[EMPTY]
    assert judged > 150
    assert outcomes[EXACT] >= LEAST_EXACT * judged, verdict(scores) + "\n".join(_noted(scores, ASKED))


@pytest.mark.parametrize("expected", [Expected.ASKED, Expected.REFUSED])
def test_what_cannot_be_planned_comes_back_as_what_it_is(scores: Scores, expected: Expected) -> None:
    assert scores[expected]
    assert not [note for score in scores[expected].values() for note in score.notes]
