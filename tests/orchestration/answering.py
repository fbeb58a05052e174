"""Run a DAG in Airflow's own test loop, and answer its reviews through Airflow's API; a process of its own.

Arguments, each JSON: the DAG's id; its run's conf; the users' passwords; the answers in order, each {user, option,
form}. `form` replaces what the form begins with, and `approvers`, where it stands, is LEO_APPROVERS from then on.
Prints what came of it as one line of JSON after RESULT.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from airflow.utils.db import initdb

POLL_S = 0.2
PATIENCE_S = 120.0


class Answering:
    """Answers what waits, one after another, as the users named."""

    def __init__(self, dag_id: str, passwords: dict[str, str], answers: list[dict[str, Any]]) -> None:
        from airflow.api_fastapi.app import create_app
        from fastapi.testclient import TestClient

        self._client = TestClient(create_app(apps="core"))
        self._tokens = {user: self._log_in(user, password) for user, password in passwords.items()}
        self._dag_id = dag_id
        self._answers = answers
        self.told: list[dict[str, Any]] = []

    def run(self) -> None:
        for answer in self._answers:
            detail = self._waiting(answer["user"])
            # Only now: the task that waited has read it.
            if (approvers := answer.get("approvers")) is not None:
                os.environ["LEO_APPROVERS"] = approvers
            task = detail["task_instance"]
            form = {name: field["value"] for name, field in detail["params"].items()}
            response = self._client.patch(
                f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/-1/"
                "hitlDetails",
                json={"chosen_options": [answer["option"]], "params_input": {**form, **answer["form"]}},
                headers=self._headers(answer["user"]),
            )
            self.told.append(
                {
                    "status": response.status_code,
                    "subject": detail["subject"],
                    "assigned": [user["id"] for user in detail["assigned_users"]],
                    "form": form,
                }
            )

    def _waiting(self, user: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = self._client.get(
                f"/api/v2/dags/{self._dag_id}/dagRuns/~/hitlDetails",
                params={"response_received": False},
                headers=self._headers(user),
            ).json()
            for detail in found["hitl_details"]:
                if detail["task_instance"]["state"] == "awaiting_input":
                    waiting: dict[str, Any] = detail
                    return waiting
            time.sleep(POLL_S)
        raise TimeoutError(f"Nothing waited for {user}.")

    def _log_in(self, user: str, password: str) -> str:
        answer = self._client.post("/auth/token", json={"username": user, "password": password})
        return str(answer.json()["access_token"])

    def _headers(self, user: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[user]}"}


def main() -> None:
    dag_id, conf, passwords, answers = (json.loads(argument) for argument in sys.argv[1:])
    initdb()
    from airflow.dag_processing.dagbag import DagBag

    answering = Answering(dag_id, passwords, answers)
    threading.Thread(target=answering.run, daemon=True).start()
    dag = DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags[dag_id]
    # dag.test() cannot end a run of a DAG with a deadline: https://github.com/apache/airflow/issues/73428
    dag.deadline = []
    run = dag.test(run_conf=conf)
    states = {
        task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]": task.state
        for task in run.get_task_instances()
    }
    print("RESULT" + json.dumps({"answers": answering.told, "tasks": states, "run": run.state, "run_id": run.run_id}))


if __name__ == "__main__":
    main()
