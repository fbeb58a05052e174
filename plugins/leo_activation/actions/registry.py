"""The registry of what may be asked for, and the one way to call it.

Each action is registered with its name, description, arguments, permission and handler. `Registry.call` checks the
permission, validates the arguments, runs the handler and records the call in `ops.action_call`, whoever calls: a
request in words, a plan, a program or a language model. An action that only reads gets connections that refuse to
write. No action approves or sends anything.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ValidationError

from leo_activation.actions.permissions import Permission
from leo_activation.embedding import Encoder
from leo_activation.errors import LeoError, Permanent
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.request import Language
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

MAX_RECORDED = 300
"""Characters of an argument that are recorded; the whole words of a request stand in `segment.request`."""
NO_PERMISSION = "none"
"""What is recorded where the action that was called does not exist."""


class Outcome(StrEnum):
    """How a call ended; asked_back: it has to be told more."""

    DONE = "done"
    ASKED_BACK = "asked_back"
    REFUSED = "refused"
    FAILED = "failed"


class Refused(Permanent):
    """A call that is not allowed, or whose arguments are not valid; nothing was done."""


@dataclass(frozen=True)
class Caller:
    """Who calls, with which rights, in which language they are answered, and for which request (None: directly)."""

    user: str
    permissions: frozenset[Permission]
    request_id: int | None = None
    language: Language = Language.ENGLISH


@dataclass(frozen=True)
class Tools:
    """What handlers work with; `as_of` is an aware datetime."""

    warehouse: Warehouse
    tenant_id: str
    as_of: datetime
    encoder: Encoder
    tasks: LanguageTasks


@dataclass(frozen=True)
class Result:
    """What a handler did: `answer` in the caller's language, `data` of ids, names, states and counts; no contact data.

    `questions` are what has to be told where the outcome is asked_back; `problem` why it failed.
    """

    answer: str
    data: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE
    questions: tuple[str, ...] = ()
    problem: str | None = None


Handler = Callable[[Tools, Caller, Any], Result]


@dataclass(frozen=True)
class Action:
    """Something that may be asked for; `handler` takes the tools, the caller and an instance of `arguments`."""

    name: str
    description: str
    arguments: type[BaseModel]
    permission: Permission
    handler: Handler

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return self.arguments.model_json_schema()


class Registry:
    """The actions by name, over one tenant's tools."""

    def __init__(self, tools: Tools, actions: Sequence[Action]) -> None:
        """Register the actions.

        Raises:
            ValueError: two actions have one name.
        """
        self._tools = tools
        self.actions = {action.name: action for action in actions}
        if len(self.actions) < len(actions):
            raise ValueError("two actions have one name")

    def require(self, name: str, caller: Caller) -> Action:
        """The action, where the caller may call it; a refusal is recorded.

        Raises:
            Refused: there is no such action, or the caller lacks its permission.
        """
        action = self.actions.get(name)
        if action is None:
            known = ", ".join(sorted(self.actions))
            self._refuse(name, NO_PERMISSION, {}, caller, f"There is no action “{_short(name)}”; there are {known}.")
        if action.permission not in caller.permissions:
            problem = f"{caller.user} may not call {action.name}: it needs the permission {action.permission}."
            self._refuse(name, action.permission, {}, caller, problem)
        return action

    def call(self, name: str, arguments: Mapping[str, object], caller: Caller) -> Result:
        """Check, validate, run and record one call.

        Raises:
            Refused: as `require`, or the arguments are not valid; nothing was done.
            Permanent: it cannot be done. Transient: it could not be done now. Both are recorded.
        """
        action = self.require(name, caller)
        try:
            valid = action.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            given = {"given": sorted(_short(one) for one in arguments)}
            self._refuse(name, action.permission, given, caller, _problem(action, error), error)
        recorded = _recorded(valid)
        tools = _reading(self._tools) if action.permission is Permission.READ else self._tools
        try:
            result = action.handler(tools, caller, valid)
        except LeoError as error:
            self._record(name, action.permission, recorded, caller, Outcome.FAILED, str(error), {})
            raise
        self._record(name, action.permission, recorded, caller, result.outcome, result.problem, result.data)
        return result

    def _refuse(
        self,
        name: str,
        permission: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        problem: str,
        cause: Exception | None = None,
    ) -> NoReturn:
        self._record(name, permission, arguments, caller, Outcome.REFUSED, problem, {})
        raise Refused(problem) from cause

    def _record(
        self,
        name: str,
        permission: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        outcome: Outcome,
        problem: str | None,
        results: Mapping[str, Any],
    ) -> None:
        values = {
            "tenant_id": self._tools.tenant_id,
            "request_id": caller.request_id,
            "action": _short(name),
            "arguments": Jsonb(dict(arguments)),
            "caller": caller.user,
            "permission": permission,
            "outcome": outcome,
            "problem": None if problem is None else masked(problem),
            "results": Jsonb(dict(results)),
        }
        with self._tools.warehouse.connect(DatabaseRole.WRITER, self._tools.tenant_id) as connection:
            connection.execute(statement("actions/insert_call"), values)
        logger.info("Action %s for %s: %s.", values["action"], caller.user, outcome)


class ReadingWarehouse(Warehouse):
    """The same warehouse, on connections that refuse every change, whatever the role may do otherwise."""

    @contextmanager
    def connect(self, role: DatabaseRole, tenant_id: str | None = None) -> Iterator[Connection]:
        """As `Warehouse.connect`; a statement that would write raises psycopg's ReadOnlySqlTransaction."""
        with super().connect(role, tenant_id) as connection:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()
            yield connection


def _reading(tools: Tools) -> Tools:
    return Tools(
        warehouse=ReadingWarehouse(tools.warehouse.urls),
        tenant_id=tools.tenant_id,
        as_of=tools.as_of,
        encoder=tools.encoder,
        tasks=tools.tasks,
    )


def _recorded(arguments: BaseModel) -> dict[str, Any]:
    """The arguments as they are recorded: without contact data, and long words cut."""
    told = arguments.model_dump(mode="json", exclude_none=True)
    return {name: _short(value) if isinstance(value, str) else value for name, value in told.items()}


def _short(words: str) -> str:
    hidden = masked(words)
    return hidden if len(hidden) <= MAX_RECORDED else hidden[: MAX_RECORDED - 1] + "…"


def _problem(action: Action, error: ValidationError) -> str:
    """What is wrong with arguments, without what was given."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in fault["loc"] if str(part) in action.arguments.model_fields)
        faults.append(f"{place}: {fault['msg']}" if place else fault["msg"])
    return f"The arguments of {action.name} are not valid: {'; '.join(dict.fromkeys(faults))}."
