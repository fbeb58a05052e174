"""The live source reads a LEO database the same from the stand-in and from an ArangoDB: whole, in part, by keys."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from arango.database import StandardDatabase

from leo_activation.errors import Configuration
from leo_activation.sources.arangodb import Arangodb
from leo_activation.sources.arangodb_settings import ArangodbAuth
from leo_activation.sources.leo_documents import COLLECTIONS
from tests.contract.arangodb.conftest import Server

PROFILES = 1_000
EVENTS = 600
JOURNEYS = ["j1", "j2"]


def _moment(second: int) -> str:
    return f"2024-05-06T07:{second // 60:02}:{second % 60:02}.000Z"


def _key(number: int) -> str:
    """Keys in capitals and small letters, whose order by bytes and by language differ."""
    prefix = "aBcDeF"[number % 6]
    return f"{prefix}-{number:04}"


@pytest.fixture(scope="module")
def leo(database: StandardDatabase) -> StandardDatabase:
    """Profiles of which many share a moment, and events of two journeys, of none and without the field."""
    for name in (*COLLECTIONS, "cdp_journeymap"):
        if not database.has_collection(name):
            database.create_collection(name, edge="2" in name)
    profiles = [
        {"_key": _key(n), "updatedAt": _moment(n % 40), "firstName": f"Tên {n}", "password": "never"}
        for n in range(PROFILES)
    ]
    journeys: list[dict[str, Any]] = [{"refJourneyId": "j1"}, {"refJourneyId": "j2"}, {"refJourneyId": ""}, {}]
    events = [
        {"_key": f"e{n}", "createdAt": _moment(n % 30), "metricName": "page-view", **journeys[n % 4]}
        for n in range(EVENTS)
    ]
    database.collection("cdp_profile").import_bulk(profiles)
    database.collection("cdp_profile").add_index({"type": "persistent", "fields": ["updatedAt"]})
    database.collection("cdp_trackingevent").import_bulk(events)
    database.collection("cdp_trackingevent").add_index({"type": "persistent", "fields": ["refJourneyId", "createdAt"]})
    database.collection("cdp_journeymap").import_bulk([{"_key": journey} for journey in JOURNEYS])
    return database


@pytest.fixture(params=list(ArangodbAuth))
def source(request: pytest.FixtureRequest, leo: StandardDatabase, server: Server) -> Arangodb:
    """The source, with a password and with a token."""
    return Arangodb(server.source_settings(leo.db_name, request.param))


def _revisions(database: StandardDatabase, collection: str) -> dict[str, str]:
    return {each["_key"]: each["_rev"] for each in database.collection(collection).all()}


def test_a_whole_collection_is_read_once_each_without_what_is_never_copied(
    source: Arangodb, leo: StandardDatabase
) -> None:
    rows = list(source.read("cdp_profile"))
    assert source.count("cdp_profile") == len(rows) == PROFILES
    documents = [json.loads(row.raw) for row in rows]
    assert {each["_key"]: each["_rev"] for each in documents} == _revisions(leo, "cdp_profile")
    assert not any("password" in each for each in documents)


def test_keys_are_those_of_the_collection(source: Arangodb, leo: StandardDatabase) -> None:
    assert {each.key: each.rev for each in source.keys("cdp_profile")} == _revisions(leo, "cdp_profile")


def test_what_is_new_since_a_moment_is_read_once_each(source: Arangodb) -> None:
    since = datetime(2024, 5, 6, 7, 0, 25, tzinfo=UTC)
    found = [json.loads(row.raw) for row in source.read_since("cdp_profile", "", since)]
    keys = [each["_key"] for each in found]
    assert sorted(keys) == sorted(_key(n) for n in range(PROFILES) if n % 40 >= 25)
    moments = [each["updatedAt"] for each in found]
    assert moments == sorted(moments)


def test_events_are_read_journey_by_journey(source: Arangodb) -> None:
    partitions = source.partitions("cdp_trackingevent", [])
    assert set(partitions) == {"j1", "j2", "", None}
    since = datetime(2024, 5, 6, 7, 0, 10, tzinfo=UTC)
    found = [
        json.loads(row.raw)["_key"]
        for partition in partitions
        for row in source.read_since("cdp_trackingevent", partition, since)
    ]
    assert sorted(found) == sorted(f"e{n}" for n in range(EVENTS) if n % 30 >= 10)


def test_documents_are_read_by_their_keys_and_missing_ones_left_out(source: Arangodb) -> None:
    wanted = [_key(n) for n in range(0, PROFILES, 4)]
    rows = list(source.read_keys("cdp_profile", [*wanted, "missing"]))
    assert [json.loads(row.raw)["_key"] for row in rows] == wanted


def test_a_wrong_password_and_a_database_without_leo_are_configuration(leo: StandardDatabase, server: Server) -> None:
    wrong = Server(server.url, server.user, f"{server.password}x", server.ca)
    with pytest.raises(Configuration, match="refuses the user or the password"):
        Arangodb(wrong.source_settings(leo.db_name))
    with pytest.raises(Configuration, match="has no collection"):
        Arangodb(server.source_settings("_system"))
    with pytest.raises(Configuration, match="there is no such database"):
        Arangodb(server.source_settings("leo_contract_nowhere"))
