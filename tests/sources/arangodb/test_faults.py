"""What goes wrong at the server or on the way is asked again, within bounds, and never becomes a shorter collection."""

import pytest

from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.sources.arangodb_settings import ArangodbAuth
from tests.sources.arangodb.standin import PASSWORD, USER, Standin
from tests.sources.arangodb.tampering import tampering

KEYS = [f"p{number:03d}" for number in range(35)]
MOMENT = "2026-02-01T12:00:00.000Z"
PASSING = ["unavailable", "server_error", "slow", "stall", "cut", "truncated", "empty"]


@pytest.fixture(autouse=True)
def _filled(server: Standin) -> None:
    server.insert("cdp_profile", *({"_key": key, "updatedAt": MOMENT, "firstName": f"F{key}"} for key in KEYS))


def read_whole(server: Standin, **changed: object) -> list[str | None]:
    # Short enough that an answer that stalls or comes too slowly costs the test little.
    source = server.source(**{"read_seconds": 0.4, **changed})
    return [row.values[0] for row in source.read("cdp_profile")]


@pytest.mark.parametrize("scenario", PASSING)
def test_a_fault_that_passes_costs_no_row_of_a_whole_read(server: Standin, scenario: str) -> None:
    server.fault(scenario, "cdp_profile:query", times=2, after=2)
    assert read_whole(server) == KEYS
    assert [each["scenario"] for each in server.asked("query")].count(scenario) >= 1


@pytest.mark.parametrize("scenario", PASSING)
def test_a_fault_that_passes_costs_no_key_of_a_comparison(server: Standin, scenario: str) -> None:
    server.fault(scenario, "cdp_profile:query", times=1, after=1)
    assert [each.key for each in server.source(read_seconds=0.4).keys("cdp_profile")] == KEYS


@pytest.mark.parametrize("scenario", PASSING)
def test_a_fault_that_passes_makes_no_document_one_that_is_gone(server: Standin, scenario: str) -> None:
    server.fault(scenario, "cdp_profile:query", times=1, after=1)
    rows = server.source(read_seconds=0.4).read_keys("cdp_profile", [*KEYS, "gone"])
    assert [row.values[0] for row in rows] == KEYS


def test_an_empty_answer_never_says_that_documents_are_gone(server: Standin) -> None:
    server.fault("empty", "cdp_profile:query")
    with pytest.raises(Permanent, match=r"Page 1 of documents by key of cdp_profile .*it does not answer for each key"):
        list(server.source().read_keys("cdp_profile", KEYS))


@pytest.mark.parametrize("scenario", ["unavailable", "server_error", "truncated", "cut"])
@pytest.mark.parametrize("kind", ["count", "collections"])
def test_a_fault_that_passes_while_it_looks_around_costs_nothing(server: Standin, scenario: str, kind: str) -> None:
    server.fault(scenario, kind, times=2)
    assert read_whole(server) == KEYS


@pytest.mark.parametrize(
    ("scenario", "error", "reason"),
    [
        ("unavailable", Transient, "it answered with 503, ArangoDB error 503; tried 3 times"),
        ("server_error", Transient, "it answered with 500, ArangoDB error 4; tried 3 times"),
        ("stall", Transient, "nothing came for 0.4 s; tried 3 times"),
        ("slow", Transient, "nothing came for 0.4 s; tried 3 times"),
        ("cut", Transient, "the answer was cut off; tried 3 times"),
        ("empty", Transient, "it ends after 10 rows where the server counts 35; tried 3 times"),
        ("truncated", Permanent, "the answer is no whole JSON of the kind that was asked for; tried 3 times"),
        ("unauthorized", Configuration, r"the server refuses the user or the password \(it answered with 401, "),
    ],
)
def test_a_fault_that_stays_is_an_error_that_names_page_collection_database_and_server(
    server: Standin, scenario: str, error: type[LeoError], reason: str
) -> None:
    server.fault(scenario, "cdp_profile:query", after=1)
    rows = server.source(read_seconds=0.4, tries=3).read("cdp_profile")
    assert [next(rows).values[0] for _ in range(10)] == KEYS[:10]
    with pytest.raises(error, match=rf"^Page 2 of cdp_profile of the database leo at {server.url} .*{reason}"):
        next(rows)


@pytest.mark.parametrize("scenario", ["unauthorized", "truncated"])
def test_what_another_try_cannot_help_is_not_tried_again_and_what_it_can_is(server: Standin, scenario: str) -> None:
    server.fault(scenario, "cdp_profile:query")
    with pytest.raises(LeoError):
        read_whole(server, tries=3)
    assert len(server.asked("query")) == (1 if scenario == "unauthorized" else 3)


