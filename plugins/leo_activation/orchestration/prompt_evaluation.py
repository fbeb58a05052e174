"""What the DAG `evaluate_prompts` does: ask the golden set, and let serve what is not worse than what serves."""

from collections.abc import Mapping
from typing import Any

from leo_activation.llm.activations import Candidate, activate, active_candidate, is_decided
from leo_activation.llm.budget import EVALUATION_TASK, evaluation_budget_from
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.orchestration.connections import LLM_CONNECTION, encoder, language_model, warehouse
from leo_activation.segments.golden import golden_set
from leo_activation.segments.model_tasks import PLAN
from leo_activation.segments.prompt_evaluation import evaluate, lacking
from leo_activation.settings import read_settings


def evaluate_what_is_new(params: Mapping[str, Any], run: str) -> bool:
    """Ask the golden set of everything that has to be compared, and whether there is anything to decide.

    Nothing is asked where there is no connection leo_llm (then nobody plans by a model), nor, unless the run names what
    it wants, where this prompt and model were decided on before.

    Raises:
        Transient: the model cannot be reached now; a retry of the same run goes on where it stopped.
        Configuration: the set-up needs a person, or the connection that the run names is not there.
        OverBudget: the day's budget of evaluations is used up.
    """
    if language_model() is None:
        return False
    from leo_activation.orchestration.language_models import planner_of

    settings, golden, candidate = read_settings(), golden_set(), _candidate(params)
    wanted = params["connection"] or params["prompt_version"] or params["again"]
    if not wanted and is_decided(warehouse(), candidate, golden.sha256):
        return False
    ledger = SqlCallLedger(
        warehouse(),
        params["tenant"] or settings.default_tenant,
        evaluation_budget_from(settings),
        task=EVALUATION_TASK,
    )
    parties = lacking(warehouse(), candidate, golden, again=params["again"])
    chosen = encoder() if parties else None
    for party in parties:
        evaluate(warehouse(), party, lambda asked, booked: planner_of(asked, booked, chosen), ledger, golden, run)
    return True


def activate_what_is_not_worse(params: Mapping[str, Any]) -> bool:
    """Let the candidate serve from now on; whether that changed anything.

    Raises:
        NotBetter: it is worse than what serves, which goes on serving; the message names the cases.
    """
    return activate(warehouse(), _candidate(params), golden_set().sha256)


def _candidate(params: Mapping[str, Any]) -> Candidate:
    """What the run is about: the connection and prompt version it names, else the serving one's and the newest."""
    from leo_activation.orchestration.language_models import candidate_of

    active = active_candidate(warehouse(), PLAN)
    connection_id = params["connection"] or (LLM_CONNECTION if active is None else active.connection_id)
    return candidate_of(connection_id, params["prompt_version"] or None)
