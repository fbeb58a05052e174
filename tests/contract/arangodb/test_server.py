"""Users, collections, documents and cursors behave the same on the stand-in and on an ArangoDB."""

from collections.abc import Callable
from typing import Any

import pytest
from arango import ArangoClient
from arango.collection import StandardCollection
from arango.database import StandardDatabase
from arango.exceptions import (
    ArangoServerError,
    CollectionCreateError,
    CollectionPropertiesError,
    CursorNextError,
    DocumentInsertError,
    DocumentReplaceError,
    DocumentRevisionError,
    JWTAuthError,
    ServerConnectionError,
)

from tests.contract.arangodb.conftest import Server

DOCUMENTS = 5_000


@pytest.fixture
def things(database: StandardDatabase) -> StandardCollection:
    """An empty collection."""
    database.delete_collection("things", ignore_missing=True)
    return database.create_collection("things")


def _answered(ask: Callable[[], object], error: type[ArangoServerError]) -> tuple[int, int]:
    with pytest.raises(error) as raised:
        ask()
    return raised.value.http_code, raised.value.error_code


@pytest.mark.parametrize("method", ["basic", "jwt"])
def test_a_user_is_let_in_by_password_and_by_token(client: ArangoClient, server: Server, method: str) -> None:
    database = client.db("_system", server.user, server.password, verify=True, auth_method=method)
    major, minor = str(database.version()).split(".")[:2]
    assert (int(major), int(minor)) >= (3, 11)


def test_a_wrong_password_and_a_wrong_token_are_answered_with_401_and_11(client: ArangoClient, server: Server) -> None:
    def connect(**options: Any) -> Callable[[], object]:
        return lambda: client.db("_system", server.user, f"{server.password}x", verify=True, **options)

    assert _answered(connect(), ServerConnectionError) == (401, 11)
    assert _answered(connect(superuser_token="x.y.z"), ServerConnectionError) == (401, 11)
    assert _answered(connect(auth_method="jwt"), JWTAuthError) == (401, 401)


def test_a_database_that_is_not_there_has_number_1228(client: ArangoClient, server: Server) -> None:
    nowhere = client.db("leo_contract_nowhere", server.user, server.password)
    assert _answered(nowhere.collections, ArangoServerError) == (404, 1228)


def test_collections_have_their_numbers(database: StandardDatabase, things: StandardCollection) -> None:
    links = database.create_collection("links", edge=True)
    listed = {each["name"]: each["type"] for each in database.collections() if not each["system"]}
    assert listed["things"] == "document"
    assert listed["links"] == "edge"
    assert (things.count(), links.count()) == (0, 0)
    assert _answered(lambda: database.create_collection("things"), CollectionCreateError) == (409, 1207)
    assert _answered(lambda: database.create_collection("1 2"), CollectionCreateError) == (400, 1208)
    assert _answered(lambda: links.insert({"_from": "things/a"}), DocumentInsertError) == (400, 1233)
    database.delete_collection("links")
    assert _answered(links.properties, CollectionPropertiesError) == (404, 1203)
    assert _answered(links.count, ArangoServerError) == (404, 1203)


def test_each_write_changes_the_revision(things: StandardCollection) -> None:
    revisions = [
        things.insert({"_key": "a", "n": 1})["_rev"],
        things.update({"_key": "a", "m": None})["_rev"],
        things.replace({"_key": "a", "z": 1})["_rev"],
        things.replace({"_key": "a", "z": 1})["_rev"],
    ]
    assert len(set(revisions)) == 4
    assert things.get("a") == {"_key": "a", "_id": "things/a", "_rev": revisions[-1], "z": 1}


def test_documents_that_may_not_be_have_their_numbers(things: StandardCollection) -> None:
    old = things.insert({"_key": "a"})
    things.update({"_key": "a", "n": 1})
    assert _answered(lambda: things.insert({"_key": "a"}), DocumentInsertError) == (409, 1210)
    assert _answered(lambda: things.insert({"_key": "a b"}), DocumentInsertError) == (400, 1221)
    assert _answered(lambda: things.replace({"_key": "z"}), DocumentReplaceError) == (404, 1202)
    assert _answered(lambda: things.replace({"_key": "a", "_rev": old["_rev"]}), DocumentRevisionError) == (412, 1200)
    assert things.get("z") is None
    assert things.delete("z", ignore_missing=True) is False


