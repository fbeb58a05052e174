"""What only Airflow can do, asked of its own public API within its process: check a password, start a run.

Airflow decides: whether the password is right (`/auth/token`, the same for the simple and the FAB auth manager), and
whether the caller may start the DAG. A run has an id that follows from the call, so that the same call is one run.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from leo_activation.errors import Configuration, Transient

IN_PROCESS = "http://airflow"
"""The address of Airflow below the transport; nothing resolves it."""
PATIENCE_S = 20.0
_WRONG = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
                    HTTPStatus.UNPROCESSABLE_ENTITY})  # fmt: skip
"""What auth managers say to a name and password that are not right, or that they do not take at all."""


@dataclass(frozen=True)
class AirflowApi:
    """Airflow's API; `transport` gives what carries a call to it."""

    transport: Callable[[], httpx.AsyncBaseTransport]

    async def log_in(self, name: str, password: str) -> str | None:
        """The bearer token for a name and a password, None where Airflow gives none.

        Raises:
            Transient: Airflow did not answer.
        """
        answer = await self._post("/auth/token", {"username": name, "password": password}, {})
        if answer.status_code in _WRONG:
            return None
        token = answer.json().get("access_token") if answer.status_code == HTTPStatus.CREATED else None
        if not isinstance(token, str):
            raise Transient(f"Airflow answered {answer.status_code} to a login.")
        return token

    async def start(
        self, credentials: Mapping[str, str], dag_id: str, run_id: str, conf: Mapping[str, Any], note: str
    ) -> bool:
        """Start a run as whoever the credentials (headers) are of; the same id again is the same run.

        Returns:
            False where Airflow does not let them.

        Raises:
            Transient: Airflow did not answer. Configuration: it has no such DAG, or does not take the run.
        """
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf), "note": note}
        answer = await self._post(f"/api/v2/dags/{quote(dag_id)}/dagRuns", body, credentials)
        match answer.status_code:
            case HTTPStatus.OK | HTTPStatus.CREATED | HTTPStatus.CONFLICT:
                return True
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                return False
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Transient(f"Airflow answered {status} to the start of {dag_id}.")
        raise Configuration(f"Airflow does not start {dag_id}: it answered {answer.status_code}.")

    async def _post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                httpx.AsyncClient(transport=self.transport(), base_url=IN_PROCESS, trust_env=False) as client,
            ):
                return await client.post(path, json=body, headers=dict(headers))
        except (TimeoutError, httpx.HTTPError) as error:
            raise Transient(f"Airflow cannot be asked: {type(error).__name__}.") from None
