"""Which prompt version and which model serve a task, and by what comparison they came to.

What serves changes by an evaluation on a golden set alone: a newer prompt file or another model is asked the same cases
as what serves now, and takes over only where no more of its plans are wrong and no fewer are exact. As long as nothing
was ever evaluated, the released prompt serves, with whatever model there is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from leo_activation.errors import Configuration, Permanent
from leo_activation.llm.prompts import PROMPT_FOLDER, Prompt, load_prompt
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

RELEASED_FILE = "released.json"
MAX_NAMED = 10
"""Cases that a sentence names; all of them stand in `llm.evaluation_case`."""


class Verdict(StrEnum):
    """How one case of a golden set ended."""

    EXACT = "exact"
    """The plan is one of the right ones, or what had to be asked back was."""
    WRONG = "wrong"
    """A plan that means something else: the one thing that must never become more."""
    ASKED_BACK = "asked_back"
    """A question where there is a right plan."""
    NO_ANSWER = "no_answer"
    """The model refused, or gave nothing that fits the type."""


@dataclass(frozen=True)
class Candidate:
    """A prompt and a model that may serve a task.

    `model` is `provider:name` as the ledger has it, `connection_id` the Airflow connection that leads to it.
    """

    prompt: Prompt
    model: str
    connection_id: str

    @property
    def task(self) -> str:
        """The task is named as its prompt."""
        return self.prompt.name

    def asks_the_same_as(self, other: "Candidate") -> bool:
        """Whether the same words go to the same model, by whichever connection."""
        return (self.prompt, self.model) == (other.prompt, other.model)

    def __str__(self) -> str:
        """As a sentence names it."""
        return f"{self.prompt.name} v{self.prompt.version} with {self.model}"


@dataclass(frozen=True)
class CaseEnd:
    """How a case ended and what it took; the cost is None where a price is not known."""

    verdict: Verdict
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int | None


@dataclass(frozen=True)
class Evaluation:
    """A whole run of a golden set: the verdict of each case by its id."""

    evaluation_id: int
    verdicts: Mapping[str, Verdict]

    def count(self, verdict: Verdict) -> int:
        """How many cases ended so."""
        return sum(found is verdict for found in self.verdicts.values())


class NotBetter(Permanent):
    """A candidate is worse than what serves, which goes on serving."""


class NotEvaluated(Permanent):
    """A candidate or what serves has not been asked the whole golden set yet."""


def released_prompt(task: str, folder: Path = PROMPT_FOLDER) -> Prompt:
    """The version that this release was made with (`include/prompts/released.json`).

    Raises:
        Configuration: the file names no version of the task, or one that is not there.
    """
    versions = json.loads((folder / RELEASED_FILE).read_text(encoding="utf-8"))
    if task not in versions:
        raise Configuration(f"{folder / RELEASED_FILE} names no version of the prompt '{task}'.")
    return load_prompt(task, versions[task], folder)


def active_candidate(warehouse: Warehouse, task: str, folder: Path = PROMPT_FOLDER) -> Candidate | None:
    """What serves the task, or None where nothing was ever evaluated.

    Raises:
        Configuration: the prompt file was changed or removed after it became active.
    """
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        return _active(connection, task, folder)


def active_prompt(warehouse: Warehouse, task: str, folder: Path = PROMPT_FOLDER) -> Prompt:
    """The prompt that serves the task: the active one, else the released one.

    Raises:
        Configuration: there is none, or it was changed after it became active.
    """
    active = active_candidate(warehouse, task, folder)
    return released_prompt(task, folder) if active is None else active.prompt


def read_evaluation(warehouse: Warehouse, candidate: Candidate, golden_hash: str) -> Evaluation | None:
    """The newest whole evaluation of a candidate on that golden set."""
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        return _evaluation(connection, candidate, golden_hash)


def asked_cases(warehouse: Warehouse, candidate: Candidate, golden_hash: str, run: str) -> dict[str, Verdict]:
    """What the run has asked already, by case id."""
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        return _cases(connection, _key(candidate, golden_hash) | {"evaluated_in": run})


def keep_case(
    warehouse: Warehouse, candidate: Candidate, golden_hash: str, run: str, case_id: str, end: CaseEnd
) -> None:
    """Keep how a case ended; the first end of a case in a run stays."""
    values = _key(candidate, golden_hash) | {"evaluated_in": run, "case_id": case_id} | vars(end)
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        connection.execute(statement("llm/keep_case"), values)


def finish_evaluation(warehouse: Warehouse, candidate: Candidate, golden_hash: str, run: str, cases: int) -> None:
    """Sum the run up, where all of the golden set's `cases` have been asked; a part of it is no evaluation."""
    values = _key(candidate, golden_hash) | {"evaluated_in": run, "cases": cases}
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        connection.execute(statement("llm/finish_evaluation"), values | {"prompt_version": candidate.prompt.version})


