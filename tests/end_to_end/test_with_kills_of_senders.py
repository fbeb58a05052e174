"""A campaign that Airflow sends while its workers and its scheduler are killed: nobody is lost or written to twice.

Runs after the demo's own tests: what it sends would stand among their messages.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from embedded.demo.airflow_api import Airflow
from embedded.demo.story import is_thought_over
from embedded.processes import Service
from leo_activation import activation
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import message_layouts
from leo_activation.activation.sending.pacing import Rate
from leo_activation.activation.sending.rate_limits import set_rate
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import Instance
from tests.end_to_end.disturbing import UP_LIMIT_S, await_that, kill, kill_workers_at_work, while_up
from tests.faults import checker

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900, func_only=True)]

TENANT = "discovery"
CAMPAIGN = "survives_kills"
MESSAGES_A_SECOND = 4.0
"""Slow enough that a run of a few hundred messages is met in its middle."""
AFTER_THE_KILLS = 100.0
BEFORE_THE_FIRST_KILL = 15
BEFORE_THE_SECOND_KILL = 40
SEND_LIMIT_S = 600


def ends(instance: Instance, run_id: int) -> dict[str, int]:
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        rows = connection.execute(
            "SELECT state, count(*) FROM activation.delivery WHERE campaign_run_id = %s GROUP BY state", [run_id]
        )
        return {str(state): int(count) for state, count in rows}


def run_of(instance: Instance) -> int | None:
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        rows = connection.execute(
            "SELECT campaign_run_id FROM activation.run WHERE campaign_id = %s", [CAMPAIGN]
        ).fetchall()
    return int(rows[0][0]) if rows else None


def pace(instance: Instance, per_second: float) -> None:
    set_rate(instance.warehouse, TENANT, "smtp", "", Rate(per_second, burst=int(per_second) + 1), set_by="marketer")


def end_leases(instance: Instance) -> None:
    """As if five minutes had passed since the kill: what the dead held is free to be settled.

    Whoever calls it knows that no worker lives.
    """
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        connection.execute(
            "UPDATE activation.delivery SET leased_until = clock_timestamp() WHERE state IN ('claimed', 'sending')"
        )
    activation.reap(instance.warehouse, TENANT)


def submit(instance: Instance) -> None:
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        [(segment_id,)] = connection.execute(
            "SELECT segment_id FROM segment.definition JOIN segment.request USING (tenant_id, request_id) "
            "WHERE definition.state = 'active' AND request.text LIKE 'Create a High Value segment%%'"
        )
    pace(instance, MESSAGES_A_SECOND)
    activation.submit_campaign(
        instance.warehouse,
        TENANT,
        activation.Campaign(
            campaign_id=CAMPAIGN,
            name="Survives kills",
            segment_id=segment_id,
            channels=("email",),
            message_class=activation.MessageClass.MARKETING,
            requested_by="marketer",
            template=save_template(instance.warehouse, TENANT, *message_layouts()),
            message="Thank you for staying with us.",
        ),
    )


def approved(airflow: Airflow, run_id: int) -> Callable[[], bool]:
    """Answer the review of the run once it is shown; whether it was answered."""

    def answer() -> bool:
        for question in airflow.questions("run_campaign"):
            if question.run_id == f"campaign-{TENANT}-{run_id}" and is_thought_over(question):
                airflow.answer(question, "Approve", "Approved by the test.")
                return True
        return False

    return answer


def test_a_campaign_survives_killed_workers_and_a_killed_scheduler(instance: Instance, scheduler: Service) -> None:
    environment = instance.environment
    airflow = Airflow(environment["LEO_AIRFLOW_URL"], "reviewer", environment["LEO_AIRFLOW_REVIEWER_PASSWORD"])
    submit(instance)
    airflow.start("plan_campaign", f"kills-{int(datetime.now(UTC).timestamp())}", {"tenants": [TENANT]})
    await_that(
        while_up(instance, scheduler, lambda: run_of(instance) is not None), SEND_LIMIT_S, "the campaign is planned"
    )
    run_id = run_of(instance)
    assert run_id is not None
    await_that(while_up(instance, scheduler, approved(airflow, run_id)), SEND_LIMIT_S, "the run is approved")

    def accepted(least: int) -> Callable[[], bool]:
        return while_up(instance, scheduler, lambda: ends(instance, run_id).get("accepted", 0) >= least)

    def is_over() -> bool:
        # What the dead held is settled when their leases have ended, by whoever looks first.
        activation.reap(instance.warehouse, TENANT)
        left = ends(instance, run_id)
        return not any(left.get(state) for state in ("planned", "ready", "claimed", "sending", "retry"))

    await_that(accepted(BEFORE_THE_FIRST_KILL), SEND_LIMIT_S, "messages leave")
    kill_workers_at_work(scheduler)
    await_that(accepted(BEFORE_THE_SECOND_KILL), SEND_LIMIT_S, "messages leave after the workers were killed")
    assert kill(stat.pid for stat in scheduler.members()) > 0
    await_that(lambda: not scheduler.has_members(), UP_LIMIT_S, "nobody sends")
    end_leases(instance)
    pace(instance, AFTER_THE_KILLS)
    await_that(lambda: accepted(0)() and is_over(), SEND_LIMIT_S, "every delivery has come to an end")

    records = checker.read_records(instance.warehouse, TENANT, [run_id])
    sandbox = f"http://127.0.0.1:{environment['LEO_SANDBOX_PORT']}"
    lines = httpx.get(f"{sandbox}/sandbox/journal", timeout=60).text.splitlines()
    of_run = [
        line
        for line in map(json.loads, lines)
        if any(delivery in line.get("message_id", "") for delivery in records.deliveries)
    ]
    workers = {attempt.worker.partition(":")[0] for attempt in records.attempts}
    findings = checker.compare(records, checker.provided(of_run), checker.Disturbances(workers=workers))
    print(f"{ends(instance, run_id)}\n{findings.table()}")
    assert findings == checker.NONE
    assert ends(instance, run_id)["accepted"] > BEFORE_THE_SECOND_KILL
