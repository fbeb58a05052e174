"""The few calls of Airflow's public API that the demo makes, as a named user."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import httpx

POLL_S = 2.0
REQUEST_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Question:
    """A task that waits for a person: its `attempt` counts from 1, and `age_s` from when this client saw it wait."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    subject: str
    attempt: int
    age_s: float
    form: dict[str, object]


class Airflow:
    """Airflow's API v2 as one user."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.user = user
        self._seen: dict[str, dict[str, float]] = {}
        self._client = httpx.Client(base_url=url, timeout=REQUEST_TIMEOUT_S)
        answer = self._client.post("/auth/token", json={"username": user, "password": password})
        answer.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def start(self, dag_id: str, run_id: str, conf: dict[str, object]) -> None:
        """Start a run with a name of its own."""
        body = {"dag_run_id": run_id, "conf": conf, "logical_date": None}
        self._client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body).raise_for_status()

    def run_state(self, dag_id: str, run_id: str) -> str:
        """The state of a run: queued, running, success or failed."""
        answer = self._client.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")
        answer.raise_for_status()
        return str(answer.json()["state"])

    def known_dags(self) -> set[str]:
        """The ids of the DAGs that Airflow has parsed."""
        answer = self._client.get("/api/v2/dags", params={"limit": 100})
        answer.raise_for_status()
        return {str(dag["dag_id"]) for dag in answer.json()["dags"]}

    def failed_runs(self, since: datetime) -> list[str]:
        """`dag/run` of every run that failed since then."""
        answer = self._client.get(
            "/api/v2/dags/~/dagRuns",
            params={"state": "failed", "run_after_gte": since.isoformat(), "limit": 50},
        )
        answer.raise_for_status()
        return [f"{run['dag_id']}/{run['dag_run_id']}" for run in answer.json()["dag_runs"]]

    def active_runs(self, dag_id: str = "~") -> int:
        """How many runs, of a DAG or of all, are queued or running, those that wait for people included."""
        answer = self._client.get(f"/api/v2/dags/{dag_id}/dagRuns", params={"state": ["queued", "running"], "limit": 1})
        answer.raise_for_status()
        return int(answer.json()["total_entries"])

    def is_at_rest(self, dag_id: str) -> bool:
        """Whether a DAG has neither a run under way nor an asset's event that will start one."""
        events = self._client.get(f"/api/v2/dags/{dag_id}/assets/queuedEvents")
        events.raise_for_status()
        # Asked after it: what was no longer waiting then is a run by now.
        return not int(events.json()["total_entries"]) and self.active_runs(dag_id) == 0

    def questions(self, dag_id: str) -> list[Question]:
        """The tasks of a DAG that wait for a person's answer."""
        answer = self._client.get(
            f"/api/v2/dags/{dag_id}/dagRuns/~/hitlDetails", params={"response_received": False, "limit": 100}
        )
        answer.raise_for_status()
        waiting = [
            (detail, detail["task_instance"])
            for detail in answer.json()["hitl_details"]
            if detail["task_instance"]["state"] == "awaiting_input"
        ]
        # By the attempt: each has an id of its own, while the question keeps the time at which it was first asked.
        now, before = time.monotonic(), self._seen.get(dag_id, {})
        seen = self._seen[dag_id] = {task["id"]: before.get(task["id"], now) for _, task in waiting}
        return [
            Question(
                dag_id=task["dag_id"],
                run_id=task["dag_run_id"],
                task_id=task["task_id"],
                map_index=task["map_index"],
                subject=detail["subject"],
                attempt=task["try_number"],
                form={name: field["value"] for name, field in detail["params"].items()},
                age_s=now - seen[task["id"]],
            )
            for detail, task in waiting
        ]

    def answer(self, question: Question, option: str, note: str) -> None:
        """Answer a question as this user, with the form as it was shown."""
        self._client.patch(
            f"/api/v2/dags/{question.dag_id}/dagRuns/{question.run_id}/taskInstances/"
            f"{question.task_id}/{question.map_index}/hitlDetails",
            json={"chosen_options": [option], "params_input": {**question.form, "note": note}},
        ).raise_for_status()


def polls(limit_s: float) -> Iterator[float]:
    """Seconds since the start, once every poll, until the limit is reached."""
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < limit_s:
        yield elapsed
        time.sleep(POLL_S)