def is_decided(warehouse: Warehouse, candidate: Candidate, golden_hash: str) -> bool:
    """Whether it was decided already, on that golden set, if the candidate may serve; once is enough."""
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        [(decided,)] = connection.execute(statement("llm/is_decided"), _key(candidate, golden_hash))
    return bool(decided)


def activate(warehouse: Warehouse, candidate: Candidate, golden_hash: str, folder: Path = PROMPT_FOLDER) -> bool:
    """Let the candidate serve where it is not worse than what serves now; whether that changed anything.

    Two that decide at once wait for each other. Where nothing was ever decided, the released prompt with the
    candidate's model is what it is compared with, and what is activated if the candidate is not.

    Raises:
        NotBetter: it is worse; what serves goes on serving, and the decision is kept.
        NotEvaluated: one of the two has not been asked the whole golden set.
    """
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        connection.execute(statement("llm/lock_activation"), {"task": candidate.task})
        active = _active(connection, candidate.task, folder)
        if active == candidate:
            return False
        serving = active or Candidate(released_prompt(candidate.task, folder), candidate.model, candidate.connection_id)
        found = _evaluation(connection, candidate, golden_hash)
        before = _evaluation(connection, serving, golden_hash)
        if found is None or before is None:
            raise NotEvaluated(f"{serving if found else candidate} has not been asked the whole golden set.")
        if active is None:
            _decide(connection, serving, "activated", before, None)
        worse = worse_by(before, found)
        if serving != candidate:
            _decide(connection, candidate, "blocked" if worse else "activated", found, before)
    if worse is not None:
        raise NotBetter(f"{candidate} is not activated, and {serving} goes on serving: {worse}")
    return True


def _decide(
    connection: Connection, candidate: Candidate, decision: str, found: Evaluation, before: Evaluation | None
) -> None:
    connection.execute(
        statement("llm/insert_activation"),
        {
            "task": candidate.task,
            "prompt_version": candidate.prompt.version,
            "prompt_hash": candidate.prompt.sha256,
            "model": candidate.model,
            "connection_id": candidate.connection_id,
            "decision": decision,
            "evaluation_id": found.evaluation_id,
            "compared_with": None if before is None else before.evaluation_id,
        },
    )


def worse_by(before: Evaluation, found: Evaluation) -> str | None:
    """In what `found` is worse than `before`, as a sentence with the cases, or None where it is not.

    It is worse with one more wrong plan, or with one fewer exact one, whatever else it gained.
    """
    more_wrong = found.count(Verdict.WRONG) - before.count(Verdict.WRONG)
    fewer_exact = before.count(Verdict.EXACT) - found.count(Verdict.EXACT)
    said = []
    if more_wrong > 0:
        said.append(f"{more_wrong} more wrong ({_named(before, found, {Verdict.WRONG})})")
    if fewer_exact > 0:
        others = set(Verdict) - {Verdict.EXACT}
        said.append(f"{fewer_exact} fewer exact ({_named(before, found, others)})")
    return f"of {len(found.verdicts)} cases {' and '.join(said)}." if said else None


def _named(before: Evaluation, found: Evaluation, ends: set[Verdict]) -> str:
    cases = sorted(
        case
        for case, verdict in found.verdicts.items()
        if verdict in ends and before.verdicts.get(case) is not verdict and before.verdicts.get(case) not in ends
    )
    more = len(cases) - MAX_NAMED
    return ", ".join(cases[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _key(candidate: Candidate, golden_hash: str) -> dict[str, object]:
    return {
        "task": candidate.task,
        "prompt_hash": candidate.prompt.sha256,
        "model": candidate.model,
        "golden_hash": golden_hash,
    }


def _active(connection: Connection, task: str, folder: Path) -> Candidate | None:
    row = connection.execute(statement("llm/read_activation"), {"task": task}).fetchone()
    if row is None:
        return None
    version, sha256, model, connection_id = row
    prompt = load_prompt(task, version, folder)
    if prompt.sha256 != sha256:
        raise Configuration(
            f"The prompt {task} v{version} was changed after it became active: put its text back, and make the change "
            "a new version."
        )
    return Candidate(prompt, model, connection_id)


def _evaluation(connection: Connection, candidate: Candidate, golden_hash: str) -> Evaluation | None:
    key = _key(candidate, golden_hash)
    row = connection.execute(statement("llm/read_evaluation"), key).fetchone()
    return None if row is None else Evaluation(row[0], _cases(connection, key | {"evaluated_in": row[1]}))


def _cases(connection: Connection, key: Mapping[str, object]) -> dict[str, Verdict]:
    rows = connection.execute(statement("llm/list_cases"), key)
    return {case_id: Verdict(verdict) for case_id, verdict in rows}
