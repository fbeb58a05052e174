"""What the agents of LEO CDP ask for, as far as this program does it.

    leo_personalization   interests, texts and vectors are computed anew, and with them the members of every segment
    leo_compute_clv       LEO's own scores are read anew, lifetime value among them; none is computed here
    leo_email_marketing   a campaign by e-mail on the segment is drafted; it waits for people, and nothing is sent

A run is known by agent and id: asked for again it is the same run. Of what an agent sends, its id, the segment and who
asked are kept, and nothing else.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from psycopg.rows import class_row

from leo_activation.actions.catalogue import ACTIONS, ACTIVATE_ON_CHANNEL
from leo_activation.actions.names import NamedSegment, find_segment, list_names
from leo_activation.actions.permissions import Permission
from leo_activation.actions.registry import Caller, Outcome, Registry, Tools
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.leo_rules import segment_of_key
from leo_activation.segments.plan import Channel
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


class Agent(StrEnum):
    """LEO's agents, by the ids of the DAGs that they trigger."""

    PERSONALIZATION = "leo_personalization"
    COMPUTE_CLV = "leo_compute_clv"
    EMAIL_MARKETING = "leo_email_marketing"


STARTS: Mapping[Agent, str] = {Agent.PERSONALIZATION: "compute_interests", Agent.COMPUTE_CLV: "sync_cdp"}
"""The DAG that is started for an agent; each is followed by all that depends on what it wrote."""
NEEDS_SEGMENT = frozenset({Agent.EMAIL_MARKETING})


class UnknownSegment(Permanent):
    """The segment that an agent names is not here."""


class UnfitSegment(Permanent):
    """The segment has no approved version, or its id was used with another one."""


@dataclass(frozen=True)
class AgentRun:
    """A run that an agent asked for; leads_to, answer: what was started or drafted, None until then."""

    agent: Agent
    dag_run_id: str
    segment_id: str | None
    asked_at: datetime
    leads_to: str | None
    answer: str | None


def claim_run(
    warehouse: Warehouse, tenant_id: str, agent: Agent, dag_run_id: str, segment: str | None, *, asked_by: str
) -> AgentRun:
    """Note that a run was asked for; `segment` is LEO's key of an imported segment, or an id or name here.

    Raises:
        UnknownSegment: no such segment was imported or made here, or the agent needs one and names none.
        UnfitSegment: nobody approved a version of it yet, or the run's id was used for another segment.
    """
    if segment is None and agent in NEEDS_SEGMENT:
        raise UnknownSegment(f"The agent {agent} works for a segment: name it as segmentid.")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        found = None if segment is None else _segment(connection, tenant_id, segment)
        segment_id = None if found is None else found.segment_id
        values = {"tenant_id": tenant_id, "agent": agent, "dag_run_id": dag_run_id}
        connection.execute(
            statement("actions/claim_agent_run"), {**values, "segment_id": segment_id, "asked_by": asked_by}
        )
        run = _read(connection, values)
    if run.segment_id != segment_id:
        raise UnfitSegment("A run of this id was asked for before, for another segment.")
    return run


def end_run(
    warehouse: Warehouse, tenant_id: str, run: AgentRun, leads_to: str, answer: str, *, asked_by: str
) -> AgentRun:
    """Note what came of a run; gives it as it is now."""
    values = {"tenant_id": tenant_id, "agent": run.agent, "dag_run_id": run.dag_run_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("actions/end_agent_run"),
            {**values, "asked_by": asked_by, "leads_to": leads_to, "answer": answer},
        )
        return _read(connection, values)


def draft_email(
    warehouse: Warehouse, tenant_id: str, run: AgentRun, *, asked_by: str, as_of: datetime, encoder: Encoder
) -> AgentRun:
    """Draft the campaign of a run: e-mail to its segment. What it lacks is named; people submit and approve it.

    Raises:
        UnfitSegment: the segment has no approved version any more.
    """
    nobody = LanguageTasks(planners=())
    registry = Registry(Tools(warehouse, tenant_id, as_of, encoder, nobody), ACTIONS)
    caller = Caller(asked_by, frozenset({Permission.DRAFT_CAMPAIGN}))
    occasion = "leo-" + hashlib.sha256(run.dag_run_id.encode()).hexdigest()[:16]
    asked = {"segment": run.segment_id, "channel": Channel.EMAIL, "occasion": occasion}
    result = registry.call(ACTIVATE_ON_CHANNEL, asked, caller)
    if result.outcome is not Outcome.DONE:
        raise UnfitSegment(result.answer)
    return end_run(warehouse, tenant_id, run, str(result.data["campaign_id"]), result.answer, asked_by=asked_by)


def run_id_of(agent: Agent, segment: str | None, now: datetime) -> str:
    """The id of a run that its agent gave none: one an hour, so that an agent that asks all the time asks once."""
    named = hashlib.sha256((segment or "").encode()).hexdigest()[:12]
    return f"{agent}-{named}-{now.astimezone(UTC):%Y-%m-%dT%H}"


def _segment(connection: Connection, tenant_id: str, named: str) -> NamedSegment:
    """The segment that is named by LEO's key, else by its id or name here."""
    found = find_segment(list_names(connection, tenant_id), segment_of_key(connection, tenant_id, named) or named)
    if found is None:
        raise UnknownSegment(
            "There is no such segment here: import it by its rules (./leo import-segments FILE --draft --by USER), "
            "or name one of this system."
        )
    if found.active_version is None:
        raise UnfitSegment(f"The segment {found.segment_id} has no approved version; it waits for an approver.")
    return found


def _read(connection: Connection, values: Mapping[str, object]) -> AgentRun:
    with connection.cursor(row_factory=class_row(AgentRun)) as cursor:
        run = cursor.execute(statement("actions/read_agent_run"), values).fetchone()
    if run is None:
        raise Permanent(f"There is no run {values['dag_run_id']} of {values['agent']}.")
    return run
