"""Airflow as far as the desk asks it: tasks that wait, and who may answer them, by the rules of its own API.

What it answers, and in which order it looks, is that of `airflow/api_fastapi/core_api/routes/public/hitl.py` (3.3.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

from leo_activation.desk.required_actions import AirflowActions, WaitingTask

PATH = "/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/{map_index}/hitlDetails"


@dataclass
class Waiting:
    """One task that asked; `answer` is what it was told."""

    asked: tuple[str, ...]
    options: tuple[str, ...]
    answer: dict[str, Any] | None = None
    state: str = "awaiting_input"


@dataclass
class StandIn:
    """The tasks by their name, and an app that answers for them; users are who their bearer token names."""

    tasks: dict[str, Waiting] = field(default_factory=dict)
    broken: bool = False

    def __post_init__(self) -> None:
        """Make the app."""
        self.app = FastAPI()
        self.app.get(PATH)(self.read)
        self.app.patch(PATH)(self.update)

    def actions(self) -> AirflowActions:
        """The desk's own client of it."""
        return AirflowActions(lambda: httpx.ASGITransport(self.app, raise_app_exceptions=False))

    def ask(self, task: WaitingTask, asked: Sequence[str], options: Sequence[str]) -> Waiting:
        """Let a task wait; it forgets the answer that it had."""
        self.tasks[task.reviewed] = Waiting(tuple(asked), tuple(options))
        return self.tasks[task.reviewed]

    async def read(self, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int) -> dict[str, Any]:
        """The detail of a task."""
        _user(request)
        task = self._find(dag_id, run_id, task_id, map_index)
        answer = task.answer or {"responded_by_user": None, "responded_at": None, "chosen_options": None}
        return {
            "options": task.options,
            "assigned_users": [{"id": user, "name": user.title()} for user in task.asked],
            "response_received": task.answer is not None,
            "task_instance": {"state": task.state},
            **answer,
        }

    async def update(
        self, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int, payload: dict[str, Any]
    ) -> Mapping[str, Any]:
        """Answer a task."""
        user = _user(request)
        task = self._find(dag_id, run_id, task_id, map_index)
        if self.broken:
            raise HTTPException(500)
        if task.answer is not None:
            raise HTTPException(409, "Human-in-the-loop detail has already been updated and is not allowed again.")
        if task.asked and user not in task.asked:
            raise HTTPException(403, f"User={user} is not a respondent for the task.")
        if set(payload["chosen_options"]) - set(task.options):
            raise HTTPException(400, "Invalid options.")
        task.answer = {
            "responded_by_user": {"id": user, "name": user.title()},
            "responded_at": datetime.now(UTC).isoformat(),
            "chosen_options": payload["chosen_options"],
            "params_input": payload["params_input"],
        }
        return task.answer

    def _find(self, *name: object) -> Waiting:
        found = self.tasks.get("/".join(map(str, name)))
        if found is None:
            raise HTTPException(404, "The Task Instance was not found.")
        return found


def _user(request: Request) -> str:
    scheme, _, user = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not user:
        raise HTTPException(401, "Not authenticated")
    return user
