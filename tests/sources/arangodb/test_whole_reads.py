"""A collection read whole: every document once, in the bytes that the server sent, whoever writes meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leo_activation.errors import Configuration
from leo_activation.sources import LiveSource, SourceKind, open_source
from leo_activation.sources.leo_documents import COLLECTIONS, KEPT_IDENTITIES
from sandbox.sample_data.profile_documents import NEVER_COPIED_MARK
from tests.sources.arangodb.standin import Standin

Named = Callable[[int], list[str]]


@pytest.mark.parametrize("auth", ["basic", "jwt"])
@pytest.mark.parametrize("collection", ["cdp_eventmetric", "cdp_productitem", "cdp_profile", "cdp_trackingevent"])
def test_it_gives_the_rows_that_a_dump_of_the_same_database_gives(
    shop: Standin, shop_dump: Path, collection: str, auth: str
) -> None:
    live = shop.source(auth=auth, page_documents=100)
    dumped = [row for row in open_source("arangodump", str(shop_dump)).read(collection) if row.problem is None]
    rows = list(live.read(collection))
    assert [row.line for row in rows] == list(range(1, len(rows) + 1))
    assert live.count(collection) == len(rows) == len(dumped) > 0
    by_key = {row.values[0]: row for row in rows}
    for row in dumped:
        found = by_key.pop(row.values[0])
        assert (found.values, json.loads(found.raw)) == (row.values, json.loads(row.raw))
    assert not by_key


def test_it_is_a_live_source_of_the_collections_that_are_there(server: Standin) -> None:
    source = server.source()
    assert isinstance(source, LiveSource)
    assert source.kind is SourceKind.ARANGODB
    assert list(source.collections()) == list(COLLECTIONS.values())


def test_optional_collections_may_be_lacking(server: Standin) -> None:
    optional = {each.name for each in COLLECTIONS.values() if each.optional}
    for name in optional:
        server.drop(name)
    assert {each.name for each in server.source().collections()} == COLLECTIONS.keys() - optional


def test_a_collection_that_is_needed_and_lacking_is_named(server: Standin) -> None:
    server.drop("cdp_profile")
    with pytest.raises(Configuration, match=r"database leo at http.* has no collection cdp_profile, or the user may"):
        server.source()


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 37])
def test_every_document_comes_once_whatever_the_pages_are(server: Standin, named: Named, count: int) -> None:
    server.insert("cdp_profile", *({"_key": key} for key in named(count)))
    assert [row.values[0] for row in server.source().read("cdp_profile")] == sorted(named(count))


def test_documents_written_and_deleted_between_two_pages_cost_and_repeat_no_other(
    server: Standin, named: Named
) -> None:
    keys = sorted(named(40))
    server.insert("cdp_profile", *({"_key": key} for key in keys))
    rows = server.source().read("cdp_profile")
    read = [next(rows).values[0] for _ in range(10)]
    server.insert("cdp_profile", {"_key": "!first"}, {"_key": "zlast"})
    server.remove("cdp_profile", keys[3], keys[30])
    server.update("cdp_profile", keys[5], {"firstName": "Lan"})
    read += [row.values[0] for row in rows]
    assert read == [key for key in keys if key != keys[30]] + ["zlast"]


def test_deleting_a_great_part_of_a_collection_meanwhile_is_no_incomplete_read(server: Standin, named: Named) -> None:
    keys = sorted(named(40))
    server.insert("cdp_profile", *({"_key": key} for key in keys))
    rows = server.source().read("cdp_profile")
    read = [next(rows).values[0] for _ in range(10)]
    server.remove("cdp_profile", *keys[10:35])
    assert [*read, *(row.values[0] for row in rows)] == keys[:10] + keys[35:]


def test_no_page_is_asked_for_before_the_one_before_is_read(server: Standin, named: Named) -> None:
    server.insert("cdp_profile", *({"_key": key} for key in named(35)))
    rows = server.source().read("cdp_profile")
    for pages in (1, 2, 3):
        for _ in range(10):
            next(rows)
        assert len(server.asked("query")) == pages


def test_what_is_never_copied_does_not_leave_the_server(shop: Standin) -> None:
    shop.forget_asked()
    rows = list(shop.source(page_documents=100).read("cdp_profile"))
    asked = shop.asked("query")
    assert asked
    assert all("UNSET" in each["query"] and "never_copied" in each["bound"] for each in asked)
    assert NEVER_COPIED_MARK.encode() not in b"".join(row.raw for row in rows)
    identities = [each for row in rows for each in json.loads(row.raw).get("identities") or []]
    assert identities
    assert all(each.startswith(KEPT_IDENTITIES) for each in identities)


def test_what_is_never_copied_is_dropped_by_the_reader_where_the_server_knows_it_by_another_name(
    server: Standin,
) -> None:
    secret = "NEVERCOPY"
    server.insert(
        "cdp_profile",
        {"_key": "p1", "Password": secret, "extAttributes": {"webcookies": secret, "kept": 1}, "identities": [secret]},
    )
    row = next(server.source().read("cdp_profile"))
    assert secret not in row.raw.decode() + "".join(filter(None, row.values))
    assert json.loads(row.raw)["extAttributes"] == {"kept": 1}


def test_a_page_that_is_larger_than_may_be_held_is_read_in_smaller_ones(server: Standin, named: Named) -> None:
    keys = sorted(named(25))
    server.insert("cdp_profile", *({"_key": key, "firstName": key * 200} for key in keys))
    source = server.source(answer_bytes=5_000)
    assert [row.values[0] for row in source.read("cdp_profile")] == keys
    assert [row.values[0] for row in source.read_keys("cdp_profile", keys)] == keys


def test_a_document_that_alone_is_larger_than_may_be_held_is_an_error_that_names_the_page(server: Standin) -> None:
    server.insert("cdp_profile", {"_key": "p1", "firstName": "x" * 5_000})
    with pytest.raises(Exception, match=r"Page 1 of cdp_profile of the database leo .* larger than 5000 bytes"):
        list(server.source(answer_bytes=5_000).read("cdp_profile"))
