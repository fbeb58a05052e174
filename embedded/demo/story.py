"""What the demo does, in the order a team would: sync, ask, review, send, opt out."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from embedded.demo.airflow_api import Airflow, Question, polls
from embedded.demo.data import Sample
from embedded.failure import SetupError
from leo_activation.activation.safety.guard import allow_addresses
from leo_activation.segments import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address

REQUESTS = {
    "discovery": (
        "Customers who bought red socks in the last 60 days",
        "Find users who bought socks and are interested in high-end lifestyle",
        "Suggest customers for a luxury red-themed fashion campaign",
        "Create a High Value segment of customers with total spent above 800 and send them a Zalo message saying: "
        "Exclusive offer just for you",
        "Customers from Poland who bought shoes in the last 30 days and send them an email saying: "
        "Your next pair is on us",
        "Khách hàng đã mua tất đỏ trong 60 ngày qua",
        "Customers who added jackets to the cart in the last 30 days and afterwards did not buy the same product",
        "Kunden aus Deutschland, die in den letzten 30 Tagen mindestens zweimal Schuhe gekauft haben",
        "Customers who are about to churn and love our brand",
    ),
    "retail": (
        "Phụ nữ ở Hà Nội đã mua hàng trong 60 ngày qua nhưng chưa mua giày",
        "Customers who bought shoes in the last 90 days and send them an email saying: New trails are waiting for you",
        "Customers like 'weekend hikers who love camping gear'",
    ),
}
FOLLOW_UPS = {
    "discovery": {
        "Customers who added jackets to the cart in the last 30 days and afterwards did not buy the same product": (
            "Now only those from Germany",
        ),
    },
    "retail": {
        "Phụ nữ ở Hà Nội đã mua hàng trong 60 ngày qua nhưng chưa mua giày": ("bỏ điều kiện giới tính",),
    },
}
"""What is asked after a request has become a segment, as a change of it: the next version of the same segment."""
QUESTIONS = {
    "discovery": ("What did we do for people who buy socks?",),
    "retail": ("Where is request {first}?",),
}
"""What is asked that is no segment: answered at once, and nobody has to approve an answer."""
ASKED_BY = "marketer"
STAFF_DOMAIN = "staff.leo.example"
STAFF = {"reviewer": "en", ASKED_BY: "vi"}
"""Who is told, each in their language."""

THINKING_S = 10.0
"""No person answers sooner, see `is_thought_over`."""

SYNC_LIMIT_S = 600.0
DRAFT_LIMIT_S = 600.0
SEND_LIMIT_S = 600.0
DONE = ("approved", "rejected", "needs_clarification", "answered", "failed", "expired", "voided", "sent_back")


@dataclass(frozen=True)
class Stage:
    """Everything the story needs to run."""

    warehouse: Warehouse
    airflow: Airflow
    samples: list[Sample]
    pseudonym_key: bytes
    sandbox_url: str
    home: Path
    say: Callable[[str], None]


def sync(stage: Stage) -> None:
    """Start the sync of both tenants and wait until interests and embeddings have followed."""
    started = datetime.now(UTC)
    await_that(
        stage, "Airflow has read the DAGs", lambda: "sync_cdp" in stage.airflow.known_dags(), SYNC_LIMIT_S, started
    )
    run_id = f"demo-{int(time.time())}"
    stage.airflow.start("sync_cdp", run_id, {"tenants": [sample.tenant.tenant_id for sample in stage.samples]})
    await_that(
        stage,
        "customers are in the warehouse and the graph",
        lambda: stage.airflow.run_state("sync_cdp", run_id) == "success",
        SYNC_LIMIT_S,
        started,
    )
    await_that(stage, "interests and embeddings have followed", lambda: _followed(stage), SYNC_LIMIT_S, started)


def allow_sandbox_addresses(stage: Stage) -> None:
    """Put every address of the sample data and of the team on the allow-list: they all lead to the sandbox."""
    for sample in stage.samples:
        tenant_id = sample.tenant.tenant_id
        with stage.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            rows = connection.execute("SELECT channel, address FROM core.channel_address").fetchall()
        addresses: dict[str, list[str]] = {"email": [staff_address(user) for user in STAFF]}
        for channel, address in rows:
            addresses.setdefault(str(channel), []).append(str(address))
        for channel, those in addresses.items():
            allow_addresses(
                stage.warehouse,
                tenant_id,
                channel,
                those,
                note="demo: the sandbox's stand-ins",
                key=stage.pseudonym_key,
            )


def name_staff(stage: Stage) -> None:
    """Say where the people of the demo are told what waits for them: the sandbox's mail server takes it."""
    for user, language in STAFF.items():
        set_staff_address(stage.warehouse, StaffMember(user, staff_address(user), language))


def staff_address(user: str) -> str:
    """Where somebody of the team is reached."""
    return f"{user}@{STAFF_DOMAIN}"


def ask(stage: Stage) -> None:
    """Submit the requests that are not there yet, and answer the reviews until every request is settled."""
    for tenant_id, texts in REQUESTS.items():
        known = _asked(stage, tenant_id)
        for text in texts:
            if text not in known:
                submit_request(stage.warehouse, tenant_id, text, ASKED_BY)
    _settle(stage, "every request is drafted and reviewed")


def ask_on(stage: Stage) -> None:
    """Change segments that are there by a follow-up, ask questions about them, and settle these too."""
    for tenant_id in REQUESTS:
        known = _asked(stage, tenant_id)
        for before, changes in FOLLOW_UPS[tenant_id].items():
            for text in changes:
                if text not in known:
                    submit_request(stage.warehouse, tenant_id, text, ASKED_BY, revises_request_id=known[before])
        for question in QUESTIONS[tenant_id]:
            text = question.format(first=min(known.values()))
            if text not in known:
                submit_request(stage.warehouse, tenant_id, text, ASKED_BY)
    _settle(stage, "follow-ups are reviewed and questions are answered")


