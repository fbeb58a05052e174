"""A prompt that is given directly: submitted as a request, handled at once, and answered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from leo_activation.actions.answers import Answer, read_answer
from leo_activation.actions.catalogue import ACTIONS
from leo_activation.actions.drafts import facts_of
from leo_activation.actions.handling import handle_request
from leo_activation.actions.intents import read_intent
from leo_activation.actions.names import list_names
from leo_activation.actions.permissions import Permission
from leo_activation.actions.registry import Caller, Registry, Tools
from leo_activation.actions.wording import Say, say
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.drafting import Draft
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.requests import insert_request, read_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

MAX_KEY = 200
TasksOf = Callable[[int], LanguageTasks]
"""Who does the language tasks of the request of that id."""


def ask(
    warehouse: Warehouse,
    tenant_id: str,
    text: str,
    *,
    asked_by: str,
    permissions: frozenset[Permission],
    as_of: datetime,
    encoder: Encoder,
    tasks: TasksOf,
    revises_request_id: int | None = None,
    key: str | None = None,
) -> Answer:
    """Submit `text`, handle it at once and answer; with the same `key` of the same asker it is one request.

    A segment that was drafted goes to its review by the inbox, as any other. A draft that cannot be made now stays in
    the inbox, and the answer says so.

    Raises:
        Refused: the asker may not do what the text asks for; nothing was submitted.
        Permanent: no text, too long a text, no such request to change, or the key was used for another text.
        Configuration: a service is not set up; the request stays in the inbox.
    """
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise Permanent(f"A key has 1 to {MAX_KEY} characters, not {len(key)}.")
    nobody = LanguageTasks(planners=())
    registry = Registry(Tools(warehouse, tenant_id, as_of, encoder, nobody), ACTIONS)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        intent = read_intent(text, list_names(connection, tenant_id), revises_request_id=revises_request_id)
    registry.require(intent.action, Caller(asked_by, permissions, language=intent.language))
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request_id = _submit(connection, tenant_id, text, asked_by, revises_request_id, key)
    try:
        handle_request(
            warehouse,
            tenant_id,
            request_id,
            as_of=as_of,
            encoder=encoder,
            tasks=tasks(request_id),
            permissions=permissions,
        )
    except Transient as problem:
        waits = say(intent.language, Say.WAITS, request_id=request_id, problem=masked(str(problem)))
        return Answer(waits, {"calls": [], "data": _facts(warehouse, tenant_id, request_id)})
    finally:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            values = {"tenant_id": tenant_id, "request_id": request_id}
            connection.execute(statement("actions/release_to_inbox"), values)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        answer = read_answer(connection, tenant_id, request_id)
    if answer is None:
        raise Transient(f"Request {request_id} of '{tenant_id}' is being handled by somebody else.")
    return answer


def _submit(
    connection: Connection, tenant_id: str, text: str, asked_by: str, revises_request_id: int | None, key: str | None
) -> int:
    of_key = {"tenant_id": tenant_id, "asked_by": asked_by, "key": key}
    if key is not None:
        connection.execute(statement("actions/lock_key"), of_key)
        row = connection.execute(statement("actions/read_key"), of_key).fetchone()
        if row is not None:
            request_id, before, revised = row
            if (before, revised) != (text.strip(), revises_request_id):
                raise Permanent(f"The key was used by {asked_by} for another text, request {request_id}.")
            return int(request_id)
    request_id = insert_request(connection, tenant_id, text, asked_by, revises_request_id=revises_request_id)
    connection.execute(statement("actions/hold_in_inbox"), {"tenant_id": tenant_id, "request_id": request_id})
    if key is not None:
        connection.execute(statement("actions/insert_key"), {**of_key, "request_id": request_id})
    return request_id


def _facts(warehouse: Warehouse, tenant_id: str, request_id: int) -> Mapping[str, Any]:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return facts_of(Draft(request_id, read_request(connection, tenant_id, request_id).state))
