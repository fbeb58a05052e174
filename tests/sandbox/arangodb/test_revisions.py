"""Revisions have an age, and it is not the order of their characters."""

from sandbox.arangodb.revisions import Revisions, age_order


def test_a_later_revision_is_younger_whatever_its_digits() -> None:
    revisions = Revisions()
    made = [revisions.revision() for _ in range(5000)]
    assert sorted(made, key=age_order) == made
    assert sorted(made) != made


def test_a_letter_is_younger_than_another_of_the_alphabet_that_stands_before_it() -> None:
    assert max("_me-R6Yy---", "_me-R6Y2---", key=age_order) == "_me-R6Y2---"
