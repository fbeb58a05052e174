"""A request whose draft failed for the last time says so to its requester, in words."""

from airflow.sdk import Context

from leo_activation import actions
from leo_activation.errors import LeoError
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.failures import advice
from leo_activation.segments.planners.llm_masking import masked

LONGEST_PROBLEM = 1000


def give_up_request(context: Context) -> None:
    """Airflow's failure callback of the task that drafts: the request of the run is given up with the reason.

    Airflow calls it when no retry is left. A request that was finished meanwhile stays as it is.
    """
    params = context["params"]
    problem = problem_in_words(context.get("exception"))
    actions.give_up(warehouse(), str(params["tenant"]), int(params["request_id"]), problem)


def give_up_if_left(tenant_id: str, request_id: int) -> None:
    """The same once the task that drafts has ended, however: a worker that was killed calls no callback.

    A request that was finished, or given up by the callback, stays as it is.
    """
    actions.give_up(warehouse(), tenant_id, request_id, problem_in_words(None))


def problem_in_words(error: BaseException | str | None) -> str:
    """What failed and what helps, without contact data; of an error that was not foreseen only its kind."""
    if isinstance(error, LeoError):
        reason = masked(str(error))[:LONGEST_PROBLEM]
    elif isinstance(error, BaseException):
        reason = f"The draft failed ({type(error).__name__})."
    else:
        reason = "The draft was stopped before it was finished."
    return f"{reason} {advice(error)}"
