"""Requests whose drafting meets killed workers, a killed scheduler and a killed database: each is drafted once, none is
lost, and those that wait for people hold up no other.

Runs after the demo's own tests: what it asks for would stand among their answers.
"""

import os
import time
from collections import Counter
from collections.abc import Callable

import pytest

from embedded import postgres
from embedded.demo.airflow_api import Airflow
from embedded.places import Places
from embedded.processes import Service, all_processes
from leo_activation.segments import submit_request
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import Instance
from tests.end_to_end.disturbing import UP_LIMIT_S, await_that, kill, kill_workers_at_work, while_up

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900, func_only=True)]

TENANT = "discovery"
WAITING = int(os.environ.get("LEO_TESTS_WAITING") or 18)
"""More than the sixteen active runs that Airflow allows a DAG by default."""
DRAFT_LIMIT_S = 600


def states(instance: Instance, request_ids: list[int]) -> Counter[str]:
    query = "SELECT state FROM segment.request WHERE request_id = ANY(%s)"
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        return Counter(str(state) for (state,) in connection.execute(query, [request_ids]))


@pytest.fixture(scope="module")
def reviewer(instance: Instance) -> Airflow:
    environment = instance.environment
    return Airflow(environment["LEO_AIRFLOW_URL"], "reviewer", environment["LEO_AIRFLOW_REVIEWER_PASSWORD"])


def collect(airflow: Airflow) -> None:
    """Have the inbox looked at now: by itself that happens every minute."""
    airflow.start("collect_segment_requests", f"kills-{time.time_ns()}", {"tenants": [TENANT]})


def test_requests_survive_killed_workers_a_killed_scheduler_and_a_killed_database(
    instance: Instance, places: Places, scheduler: Service, reviewer: Airflow
) -> None:
    request_ids = [
        submit_request(
            instance.warehouse, TENANT, f"Customers who bought red socks in the last {100 + number} days", "marketer"
        )
        for number in range(WAITING)
    ]
    collect(reviewer)

    def drafted() -> int:
        found = states(instance, request_ids)
        return found["drafted"] + found["in_review"]

    def await_up(holds: Callable[[], bool], what: str) -> None:
        await_that(while_up(instance, scheduler, holds), DRAFT_LIMIT_S, what)

    def await_more(after: str) -> None:
        """Until two more are drafted, so that what is killed next is at work again."""
        before = drafted()
        await_up(lambda: drafted() >= min(before + 2, WAITING), f"requests are drafted after {after}")

    await_up(lambda: drafted() > 0, "the first request is drafted")
    kill_workers_at_work(scheduler)
    await_more("the workers were killed")
    assert kill(stat.pid for stat in scheduler.members()) > 0
    await_more("the scheduler was killed")
    server = postgres.service(places)
    assert kill(stat.pid for stat in all_processes() if server.owns(stat.pid)) > 0
    instance.embedded("up", limit_s=UP_LIMIT_S)
    await_up(lambda: states(instance, request_ids)["in_review"] == WAITING, "every request is in review")
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        definitions = connection.execute(
            "SELECT request_id, count(*) FROM segment.definition WHERE request_id = ANY(%s) GROUP BY 1", [request_ids]
        ).fetchall()
    assert sorted(definitions) == [(request_id, 1) for request_id in request_ids]

    def asked() -> Counter[str]:
        wanted = {f"request-{TENANT}-{request_id}" for request_id in request_ids}
        return Counter(one.run_id for one in reviewer.questions("draft_segment") if one.run_id in wanted)

    await_up(lambda: len(asked()) == WAITING, "every review waits under Required Actions")
    assert set(asked().values()) == {1}


def test_requests_that_wait_for_people_do_not_hold_up_the_next(
    instance: Instance, scheduler: Service, reviewer: Airflow
) -> None:
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        [(waiting,)] = connection.execute("SELECT count(*) FROM segment.request WHERE state = 'in_review'")
    assert waiting >= WAITING
    request_id = submit_request(
        instance.warehouse, TENANT, "Customers who bought blue socks in the last 45 days", "marketer"
    )
    began = time.monotonic()
    collect(reviewer)
    in_review = while_up(instance, scheduler, lambda: states(instance, [request_id])["in_review"] == 1)
    await_that(in_review, DRAFT_LIMIT_S, "the next request is in review")
    print(f"{waiting} requests waited; the next was in review after {time.monotonic() - began:.0f} s")
