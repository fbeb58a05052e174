"""What the unmodified python-arango sees: databases, collections, documents, cursors, errors."""

import json
import urllib.request
from typing import Any

import pytest
from arango import ArangoClient
from arango.database import StandardDatabase
from arango.exceptions import (
    AQLQueryExecuteError,
    ArangoServerError,
    CollectionCreateError,
    CollectionPropertiesError,
    CursorNextError,
    DatabaseCreateError,
    DatabaseListError,
    DocumentInsertError,
    DocumentReplaceError,
    DocumentRevisionError,
    JWTAuthError,
    ServerConnectionError,
)

from sandbox.arangodb.service import READER, READER_PASSWORD, ROOT_PASSWORD
from sandbox.arangodb.users import Users
from sandbox.process import SandboxProcess

DOCUMENTS = 5_000


def number(error: pytest.ExceptionInfo[ArangoServerError]) -> tuple[int, int]:
    """HTTP status and ArangoDB's number."""
    return error.value.http_code, error.value.error_code


# Who may do what


@pytest.mark.parametrize("method", ["basic", "jwt"])
def test_a_user_works_with_a_password_and_with_a_token(client: ArangoClient, method: str) -> None:
    assert client.db("_system", "root", ROOT_PASSWORD, verify=True, auth_method=method).version().startswith("3.11.")


def test_a_wrong_password_is_refused(client: ArangoClient) -> None:
    with pytest.raises(ServerConnectionError) as error:
        client.db("_system", "root", "wrong", verify=True)
    assert number(error) == (401, 11)
    with pytest.raises(JWTAuthError) as error:
        client.db("_system", "root", "wrong", auth_method="jwt")
    assert number(error) == (401, 401)


def test_a_token_that_this_server_did_not_sign_is_refused(client: ArangoClient) -> None:
    token = Users(ROOT_PASSWORD).token("root", ROOT_PASSWORD)
    with pytest.raises(ServerConnectionError) as error:
        client.db("_system", superuser_token=token, verify=True)
    assert number(error) == (401, 11)