def test_a_cursor_that_is_lost_in_the_middle_of_a_page_repeats_the_page(server: Standin) -> None:
    def in_parts(path: str, body: dict[str, object]) -> dict[str, object]:
        return {**body, "batchSize": 4} if "batchSize" in body else body

    with tampering(server.url, question=in_parts) as url:
        assert read_whole(server, url=url) == KEYS
        assert len(server.asked("next")) == 3 * 2 + 1
        server.fault("cursor_lost", "cdp_profile:next", times=2, after=1)
        server.forget_asked()
        assert read_whole(server, url=url) == KEYS
        assert [each["scenario"] for each in server.asked("next")].count("cursor_lost") == 2
        server.fault("cursor_lost", "cdp_profile:next")
        with pytest.raises(Transient, match=r"Page 1 of cdp_profile .* ArangoDB error 1600; tried 5 times"):
            read_whole(server, url=url)


@pytest.mark.parametrize("times", [1, 2])
def test_a_count_of_none_proves_nothing_and_spoils_nothing(server: Standin, times: int) -> None:
    server.fault("empty_count", "cdp_profile:count", times=times)
    assert read_whole(server) == KEYS


def test_an_empty_answer_is_no_empty_collection_where_either_count_says_otherwise(server: Standin) -> None:
    server.fault("empty", "cdp_profile:query")
    for after in (0, 1):
        server.fault("empty_count", "cdp_profile:count", times=1, after=after)
        with pytest.raises(Transient, match="it ends after 0 rows where the server counts 35"):
            read_whole(server)


def test_rows_where_the_server_always_counts_none_are_no_complete_read(server: Standin) -> None:
    server.fault("empty_count", "cdp_profile:count")
    with pytest.raises(Transient, match="it ends after 35 rows where the server counts 0"):
        read_whole(server)


def test_a_token_that_is_no_longer_taken_is_renewed_once_in_the_middle_of_a_read(server: Standin) -> None:
    server.fault("unauthorized", "cdp_profile:query", times=1, after=1)
    assert read_whole(server, auth=ArangodbAuth.JWT) == KEYS
    assert len(server.asked("auth")) == 2


def test_a_user_who_is_refused_with_a_new_token_too_is_not_tried_again(server: Standin) -> None:
    server.fault("unauthorized", "cdp_profile:query")
    with pytest.raises(Configuration, match="the server refuses the user or the password"):
        read_whole(server, auth=ArangodbAuth.JWT)
    assert (len(server.asked("auth")), len(server.asked("query"))) == (2, 2)


@pytest.mark.parametrize("auth", list(ArangodbAuth))
def test_a_wrong_password_is_told_at_once(server: Standin, auth: ArangodbAuth) -> None:
    with pytest.raises(Configuration, match="the server refuses the user or the password"):
        server.source(auth=auth, password="wrong")


def test_a_database_or_collection_that_is_gone_is_named(server: Standin) -> None:
    with pytest.raises(Configuration, match=r"database other at .*(refuses the user|no such database|may not read)"):
        server.source(database="other")
    source = server.source()
    server.drop("cdp_profile")
    for read in (source.read, source.keys):
        with pytest.raises(Configuration, match=r"cdp_profile .*there is no such collection \(.*1203\)"):
            list(read("cdp_profile"))


def test_a_server_that_is_away_is_tried_again_and_then_told(server: Standin) -> None:
    with pytest.raises(Transient, match="the connection was refused; tried 2 times"):
        server.source(url="http://127.0.0.1:1", tries=2)


@pytest.mark.parametrize("scenario", [*PASSING, "unauthorized"])
def test_no_error_and_no_log_tells_the_password_the_user_or_what_a_document_holds(
    server: Standin, scenario: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.fault(scenario, "cdp_profile:query", after=1)
    told = ""
    for auth in ArangodbAuth:
        source = server.source(read_seconds=0.2, tries=2, auth=auth)
        told += repr(source) + repr(vars(source))
        with pytest.raises(LeoError) as caught:
            list(source.read("cdp_profile"))
        told += f"{caught.value}{caught.value.__cause__}{caught.value.__suppress_context__}"
    told += repr(server.settings()) + "".join(str(vars(record)) for record in caplog.records if record.args is not None)
    told += caplog.text
    for secret in (PASSWORD, "NEVERTELL", "Fp0"):
        assert secret not in told
    assert USER not in caplog.text
