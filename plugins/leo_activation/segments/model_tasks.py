"""The language tasks of one request put together: by the grammar alone, or with a model behind it in each of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leo_activation.embedding import Encoder
from leo_activation.llm.budget import budget_from
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.left_for_later import LeftForLater
from leo_activation.segments.planners.not_asked import NotAsked
from leo_activation.segments.request import Language
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from leo_activation.llm.prompts import Prompt

PLAN, REVISE, REVIEW, EXPLAIN = "plan_segment", "revise_segment", "review_plan", "explain_result"
"""The tasks that a model may do; each is named as its prompt."""


def grammar_tasks() -> LanguageTasks:
    """Without a model: offline, free, and the same words for the same request."""
    return LanguageTasks(planners=(GrammarPlanner(),), revisers=(GrammarReviser(),), explainer=PlainExplainer())


def grammar_tasks_that_say(why: Mapping[Language, str]) -> LanguageTasks:
    """The same where there is a model that may not be asked; whoever is asked back is told `why`."""
    silent = NotAsked(why)
    return LanguageTasks(
        planners=(GrammarPlanner(), silent), revisers=(GrammarReviser(), silent), explainer=PlainExplainer()
    )


def grammar_tasks_for_now() -> LanguageTasks:
    """The grammar alone, at once; where it does not place every word, the request is left for the inbox's model."""
    later = LeftForLater()
    return LanguageTasks(
        planners=(GrammarPlanner(), later), revisers=(GrammarReviser(), later), explainer=PlainExplainer()
    )


def model_tasks(
    model: "Model",
    ledger: CallLedger,
    request_id: int,
    encoder: Encoder,
    prompts: "Mapping[str, Prompt]",
    *,
    last_try: bool,
) -> LanguageTasks:
    """With a model behind the grammar; `last_try` says that nobody asks again where it cannot be reached.

    Loads pydantic-ai, which is why the imports stand here.
    """
    from leo_activation.segments.planners.llm import LanguageModelPlanner
    from leo_activation.segments.planners.llm_explain import LanguageModelExplainer
    from leo_activation.segments.planners.llm_review import LanguageModelReviewer
    from leo_activation.segments.planners.llm_revise import LanguageModelReviser

    return LanguageTasks(
        planners=(
            GrammarPlanner(),
            LanguageModelPlanner(model, ledger, request_id, encoder, prompts[PLAN], last_try),
        ),
        revisers=(
            GrammarReviser(),
            LanguageModelReviser(model, ledger, request_id, encoder, prompts[REVISE], last_try),
        ),
        reviewer=LanguageModelReviewer(model, ledger, request_id, prompts[REVIEW], last_try),
        explainer=LanguageModelExplainer(model, ledger, request_id, prompts[EXPLAIN]),
    )


def environment_tasks(
    settings: Settings, warehouse: Warehouse, tenant_id: str, request_id: int, encoder: Encoder
) -> LanguageTasks:
    """For programs without Airflow: with the model that the environment names, else by the grammar alone.

    The prompts are those that serve; the model is the one that was named, compared or not.

    Raises:
        Configuration: the environment names a model that cannot be used.
    """
    if settings.optional("LEO_LLM_MODEL") is None:
        return grammar_tasks()
    from leo_activation.llm.activations import active_prompt
    from leo_activation.llm.models import model_from

    model = model_from(settings)
    prompts = {task: active_prompt(warehouse, task) for task in (PLAN, REVISE, REVIEW, EXPLAIN)}
    ledger = SqlCallLedger(warehouse, tenant_id, budget_from(settings))
    return model_tasks(model, ledger, request_id, encoder, prompts, last_try=True)