def _collect(stage: Stage) -> None:
    """Have the inbox looked at now, where anything waits in it: by itself that happens every minute."""
    query = "SELECT count(*) FROM segment.request WHERE state = 'submitted'"
    if any(_count(stage, tenant_id, query) for tenant_id in REQUESTS):
        stage.airflow.start("collect_segment_requests", f"demo-{int(time.time())}", {})


def _asked(stage: Stage, tenant_id: str) -> dict[str, int]:
    with stage.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute("SELECT request_id, text FROM segment.request").fetchall()
    return {str(text): int(request_id) for request_id, text in rows}


def _settle(stage: Stage, what: str) -> None:
    started = datetime.now(UTC)
    _collect(stage)

    def settled() -> bool:
        _approve_all(stage, "draft_segment")
        open_requests = sum(
            _count(stage, tenant_id, "SELECT count(*) FROM segment.request WHERE NOT state = ANY(%s)", [list(DONE)])
            for tenant_id in REQUESTS
        )
        return open_requests == 0

    await_that(stage, what, settled, DRAFT_LIMIT_S, started)
    await_that(stage, "segments have their members", lambda: _refreshed(stage), DRAFT_LIMIT_S, started)


def send(stage: Stage) -> None:
    """Answer the campaigns' reviews until every planned run has been sent."""
    started = datetime.now(UTC)

    def sent() -> bool:
        _approve_all(stage, "run_campaign")
        waiting = sum(
            _count(stage, tenant_id, "SELECT count(*) FROM activation.campaign WHERE state IN ('ready', 'in_review')")
            + _count(
                stage,
                tenant_id,
                "SELECT count(*) FROM activation.run WHERE state IN ('planned', 'approved', 'sending')",
            )
            for tenant_id in REQUESTS
        )
        return waiting == 0

    await_that(stage, "campaigns are planned, reviewed and sent", sent, SEND_LIMIT_S, started)


def opt_out(stage: Stage) -> str | None:
    """Use the one-click unsubscribe address of the newest message, as a mail program does; says what came of it."""
    journal = httpx.get(f"{stage.sandbox_url}/sandbox/journal", timeout=30).text.splitlines()
    links = [json.loads(line)["headers"].get("List-Unsubscribe") for line in journal]
    newest = next((link for link in reversed(links) if link), None)
    if newest is None:
        return None
    answer = httpx.post(newest.strip("<>"), data={"List-Unsubscribe": "One-Click"}, timeout=30)
    return f"one-click unsubscribe answered {answer.status_code}"


def is_thought_over(question: Question) -> bool:
    """Whether a person could have read it by now.

    An answer in the first seconds can meet Airflow's note that the task has just paused, and then the task starts over
    and asks again. On a busy machine that note takes longer, so each attempt is given more time than the last.
    """
    return question.age_s >= THINKING_S * question.attempt


def _approve_all(stage: Stage, dag_id: str) -> None:
    for question in stage.airflow.questions(dag_id):
        if is_thought_over(question):
            stage.airflow.answer(question, "Approve", "Approved by the demo script.")
            stage.say(f"  as {stage.airflow.user}: approved «{question.subject}»")


def await_that(stage: Stage, what: str, holds: Callable[[], bool], limit_s: float, started: datetime) -> None:
    """Wait until something holds, and tell how long it took. Raises SetupError when time is up or a run failed."""
    for elapsed in polls(limit_s):
        if holds():
            stage.say(f"  {what} ({elapsed:.0f} s)")
            return
        if failed := stage.airflow.failed_runs(started):
            raise SetupError(f"Airflow's run {failed[0]} failed while waiting until {what}; see its log in Airflow.")
    raise SetupError(f"Waited {limit_s:.0f} s in vain until {what}; see the runs in Airflow.")


def _followed(stage: Stage) -> bool:
    """Whether interests and embeddings are those of the customers that are there.

    The tables alone do not say it: a text that has its vector may be older than the interests that belong in it.
    """
    query = (
        "SELECT count(*) FROM core.customer AS c LEFT JOIN profile.text AS t USING (tenant_id, customer_id) "
        "LEFT JOIN profile.embedding AS e USING (tenant_id, input_hash) "
        "WHERE e.input_hash IS NULL AND EXISTS (SELECT FROM profile.interest AS i "
        "WHERE i.tenant_id = c.tenant_id AND i.customer_id = c.customer_id)"
    )
    return all(stage.airflow.is_at_rest(dag_id) for dag_id in ("compute_interests", "embed_profiles")) and all(
        _count(stage, sample.tenant.tenant_id, "SELECT count(*) FROM profile.embedding") > 0
        and _count(stage, sample.tenant.tenant_id, query) == 0
        for sample in stage.samples
    )


def _refreshed(stage: Stage) -> bool:
    query = (
        "SELECT count(*) FROM segment.definition AS d WHERE d.state = 'active' AND NOT EXISTS ("
        "SELECT FROM segment.run AS r WHERE r.tenant_id = d.tenant_id AND r.segment_id = d.segment_id "
        "AND r.version = d.version)"
    )
    return all(_count(stage, tenant_id, query) == 0 for tenant_id in REQUESTS)


def _count(stage: Stage, tenant_id: str, query: str, values: list[object] | None = None) -> int:
    with stage.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(query.encode(), values).fetchone()
    return int(row[0]) if row else 0
