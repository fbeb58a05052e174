"""Tasks that wait for a person's decision, shown under Required Actions in Airflow.

A review is a human-in-the-loop task whose question is made when it runs: the sheet (subject, body) and who may
answer, which is the approvers less whoever wrote a part of what is decided. Airflow lets *anyone* answer a task that is
assigned to nobody, so an empty list is refused here. Who may answer can change while a task waits, Airflow does not
check what stands in the form, and an answer may be older than the question: so it is checked a second time when the
task resumes. One that does not count voids its round, and the same task asks again until the deadline, a few times at
most. No answer by the deadline counts as a rejection.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from airflow.providers.common.compat.sdk import conf
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time.hitl import HITLUser, upsert_hitl_detail

from leo_activation.errors import Configuration
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import REVIEW_DEADLINE
from leo_activation.orchestration.notifications import tell_approvers
from leo_activation.orchestration.rounds import ReviewRounds, Round
from leo_activation.settings import read_settings
from leo_activation.told import Told

NOBODY = "deadline"
"""Who decided where nobody did in time."""
MAX_ROUNDS = 5
"""So often people are asked before a review is given up: each round but the last had an answer that did not count."""
CLOCKS_DIFFER = timedelta(seconds=5)
SHORTEST_WAIT = timedelta(seconds=1)
MAX_NOTE = 2000
NOTE, DEFINITION = "note", "definition"


class Option(StrEnum):
    """What a reviewer may answer."""

    APPROVE = "Approve"
    REJECT = "Reject"
    ASK = "Ask"
    EDIT = "Edit"


class NotCounted(Exception):
    """An answer that counts for nothing, and why, in one sentence; people are asked again."""


@dataclass(frozen=True)
class Sheet:
    """What the reviewer is shown; `body` is Markdown and holds no contact data.

    `authors` may not answer, beside `requested_by`. With a `hash` an answer has to name what it is about. `proposed`
    are the values that the form's own fields begin with. `name` (else the subject) and `count` of customers are what
    approvers are told by e-mail.
    """

    subject: str
    body: str
    requested_by: str
    authors: tuple[str, ...] = ()
    hash: str | None = None
    proposed: Mapping[str, object] = field(default_factory=dict)
    name: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class Answer:
    """What the reviewer said; `decided_by` is Airflow's user id, or `deadline`.

    `hash` is of what was shown; `form` what stands in the form's own fields, unchecked.
    """

    option: Option
    decided_by: str
    decided_at: datetime
    note: str | None
    hash: str | None = None
    form: Mapping[str, object] = field(default_factory=dict)


class Review(HITLOperator):
    """Ask a person; subclasses say what is asked (`sheet`) and what an answer does (`decide`).

    Subclasses have a `tenant`, and name in `fields` what the form asks beside the note.
    """

    tenant: str

    def __init__(
        self, *, options: tuple[Option, ...], fields: Mapping[str, Param] | None = None, **kwargs: Any
    ) -> None:
        self.fields = tuple(fields or {})
        asked = {
            "subject": "A decision is needed",
            "options": [str(option) for option in options],
            "defaults": str(Option.REJECT),
            "params": {
                NOTE: Param(None, type=["null", "string"], maxLength=MAX_NOTE, title="Note for the requester"),
                **(fields or {}),
            },
            "response_timeout": REVIEW_DEADLINE,
            # Airflow would read it as the deadline of the answer.
            "execution_timeout": None,
        }
        # What Airflow merged into kwargs (the DAG's params, the default time-out) gives way to the review's own.
        super().__init__(**{**kwargs, **asked})

    @abstractmethod
    def recorded(self) -> dict[str, str] | None:
        """What `decide` returned, where a decision is on record already, else None.

        A task that was killed after it recorded the answer starts over: it must not ask again.
        """

    @abstractmethod
    def sheet(self, context: Context) -> Sheet:
        """What the reviewer is shown; called when the task starts to wait."""

    @abstractmethod
    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the answer; what it returns (ids and states) goes to XCom.

        Raises:
            NotCounted: the answer counts for nothing, and was not recorded.
        """

    def give_up(self, context: Context, reason: str) -> dict[str, str]:
        """End a review whose rounds are used up; returns what `decide` would. By default it is a rejection."""
        return self.decide(context, Answer(Option.REJECT, NOBODY, datetime.now(UTC), reason))

    def execute(self, context: Context) -> Any:
        """Show the sheet to those who may answer, and wait; or return what was decided already."""
        if (decided := self.recorded()) is not None:
            return decided
        sheet = self.sheet(context)
        self.assigned_users = respondents(read_settings().approvers, sheet.requested_by, *sheet.authors)
        now = datetime.now(UTC)
        asked = [user["id"] for user in self.assigned_users]
        opened = self._rounds(context).open(sheet.hash, asked, now, REVIEW_DEADLINE)
        # A round that goes on has its people: whoever became an approver since is not asked, and would not count.
        self.assigned_users = [user for user in self.assigned_users if user["id"] in opened.assigned]
        self.subject, self.body = sheet.subject, sheet.body
        self.params = self._form(sheet)
        self.response_timeout = max(opened.expires_at - now, SHORTEST_WAIT)
        title, link = sheet.name or sheet.subject, self._link(context)
        self.notifiers = [tell_approvers(opened.assigned, title, link, opened.expires_at, count=sheet.count)]
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the answer that came, or the rejection that the deadline means; or ask again."""
        response = super().execute_complete(context, event)
        if (decided := self.recorded()) is not None:
            return decided
        rounds = self._rounds(context)
        opened = rounds.last()
        if opened is None or opened.void_reason is not None:
            return self.execute(context)
        user = response["responded_by_user"]
        by = str(user["id"]) if user else NOBODY
        at = response["responded_at"] or datetime.now(UTC)
        try:
            answer = read_answer(opened, response, by, at, read_settings().approvers, self.fields)
            return self.decide(context, answer)
        except NotCounted as refusal:
            reason = str(refusal)
        self.log.warning("The answer of %s in round %d counts for nothing: %s", by, opened.number, reason)
        if opened.number >= MAX_ROUNDS:
            rounds.void(opened, reason, by, at)
            return self.give_up(context, f"{MAX_ROUNDS} answers in a row did not count. The last one: {reason}")
        return self._ask_again(context, rounds.again(opened, reason, by, at, datetime.now(UTC)), reason)

    def validate_chosen_options(self, chosen_options: list[str]) -> None:
        """Leave it to `read_answer`: a wrong answer is asked for again and does not fail the task."""

    def validate_params_input(self, params_input: Mapping[str, Any]) -> None:
        """Leave it to `read_answer` and `decide`, as `validate_chosen_options`."""

    def _ask_again(self, context: Context, opened: Round, reason: str) -> None:
        """Clear the answer and wait for the next; Airflow keeps the sheet of the first round, which is the same."""
        upsert_hitl_detail(
            ti_id=context["task_instance"].id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            defaults=self.defaults,
            multiple=self.multiple,
            params=self.serialized_params,
            assigned_users=[HITLUser(id=one, name=one) for one in opened.assigned],
        )
        task = context["task_instance"]
        title = f"{task.dag_id}, {task.run_id}"
        tell_approvers(opened.assigned, title, self._link(context), opened.expires_at, again_because=reason)(context)
        raise TaskAwaitingInput(
            method_name="execute_complete",
            timeout=max(opened.expires_at - datetime.now(UTC), SHORTEST_WAIT),
        )

    def _form(self, sheet: Sheet) -> ParamsDict:
        """The form's fields as this sheet begins with them, with the name of what an answer is about."""
        params = {name: self.params.get_param(name) for name in self.params}
        for name, value in sheet.proposed.items():
            params[name] = Param(value, params[name].description, source="task", schema=params[name].schema)
        if sheet.hash is not None:
            params[DEFINITION] = Param(
                sheet.hash, type="string", enum=[sheet.hash], title="What this answer is about", source="task"
            )
        return ParamsDict(params)

    def _rounds(self, context: Context) -> ReviewRounds:
        task = context["task_instance"]
        reviewed = f"{task.dag_id}/{task.run_id}/{task.task_id}/{task.map_index}"
        return ReviewRounds(warehouse(), self.tenant, reviewed)

    def _link(self, context: Context) -> str | None:
        if conf.get("api", "base_url", fallback=None) is None:
            return None
        link: str = self.generate_link_to_ui(task_instance=context["task_instance"])
        return link


