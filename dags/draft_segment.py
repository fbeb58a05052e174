"""
### From one request in words to an approved segment

**Reads** one row of `segment.request`, the tenant's catalogue, the graph (as the read-only role).
**Writes** `segment.definition`, `segment.preview`, `segment.approval`, `segment.version_limit`, `ops.review_round`,
`segment.answer`, `segment.memory`, `ops.action_call`, `activation.campaign`, `llm.call`; mails to the people who ask
and approve.
**Then**, when approved, `refresh_segments` starts by itself and finds the members.

draft (a question ends in *answered*; for a segment the grammar is asked first, the language model only for what is
left; plan → Cypher → gate → preview, which is compared with SQL over the tables) → review (waits for a person under
*Required Actions*; whoever wrote a part of the request cannot answer, and an answer that does not count is asked for
again) → publish → draft campaigns, where the request asked for a message → remember it for recall; → tell the
requester, whatever came of it. A request that is not understood ends in *needs_clarification* with the words that were
not placed; one on which graph and tables do not agree ends in *failed* with the difference.

**Why a rerun is safe**: a request has one definition and one answer; the approval is bound to the hash of what was
shown, and is refused when that has changed; a review that starts over goes on with its round and its deadline. Only a
mail may come twice.

**When it fails**: after its last retry the request is *failed*, and its `problem` says why in plain words. A request
that waits: look for its run `request-<tenant>-<id>` here; *review* in state *awaiting input* waits for an approver. A
*review* that fails with a configuration error has nobody left who may answer: name more approvers in `LEO_APPROVERS`,
then clear the task.
"""

from typing import Any

from airflow.sdk import Param, TriggerRule, dag, task

from leo_activation import actions, activation, segments, sync
from leo_activation.orchestration.assets import DEFINITIONS, REQUESTS
from leo_activation.orchestration.connections import encoder, language_tasks, warehouse
from leo_activation.orchestration.defaults import RUNS_WAITING_FOR_PEOPLE, TASK_DEFAULTS, heading_of
from leo_activation.orchestration.failures import say_what_helps
from leo_activation.orchestration.notifications import tell_requester
from leo_activation.orchestration.pools import LANGUAGE_MODELS
from leo_activation.orchestration.request_standings import say_where_it_stands
from leo_activation.orchestration.segment_review import SegmentReview
from leo_activation.orchestration.unfinished_requests import give_up_if_left, give_up_request
from leo_activation.segments import recall


@dag(
    schedule=None,
    max_active_runs=RUNS_WAITING_FOR_PEOPLE,
    default_args=TASK_DEFAULTS,
    params={"tenant": Param("", type="string"), "request_id": Param(0, type="integer")},
    tags=["segments", "review"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def draft_segment() -> None:
    @task.short_circuit(
        ignore_downstream_trigger_rules=False,
        on_failure_callback=[say_what_helps, give_up_request],
        pool=LANGUAGE_MODELS,
        inlets=[REQUESTS],
    )
    def draft(params: dict[str, Any]) -> bool:
        """Understand the request; the last line of the log says in one sentence where it stands then."""
        tenant, request_id, model = params["tenant"], params["request_id"], encoder()
        segments.prove_reader_cannot_write(warehouse(), tenant)
        drafted = actions.handle_request(
            warehouse(),
            tenant,
            request_id,
            as_of=sync.data_as_of(warehouse(), tenant),
            encoder=model,
            tasks=language_tasks(tenant, request_id, model),
        )
        say_where_it_stands(tenant, request_id)
        return drafted.state in (segments.RequestState.DRAFTED, segments.RequestState.IN_REVIEW)

    review = SegmentReview(task_id="review", tenant="{{ params.tenant }}", request_id="{{ params.request_id }}")

    @task.short_circuit
    def approved(decision: dict[str, str]) -> bool:
        """Ends the run quietly where the segment was not approved."""
        return decision["state"] == segments.RequestState.APPROVED

    @task(outlets=[DEFINITIONS])
    def publish(params: dict[str, Any], outlet_events: Any) -> None:
        """Says that a definition is new, so that refresh_segments finds its members."""
        outlet_events[DEFINITIONS].extra = {"tenant": params["tenant"]}

    @task
    def draft_campaigns(params: dict[str, Any]) -> list[str]:
        """The campaigns that the request asked for, as drafts: nothing is planned or sent here."""
        tenant, request_id, model = params["tenant"], params["request_id"], encoder()
        as_of = sync.data_as_of(warehouse(), tenant)
        actions.activate_requested(warehouse(), tenant, request_id, as_of=as_of, encoder=model)
        return activation.draft_campaigns(warehouse(), tenant)

    @task
    def remember(params: dict[str, Any]) -> dict[str, Any]:
        """Keep what was decided, so that a later request like it recalls it."""
        return vars(recall.remember(warehouse(), params["tenant"], encoder()))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def tell(params: dict[str, Any], **context: Any) -> None:
        """Whatever came of it: a mail to the requester, and one sentence at the end of this log."""
        give_up_if_left(params["tenant"], params["request_id"])
        tell_requester(context, params["tenant"], params["request_id"])
        say_where_it_stands(params["tenant"], params["request_id"])

    draft() >> review >> tell()
    approved(review.output) >> [publish(), draft_campaigns()] >> remember()


draft_segment()
