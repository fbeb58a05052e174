"""A dump becomes the database that it was made of: well-formed documents with their revisions, and the indexes."""

import gzip
import json
from pathlib import Path

import pytest
from arango import ArangoClient

from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.loading import Loaded, load_dump
from sandbox.arangodb.service import READER, READER_PASSWORD
from sandbox.arangodb.store import Store
from sandbox.process import running_sandbox

LINES = [
    b'{"_key":"a","_id":"things/a","_rev":"_old1","n":1}',
    b'{"_key":"a","_rev":"_old2","n":2}',  # the same key again
    b'{"n":3}',  # no key
    b'{"_key":"b","n":4',  # cut off
    b"\xff\xfe",  # no UTF-8
    b'{"_key":"c","n":NaN}',
    b'{"_key":"c\\ud800","n":5}',
    b'{"_key":"d","name":"\\ud800"}',  # half a surrogate pair
    b'{"_key":"e f","n":6}',  # no key of ArangoDB
    b"[1]",
    b"",
    b'{"type":2300,"data":{"_key":"g","_rev":"_old3","n":7}}',  # in an envelope
]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    (tmp_path / "dump.json").write_text("{}")
    indexes = [{"type": "persistent", "fields": ["n"], "name": "by_n", "unique": False, "sparse": False}]
    structure = {
        "parameters": {"name": "things", "type": 2},
        "indexes": [*indexes, {"type": "primary", "fields": ["_key"]}],
    }
    (tmp_path / "things_0.structure.json").write_text(json.dumps(structure))
    (tmp_path / "things_0.data.json").write_bytes(b"\n".join(LINES))
    edges = {"parameters": {"name": "links", "type": 3}, "indexes": []}
    (tmp_path / "links_0.structure.json").write_text(json.dumps(edges))
    with gzip.open(tmp_path / "links_0.data.json.gz", "wb") as file:
        file.write(b'{"_key":"1","_from":"things/a","_to":"things/g"}\n{"_key":"2","_from":"things/a"}\n')
    return tmp_path


def test_only_what_a_database_can_hold_is_loaded(dump: Path) -> None:
    store = Store()
    assert load_dump(store, dump, "leo") == [Loaded("links", 1, 1), Loaded("things", 3, 8)]
    things = store.database("leo").collection("things")
    assert [(each.key, each.whole()["n"]) for each in things if each.key in "ag"] == [("a", 1), ("g", 7)]


def test_revisions_stay_and_a_missing_key_is_made(dump: Path) -> None:
    store = Store()
    load_dump(store, dump, "leo")
    things = store.database("leo").collection("things")
    assert [things.get(key).rev for key in "ag"] == ["_old1", "_old3"]
    made = next(each for each in things if each.key not in "ag")
    assert made.key.isdecimal()
    assert made.rev


def test_indexes_are_made_again(dump: Path) -> None:
    store = Store()
    load_dump(store, dump, "leo")
    database = store.database("leo")
    assert [each.name for each in database.collection("things").indexes] == ["primary", "by_n"]
    assert [each.name for each in database.collection("links").indexes] == ["primary", "edge"]


def test_two_tenants_lie_side_by_side(dump: Path) -> None:
    store = Store()
    load_dump(store, dump, "one")
    load_dump(store, dump, "two")
    store.database("one").collection("things").truncate()
    assert len(store.database("two").collection("things")) == 3
    with pytest.raises(ArangoError, match="duplicate name"):
        load_dump(store, dump, "two")


def test_a_folder_that_is_no_dump_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no dump\.json"):
        load_dump(Store(), tmp_path, "leo")


def test_a_sandbox_starts_with_the_dumps_of_its_tenants(dump: Path) -> None:
    with running_sandbox(dump / "journal.jsonl", [(dump, "one"), (dump, "two")]) as sandbox:
        client = ArangoClient(hosts=sandbox.arangodb_url, request_timeout=5)
        counts = [client.db(name, READER, READER_PASSWORD).collection("things").count() for name in ("one", "two")]
        client.close()
    assert counts == [3, 3]


def test_a_sandbox_does_not_start_with_a_folder_that_is_no_dump(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError), running_sandbox(tmp_path / "journal.jsonl", [(tmp_path, "leo")]):
        pytest.fail("it started")
    assert "no dump.json" in capfd.readouterr().err
