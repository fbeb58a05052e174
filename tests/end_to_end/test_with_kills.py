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
from tests.end_to_end.disturbing import UP_LIMIT_S, await_that, kill

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(3600)]

TENANT = "discovery"
WAITING = int(os.environ.get("LEO_TESTS_WAITING") or 18)
"""More than the sixteen active runs that Airflow allows a DAG by default."""
DRAFT_LIMIT_S = 900


def states(instance: Instance, request_ids: list[int]) -> Counter[str]:
    query = "SELECT state FROM segment.request WHERE request_id = ANY(%s)"
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        return Counter(str(state) for (state,) in connection.execute(query, [request_ids]))


def test_requests_survive_killed_workers_a_killed_scheduler_and_a_killed_database(
    instance: Instance, places: Places, scheduler: Service
) -> None:
    request_ids = [
        submit_request(
            instance.warehouse, TENANT, f"Customers who bought red socks in the last {100 + number} days", "marketer"
        )
        for number in range(WAITING)
    ]

    def drafted(least: int) -> Callable[[], bool]:
        def enough() -> bool:
            if not scheduler.is_running():
                # One that lost its database may end only after it was found running.
                instance.embedded("up", limit_s=UP_LIMIT_S)
            return states(instance, request_ids)["in_review"] >= least

        return enough

    await_that(drafted(1), DRAFT_LIMIT_S, "the first request is drafted")
    leader = scheduler.running_pid()
    workers = (stat.pid for stat in scheduler.members() if stat.pid != leader)
    assert kill(workers) > 0, "a worker was at work"
    await_that(drafted(3), DRAFT_LIMIT_S, "requests are drafted after the workers were killed")
    assert kill(stat.pid for stat in scheduler.members()) > 0
    await_that(drafted(6), DRAFT_LIMIT_S, "requests are drafted after the scheduler was killed")
    server = postgres.service(places)
    assert kill(stat.pid for stat in all_processes() if server.owns(stat.pid)) > 0
    instance.embedded("up", limit_s=UP_LIMIT_S)
    await_that(drafted(WAITING), DRAFT_LIMIT_S, "every request is in review")
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        definitions = connection.execute(
            "SELECT request_id, count(*) FROM segment.definition WHERE request_id = ANY(%s) GROUP BY 1", [request_ids]
        ).fetchall()
    assert sorted(definitions) == [(request_id, 1) for request_id in request_ids]
    reviewer = Airflow(
        instance.environment["LEO_AIRFLOW_URL"], "reviewer", instance.environment["LEO_AIRFLOW_REVIEWER_PASSWORD"]
    )

    def asked() -> Counter[str]:
        wanted = {f"request-{TENANT}-{request_id}" for request_id in request_ids}
        return Counter(one.run_id for one in reviewer.questions("draft_segment") if one.run_id in wanted)

    await_that(lambda: len(asked()) == WAITING, DRAFT_LIMIT_S, "every review waits under Required Actions")
    assert set(asked().values()) == {1}


def test_requests_that_wait_for_people_do_not_hold_up_the_next(instance: Instance) -> None:
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        [(waiting,)] = connection.execute("SELECT count(*) FROM segment.request WHERE state = 'in_review'")
    assert waiting >= WAITING
    request_id = submit_request(
        instance.warehouse, TENANT, "Customers who bought blue socks in the last 45 days", "marketer"
    )
    began = time.monotonic()
    await_that(lambda: states(instance, [request_id])["in_review"] == 1, DRAFT_LIMIT_S, "the next request is in review")
    print(f"{waiting} requests waited; the next was in review after {time.monotonic() - began:.0f} s")
