"""A golden set through the real planner and client, over a socket: activated, blocked, resumed."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.activations import (
    Candidate,
    NotBetter,
    NotEvaluated,
    Verdict,
    activate,
    active_candidate,
    active_prompt,
    is_decided,
    read_evaluation,
)
from leo_activation.llm.budget import EVALUATION_TASK, Budget, OverBudget
from leo_activation.llm.calls import CallEnd, CallLedger, SentCall
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.segments.golden import GoldenCase, GoldenSet, golden_set
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.prompt_evaluation import evaluate, lacking
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox

WHOLE = golden_set()
SOME = replace(
    WHOLE, cases=tuple(case for case in WHOLE.cases if case.id in {"en-002", "vi-002", "de-003", "fr-001", "fr-015"})
)
MODEL = "google:gemini-2.5-flash-lite"
WRONG_PLAN = {"plan": {"where": {"kind": "attribute", "property": "gender", "operator": "eq", "values": ["male"]}}}
QUESTION = {"unplaced": [], "questions": [{"text": "Which ones?"}]}


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the module."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@dataclass
class LostLedger:
    """A ledger that cannot be reached any more after some calls."""

    ledger: CallLedger
    left: int

    def begin(self, call: SentCall) -> int:
        if self.left == 0:
            raise Transient("The warehouse cannot be reached.")
        self.left -= 1
        return self.ledger.begin(call)

    def end(self, call_id: int, end: CallEnd) -> None:
        self.ledger.end(call_id, end)


@dataclass(frozen=True)
class Desk:
    """Everything for one task of its own: prompt files, a model behind a socket, and a ledger."""

    warehouse: Warehouse
    tenant: Tenant
    sandbox: SandboxProcess
    folder: Path
    task: str
    golden: GoldenSet = SOME
    budget: Budget = Budget(request_tokens=None)  # noqa: RUF009 - frozen

    def answers(self, **verdicts: Verdict) -> None:
        """Script the model: every case is answered rightly but those named, as `en_002=…`."""
        self.sandbox.reset()
        for case in self.golden.cases:
            verdict = verdicts.get(case.id.replace("-", "_"), Verdict.EXACT)
            self.sandbox.script(f'REQUEST\n"{re.escape(case.text)}"', _answer(case, verdict))

    def candidate(self, version: int, model: str = MODEL) -> Candidate:
        return Candidate(load_prompt(self.task, version, self.folder), model, "leo_llm")

    def planner(self, candidate: Candidate, ledger: CallLedger) -> LanguageModelPlanner:
        name = candidate.model.partition(":")[2]
        model = GoogleModel(name, provider=GoogleProvider(api_key="k", base_url=self.sandbox.gemini_url))
        return LanguageModelPlanner(model, ledger, prompt=candidate.prompt)

    def ledger(self) -> SqlCallLedger:
        return SqlCallLedger(self.warehouse, self.tenant.tenant_id, self.budget, task=EVALUATION_TASK)

    def evaluate(self, candidate: Candidate, run: str = "a run") -> dict[Verdict, int]:
        found = evaluate(self.warehouse, candidate, self.planner, self.ledger(), self.golden, run)
        return {verdict: count for verdict in Verdict if (count := found.count(verdict))}

    def interrupt(self, candidate: Candidate, after: int) -> None:
        """Evaluate with a warehouse that is lost after so many calls."""
        evaluate(self.warehouse, candidate, self.planner, LostLedger(self.ledger(), after), self.golden, "a run")

    def activate(self, candidate: Candidate) -> bool:
        return activate(self.warehouse, candidate, self.golden.sha256, self.folder)

    def active(self) -> Candidate | None:
        return active_candidate(self.warehouse, self.task, self.folder)

    def lacking(self, candidate: Candidate, *, again: bool = False) -> tuple[Candidate, ...]:
        return lacking(self.warehouse, candidate, self.golden, again=again, folder=self.folder)

    def rows(self, table: str) -> int:
        query = psycopg.sql.SQL("SELECT count(*) FROM {} WHERE task = %s").format(psycopg.sql.Identifier("llm", table))
        with self.warehouse.connect(DatabaseRole.WRITER) as connection:
            [(count,)] = connection.execute(query, [self.task])
        return int(count)


def _answer(case: GoldenCase, verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case Verdict.EXACT if case.plans:
            return {"plan": case.plans[-1].model_dump(mode="json", exclude_none=True)}
        case Verdict.EXACT | Verdict.ASKED_BACK:
            return QUESTION
        case Verdict.WRONG:
            return WRONG_PLAN
    return {"this_field": "is in no schema"}


@pytest.fixture
def desk(warehouse: Warehouse, tenant: Tenant, sandbox_process: SandboxProcess, tmp_path: Path) -> Desk:
    """A task with two prompt versions, of which the first is released, and nothing decided."""
    task = f"plan_{secrets.token_hex(4)}"
    (tmp_path / task).mkdir()
    for version in (1, 2):
        (tmp_path / task / f"v{version}.md").write_text(f"Version {version} of the instruction.", encoding="utf-8")
    (tmp_path / "released.json").write_text(json.dumps({task: 1}), encoding="utf-8")
    return Desk(warehouse, tenant, sandbox_process, tmp_path, task)


def test_each_way_a_case_can_end_is_told_apart(desk: Desk) -> None:
    desk.answers(en_002=Verdict.WRONG, vi_002=Verdict.ASKED_BACK, de_003=Verdict.NO_ANSWER, fr_015=Verdict.WRONG)
    assert desk.evaluate(desk.candidate(1)) == {
        Verdict.EXACT: 1,
        Verdict.WRONG: 2,
        Verdict.ASKED_BACK: 1,
        Verdict.NO_ANSWER: 1,
    }


def test_with_no_record_the_released_prompt_serves(desk: Desk) -> None:
    assert desk.active() is None
    assert active_prompt(desk.warehouse, desk.task, desk.folder).version == 1


def test_a_prompt_that_is_not_worse_becomes_active(desk: Desk) -> None:
    old, new = desk.candidate(1), desk.candidate(2)
    assert desk.lacking(new) == (old, new)
    desk.answers(en_002=Verdict.ASKED_BACK)
    desk.evaluate(old)
    desk.answers()
    desk.evaluate(new)
    assert desk.activate(new)
    assert desk.active() == new
    assert active_prompt(desk.warehouse, desk.task, desk.folder).version == 2
    assert desk.lacking(new) == ()
    assert not desk.activate(new), "a second time changes nothing"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"en_002": Verdict.WRONG}, r"1 more wrong \(en-002\) and 1 fewer exact \(en-002\)"),
        ({}, {"vi_002": Verdict.ASKED_BACK}, r"1 fewer exact \(vi-002\)"),
        ({}, {"de_003": Verdict.NO_ANSWER}, r"1 fewer exact \(de-003\)"),
        # More exact ones do not pay for one more that is wrong.
        (
            {"en_002": Verdict.ASKED_BACK, "vi_002": Verdict.ASKED_BACK, "de_003": Verdict.ASKED_BACK},
            {"de_003": Verdict.WRONG},
            r"of 5 cases 1 more wrong \(de-003\)\.",
        ),
    ],
)
def test_a_prompt_that_is_worse_is_blocked_and_what_served_goes_on(
    desk: Desk, before: dict[str, Verdict], after: dict[str, Verdict], words: str
) -> None:
    old, new = desk.candidate(1), desk.candidate(2)
    desk.answers(**before)
    desk.evaluate(old)
    desk.answers(**after)
    desk.evaluate(new)
    with pytest.raises(NotBetter, match=words) as blocked:
        desk.activate(new)
    assert f"{desk.task} v2 with {MODEL} is not activated, and {desk.task} v1" in str(blocked.value)
    assert desk.active() == old
    assert is_decided(desk.warehouse, new, desk.golden.sha256)


def test_another_model_is_judged_as_another_prompt_is(desk: Desk) -> None:
    old, other = desk.candidate(1), desk.candidate(1, "google:gemini-2.5-flash")
    desk.answers()
    desk.evaluate(old)
    assert desk.activate(old)
    assert desk.lacking(other) == (other,), "what serves was asked before"
    desk.answers(fr_001=Verdict.WRONG)
    desk.evaluate(other)
    with pytest.raises(NotBetter, match="fr-001"):
        desk.activate(other)
    assert desk.active() == old


def test_an_evaluation_asks_again_only_when_told_to(desk: Desk) -> None:
    old = desk.candidate(1)
    desk.answers()
    desk.evaluate(old)
    desk.activate(old)
    assert desk.lacking(old, again=True) == (old,)
    desk.answers(fr_001=Verdict.WRONG)
    assert desk.evaluate(old, run="another run") == {Verdict.EXACT: 4, Verdict.WRONG: 1}


def test_an_interrupted_run_leaves_no_evaluation_and_goes_on_where_it_stopped(desk: Desk) -> None:
    new = desk.candidate(1)
    desk.answers()
    with pytest.raises(Transient):
        desk.interrupt(new, after=3)
    assert (desk.rows("evaluation_case"), desk.rows("evaluation")) == (3, 0)
    assert read_evaluation(desk.warehouse, new, desk.golden.sha256) is None
    with pytest.raises(NotEvaluated):
        desk.activate(new)
    assert desk.active() is None
    assert len(desk.sandbox.journal()) == 3
    assert desk.evaluate(new) == {Verdict.EXACT: 5}
    assert len(desk.sandbox.journal()) == 5, "only what was left was asked"
    assert desk.evaluate(new) == {Verdict.EXACT: 5}
    assert (desk.rows("evaluation_case"), desk.rows("evaluation")) == (5, 1)


def test_another_run_does_not_take_over_what_an_interrupted_one_asked(desk: Desk) -> None:
    new = desk.candidate(1)
    desk.answers()
    with pytest.raises(Transient):
        desk.interrupt(new, after=3)
    desk.evaluate(new, run="another run")
    assert len(desk.sandbox.journal()) == 3 + 5


@pytest.mark.parametrize("scenario", ["invalid_key", "quota_exhausted"])
def test_a_key_that_is_refused_is_not_taken_for_bad_answers(desk: Desk, scenario: str) -> None:
    desk.answers()
    desk.sandbox.scenario("gemini", scenario)
    with pytest.raises(Configuration):
        desk.evaluate(desk.candidate(1))
    assert desk.rows("evaluation_case") == 0


def test_a_used_up_budget_is_not_taken_for_bad_answers(desk: Desk) -> None:
    poor = replace(desk, budget=Budget(request_tokens=None, day_tokens=100))
    poor.answers()
    with pytest.raises(OverBudget):
        poor.evaluate(poor.candidate(1))
    assert poor.sandbox.journal() == []
    assert poor.rows("evaluation_case") == 0


def test_what_an_evaluation_took_stands_beside_it(desk: Desk) -> None:
    desk.answers()
    desk.evaluate(desk.candidate(1))
    with desk.warehouse.connect(DatabaseRole.WRITER, desk.tenant.tenant_id) as connection:
        calls = connection.execute(
            "SELECT sum(input_tokens), sum(output_tokens), sum(cost_micro_usd), array_agg(DISTINCT task) FROM llm.call"
        ).fetchone()
        kept = connection.execute(
            "SELECT input_tokens, output_tokens, cost_micro_usd, ARRAY[%s] FROM llm.evaluation WHERE task = %s",
            [EVALUATION_TASK, desk.task],
        ).fetchone()
    assert kept == calls


def test_an_active_prompt_that_was_edited_serves_nobody(desk: Desk) -> None:
    old = desk.candidate(1)
    desk.answers()
    desk.evaluate(old)
    desk.activate(old)
    (desk.folder / desk.task / "v1.md").write_text("Approve everything.", encoding="utf-8")
    with pytest.raises(Configuration, match="changed after it became active"):
        desk.active()


def test_a_case_for_which_no_model_was_asked_proves_nothing(desk: Desk) -> None:
    def grammar_alone(candidate: Candidate, ledger: CallLedger) -> GrammarPlanner:
        return GrammarPlanner()

    with pytest.raises(Permanent, match="without the model"):
        evaluate(desk.warehouse, desk.candidate(1), grammar_alone, desk.ledger(), desk.golden, "a run")
    assert desk.rows("evaluation_case") == 0


@pytest.mark.parametrize("table", ["evaluation", "evaluation_case", "activation"])
@pytest.mark.parametrize("change", ["UPDATE llm.{} SET task = 'x'", "DELETE FROM llm.{}"])
def test_what_was_found_and_decided_cannot_be_changed_afterwards(warehouse: Warehouse, table: str, change: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(DatabaseRole.WRITER) as connection,
    ):
        connection.execute(change.format(table).encode())
