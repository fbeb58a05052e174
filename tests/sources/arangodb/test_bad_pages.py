"""A page is looked at before it counts: what repeats, stands still, is cut short or is something else is refused."""

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any

import jwt
import pytest

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.sources.arangodb_settings import ArangodbAuth
from tests.sources.arangodb.standin import Standin
from tests.sources.arangodb.tampering import Change, Quiet, serving, tampering

KEYS = [f"p{number:03d}" for number in range(35)]
MOMENT = "2026-02-01T12:00:00.000Z"
SINCE = datetime(2026, 2, 1, tzinfo=UTC)

Rows = list[Any]


@pytest.fixture(autouse=True)
def _filled(server: Standin) -> None:
    server.insert("cdp_profile", *({"_key": key, "updatedAt": MOMENT} for key in KEYS))


def in_results(change: Callable[[Rows], Rows]) -> Change:
    def answer(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if "hasMore" not in body:
            return body
        rows = change(body["result"])
        return {**body, "result": rows, "count": len(rows)}

    return answer


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: [*rows[:-1], rows[0]], "its keys are not new and in the order of their bytes"),
        (lambda rows: rows[::-1], "its keys are not new and in the order of their bytes"),
        (lambda rows: [{**rows[0], "_key": 5}, *rows[1:]], "a row is no document with a key and a revision"),
        (lambda rows: [{"_rev": "x"}, *rows[1:]], "a row is no document with a key and a revision"),
        (lambda rows: [{"_key": "x"}, *rows[1:]], "a row is no document with a key and a revision"),
        (lambda rows: [None, *rows[1:]], "a row is no document with a key and a revision"),
        (lambda rows: [*rows, {"_key": "z", "_rev": "z"}], "the page has not as many rows as it says"),
    ],
)
def test_a_page_of_documents_that_is_none_is_an_error_that_names_it(
    server: Standin, change: Callable[[Rows], Rows], reason: str
) -> None:
    with tampering(server.url, answer=in_results(change)) as url:
        source = server.source(url=url, tries=2)
        with pytest.raises(Permanent, match=f"Page 1 of cdp_profile of the database leo at {url} .*{reason}; tried 2"):
            list(source.read("cdp_profile"))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [rows[0]] * 10,
        lambda rows: rows[::-1],
        lambda rows: [row[:1] for row in rows],
        lambda rows: [[1, 2] for _ in rows],
        lambda rows: [{"_key": "a", "_rev": "b"} for _ in rows],
    ],
)
def test_a_page_of_keys_that_is_none_is_an_error_that_names_it(server: Standin, change: Callable[[Rows], Rows]) -> None:
    with (
        tampering(server.url, answer=in_results(change)) as url,
        pytest.raises(Permanent, match="Page 1 of cdp_profile of the database leo"),
    ):
        list(server.source(url=url, tries=2).keys("cdp_profile"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>busy</html>",
        b'{"hasMore": false}',
        b'{"hasMore": false, "result": {"_key": "p1"}}',
        b'{"hasMore": false, "result": null, "count": 0}',
        b'{"hasMore": true, "result": [], "count": 10}',
        b'{"hasMore": false, "result": [], "count": 10}',
        b'{"hasMore": false, "result": []}',
        b'{"result": [], "count": 0}',
        b"[" * 100_000,
        b'{"hasMore": false, "count": 1, "result": [\xff]}',
    ],
)
def test_an_answer_of_another_form_is_no_page(server: Standin, body: bytes) -> None:
    def answer(path: str, given: dict[str, Any]) -> dict[str, Any] | bytes:
        return body if "hasMore" in given else given

    with (
        tampering(server.url, answer=answer) as url,
        pytest.raises(Permanent, match=r"Page 1 of cdp_profile of the database leo at .* cannot be read"),
    ):
        list(server.source(url=url, tries=2).read("cdp_profile"))