def test_a_unique_index_refuses_and_is_listed(things: StandardCollection) -> None:
    made = things.add_index({"type": "persistent", "fields": ["a"], "unique": True, "sparse": True, "name": "by_a"})
    assert made["isNewlyCreated"]
    assert [(each["type"], each["fields"]) for each in things.indexes()] == [
        ("primary", ["_key"]), ("persistent", ["a"]),
    ]  # fmt: skip
    things.insert({"a": 1})
    assert _answered(lambda: things.insert({"a": 1}), DocumentInsertError) == (409, 1210)
    things.insert({})
    things.insert({})
    assert things.count() == 3


def test_an_import_counts_what_it_did(things: StandardCollection) -> None:
    first = things.import_bulk([{"_key": "a"}, {"_key": "a"}, {"_key": "b"}], halt_on_error=False)
    again = things.import_bulk([{"_key": "a", "n": 2}, {"_key": "c"}], on_duplicate="replace")
    assert (first["created"], first["errors"]) == (2, 1)
    assert (again["created"], again["updated"]) == (1, 1)
    assert things.count() == 3


@pytest.fixture
def filled(database: StandardDatabase, things: StandardCollection) -> StandardDatabase:
    """5,000 documents in `things`."""
    things.import_bulk([{"_key": f"{n:05}", "n": n} for n in range(DOCUMENTS)])
    return database


@pytest.mark.parametrize("options", [{}, {"count": True}, {"stream": True}, {"allow_retry": True}])
def test_the_batches_of_a_cursor_hold_each_document_once(filled: StandardDatabase, options: dict[str, Any]) -> None:
    cursor = filled.aql.execute("FOR t IN things RETURN t._key", batch_size=700, ttl=60, **options)
    assert cursor.count() == (DOCUMENTS if "count" in options else None)
    assert sorted(cursor) == [f"{n:05}" for n in range(DOCUMENTS)]


def test_a_cursor_that_was_read_to_its_end_or_closed_is_gone(filled: StandardDatabase) -> None:
    query = "FOR t IN things LIMIT 30 RETURN t._key"
    read = filled.aql.execute(query, batch_size=10)
    assert len(list(read)) == 30
    closed = filled.aql.execute(query, batch_size=10)
    assert closed.close() is True
    for cursor in (read, closed):
        assert _answered(cursor.fetch, CursorNextError) == (404, 1600)
        assert cursor.close(ignore_missing=True) is False


def test_with_retry_the_latest_batch_can_be_had_again(filled: StandardDatabase) -> None:
    cursor = filled.aql.execute("FOR t IN things SORT t._key RETURN t._key", batch_size=10, allow_retry=True)
    second = cursor._next_batch_id
    first_try = cursor.fetch()["batch"]
    cursor._next_batch_id = second
    assert cursor.fetch()["batch"] == first_try
    assert cursor.close() is True


def test_a_range_of_keys_comes_in_the_order_of_their_bytes(
    database: StandardDatabase, things: StandardCollection
) -> None:
    keys = ["B", "a", "_x", "10", "9", "Zz", "b-1"]
    things.insert_many([{"_key": key} for key in keys])
    query = "FOR t IN things FILTER t._key > @after SORT t._key LIMIT 3 RETURN t._key"
    found: list[str] = []
    while page := list(database.aql.execute(query, bind_vars={"after": found[-1] if found else ""})):
        found += page
    assert found == sorted(keys)


def test_a_query_is_parsed_without_values(database: StandardDatabase, things: StandardCollection) -> None:
    parsed = database.aql.validate("FOR t IN @@of FILTER t.a == @x RETURN t")
    assert sorted(parsed["bind_vars"]) == ["@of", "x"]
