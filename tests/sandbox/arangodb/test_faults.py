"""Each fault as the unmodified client sees it, and only where it was aimed."""

from collections.abc import Callable

import pytest
import requests
from arango import ArangoClient
from arango.database import StandardDatabase
from arango.exceptions import AQLQueryExecuteError, CursorNextError

from sandbox.process import SandboxProcess

ROWS = 50
Ask = Callable[[], list[str]]


@pytest.fixture
def ask(database: StandardDatabase) -> Ask:
    """Reads a collection of 50 documents in batches of 20."""
    database.create_collection("things").import_bulk([{"_key": f"{n:02}"} for n in range(ROWS)])
    database.create_collection("others").import_bulk([{"_key": "a"}])
    return lambda: list(database.aql.execute("FOR t IN things RETURN t._key", batch_size=20))


def test_a_cursor_is_lost_between_two_batches(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "cursor_lost", key="things:next", after=1, attempts=1)
    with pytest.raises(CursorNextError) as error:
        ask()
    assert (error.value.http_code, error.value.error_code) == (404, 1600)
    assert [each["rows"] for each in sandbox.asked_of_arangodb() if each["kind"] == "next"] == [20, 0]
    assert len(ask()) == ROWS


def test_a_cursor_is_lost_as_soon_as_it_is_made(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "cursor_lost", key="things:query", attempts=1)
    with pytest.raises(CursorNextError) as error:
        ask()
    assert error.value.error_code == 1600
    assert len(ask()) == ROWS


@pytest.mark.parametrize(("scenario", "answered"), [("server_error", (500, 4)), ("unauthorized", (401, 11))])
def test_an_error_of_the_server_is_raised_with_its_number(
    sandbox: SandboxProcess, ask: Ask, scenario: str, answered: tuple[int, int]
) -> None:
    sandbox.scenario("arangodb", scenario, key="things", attempts=1)
    with pytest.raises(AQLQueryExecuteError) as error:
        ask()
    assert (error.value.http_code, error.value.error_code) == answered
    assert len(ask()) == ROWS


def test_maintenance_mode_is_a_lost_connection_to_the_client(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "unavailable", key="things:query", attempts=1)
    with pytest.raises(ConnectionAbortedError):
        ask()
    assert sandbox.asked_of_arangodb()[-1]["status"] == 503
    assert len(ask()) == ROWS


def test_a_cut_answer_is_a_broken_connection(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "cut", key="things:next", attempts=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask()
    assert len(ask()) == ROWS


def test_truncated_json_comes_with_status_200_and_is_no_object(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "truncated", key="things:next", attempts=1)
    with pytest.raises(TypeError):  # python-arango hands on the text as it came
        ask()
    assert sandbox.asked_of_arangodb()[-1]["status"] == 200
    assert len(ask()) == ROWS


def test_an_empty_answer_stands_where_there_are_rows(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "empty", key="things:query", attempts=1)
    assert ask() == []
    assert len(ask()) == ROWS


def test_a_count_of_none_stands_where_there_are_rows(
    sandbox: SandboxProcess, ask: Ask, database: StandardDatabase
) -> None:
    sandbox.scenario("arangodb", "empty_count", key="things:count", attempts=1)
    assert database.collection("things").count() == 0
    assert database.collection("things").count() == ROWS


def test_a_slow_answer_comes(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "slow", key="things:query", attempts=1)
    assert len(ask()) == ROWS
    assert next(each for each in sandbox.asked_of_arangodb() if each["kind"] == "query")["scenario"] == "slow"


def test_a_stalled_answer_never_comes(sandbox: SandboxProcess, ask: Ask, client: ArangoClient) -> None:
    client.request_timeout = 0.3
    sandbox.scenario("arangodb", "stall", key="things:query", attempts=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask()
    assert len(ask()) == ROWS


@pytest.mark.parametrize(
    "key",
    [
        *("{database}/things:query", "things:query", "{database}/things", "things"),
        *("{database}:query", "{database}", "query", None),
    ],
)
def test_a_fault_can_be_aimed_from_one_kind_of_request_on_one_collection_up_to_all(
    sandbox: SandboxProcess, ask: Ask, database: StandardDatabase, key: str | None
) -> None:
    aimed = None if key is None else key.format(database=database.db_name)
    sandbox.scenario("arangodb", "server_error", key=aimed, attempts=1)
    with pytest.raises(AQLQueryExecuteError):
        ask()


@pytest.mark.parametrize("key", ["others", "elsewhere/things", "things:count", "import"])
def test_a_fault_that_is_aimed_elsewhere_does_not_show(sandbox: SandboxProcess, ask: Ask, key: str) -> None:
    sandbox.scenario("arangodb", "server_error", key=key)
    assert len(ask()) == ROWS


def test_a_fault_of_the_second_page_spares_the_first(sandbox: SandboxProcess, ask: Ask) -> None:
    sandbox.scenario("arangodb", "server_error", key="things:query", after=1, attempts=1)
    assert len(ask()) == ROWS
    with pytest.raises(AQLQueryExecuteError):
        ask()
    assert len(ask()) == ROWS


def test_the_wish_for_a_token_can_fail(sandbox: SandboxProcess) -> None:
    sandbox.scenario("arangodb", "server_error", key="auth", attempts=1)
    answers = [
        requests.post(
            f"{sandbox.arangodb_url}/_open/auth", json={"username": "root", "password": "wrong"}, timeout=5
        ).status_code
        for _ in range(2)
    ]
    assert answers == [500, 401]
