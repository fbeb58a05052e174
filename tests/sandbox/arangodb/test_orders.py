"""Pages found by a kept order are those that sorting everything anew would give, whatever was written in between."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.arangodb.aql.evaluation import execute
from sandbox.arangodb.aql.values import ranked
from sandbox.arangodb.store import Database, Index
from tests.sandbox.arangodb.stores import ask, database_of

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "a", "B", "b", "_"]),
    st.lists(st.integers(0, 1), max_size=2),
)
DOCUMENTS = st.fixed_dictionaries({}, optional={"part": VALUES, "moment": VALUES})
WRITES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.one_of(st.none(), DOCUMENTS)), max_size=20)

PAGE = """
FOR doc IN things
  FILTER doc.part == @part AND doc.moment >= @moment
  FILTER doc.moment > @moment OR doc._key > @after
  SORT doc.moment, doc._key
  LIMIT @page
  RETURN doc
"""


def _write(database: Database, writes: list[tuple[str, dict[str, Any] | None]]) -> None:
    things = database.collection("things")
    for key, document in writes:
        if document is not None and things.find(key) is None:
            things.insert({"_key": key, **document})
        elif document is not None:
            things.replace(key, document)
        elif things.find(key) is not None:
            things.remove(key)


@settings(max_examples=60, deadline=None)
@given(before=WRITES, after=WRITES, part=VALUES, moment=VALUES, descending=st.booleans())
def test_a_kept_order_gives_what_sorting_anew_gives(
    before: list[Any], after: list[Any], part: Any, moment: Any, descending: bool
) -> None:
    kept = database_of(things=[])
    _write(kept, before)
    direction = "DESC" if descending else "ASC"
    query = f"FOR t IN things FILTER t.part == @part AND t.moment < @moment SORT t.moment {direction} RETURN t"
    ask(kept, query, part=part, moment=moment)  # from here on the order is kept through the writes
    _write(kept, after)
    found = ask(kept, query, part=part, moment=moment)

    all_documents = ask(kept, "FOR t IN things RETURN t")
    wanted = [
        each
        for each in all_documents
        if ranked(each.get("part")) == ranked(part) and ranked(each.get("moment")) < ranked(moment)
    ]
    wanted.sort(key=lambda each: (ranked(each.get("moment")), each["_key"]), reverse=descending)
    assert found == wanted


@settings(max_examples=40, deadline=None)
@given(writes=WRITES, part=VALUES, page=st.integers(1, 3))
def test_pages_by_moment_and_key_hold_every_document_once(writes: list[Any], part: Any, page: int) -> None:
    database = database_of(things=[])
    _write(database, writes)
    found: list[str] = []
    moment, after = None, ""
    while rows := ask(database, PAGE, part=part, moment=moment, after=after, page=page):
        found += [row["_key"] for row in rows]
        moment, after = rows[-1].get("moment"), rows[-1]["_key"]
    wanted = [
        each["_key"] for each in ask(database, "FOR t IN things RETURN t") if ranked(each.get("part")) == ranked(part)
    ]
    assert sorted(found) == sorted(wanted)


def test_a_page_reads_no_more_documents_than_it_gives() -> None:
    database = database_of(things=[{"_key": f"{n:05}", "moment": f"2024-01-01T00:{n:05}"} for n in range(5_000)])
    bound = {"after": "04000", "page": 10}
    query = "FOR t IN things FILTER t._key > @after SORT t._key LIMIT @page RETURN t"
    execution = execute(database, query, bound)
    assert [row["_key"] for row in execution.results] == [f"{n:05}" for n in range(4001, 4011)]
    assert execution.statistics.scanned_index == 10
    assert execution.statistics.scanned_full == 0


def test_writes_between_pages_do_not_sort_the_collection_anew() -> None:
    things = database_of(things=[{"_key": str(n), "moment": n} for n in range(100)]).collection("things")
    order = things.order([("moment",)])
    things.insert({"_key": "new", "moment": 0})
    things.update("7", {"moment": 1000})
    things.remove("9")
    assert things.order([("moment",)]) is order


def test_an_index_finds_documents_without_a_sort() -> None:
    database = database_of(things=[{"_key": str(n), "part": n % 100} for n in range(1_000)])
    query = "FOR t IN things FILTER t.part == 7 RETURN t._key"
    scanned = execute(database, query, {})
    assert len(list(scanned.results)) == 10
    assert scanned.statistics.scanned_full == 1_000
    database.collection("things").add_index(Index(9, "persistent", ("part",), "by_part"))
    found = execute(database, query, {})
    assert len(list(found.results)) == 10
    assert (found.statistics.scanned_full, found.statistics.scanned_index) == (0, 10)