def test_nothing_is_answered_without_credentials(sandbox: SandboxProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{sandbox.arangodb_url}/_api/version", timeout=5)  # noqa: S310 - on loopback
    assert error.value.code == 401
    assert error.value.headers["WWW-Authenticate"] == 'Bearer token_type="JWT", realm="ArangoDB"'
    assert json.load(error.value)["errorNum"] == 11


def test_the_reader_reads_and_writes_nothing(client: ArangoClient, database: StandardDatabase) -> None:
    database.create_collection("things").insert({"_key": "a"})
    reader = client.db(database.db_name, READER, READER_PASSWORD)
    assert reader.collection("things").count() == 1
    with pytest.raises(DocumentInsertError) as refused:
        reader.collection("things").insert({})
    assert number(refused) == (403, 1004)
    with pytest.raises(CollectionCreateError) as refused_too:
        reader.create_collection("more")
    assert number(refused_too) == (403, 11)


def test_a_user_made_with_a_database_may_use_that_one_only(client: ArangoClient, system: StandardDatabase) -> None:
    system.create_database("theirs", users=[{"username": "they", "password": "pw"}])
    client.db("theirs", "they", "pw").create_collection("things")
    with pytest.raises(ArangoServerError) as refused:
        client.db("_system", "they", "pw").collections()
    assert number(refused) == (401, 11)
    system.delete_database("theirs")


def test_users_are_made_and_given_levels(
    client: ArangoClient, system: StandardDatabase, database: StandardDatabase
) -> None:
    database.create_collection("things")
    system.create_user("someone", "pw")
    theirs = client.db(database.db_name, "someone", "pw")
    with pytest.raises(ArangoServerError) as refused:
        theirs.collections()
    assert number(refused) == (401, 11)
    system.update_permission("someone", "ro", database.db_name)
    assert [each["name"] for each in theirs.collections()] == ["things"]
    assert "someone" in [each["username"] for each in system.users()]
    system.delete_user("someone")
    with pytest.raises(ArangoServerError) as gone:
        theirs.collections()
    assert number(gone) == (401, 11)


# Databases and collections


def test_databases_are_listed_made_and_dropped(system: StandardDatabase, database: StandardDatabase) -> None:
    assert {"_system", database.db_name} <= set(system.databases())
    assert database.properties()["name"] == database.db_name
    with pytest.raises(DatabaseCreateError) as error:
        system.create_database(database.db_name)
    assert number(error) == (409, 1207)
    assert not system.delete_database("nowhere", ignore_missing=True)


def test_only_the_system_database_knows_of_the_others(database: StandardDatabase) -> None:
    with pytest.raises(DatabaseListError) as error:
        database.databases()
    assert number(error) == (403, 1230)


def test_a_database_that_is_not_there_has_number_1228(client: ArangoClient) -> None:
    with pytest.raises(ArangoServerError) as error:
        client.db("nowhere", "root", ROOT_PASSWORD).collections()
    assert number(error) == (404, 1228)


def test_collections_are_made_described_emptied_and_dropped(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    links = database.create_collection("links", edge=True)
    assert [each["name"] for each in database.collections()] == ["links", "things"]
    assert [each["type"] for each in database.collections()] == ["edge", "document"]
    assert things.properties()["key_options"]["key_generator"] == "traditional"
    things.insert({})
    assert (things.count(), links.count()) == (1, 0)
    assert things.truncate()
    assert things.count() == 0
    assert database.delete_collection("things")
    assert not database.delete_collection("things", ignore_missing=True)
    with pytest.raises(CollectionPropertiesError) as error:
        things.properties()
    assert number(error) == (404, 1203)
    with pytest.raises(CollectionCreateError) as duplicate:
        database.create_collection("links")
    assert number(duplicate) == (409, 1207)
    with pytest.raises(CollectionCreateError) as illegal:
        database.create_collection("9 lives")
    assert number(illegal) == (400, 1208)


def test_indexes_are_kept_and_answered(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    made = things.add_index(
        {"type": "persistent", "fields": ["a", "b"], "name": "by_a", "unique": True, "sparse": True}
    )
    again = things.add_index({"type": "persistent", "fields": ["a", "b"], "unique": True, "sparse": True})
    assert made["isNewlyCreated"]
    assert not again["isNewlyCreated"]
    assert [each["type"] for each in things.indexes()] == ["primary", "persistent"]
    assert things.get_index(made["id"])["fields"] == ["a", "b"]
    things.insert({"a": 1, "b": 2})
    things.insert({"a": 1})
    with pytest.raises(DocumentInsertError, match="index by_a of type persistent over 'a, b'") as error:
        things.insert({"a": 1, "b": 2})
    assert number(error) == (409, 1210)
    assert things.delete_index(made["id"])


# Documents


def test_a_document_has_key_id_and_a_revision_that_changes_with_each_write(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    inserted = things.insert({"_key": "a", "n": 1, "o": {"x": 1}})
    assert inserted == {"_id": "things/a", "_key": "a", "_rev": inserted["_rev"]}
    updated = things.update({"_key": "a", "o": {"y": 2}, "gone": None}, keep_none=False)
    replaced = things.replace({"_key": "a", "n": 3}, return_old=True)
    assert updated["_old_rev"] == inserted["_rev"]
    assert replaced["old"]["o"] == {"x": 1, "y": 2}
    assert "gone" not in replaced["old"]
    assert len({inserted["_rev"], updated["_rev"], replaced["_rev"]}) == 3
    assert things.get("a") == {"_key": "a", "_id": "things/a", "_rev": replaced["_rev"], "n": 3}
    assert things.delete("a")["_rev"] == replaced["_rev"]
    assert things.get("a") is None
    assert not things.delete("a", ignore_missing=True)


def test_a_key_is_made_where_there_is_none(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    first, second = things.insert({}), things.insert({})
    assert int(first["_key"]) < int(second["_key"])


def test_an_old_revision_is_refused(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    old = things.insert({"_key": "a"})
    things.update({"_key": "a", "n": 1})
    with pytest.raises(DocumentRevisionError) as error:
        things.replace({"_key": "a", "_rev": old["_rev"]})
    assert number(error) == (412, 1200)
    with pytest.raises(DocumentRevisionError):
        things.get("a", rev=old["_rev"])
    with pytest.raises(DocumentReplaceError) as missing:
        things.replace({"_key": "z"})
    assert number(missing) == (404, 1202)


@pytest.mark.parametrize(
    ("document", "answered"),
    [
        ({"_key": "a"}, (409, 1210)),
        ({"_key": "a b"}, (400, 1221)),
        ({"_key": 5}, (400, 1221)),
        ({"_key": ""}, (400, 1221)),
    ],
)
def test_a_document_that_may_not_be_is_refused(
    database: StandardDatabase, document: dict[str, Any], answered: tuple[int, int]
) -> None:
    things = database.create_collection("things")
    things.insert({"_key": "a"})
    with pytest.raises(DocumentInsertError) as error:
        things.insert(document)
    assert number(error) == answered


def test_the_revision_of_a_collection_is_that_of_its_last_write(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    things.insert({"_key": "a"})
    last = things.insert({"_key": "b"})
    assert things.revision() == last["_rev"]
    assert things.has("a")
    assert not things.has("z")


def test_an_edge_needs_both_its_ends(database: StandardDatabase) -> None:
    links = database.create_collection("links", edge=True)
    links.insert({"_from": "things/a", "_to": "things/b"})
    with pytest.raises(DocumentInsertError) as error:
        links.insert({"_from": "things/a"})
    assert number(error) == (400, 1233)


def test_many_documents_are_written_each_with_its_own_outcome(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    inserted = things.insert_many([{"_key": "a"}, {"_key": "a"}, {"_key": "b"}])
    assert [each.error_code if isinstance(each, DocumentInsertError) else each["_key"] for each in inserted] == [
        "a",
        1210,
        "b",
    ]
    assert [each["_key"] for each in things.update_many([{"_key": "a", "n": 1}, {"_key": "b", "n": 2}])] == ["a", "b"]
    assert [each["_key"] for each in things.get_many(["a", "b", "z"])] == ["a", "b"]
    assert things.delete_many([{"_key": "a"}, {"_key": "b"}])
    assert things.count() == 0


def test_overwriting_inserts_do_what_their_mode_says(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    things.insert({"_key": "a", "n": 1})
    things.insert({"_key": "a", "m": 2}, overwrite_mode="update")
    assert {**things.get("a"), "_rev": ""} == {"_key": "a", "_id": "things/a", "_rev": "", "n": 1, "m": 2}
    ignored = things.insert({"_key": "a", "n": 9}, overwrite_mode="ignore")
    assert ignored["_rev"] == things.get("a")["_rev"]
    things.insert({"_key": "a", "z": 1}, overwrite_mode="replace")
    assert set(things.get("a")) == {"_key", "_id", "_rev", "z"}


def test_an_import_takes_what_is_well_formed_and_counts_the_rest(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    first = things.import_bulk([{"_key": "a", "n": 1}, {"_key": "a"}, {"_key": "!?"}], halt_on_error=False)
    assert (first["created"], first["errors"], len(first["details"])) == (1, 2, 2)
    second = things.import_bulk([{"_key": "a", "n": 2}, {"_key": "b"}], on_duplicate="replace")
    assert (second["created"], second["updated"]) == (1, 1)
    assert things.get("a")["n"] == 2


def test_an_import_that_must_be_complete_writes_nothing_where_one_document_fails(database: StandardDatabase) -> None:
    things = database.create_collection("things")
    things.insert({"_key": "a"})
    with pytest.raises(DocumentInsertError) as error:
        things.import_bulk([{"_key": "b"}, {"_key": "a"}], halt_on_error=True, overwrite=False)
    assert number(error) == (409, 1210)
    assert list(things.keys()) == ["a"]
    with pytest.raises(DocumentInsertError):
        things.import_bulk([{"_key": "b"}, {"_key": "b"}], halt_on_error=True, overwrite=True)
    assert list(things.keys()) == ["a"]


def test_an_import_reads_lines_of_json(sandbox: SandboxProcess, database: StandardDatabase) -> None:
    things = database.create_collection("things")
    answered = database.conn.send_request(
        _request(
            f"{'/_api/import'}",
            b'{"_key":"a"}\n\n{"_key":\n{"_key":"b"}\n'.decode(),
            collection="things",
            type="documents",
        )
    )
    assert {name: answered.body[name] for name in ("created", "errors", "empty")} == {
        "created": 2,
        "errors": 1,
        "empty": 1,
    }
    assert things.count() == 2


# Queries


@pytest.fixture
def filled(database: StandardDatabase) -> StandardDatabase:
    """A collection of 5,000 documents, many of which share a moment."""
    documents = [
        {
            "_key": f"{n * 7919 % DOCUMENTS:05}",
            "updatedAt": f"2024-01-01T00:00:{n % 60:02}.000Z",
            "password": "x",
            "n": n,
        }
        for n in range(DOCUMENTS)
    ]
    assert database.create_collection("things").import_bulk(documents)["created"] == DOCUMENTS
    return database


def test_batches_of_a_cursor_hold_every_document_once(filled: StandardDatabase) -> None:
    cursor = filled.aql.execute("FOR t IN things RETURN t._key", batch_size=700, count=True, ttl=30)
    assert cursor.count() == DOCUMENTS
    assert cursor.has_more()
    keys = list(cursor)
    assert len(keys) == len(set(keys)) == DOCUMENTS
    assert cursor.statistics()["scanned_full"] == DOCUMENTS


def test_pages_by_key_hold_every_document_once(filled: StandardDatabase) -> None:
    query = "FOR t IN @@of FILTER t._key > @after SORT t._key LIMIT @page RETURN UNSET(t, @never)"
    keys: list[str] = []
    while page := list(
        filled.aql.execute(
            query, bind_vars={"@of": "things", "after": keys[-1] if keys else "", "page": 450, "never": ["password"]}
        )
    ):
        assert all("password" not in row for row in page)
        keys += [row["_key"] for row in page]
    assert keys == [f"{n:05}" for n in range(DOCUMENTS)]


def test_pages_by_moment_hold_every_document_once(filled: StandardDatabase) -> None:
    query = """
    FOR t IN things
      FILTER t.updatedAt >= @moment
      FILTER t.updatedAt > @moment OR t._key > @after
      SORT t.updatedAt, t._key LIMIT @page RETURN [t.updatedAt, t._key]
    """
    found: list[list[str]] = []
    moment, after = "2024-01-01T00:00:30.000Z", ""
    while page := list(filled.aql.execute(query, bind_vars={"moment": moment, "after": after, "page": 100})):
        found += page
        moment, after = page[-1]
    assert found == sorted(found)
    assert len({key for _, key in found}) == len(found) == sum(n % 60 >= 30 for n in range(DOCUMENTS))


@pytest.mark.parametrize("options", [{"stream": True}, {"allow_retry": True}, {"memory_limit": 10_000_000}])
def test_the_options_of_a_cursor_are_taken(filled: StandardDatabase, options: dict[str, Any]) -> None:
    assert len(list(filled.aql.execute("FOR t IN things RETURN 1", batch_size=999, **options))) == DOCUMENTS


def test_a_query_that_needs_more_memory_than_allowed_is_refused(filled: StandardDatabase) -> None:
    with pytest.raises(AQLQueryExecuteError) as error:
        filled.aql.execute("FOR t IN things RETURN t", memory_limit=1_000)
    assert error.value.error_code == 32


def test_a_cursor_is_gone_after_its_time_and_after_its_end(filled: StandardDatabase) -> None:
    expired = filled.aql.execute("FOR t IN things RETURN t._key", batch_size=10, ttl=1e-6)
    with pytest.raises(CursorNextError) as error:
        expired.fetch()
    assert number(error) == (404, 1600)
    assert expired.close(ignore_missing=True) is False
    closed = filled.aql.execute("FOR t IN things RETURN t._key", batch_size=10)
    assert closed.close() is True
    with pytest.raises(CursorNextError):
        closed.fetch()


def test_a_cursor_gives_the_rows_that_there_were_when_it_was_made(filled: StandardDatabase) -> None:
    cursor = filled.aql.execute("FOR t IN things RETURN t.n", batch_size=10)
    filled.collection("things").truncate()
    assert len(list(cursor)) == DOCUMENTS


@pytest.mark.parametrize(
    ("query", "bound", "answered"),
    [
        ("FOR t INx things RETURN t", {}, (400, 1501)),
        ("FOR t IN nothing RETURN t", {}, (404, 1203)),
        ("RETURN FROB()", {}, (400, 1540)),
        ("RETURN @x", {}, (400, 1551)),
        ("RETURN 1", {"x": 1}, (400, 1552)),
        ("FOR t IN things REMOVE t IN things", {}, (400, 1501)),
    ],
)
def test_a_wrong_query_has_arangodbs_status_and_number(
    database: StandardDatabase, query: str, bound: dict[str, Any], answered: tuple[int, int]
) -> None:
    database.create_collection("things")
    with pytest.raises(AQLQueryExecuteError) as error:
        database.aql.execute(query, bind_vars=bound)
    assert number(error) == answered


def test_a_query_is_parsed_and_explained_without_rows(filled: StandardDatabase) -> None:
    parsed = filled.aql.validate("FOR t IN @@of FILTER t.a == @x RETURN t")
    assert parsed["bind_vars"] == ["@of", "x"]
    plan = filled.aql.explain("FOR t IN things FILTER t._key > 'a' SORT t._key LIMIT 5 RETURN t")
    assert plan["nodes"][0]["type"] == "IndexNode"


def test_the_log_says_what_was_read_and_no_contents(sandbox: SandboxProcess, filled: StandardDatabase) -> None:
    list(
        filled.aql.execute(
            "FOR t IN @@of SORT t._key LIMIT @n RETURN t", bind_vars={"@of": "things", "n": 30}, batch_size=20
        )
    )
    asked = sandbox.asked_of_arangodb()
    query, following = asked[-2:]
    assert (query["kind"], query["collection"], query["rows"], query["bound"]) == ("query", "things", 20, ["@of", "n"])
    assert (following["kind"], following["collection"], following["rows"]) == ("next", "things", 10)
    assert {each["database"] for each in asked[-2:]} == {filled.db_name}
    assert "00001" not in json.dumps(asked[-2:])


def test_an_unknown_path_and_a_wrong_method_are_errors_of_arangodb(database: StandardDatabase) -> None:
    assert database.conn.send_request(_request("/_api/nothing")).error_code == 404
    assert database.conn.send_request(_request("/_api/version")).error_code == 405


def _request(endpoint: str, data: str = "{}", **params: str) -> Any:
    from arango.request import Request

    return Request(method="post", endpoint=endpoint, data=data, params=params)
