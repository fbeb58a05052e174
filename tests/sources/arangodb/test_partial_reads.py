"""What is new since a moment, the keys there are, and single documents."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leo_activation.errors import Permanent
from leo_activation.sources import SourceKey
from leo_activation.sources.arangodb import leo_moment
from tests.sources.arangodb.standin import Standin

Named = Callable[[int], list[str]]

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def by_language(keys: Iterable[str]) -> list[str]:
    """As ArangoDB compares texts wherever no primary index serves: `a` before `B`."""
    return sorted(keys, key=str.lower)


def at(seconds: float) -> str:
    return leo_moment(NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2022, 2, 23, 11, 30, 10, tzinfo=UTC), "2022-02-23T11:30:10.000Z"),
        (datetime(2022, 2, 23, 11, 30, 10, 123_999, tzinfo=UTC), "2022-02-23T11:30:10.123Z"),
        (datetime(2022, 2, 23, 1, 0, tzinfo=timezone(timedelta(hours=7))), "2022-02-22T18:00:00.000Z"),
    ],
)
def test_moments_are_written_as_leo_writes_them_and_never_later_than_they_are(moment: datetime, written: str) -> None:
    assert leo_moment(moment) == written


def test_what_was_updated_since_a_moment_comes_in_the_order_of_moment_and_key(server: Standin, named: Named) -> None:
    keys = named(45)
    # Three moments, so that ties are longer than a page.
    moments = {key: at(number % 3) for number, key in enumerate(keys)}
    server.insert("cdp_profile", *({"_key": key, "updatedAt": moment} for key, moment in moments.items()))
    server.insert("cdp_profile", {"_key": "before", "updatedAt": at(-0.001)}, {"_key": "never"})
    source = server.source()
    expected = [(at(second), key) for second in range(3) for key in by_language(keys[second::3])]
    places = [(row.values[4], row.values[0]) for row in source.read_since("cdp_profile", "", NOON)]
    assert places == expected
    later = NOON + timedelta(seconds=1)
    places = [(row.values[4], row.values[0]) for row in source.read_since("cdp_profile", "", later)]
    assert places == [place for place in expected if place[0] >= at(1)]
    assert list(source.read_since("cdp_profile", "", NOON + timedelta(seconds=3))) == []


def test_moments_of_another_form_spoil_no_page(server: Standin, named: Named) -> None:
    moments: list[object] = ["n/a", "2026-2-1", "2026-02-01T12:00:00Z", ["2026"], {"at": 1}, at(1), "zzz", 5, None, ""]
    keys = named(30)
    server.insert("cdp_profile", *({"_key": key, "updatedAt": moments[n % 10]} for n, key in enumerate(keys)))
    read = [row.values[0] for row in server.source().read_since("cdp_profile", "", NOON)]
    # By AQL's order of types, arrays and objects come after every text; numbers, null and '' before.
    later = {
        n for n, moment in enumerate(moments) if isinstance(moment, list | dict) or moment in ("n/a", at(1), "zzz")
    }
    assert {0, 5, 6, 3, 4} <= later
    assert set(read) >= {key for n, key in enumerate(keys) if n % 10 in later}
    assert len(read) == len(set(read))


def test_a_document_that_is_updated_between_two_pages_is_not_lost(server: Standin, named: Named) -> None:
    keys = by_language(named(30))
    server.insert("cdp_profile", *({"_key": key, "updatedAt": at(0)} for key in keys))
    rows = server.source().read_since("cdp_profile", "", NOON)
    read = [next(rows).values[0] for _ in range(10)]
    server.update("cdp_profile", keys[2], {"updatedAt": at(5)})
    server.update("cdp_profile", keys[20], {"updatedAt": at(6)})
    server.insert("cdp_profile", {"_key": "new", "updatedAt": at(7)})
    read += [row.values[0] for row in rows]
    assert read == [key for key in keys if key != keys[20]] + [keys[2], keys[20], "new"]


def test_events_are_read_by_journey_the_empty_one_and_none_included(server: Standin, named: Named) -> None:
    journeys: list[str | None] = ["j1", "", None]
    keys = named(75)
    for number, key in enumerate(keys):
        event: dict[str, object] = {"_key": key, "createdAt": at(number // 10), "refJourneyId": journeys[number % 3]}
        if number % 6 == 5:
            del event["refJourneyId"]
        server.insert("cdp_trackingevent", event)
    server.insert("cdp_journeymap", {"_key": "j1"}, {"_key": "j2"})
    source = server.source()
    partitions = source.partitions("cdp_trackingevent", ["gone", None, "j2"])
    assert partitions == ("", None, "j1", "j2", "gone")
    read = {each: [row.values[0] for row in source.read_since("cdp_trackingevent", each, NOON)] for each in partitions}
    for place, journey in enumerate(journeys):
        assert sorted(filter(None, read[journey])) == sorted(keys[place::3])
    assert read["j2"] == read["gone"] == []
    later = source.read_since("cdp_trackingevent", "j1", NOON + timedelta(seconds=7))
    assert {row.values[0] for row in later} == {keys[number] for number in range(70, 75) if number % 3 == 0}


def test_a_collection_without_partitions_has_one(server: Standin) -> None:
    assert server.source().partitions("cdp_profile", ["", "x"]) == ("",)


def test_a_database_without_journeys_has_the_events_of_none_and_those_known_before(server: Standin) -> None:
    server.drop("cdp_journeymap")
    assert server.source().partitions("cdp_trackingevent", ["j9"]) == ("", None, "j9")


def test_there_is_no_part_of_a_collection_that_has_no_moment(server: Standin) -> None:
    with pytest.raises(Permanent, match="cdp_eventmetric has no moment"):
        server.source().read_since("cdp_eventmetric", "", NOON)


def test_nothing_new_costs_one_request_and_no_rows(server: Standin) -> None:
    server.insert("cdp_profile", *({"_key": f"p{number}", "updatedAt": at(-9)} for number in range(30)))
    source = server.source()
    server.forget_asked()
    assert list(source.read_since("cdp_profile", "", NOON)) == []
    assert [each["rows"] for each in server.asked("query")] == [0]


def test_keys_come_with_their_revisions_and_change_with_every_write(server: Standin, named: Named) -> None:
    keys = sorted(named(23))
    server.insert("cdp_profile", *({"_key": key} for key in keys))
    source = server.source()
    before = list(source.keys("cdp_profile"))
    assert [each.key for each in before] == keys
    server.update("cdp_profile", keys[4], {"inSegments": [1]})
    server.remove("cdp_profile", keys[9])
    after = list(source.keys("cdp_profile"))
    gone = {each.key for each in before} - {each.key for each in after}
    assert gone == {keys[9]}
    assert {each.key for each in set(after) - set(before)} == {keys[4]}
    assert all(isinstance(each, SourceKey) for each in after)


def test_documents_are_read_by_their_keys_less_those_that_are_gone(server: Standin, named: Named) -> None:
    keys = named(35)
    server.insert("cdp_profile", *({"_key": key, "firstName": f"F{key}"} for key in keys))
    server.remove("cdp_profile", keys[7], keys[33])
    asked = [*reversed(keys), "neverwas", keys[0]]
    rows = list(server.source().read_keys("cdp_profile", asked))
    assert [row.values[0] for row in rows] == [key for key in reversed(keys) if key not in (keys[7], keys[33])]
    assert rows[-1].values[8] == f"F{keys[0]}"
    assert list(server.source().read_keys("cdp_profile", [])) == []
