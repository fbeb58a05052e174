"""Repeatable randomness, and the formats that are computed rather than drawn."""

from collections import Counter

import pytest

from sandbox.sample_data.moments import iso_ms, parse_as_of, revision
from sandbox.sample_data.people import BLOCK_SIZE, plan_block
from sandbox.sample_data.streams import Choice, Purpose, new_key, stable_key, stream


def test_a_stream_depends_on_seed_purpose_and_index_and_on_nothing_else() -> None:
    first = stream(7, Purpose.LIFE, 3).random()
    assert stream(7, Purpose.LIFE, 3).random() == first
    others = [stream(8, Purpose.LIFE, 3), stream(7, Purpose.PERSON, 3), stream(7, Purpose.LIFE, 4)]
    assert first not in [other.random() for other in others]


def test_a_weighted_choice_draws_by_its_weights_and_never_what_weighs_nothing() -> None:
    rng = stream(1, Purpose.LIFE, 1)
    choice = Choice({"often": 9, "seldom": 1, "never": 0})
    drawn = Counter(choice.draw(rng) for _ in range(10_000))
    assert 8_700 < drawn["often"] < 9_300
    assert drawn["never"] == 0


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="weight above 0"):
        Choice({"never": 0})


def test_ids_look_like_leos() -> None:
    for key in (stable_key(7, "profile", 1), new_key(stream(7, Purpose.DOCUMENT, 1))):
        assert len(key) == 22
        assert key.isalnum()


def test_a_revision_is_the_one_that_arangodb_wrote_at_that_moment() -> None:
    # From LEO's own initial segments, written on 2022-05-01.
    assert revision(parse_as_of("2022-05-01T05:12:01.565"), 0) == "_eF2GXvy---"


def test_a_moment_without_a_zone_is_utc() -> None:
    assert iso_ms(parse_as_of("2026-02-20")) == "2026-02-20T00:00:00.000Z"
    assert parse_as_of("2026-02-20T07:00:00+07:00") == parse_as_of("2026-02-20T00:00:00Z")


def test_a_block_is_full_and_its_people_stay_in_it() -> None:
    for block in range(200):
        slots = plan_block(7, block)
        first = block * BLOCK_SIZE
        assert [slot.index for slot in slots] == list(range(first, first + BLOCK_SIZE))
        assert all(first <= slot.household <= slot.index and first <= slot.person <= slot.index for slot in slots)
