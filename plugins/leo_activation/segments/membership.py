"""Members: who belongs to an approved segment as of a moment, and why that changed.

A refresh compiles the approved plan again for its moment, and runs only what has the hash that a person approved. It
publishes only what graph and tables both find: a segment about which they differ is stopped until they agree again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.agreement import Disagreement, require_agreement
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import Definition, Found, Readings, define, find_customers
from leo_activation.segments.meaning import READINGS
from leo_activation.segments.plan import Interest, InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefreshCounts:
    """A refresh: its run, how many members there are, and how many entered and exited in it."""

    run_id: int
    members: int
    entered: int
    exited: int


@dataclass(frozen=True)
class RefreshedSegments:
    """What refreshing all of a tenant's segments did; a customer counts once for each of their segments."""

    segments: int
    members: int
    entered: int
    exited: int


@dataclass(frozen=True)
class _Approved:
    version: int
    plan: SegmentPlan
    readings: Readings
    definition: Definition


@dataclass(frozen=True)
class _Run:
    run_id: int
    version: int
    as_of: datetime
    interest_model: str | None
    finished_at: datetime


def active_segments(warehouse: Warehouse, tenant_id: str) -> list[str]:
    """The ids of the segments whose membership is kept, in alphabetical order."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("segments/list_active_segments"), {"tenant_id": tenant_id})
        return [str(segment_id) for (segment_id,) in rows]


def refresh_segments(warehouse: Warehouse, tenant_id: str, as_of: datetime, *, encoder: Encoder) -> RefreshedSegments:
    """Refresh every active segment of the tenant; one that cannot be refreshed does not hold up the others.

    Raises:
        Transient: at least one can be refreshed later; all others are.
        Permanent: at least one needs somebody to change it; all others are refreshed.
    """
    segment_ids = active_segments(warehouse, tenant_id)
    done, problems = [], []
    for number, segment_id in enumerate(segment_ids, start=1):
        try:
            done.append(refresh_segment(warehouse, tenant_id, segment_id, as_of, encoder=encoder))
        except (Transient, Permanent) as problem:
            logger.warning("Segment %s of %s keeps its members: %s", segment_id, tenant_id, problem)
            problems.append(problem)
        logger.info("Segments of %s: %d of %d done.", tenant_id, number, len(segment_ids))
    if problems:
        kind = Transient if any(isinstance(problem, Transient) for problem in problems) else Permanent
        raise kind(f"{len(problems)} of {len(segment_ids)} segments keep their members. {problems[0]}")
    return RefreshedSegments(
        segments=len(done),
        members=sum(counts.members for counts in done),
        entered=sum(counts.entered for counts in done),
        exited=sum(counts.exited for counts in done),
    )


def refresh_segment(
    warehouse: Warehouse, tenant_id: str, segment_id: str, as_of: datetime, *, encoder: Encoder
) -> RefreshCounts:
    """Bring the membership, its changes and the graph's IN_SEGMENT edges to `as_of`.

    Entries and exits are the difference to the membership kept, in one transaction; a second refresh that finds the
    same for the same moment and version writes nothing and returns the first one's run with no changes.

    Raises:
        Disagreement: graph and tables find different customers; nothing is published and the segment is stopped.
        Permanent: no active version, not approved, another hash than the one approved, a query that took too long, or
            a graph that holds customers unknown to core.
        Transient: another version was approved meanwhile, vectors are still due, or customers' data is being changed.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant_id)
        approved = _read_approved(connection, catalogue, segment_id, as_of)
    found = find_customers(warehouse, approved.definition, encoder)
    _require_agreement(warehouse, catalogue, segment_id, as_of, approved, found)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        counts = _publish(connection, tenant_id, segment_id, as_of, approved, found.customer_ids)
    logger.info(
        "Segment %s of %s as of %s: %d members, %d entered, %d exited.",
        segment_id, tenant_id, as_of.isoformat(), counts.members, counts.entered, counts.exited,
    )  # fmt: skip
    return counts


def _read_approved(connection: Connection, catalogue: Catalogue, segment_id: str, as_of: datetime) -> _Approved:
    values = {"tenant_id": catalogue.tenant_id, "segment_id": segment_id}
    row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
    if row is None:
        raise Permanent(f"The segment '{segment_id}' of '{catalogue.tenant_id}' has no active version.")
    version, plan_json, meaning_json, kept_hash, approved_hash = row
    plan = SegmentPlan.model_validate(plan_json)
    readings = READINGS.validate_python(meaning_json)
    definition = define(plan, catalogue, readings, as_of)
    if approved_hash is None:
        raise Permanent(f"Version {version} of the segment '{segment_id}' was never approved, so it does not run.")
    if not definition.hash == kept_hash == approved_hash:
        raise Permanent(
            f"Version {version} of the segment '{segment_id}' is not what was approved any more (the plan, the "
            "catalogue's units, the compiler or the graph's schema changed): draft the request again."
        )
    return _Approved(int(version), plan, readings, definition)