@pytest.mark.parametrize("body", [b"{}", b'{"count": -1}', b'{"count": true}', b'{"count": "35"}', b"35"])
def test_a_count_that_is_none_is_an_error(server: Standin, body: bytes) -> None:
    def answer(path: str, given: dict[str, Any]) -> dict[str, Any] | bytes:
        return body if path.endswith("/count") else given

    with (
        tampering(server.url, answer=answer) as url,
        pytest.raises(Permanent, match=r"The count of cdp_profile of the database leo at .* cannot be read"),
    ):
        server.source(url=url, tries=2).count("cdp_profile")


def test_a_list_of_collections_that_is_none_is_an_error(server: Standin) -> None:
    def answer(path: str, given: dict[str, Any]) -> dict[str, Any]:
        return {"result": [5]}

    with (
        tampering(server.url, answer=answer) as url,
        pytest.raises(Permanent, match=r"The list of collections of the database leo at .* cannot be read"),
    ):
        server.source(url=url, tries=2)


def test_a_server_that_gives_the_first_page_for_ever_is_left(server: Standin) -> None:
    def always_first(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if "bindVars" in body:
            body["bindVars"] |= {"after": ""}
        return body

    with tampering(server.url, question=always_first) as url:
        source = server.source(url=url, tries=2)
        for read in (source.read, source.keys):
            with pytest.raises(Permanent, match=r"Page 2 of cdp_profile .*its keys are not new"):
                list(read("cdp_profile"))
        with pytest.raises(Permanent, match=r"Page 2 of cdp_profile since 2026-02-01T00:00:00.000Z .*it repeats rows"):
            list(source.read_since("cdp_profile", "", SINCE))


def test_a_server_that_always_finds_more_that_is_new_is_left(server: Standin) -> None:
    numbers = itertools.count()

    def more(rows: Rows) -> Rows:
        return [{"_key": f"k{next(numbers)}", "_rev": "r", "updatedAt": MOMENT} for _ in range(10)]

    with (
        tampering(server.url, answer=in_results(more)) as url,
        pytest.raises(Transient, match=r"cdp_profile of the database leo .* does not end: 180 rows .* counts 35"),
    ):
        list(server.source(url=url).read_since("cdp_profile", "", SINCE))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[::-1],
        lambda rows: [{**rows[0], "updatedAt": "2026-01-31T23:59:59.999Z"}, *rows[1:]],
    ],
)
def test_what_is_new_is_refused_where_its_moments_go_back(server: Standin, change: Callable[[Rows], Rows]) -> None:
    server.insert("cdp_profile", *({"_key": f"q{day}", "updatedAt": f"2026-02-0{day}T00:00:00.000Z"} for day in (3, 4)))
    with (
        tampering(server.url, answer=in_results(change)) as url,
        pytest.raises(Permanent, match=r"Page 1 of cdp_profile since .*it is not in the order of its moments"),
    ):
        list(server.source(url=url, page_documents=100, tries=2).read_since("cdp_profile", "", SINCE))


def test_keys_in_the_order_of_a_language_are_refused_because_going_on_after_them_would_miss_some(
    server: Standin,
) -> None:
    server.insert("cdp_profile", *({"_key": key, "updatedAt": MOMENT} for key in ("aA", "Ab", "B", "c")))

    def by_language(rows: Rows) -> Rows:
        return sorted(rows, key=lambda row: str(row["_key"]).lower())

    with (
        tampering(server.url, answer=in_results(by_language)) as url,
        pytest.raises(Permanent, match="in the order of their bytes"),
    ):
        list(server.source(url=url, page_documents=100, tries=2).read("cdp_profile"))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [],
        lambda rows: rows[1:],
        lambda rows: [*rows, ["other", None]],
        lambda rows: [["other", None], *rows[1:]],
        lambda rows: rows[::-1],
        lambda rows: [rows[0], *rows[:-1]],
        lambda rows: [[rows[0][0], rows[1][1]], *rows[1:]],
        lambda rows: [rows[0][1], *rows[1:]],
        lambda rows: [[rows[0][0], 5], *rows[1:]],
    ],
)
def test_an_answer_that_passes_over_a_key_or_gives_another_document_is_refused(
    server: Standin, change: Callable[[Rows], Rows]
) -> None:
    with tampering(server.url, answer=in_results(change)) as url:
        source = server.source(url=url, tries=2)
        with pytest.raises(Permanent, match="Page 1 of documents by key of cdp_profile"):
            list(source.read_keys("cdp_profile", KEYS[:10]))


