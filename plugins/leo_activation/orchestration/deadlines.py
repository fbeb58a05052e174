"""Deadlines of the runs that others wait for, and what is said when one is missed.

Airflow calls `say_what_is_late` once a run, in a process of the executor, while the run goes on: nothing is ended by a
deadline (`docs/decisions/deadlines.md`).
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from leo_activation.errors import LeoError
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, link_to
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import tenant_ids

logger = logging.getLogger(__name__)

EVERYBODY = "every tenant"
UNDER_WAY = ("queued", "running")


def due_within(interval: timedelta, late: str, helps: str) -> DeadlineAlert:
    """A deadline from the moment at which a run is queued: waiting for the run before counts too.

    late: what whoever waits does not have yet. helps: what to do, in one sentence.
    """
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=interval,
        callback=SyncCallback(say_what_is_late, kwargs={"late": late, "helps": helps}),
        name=f"within {int(interval.total_seconds() // 60)} minutes",
    )


def say_what_is_late(context: Mapping[str, Any], late: str, helps: str) -> None:
    """Log what is late, for whom and what to do, and tell the engineers by mail.

    Of a run that failed before its deadline Airflow tells too: that was said when it failed.
    """
    run, deadline = context["dag_run"], context["deadline"]
    dag_id, run_id = str(run["dag_id"]), str(run["dag_run_id"])
    if run["state"] not in UNDER_WAY:
        logger.info("%s, run %s, is %s: nobody waits for it.", dag_id, run_id, run["state"])
        return
    due = datetime.fromisoformat(str(deadline["deadline_time"]))
    sentence = f"{dag_id} was due by {due:%Y-%m-%d %H:%M} UTC and is not done, for {_for_whom(run)}: {late}. {helps}"
    logger.warning("%s (run %s)", sentence, run_id)
    notice = Notice(Event.RUN_LATE, f"{dag_id}, {run_id}", link=link_to(dag_id, run_id), reason=sentence)
    TellStaff(sorted(read_settings().engineers), notice).notify({})


def _for_whom(run: Mapping[str, Any]) -> str:
    """The tenants of a run, of a sync those that are not in the warehouse yet."""
    conf = run.get("conf") or {}
    named = [str(tenant) for tenant in conf.get("tenants") or ([conf["tenant"]] if conf.get("tenant") else [])]
    if run["dag_id"] == "sync_cdp":
        try:
            named = _not_synced(str(run["dag_run_id"]), named)
        except LeoError as error:
            logger.warning("Which tenants are synced is not known: %s", error)
    return ", ".join(named) or EVERYBODY


def _not_synced(run_id: str, named: list[str]) -> list[str]:
    late = []
    with warehouse().connect(DatabaseRole.READER) as connection:
        tenants = named or tenant_ids(connection)
    for tenant in tenants:
        with warehouse().connect(DatabaseRole.WRITER, tenant) as connection:
            values = {"tenant_id": tenant, "orchestrator_run_id": run_id}
            if connection.execute(statement("orchestration/find_projected_sync"), values).fetchone() is None:
                late.append(tenant)
    return late


# Last: a deadline names the function above.
SYNC = due_within(
    timedelta(hours=2),
    "the customers of the last sync before are what segments and campaigns go by",
    "Look at the task that runs: its log counts the rows done. A source that is slow needs no help; the run ends by "
    "itself after three hours.",
)
REFRESH = due_within(
    timedelta(hours=1),
    "segments keep the members of their last refresh",
    "Look at the log of the task refresh of the tenant: it counts the segments done.",
)
SENDING = due_within(
    timedelta(minutes=45),
    "messages that are due wait",
    "Look at the log of the task drain of the tenant: a provider that asks to wait needs no help, one that refuses is "
    "named there.",
)
