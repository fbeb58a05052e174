"""A cursor gives its rows batch by batch and ends with the last, with its time, or when it is closed."""

from typing import Any

import pytest

from sandbox.arangodb.cursors import Cursor, Cursors
from sandbox.arangodb.errors import CURSOR_NOT_FOUND, ArangoError
from sandbox.arangodb.revisions import Revisions


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cursors(clock: Clock) -> Cursors:
    return Cursors(Revisions(), clock)


def open_cursor(cursors: Cursors, rows: int = 5, **changes: Any) -> Cursor:
    options: dict[str, Any] = {"size": 2, "ttl_s": 30, "count": False, "allow_retry": False, "extra": {}}
    return cursors.first("leo", "things", "RETURN 1", list(range(rows)), **{**options, **changes})


def is_gone(cursors: Cursors, number: str) -> bool:
    try:
        cursors.find("leo", number)
    except ArangoError as error:
        return error.number == CURSOR_NOT_FOUND
    return False


def test_batches_hold_every_row_once(cursors: Cursors) -> None:
    cursor = open_cursor(cursors)
    batches = [cursor.answer()]
    while batches[-1]["hasMore"]:
        batches.append(cursors.next("leo", cursor.number).answer())
    assert [batch["result"] for batch in batches] == [[0, 1], [2, 3], [4]]
    assert ["id" in batch for batch in batches] == [True, True, False]


def test_a_result_of_one_batch_leaves_no_cursor(cursors: Cursors) -> None:
    assert is_gone(cursors, open_cursor(cursors, rows=2).number)


def test_the_last_batch_ends_the_cursor(cursors: Cursors) -> None:
    cursor = open_cursor(cursors, rows=3)
    cursors.next("leo", cursor.number)
    with pytest.raises(ArangoError, match="cursor not found"):
        cursors.next("leo", cursor.number)


def test_a_cursor_is_forgotten_when_its_time_is_over(cursors: Cursors, clock: Clock) -> None:
    cursor = open_cursor(cursors, ttl_s=10)
    clock.now = 10
    assert is_gone(cursors, cursor.number)


def test_each_batch_gives_the_cursor_its_whole_time_again(cursors: Cursors, clock: Clock) -> None:
    cursor = open_cursor(cursors, ttl_s=10)
    clock.now = 9
    cursors.next("leo", cursor.number)
    clock.now = 18
    assert not is_gone(cursors, cursor.number)
    clock.now = 19
    assert is_gone(cursors, cursor.number)


def test_a_closed_cursor_and_one_of_another_database_are_not_found(cursors: Cursors) -> None:
    cursor = open_cursor(cursors)
    with pytest.raises(ArangoError):
        cursors.next("other", cursor.number)
    cursors.close("leo", cursor.number)
    assert is_gone(cursors, cursor.number)


def test_with_retry_the_latest_batch_can_be_had_again_and_no_earlier_one(cursors: Cursors) -> None:
    cursor = open_cursor(cursors, allow_retry=True)
    assert cursor.answer()["nextBatchId"] == "2"
    second = cursors.next("leo", cursor.number, "2").answer()
    assert cursors.next("leo", cursor.number, "2").answer() == second
    assert second["nextBatchId"] == "3"
    last = cursors.next("leo", cursor.number, "3").answer()
    assert cursors.next("leo", cursor.number, "3").answer() == last
    assert last["result"] == [4]
    assert not last["hasMore"]
    for batch in ("1", "2", "4", "x"):
        with pytest.raises(ArangoError):
            cursors.next("leo", cursor.number, batch)


def test_without_retry_no_batch_comes_twice(cursors: Cursors) -> None:
    cursor = open_cursor(cursors)
    cursors.next("leo", cursor.number, "2")
    with pytest.raises(ArangoError):
        cursors.next("leo", cursor.number, "2")
