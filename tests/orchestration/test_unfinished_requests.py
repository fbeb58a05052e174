"""A draft that failed for the last time is told to its requester, and its task says so to Airflow."""

import json
from runpy import run_path
from typing import Any

import psycopg
import pytest

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.orchestration.failures import say_what_helps
from leo_activation.orchestration.unfinished_requests import (
    give_up_if_left,
    give_up_request,
    problem_in_words,
)
from leo_activation.segments.requests import RequestState, read_request, submit_request
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant


@pytest.fixture(autouse=True)
def connections(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's connections to the warehouse of the tests."""
    for role in ("loader", "writer", "reader"):
        parts = psycopg.conninfo.conninfo_to_dict(warehouse.urls[DatabaseRole(role)])
        connection = {
            "conn_type": "postgres",
            "host": parts["host"],
            "port": int(str(parts["port"])),
            "login": parts["user"],
            "password": parts["password"],
            "schema": parts["dbname"],
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.upper()}", json.dumps(connection))


def failed(tenant: Tenant, request_id: int, error: BaseException | str | None) -> Any:
    """What Airflow hands to a failure callback, as far as it is read."""
    return {"params": {"tenant": tenant.tenant_id, "request_id": request_id}, "exception": error}


def test_the_request_of_a_run_that_failed_says_why_and_what_helps(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "Customers from Poland", "mai")
    give_up_request(failed(tenant, request_id, Transient("The model could not be reached.")))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        request = read_request(connection, tenant.tenant_id, request_id)
        [(answer,)] = connection.execute("SELECT answer FROM segment.answer").fetchall()
    assert request.state is RequestState.FAILED
    assert request.problem == (
        "The model could not be reached. Nothing has to be changed: run the task again, or let its retries do so."
    )
    assert answer.endswith(request.problem)


def test_giving_up_twice_tells_it_once(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "Customers from Poland", "mai")
    for reason in ("It is away.", "Another reason."):
        give_up_request(failed(tenant, request_id, Transient(reason)))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        problem = read_request(connection, tenant.tenant_id, request_id).problem
    assert problem is not None
    assert problem.startswith("It is away.")


def test_a_request_whose_worker_was_killed_is_not_left_without_a_word(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "Customers from Poland", "mai")
    told = submit_request(warehouse, tenant.tenant_id, "Customers from Poland", "mai")
    give_up_request(failed(tenant, told, Transient("It is away.")))
    for each in (request_id, told):
        give_up_if_left(tenant.tenant_id, each)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        problems = [read_request(connection, tenant.tenant_id, each).problem or "" for each in (request_id, told)]
    assert problems[0].startswith("The draft was stopped before it was finished.")
    assert problems[1].startswith("It is away.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Permanent("The query was refused."), "The query was refused. A retry would fail the same way: mend"),
        (Configuration("There is no model."), "There is no model. A retry would fail the same way: an administrator"),
        (KeyError("ann@example.com"), "The draft failed (KeyError). This error was not foreseen"),
        (Transient("Told by ann@example.com."), "Told by […]. Nothing has to be changed"),
        (None, "The draft was stopped before it was finished. This error was not foreseen"),
    ],
)
def test_the_reason_is_in_words_and_holds_no_contact_data(error: BaseException | None, words: str) -> None:
    assert problem_in_words(error).startswith(words)
    assert "@" not in problem_in_words(error)


def test_the_task_that_drafts_gives_up_when_no_retry_is_left() -> None:
    file = REPOSITORY / "dags" / "draft_segment.py"
    drafting = run_path(str(file))["draft_segment"]().get_task("draft")
    assert [callback.__name__ for callback in drafting.on_failure_callback] == [
        say_what_helps.__name__,
        give_up_request.__name__,
    ]
