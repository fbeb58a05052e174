"""The language models behind Airflow's connections of the type pydanticai, and what may be asked of them.

Imported only where such a connection exists: it loads pydantic-ai.
"""

import logging

from airflow.providers.common.ai.hooks.pydantic_ai import PydanticAIHook
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model

from leo_activation.activation.messages.copy_drafts import DRAFT_COPY, Writer
from leo_activation.embedding import Encoder
from leo_activation.errors import Configuration
from leo_activation.llm.activations import Candidate, active_candidate, active_prompt, released_prompt
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.recording import model_id, models_of
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.model_tasks import EXPLAIN, PLAN, REVIEW, REVISE, model_tasks
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.warehouse.connections import Warehouse

logger = logging.getLogger(__name__)


def model_of(connection_id: str, *, name: str | None = None, alone: bool = False) -> Model:
    """The model that a connection names, with its fallbacks unless it is wanted `alone`.

    `name` asks for another model of the same provider, as pydantic-ai spells it.

    Raises:
        Configuration: the connection is of another type, or names no model that can be used.
    """
    wanted: dict[str, object] = {"model_id": name}
    if alone:
        wanted["fallback_conn_ids"] = []
    try:
        hook = PydanticAIHook.get_hook(connection_id, hook_params=wanted)
        model: Model = hook.get_conn()
    except (ValueError, UserError, ImportError, AirflowException) as error:
        raise Configuration(f"The connection {connection_id} leads to no model: {error}") from error
    return model


def serving_model(active: Candidate | None, connection_id: str) -> Model | None:
    """The model that was activated, with its fallbacks; where nothing was, the one that the connection names.

    A connection that was changed to another model of the same provider still leads to the one that serves. One that
    was changed to another provider leads nowhere: None, until `evaluate_prompts` has found the new model not worse.
    """
    if active is None:
        return model_of(connection_id)
    named = model_of(active.connection_id)
    first = models_of(named)[0]
    if model_id(first) == active.model:
        return named
    system, _, name = active.model.partition(":")
    if first.system != system:
        logger.error(
            "The connection %s names %s, but %s is active, and the first was not found to be as good: the grammar "
            "plans alone until the DAG evaluate_prompts finds that, or the connection names the active model again.",
            active.connection_id,
            model_id(first),
            active,
        )
        return None
    provider = _configured_name(active.connection_id).partition(":")[0]
    logger.warning("%s serves; the connection %s names %s.", active, active.connection_id, model_id(first))
    return model_of(active.connection_id, name=f"{provider}:{name}")


def candidate_of(connection_id: str, prompt_version: int | None) -> Candidate:
    """What the connection and the prompt files offer for planning: by default the newest prompt.

    Raises:
        Configuration: there is no such prompt version, or the connection leads to no model.
    """
    return Candidate(load_prompt(PLAN, prompt_version), model_id(model_of(connection_id, alone=True)), connection_id)


def planner_of(candidate: Candidate, ledger: CallLedger, encoder: Encoder | None) -> LanguageModelPlanner:
    """A planner that asks exactly the candidate's model, and nobody in its place.

    Raises:
        Configuration: the candidate's connection leads to another model now.
    """
    model = serving_model(candidate, candidate.connection_id)
    if model is None:
        raise Configuration(
            f"{candidate} cannot be asked: the connection {candidate.connection_id} names a model of another provider. "
            "Give the other model a connection of its own, and name that one to evaluate_prompts."
        )
    return LanguageModelPlanner(models_of(model)[0], ledger, encoder=encoder, prompt=candidate.prompt)


def tasks_by_model(
    warehouse: Warehouse, connection_id: str, ledger: CallLedger, request_id: int, encoder: Encoder
) -> LanguageTasks | None:
    """The tasks of one request with the model that serves behind the grammar, or None where no model serves."""
    active = active_candidate(warehouse, PLAN)
    model = serving_model(active, connection_id)
    if model is None:
        return None
    prompts = {task: active_prompt(warehouse, task) for task in (REVISE, REVIEW, EXPLAIN)}
    prompts[PLAN] = released_prompt(PLAN) if active is None else active.prompt
    return model_tasks(model, ledger, request_id, encoder, prompts, last_try=_is_last_try())


def copy_writer(warehouse: Warehouse, connection_id: str, ledger: CallLedger) -> Writer:
    """Who drafts copy: the model that the connection names, with the prompt that serves.

    Raises:
        Configuration: the connection leads to no model.
    """
    return Writer(model_of(connection_id), ledger, active_prompt(warehouse, DRAFT_COPY))


def _configured_name(connection_id: str) -> str:
    return str(PydanticAIHook.get_connection(connection_id).extra_dejson.get("model", ""))


def _is_last_try() -> bool:
    """Whether Airflow will not run the task again; outside of a task nobody does."""
    try:
        instance = get_current_context()["ti"]
    except RuntimeError:
        return True
    return bool(instance.try_number > instance.max_tries)
