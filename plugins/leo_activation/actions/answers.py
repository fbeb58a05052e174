"""The answer to a request and what was done for it, as both are kept: `answer` and `debug {calls, data}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Answer:
    """What who asked is told; `debug` has `calls` (actions and language models) and `data` (ids, states, counts)."""

    answer: str
    debug: Mapping[str, Any]


def read_answer(connection: Connection, tenant_id: str, request_id: int) -> Answer | None:
    """The answer to a request, None before it was handled; the connection is bound to the tenant (writer)."""
    values = {"tenant_id": tenant_id, "request_id": request_id}
    row = connection.execute(statement("actions/read_answer"), values).fetchone()
    return None if row is None else Answer(*row)


def keep_answer(connection: Connection, tenant_id: str, request_id: int, answer: str, data: Mapping[str, Any]) -> None:
    """Keep the answer with the calls that were recorded for the request; the same again changes nothing."""
    values = {"tenant_id": tenant_id, "request_id": request_id}
    debug = {"calls": _calls(connection, values), "data": dict(data)}
    connection.execute(statement("actions/keep_answer"), {**values, "answer": answer, "debug": Jsonb(debug)})


def _calls(connection: Connection, values: Mapping[str, object]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        actions = cursor.execute(statement("actions/list_calls"), values).fetchall()
        models = cursor.execute(statement("actions/list_model_calls"), values).fetchall()
    return [{"kind": "action", **call} for call in actions] + [{"kind": "model", **call} for call in models]