def test_a_document_that_is_not_utf8_is_a_bad_row_and_spoils_no_page(server: Standin) -> None:
    def spoil(path: str, body: dict[str, Any]) -> dict[str, Any] | bytes:
        if not body.get("result") or "hasMore" not in body:
            return body
        rows = b",".join(
            b'{"_key":"%s","_rev":"%s","firstName":"%s"}'
            % (row["_key"].encode(), row["_rev"].encode(), b"\xff" if row["_key"] == "p003" else b"F")
            for row in body["result"]
        )
        return b'{"hasMore":false,"count":%d,"result":[%s]}' % (body["count"], rows)

    with tampering(server.url, answer=spoil) as url:
        rows = list(server.source(url=url).read("cdp_profile"))
    assert [row.values[0] for row in rows] == KEYS
    assert [(row.values[0], row.problem) for row in rows if row.problem] == [("p003", "not_utf8")]


def test_a_page_that_the_server_has_no_memory_for_is_asked_for_in_parts(server: Standin) -> None:
    limits: list[int] = []

    def note(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if "bindVars" in body:
            limits.append(body["bindVars"]["page"])
            # The server's own limit, in bytes: enough for a few documents and not for ten.
            body["memoryLimit"] = 1 if limits[-1] > 3 else 0
        return body

    with tampering(server.url, question=note) as url:
        assert [row.values[0] for row in server.source(url=url).read("cdp_profile")] == KEYS
    assert limits[:4] == [10, 5, 2, 2]


@pytest.mark.parametrize("hours", [-9, 9])
def test_clocks_that_differ_are_told_where_a_token_does_not_hold(server: Standin, hours: int) -> None:
    def answer(path: str, body: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time()) + hours * 3600
        return {"jwt": jwt.encode({"iss": "arangodb", "iat": now, "exp": now + 3600}, "k" * 32)}

    with (
        tampering(server.url, answer=answer) as url,
        pytest.raises(Configuration, match=r"its tokens do not hold by this machine's clock"),
    ):
        server.source(url=url, auth=ArangodbAuth.JWT)


@pytest.mark.parametrize("body", [{}, {"jwt": None}, {"jwt": "none"}, {"jwt": 5}])
def test_a_token_that_is_none_is_an_error(server: Standin, body: dict[str, Any]) -> None:
    with (
        tampering(server.url, answer=lambda path, given: body) as url,
        pytest.raises(Permanent, match=r"The list of collections .* has not the form that was asked for"),
    ):
        server.source(url=url, auth=ArangodbAuth.JWT)


def test_a_redirect_is_not_followed(server: Standin) -> None:

    class Elsewhere(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - named by http.server
            self.send_response(307)
            self.send_header("Location", server.url + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with (
        serving(Elsewhere) as url,
        pytest.raises(Configuration, match=r"the server sends elsewhere, which is not followed .*307"),
    ):
        server.source(url=url)
    assert not server.asked("collections")


def test_an_answer_that_drips_is_not_waited_for_for_ever(server: Standin) -> None:

    left = Event()

    class Dripping(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - named by http.server
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            try:
                while not left.wait(0.02):
                    self.wfile.write(b" ")
            except OSError:
                left.set()

    with serving(Dripping) as url:
        with pytest.raises(Transient, match="the answer took too long to come; tried once"):
            server.source(url=url, tries=1, read_seconds=5, answer_seconds=0.3)
        assert left.wait(5)
