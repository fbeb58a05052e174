"""`/leo/dags/{agent}/dagRuns`: LEO CDP's trigger call, as it makes it to Airflow's API of version 1.

LEO sends secrets along (`tokenkey`, `tokenvalue`, passwords of SMTP). Of `conf` only the fields of `Conf` are taken
over while the body is read: the rest is dropped there, before anything is logged, stored, started or answered.
"""

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from leo_activation.actions import agents
from leo_activation.actions.agents import STARTS, Agent, AgentRun, UnfitSegment, UnknownSegment
from leo_activation.desk.api.admission import Caller, CallerDep
from leo_activation.desk.api.airflow import AirflowApi
from leo_activation.desk.api.problems import Code, Problem
from leo_activation.desk.app import Desk
from leo_activation.embedding import Encoder
from leo_activation.sync.runs import data_as_of

CREDENTIALS = ("authorization", "cookie")
"""Where Airflow looks for who asks."""
_ANSWERS = {
    Agent.PERSONALIZATION: (
        "{dag} was started for {tenant}: interests, texts and vectors are computed anew, then the members of every "
        "active segment. Nothing is sent."
    ),
    Agent.COMPUTE_CLV: (
        "{dag} was started for {tenant}: what LEO computed, lifetime value among it, is read anew, then the members of "
        "every active segment. Nothing is sent."
    ),
}


class Conf(BaseModel):
    """What is taken over of `conf`; every other field is dropped unread."""

    model_config = ConfigDict(extra="ignore")

    segmentid: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,200}$",
        description="LEO's key of an imported segment, or the id of a segment here.",
        examples=["3oLdrUJGRB8w28poFvE2uE"],
    )
    service_id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_.-]{1,100}$", examples=["leo_personalization_service"]
    )


class Trigger(BaseModel):
    """The body of LEO's call; every other field is dropped unread."""

    model_config = ConfigDict(extra="ignore")

    dag_run_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.~:+-]{1,150}$",
        description="The same id of the same agent is the same run. Without one there is one run an hour and segment.",
        examples=["manual__2026-11-20T07:00:00+00:00"],
    )
    conf: Conf = Field(default_factory=Conf)


class LeadsTo(BaseModel):
    """What was started or drafted."""

    kind: Literal["dag_run", "campaign"]
    id: str = Field(examples=["leo.retail.manual__2026-11-20T07:00:00+00:00"])
    dag_id: str | None = Field(default=None, description="Of a run.", examples=["compute_interests"])


class DagRun(BaseModel):
    """A run in the form of Airflow's API of version 1, and what it leads to."""

    dag_id: Agent
    dag_run_id: str
    conf: Conf
    state: Literal["queued", "success"] = Field(description="`queued`: it was started; `success`: it was drafted.")
    run_type: Literal["manual"] = "manual"
    external_trigger: Literal[True] = True
    logical_date: datetime
    execution_date: datetime
    answer: str = Field(description="What happens now, and what does not.")
    leads_to: LeadsTo


def airflow_run_of(tenant_id: str, dag_run_id: str) -> str:
    """The id of the run in Airflow, which all tenants share; a tenant's id has no dot, so no two of them meet."""
    return f"leo.{tenant_id}.{dag_run_id}"


class LeoAgents:
    """The handler; Airflow is asked in the event loop, the warehouse in threads."""

    def __init__(self, desk: Desk, encoder: Encoder, airflow: AirflowApi) -> None:
        """Read nothing yet."""
        self._desk = desk
        self._encoder = encoder
        self._airflow = airflow

    async def trigger(
        self, request: Request, caller: CallerDep, agent: Annotated[Agent, Path()], asked: Trigger
    ) -> DagRun:
        """Trigger an agent of LEO CDP.

        `leo_personalization` starts `compute_interests`, `leo_compute_clv` starts `sync_cdp`, `leo_email_marketing`
        drafts a campaign by e-mail on the segment, which people complete, submit and approve. Nothing is sent. Other
        fields of `conf` than those named here are dropped: the secrets that LEO sends are neither kept nor logged.
        """
        segment = asked.conf.segmentid
        run_id = asked.dag_run_id or agents.run_id_of(agent, segment, datetime.now(UTC))
        try:
            run = await run_in_threadpool(self._claim, caller, agent, run_id, segment)
            if run.leads_to is None:
                run = await self._begin(request, caller, run)
        except UnknownSegment as problem:
            raise Problem(HTTPStatus.NOT_FOUND, Code.NOT_FOUND, str(problem)) from None
        except UnfitSegment as problem:
            raise Problem(HTTPStatus.CONFLICT, Code.CONFLICT, str(problem)) from None
        return _told(run, asked.conf)

    def _claim(self, caller: Caller, agent: Agent, run_id: str, segment: str | None) -> AgentRun:
        return agents.claim_run(
            self._desk.warehouse, caller.tenant_id, agent, run_id, segment, asked_by=caller.person.user_id
        )

    async def _begin(self, request: Request, caller: Caller, run: AgentRun) -> AgentRun:
        dag_id = STARTS.get(run.agent)
        if dag_id is None:
            return await run_in_threadpool(self._draft, caller, run)
        airflow_run = airflow_run_of(caller.tenant_id, run.dag_run_id)
        may = await self._airflow.start(
            {name: request.headers[name] for name in CREDENTIALS if name in request.headers},
            dag_id,
            airflow_run,
            {"tenants": [caller.tenant_id]},
            f"Asked for by LEO's agent {run.agent}.",
        )
        if not may:
            said = f"Airflow does not let {caller.person.user_id} start {dag_id}: it takes the role User or more."
            raise Problem(HTTPStatus.FORBIDDEN, Code.NOT_ALLOWED, said)
        answer = _ANSWERS[run.agent].format(dag=dag_id, tenant=caller.tenant_id)
        end = partial(agents.end_run, asked_by=caller.person.user_id)
        return await run_in_threadpool(end, self._desk.warehouse, caller.tenant_id, run, airflow_run, answer)

    def _draft(self, caller: Caller, run: AgentRun) -> AgentRun:
        return agents.draft_email(
            self._desk.warehouse,
            caller.tenant_id,
            run,
            asked_by=caller.person.user_id,
            as_of=data_as_of(self._desk.warehouse, caller.tenant_id),
            encoder=self._encoder,
        )


def _told(run: AgentRun, conf: Conf) -> DagRun:
    dag_id = STARTS.get(run.agent)
    return DagRun(
        dag_id=run.agent,
        dag_run_id=run.dag_run_id,
        conf=conf,
        state="success" if dag_id is None else "queued",
        logical_date=run.asked_at,
        execution_date=run.asked_at,
        answer=run.answer or "",
        leads_to=LeadsTo(kind="campaign" if dag_id is None else "dag_run", id=run.leads_to or "", dag_id=dag_id),
    )