def read_answer(
    opened: Round,
    response: Mapping[str, Any],
    answered_by: str,
    answered_at: datetime,
    approvers: tuple[str, ...],
    fields: tuple[str, ...],
) -> Answer:
    """The answer to an open round, as Airflow stored it.

    Raises:
        NotCounted: it came from somebody who may not answer (any more), is older than the question, is about something
            else, or is no answer to the form.
    """
    chosen, form = response["chosen_options"], dict(response["params_input"] or {})
    if len(chosen) != 1 or chosen[0] not in list(Option):
        raise NotCounted(Told.of("An answer is exactly one of the options."))
    option = Option(chosen[0])
    if answered_by == NOBODY:
        if option is not Option.REJECT:
            raise NotCounted(Told.of("Nobody answered in person."))
        return Answer(option, NOBODY, answered_at, None, opened.hash)
    if answered_by not in opened.assigned or answered_by not in approvers:
        raise NotCounted(Told.of("{answered_by} is not among those who may answer.", answered_by=answered_by))
    if answered_at < opened.shown_at - CLOCKS_DIFFER:
        raise NotCounted(Told.of("The answer is older than what it is about."))
    named = form.pop(DEFINITION, None)
    if opened.hash is not None and named != opened.hash:
        raise NotCounted(Told.of("The answer does not name what was shown."))
    note = form.pop(NOTE, None)
    if note is not None and (not isinstance(note, str) or len(note) > MAX_NOTE):
        raise NotCounted(Told.of("The note is no text of at most {max_note} characters.", max_note=MAX_NOTE))
    if unknown := sorted(set(form) - set(fields)):
        raise NotCounted(Told.of("The form has no field {names}.", names=", ".join(unknown)[:100]))
    return Answer(option, answered_by, answered_at, note or None, opened.hash, form)


def respondents(approvers: tuple[str, ...], requested_by: str, *authors: str) -> list[HITLUser]:
    """The users who may answer: the approvers less whoever asked or wrote a part.

    Raises:
        Configuration: nobody is left, which Airflow would read as "anyone may answer".
    """
    barred = {requested_by, *authors}
    allowed = [approver for approver in approvers if approver not in barred]
    if not allowed:
        raise Configuration(
            f"LEO_APPROVERS names nobody besides {', '.join(sorted(barred))}, who cannot approve their own request."
        )
    return [HITLUser(id=approver, name=approver) for approver in allowed]