def _require_agreement(
    warehouse: Warehouse, catalogue: Catalogue, segment_id: str, as_of: datetime, approved: _Approved, found: Found
) -> None:
    """Compare with the tables and note the outcome: the note is what stops a segment and lets it go on."""
    try:
        agreement = require_agreement(
            warehouse, approved.definition, approved.plan, catalogue, approved.readings, as_of, found.queried
        )
    except Disagreement as problem:
        agreement = problem.agreement
    with warehouse.connect(DatabaseRole.WRITER, catalogue.tenant_id) as connection:
        noted = {
            "tenant_id": catalogue.tenant_id,
            "segment_id": segment_id,
            "version": approved.version,
            "as_of": as_of,
            "graph_count": agreement.graph_count,
            "sql_count": agreement.sql_count,
            "only_in_graph": list(agreement.only_in_graph),
            "only_in_sql": list(agreement.only_in_sql),
            "agrees": agreement.agrees,
        }
        connection.execute(statement("segments/note_agreement"), noted)
    if not agreement.agrees:
        raise Disagreement(agreement, f"The segment '{segment_id}' of '{catalogue.tenant_id}' is stopped.")


def _publish(
    connection: Connection,
    tenant_id: str,
    segment_id: str,
    as_of: datetime,
    approved: _Approved,
    customer_ids: list[str],
) -> RefreshCounts:
    values = {"tenant_id": tenant_id, "segment_id": segment_id, "as_of": as_of, "version": approved.version}
    connection.execute(statement("segments/lock_segment"), values)
    row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
    if row is None or row[0] != approved.version:
        raise Transient(f"Another version of the segment '{segment_id}' was approved while this one was refreshed.")
    connection.execute(statement("segments/create_found_member"))
    with connection.cursor().copy("COPY found_member (customer_id) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text"])
        for customer_id in customer_ids:
            copy.write_row((customer_id,))
    connection.execute("ANALYZE found_member")
    [(unknown,)] = connection.execute(statement("segments/count_unknown_members"), values)
    if unknown:
        raise Permanent(
            f"The graph of '{tenant_id}' holds {unknown} customers of the segment '{segment_id}' that core does not: "
            "sync_cdp has to bring the graph up to date first."
        )
    last = _last_run(connection, values)
    [(members, entered, exited)] = connection.execute(statement("segments/count_changes"), values)
    run_id = last.run_id if last is not None else 0
    is_new = last is None or (last.version, last.as_of) != (approved.version, as_of) or entered or exited
    if is_new:
        interest_model = _interest_model(connection, tenant_id, approved.plan)
        [(run_id,)] = connection.execute(
            statement("segments/insert_run"),
            {
                **values,
                "interest_model": interest_model,
                "member_count": members,
                "entered": entered,
                "exited": exited,
            },
        )
        change = {
            **values,
            "run_id": run_id,
            "cause": _cause(last, approved.version, interest_model),
            "last_as_of": last.as_of if last else None,
            "last_finished_at": last.finished_at if last else None,
        }
        connection.execute(statement("segments/insert_membership_changes"), change)
        connection.execute(statement("segments/merge_membership"), values)
    _project(connection, tenant_id, segment_id)
    return RefreshCounts(run_id=run_id, members=members, entered=entered, exited=exited)


def _last_run(connection: Connection, values: dict[str, object]) -> _Run | None:
    row = connection.execute(statement("segments/read_last_run"), values).fetchone()
    return None if row is None else _Run(*row)


def _interest_model(connection: Connection, tenant_id: str, plan: SegmentPlan) -> str | None:
    if not any(isinstance(leaf, Interest | InterestPhrase | ProfilePhrase) for leaf in leaves(plan.where)):
        return None
    [(model,)] = connection.execute(statement("segments/read_interest_model"), {"tenant_id": tenant_id})
    return None if model is None else str(model)


def _cause(last: _Run | None, version: int, interest_model: str | None) -> str:
    """Why this run's changes happened: the first thing that differs from the last run's circumstances.

    Where that is the data, each customer's own events say whether they came late.
    """
    if last is None or last.version != version:
        return "definition"
    if last.interest_model != interest_model:
        return "interest_model"
    return "data"


def _project(connection: Connection, tenant_id: str, segment_id: str) -> None:
    graph_name = read_tenant(connection, tenant_id).graph_name
    values = {"tenant_id": tenant_id, "segment_id": segment_id, "graph_name": graph_name}
    use_graph(connection)
    connection.execute(statement("segments/name_segment_vertex"), values)
    connection.execute(label_statement("segments/project_segment", graph_name, segments="Segment"), values)
    connection.execute(label_statement("segments/project_membership", graph_name, edges="IN_SEGMENT"), values)
