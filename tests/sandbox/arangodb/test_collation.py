"""Texts sort as in ArangoDB: by ICU's collation, keys of the primary index by their bytes."""

import itertools

import pytest

from sandbox.arangodb.aql.collation import collation_key
from tests.sandbox.arangodb.stores import ask, database_of

# From the chart of CLDR's root collation; A before a is ArangoDB's own setting.
SORTED = ["", " ", "_", "-", ",", ":", ".", "'", "(", "@", "*", "/", "%", "+", "=", "$", "0", "1", "10", "9", "A", "a",
          "à", "AB", "Ab", "aB", "ab", "áb", "abc", "B", "b", "Z", "z"]  # fmt: skip


def test_texts_sort_in_the_order_of_icu_with_capitals_first() -> None:
    keys = [collation_key(text) for text in SORTED]
    assert sorted(keys) == keys


def test_different_texts_never_count_as_the_same() -> None:
    texts = [*SORTED, "a\u0300", "A\u0300", "ab\u0000"]
    assert all(collation_key(one) != collation_key(other) for one, other in itertools.permutations(texts, 2))


@pytest.mark.parametrize("moment", ["2024-05-06T07:08:09.010Z"])
def test_moments_of_one_form_sort_as_their_bytes_do(moment: str) -> None:
    later = [
        "2024-05-06T07:08:09.011Z",
        "2024-05-06T07:08:10.000Z",
        "2024-10-01T00:00:00.000Z",
        "2025-01-01T00:00:00.000Z",
    ]
    assert sorted([*later, moment], key=collation_key) == [moment, *later]


def test_keys_come_by_their_bytes_and_other_attributes_by_the_collation() -> None:
    keys = ["B", "a", "_x", "10", "9"]
    database = database_of(things=[{"_key": key, "name": key} for key in keys])
    assert ask(database, "FOR t IN things SORT t._key RETURN t._key") == ["10", "9", "B", "_x", "a"]
    assert ask(database, "FOR t IN things SORT t.name RETURN t.name") == ["_x", "10", "9", "a", "B"]


def test_a_range_of_keys_is_by_bytes_like_the_order_that_it_is_read_in() -> None:
    database = database_of(things=[{"_key": key} for key in ("B", "a", "_x")])
    query = "FOR t IN things FILTER t._key > @after SORT t._key LIMIT 10 RETURN t._key"
    assert ask(database, query, after="B") == ["_x", "a"]
    assert ask(database, "FOR t IN things FILTER t._key > 'B' RETURN t._key") == ["_x", "a"]
