"""Tasks that wait for a person, asked about and answered through Airflow's own public API, as the one who is logged in.

So an answer from the desk is the same as one given under Required Actions: Airflow checks who may give it, stores it
once, and whichever comes first counts. Nothing is decided here, and nothing is written to the tables: the task that
waited resumes with the answer and records it, or says why it does not count.

The API is called inside the API server's own process, through its app, with the credentials of the request that the
desk answers; tests give a transport of their own.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

import anyio.from_thread
import httpx
from fastapi import Request

from leo_activation.errors import Permanent, Transient

IN_PROCESS = "http://airflow"
"""The address of Airflow below the transport; nothing resolves it."""
PATIENCE_S = 15.0
WAITS = frozenset({"awaiting_input", "deferred"})
"""States of a task whose answer is taken up. Between asking and these it still runs, and tells people by e-mail."""
CREDENTIALS = ("authorization", "cookie")
"""Where Airflow looks for who asks; a bearer token goes before the cookie of the login."""


class Verdict(StrEnum):
    """What Airflow said to an answer."""

    TAKEN = "taken"
    LATE = "late"
    """Somebody had answered before."""
    NOT_ASKED = "not_asked"
    """The person is not among those who were asked, or may not answer tasks at all."""
    NOT_WAITING = "not_waiting"
    """There is no such task, or it has not asked anybody yet."""


@dataclass(frozen=True)
class WaitingTask:
    """Where a review waits in Airflow."""

    dag_id: str
    run_id: str
    task_id: str = "review"

    @property
    def reviewed(self) -> str:
        """The task as `ops.review_round.reviewed` spells it."""
        return f"{self.dag_id}/{self.run_id}/{self.task_id}/-1"

    @property
    def address(self) -> str:
        """The page of the task in Airflow, below its root."""
        return f"/dags/{quote(self.dag_id)}/runs/{quote(self.run_id, safe='')}/tasks/{quote(self.task_id)}"

    @property
    def resource(self) -> str:
        """The question and its answer in Airflow's API."""
        return (
            f"/api/v2/dags/{quote(self.dag_id)}/dagRuns/{quote(self.run_id, safe='')}"
            f"/taskInstances/{quote(self.task_id)}/-1/hitlDetails"
        )


@dataclass(frozen=True)
class Given:
    """The answer that Airflow holds; `by` is a user id, None where nobody answered by the deadline."""

    option: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Question:
    """What a task asks: whom, and the answer that it has, None while it waits.

    Somebody who may not see it is told of nobody who was asked, and of no answer.
    """

    asked: tuple[str, ...]
    given: Given | None


class RequiredActions(Protocol):
    """What the desk needs of whatever holds the tasks that wait."""

    def read(self, request: Request, task: WaitingTask) -> Question | None:
        """What the task asks; None where it does not ask (yet)."""

    def answer(self, request: Request, task: WaitingTask, option: str, form: Mapping[str, object]) -> Verdict:
        """Answer it as the person whom the request is from."""


@dataclass(frozen=True)
class AirflowActions:
    """Airflow's required actions. Called from the threads that pages run in, never from the event loop.

    Raises (both methods):
        Transient: Airflow did not answer, or not in time; the answer may have been taken all the same.
        Permanent: Airflow refused the form.
    """

    transport: Callable[[], httpx.AsyncBaseTransport]
    _under_way: set[asyncio.Task[httpx.Response]] = field(default_factory=set, init=False, repr=False)

    def read(self, request: Request, task: WaitingTask) -> Question | None:
        """The question of a task."""
        response = self._call(request, "GET", task.resource, None)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        if response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
            return Question((), None)
        detail = _body(response)
        given = None
        if detail["response_received"]:
            user, chosen = detail["responded_by_user"], detail["chosen_options"] or [""]
            given = Given(chosen[0], user["id"] if user else None, datetime.fromisoformat(detail["responded_at"]))
        elif detail["task_instance"]["state"] not in WAITS:
            return None
        return Question(tuple(user["id"] for user in detail["assigned_users"]), given)

    def answer(self, request: Request, task: WaitingTask, option: str, form: Mapping[str, object]) -> Verdict:
        """Answer a task; what comes of it is in the tables when the task has resumed."""
        chosen = {"chosen_options": [option], "params_input": dict(form)}
        response = self._call(request, "PATCH", task.resource, chosen)
        match response.status_code:
            case HTTPStatus.OK:
                return Verdict.TAKEN
            case HTTPStatus.CONFLICT:
                return Verdict.LATE
            case HTTPStatus.FORBIDDEN | HTTPStatus.UNAUTHORIZED:
                return Verdict.NOT_ASKED
            case HTTPStatus.NOT_FOUND:
                return Verdict.NOT_WAITING
        _body(response)
        raise Transient(f"Airflow answered {response.status_code} to a decision.")

    def _call(self, request: Request, method: str, path: str, body: Mapping[str, object] | None) -> httpx.Response:
        who = {name: request.headers[name] for name in CREDENTIALS if name in request.headers}
        return anyio.from_thread.run(self._within_patience, who, method, path, body)

    async def _within_patience(
        self, who: dict[str, str], method: str, path: str, body: Mapping[str, object] | None
    ) -> httpx.Response:
        # A call in process cannot be broken off half way: it is left to end by itself, and the person looks again.
        call = asyncio.ensure_future(self._request(who, method, path, body))
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({call}, timeout=PATIENCE_S)
        if not done:
            raise Transient(
                f"Airflow did not answer within {PATIENCE_S:.0f} seconds; look whether the decision was taken before "
                "deciding again."
            )
        try:
            return call.result()
        except httpx.HTTPError as error:
            raise Transient(f"Airflow cannot be asked: {type(error).__name__}.") from error

    async def _request(
        self, who: dict[str, str], method: str, path: str, body: Mapping[str, object] | None
    ) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport(), base_url=IN_PROCESS, trust_env=False) as client:
            return await client.request(method, path, headers=who, json=body)


@cache
def in_process() -> httpx.AsyncBaseTransport:
    """The app that this API server serves; looked up by the first decision, when it is there."""
    from airflow.api_fastapi.main import app

    return httpx.ASGITransport(app, raise_app_exceptions=False)


def _body(response: httpx.Response) -> Any:
    """The body of an answer that is none of those with a meaning of their own."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Transient(f"Airflow answered {response.status_code} about a task that waits.")
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise Permanent(f"Airflow refused the decision as it was filled in ({response.status_code}).")
    return response.json()
