"""Members: who belongs to an approved segment as of a moment, and why that changed.

A refresh compiles the approved plan again for its moment, and runs only what has the hash that a person approved. It
asks those customers of whom something changed since the last refresh, or all where that is not known (`candidates`). It
publishes only what graph and tables both find: a segment about which they differ is stopped until they agree again. And
it publishes only what is within the limits of the version: what is beyond waits for a person (`holds`).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import LiteralString

from psycopg import sql
from pydantic import ValidationError

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.progress import Progress, Steps
from leo_activation.segments.agreement import Agreement, Disagreement, join, require_agreement
from leo_activation.segments.building import refresh_order
from leo_activation.segments.candidates import Asked, Policy, Refreshed, choose_asked, read_refreshed
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import Definition, Readings, define, find_customers
from leo_activation.segments.evidence import evidence_of
from leo_activation.segments.holds import Numbers, hold_beyond_limits
from leo_activation.segments.meaning import READINGS
from leo_activation.segments.overlaps import count_overlaps
from leo_activation.segments.plan import Interest, InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.graph_schema import schema_version
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

logger = logging.getLogger(__name__)

POLICY = Policy()
ASKED_AT_ONCE = 5_000
"""So many customers are asked by one query: the gate lets a list of twice as many pass."""


@dataclass(frozen=True)
class RefreshCounts:
    """A refresh: its run, how many members there are, and how many entered and exited in it.

    `asked` customers were asked (None: all). `hold_id` is set where the refresh was beyond the version's limits: then
    nothing was published, and a person has to decide.
    """

    run_id: int
    members: int
    entered: int
    exited: int
    asked: int | None = field(default=None, compare=False)
    hold_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RefreshedSegments:
    """What refreshing all of a tenant's segments did; a customer counts once for each of their segments.

    `held` wait for a person because they changed beyond their limits, `other_model` because their phrases were read by
    another embedding model: both keep their members. `whole` were asked of all customers.
    """

    segments: int
    members: int
    entered: int
    exited: int
    held: int = 0
    other_model: int = 0
    whole: int = 0


class ReadByAnotherModel(Permanent):
    """The phrases of the segment were read by another embedding model: it waits to be read and approved anew."""


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


def refresh_segments(
    warehouse: Warehouse,
    tenant_id: str,
    as_of: datetime,
    *,
    encoder: Encoder,
    whole: bool = False,
    policy: Policy = POLICY,
) -> RefreshedSegments:
    """Refresh every active segment of the tenant; one that cannot be refreshed does not hold up the others.

    A segment comes after those that it builds on, so that it is asked of the members that they have now; of one that
    could not be refreshed, or is held, of the members that it kept. `whole`: all customers are asked.

    Raises:
        Transient: at least one can be refreshed later; all others are.
        Permanent: at least one needs somebody to change it; all others are refreshed.
    """
    # What is the same for all segments is read once: connections cost more than asking a few customers.
    with KeptConnections(warehouse) as kept:
        return _refresh_in_order(kept, tenant_id, as_of, encoder=encoder, whole=whole, policy=policy)


def _refresh_in_order(
    warehouse: Warehouse, tenant_id: str, as_of: datetime, *, encoder: Encoder, whole: bool, policy: Policy
) -> RefreshedSegments:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        segment_ids = refresh_order(connection, tenant_id)
        catalogue = load_catalogue(connection, tenant_id) if segment_ids else None
    progress = Progress(logger, f"Refreshing segments of {tenant_id}", len(segment_ids), "segments")
    done, problems, other_model = [], [], 0
    for number, segment_id in enumerate(segment_ids, start=1):
        try:
            counts = refresh_segment(
                warehouse, tenant_id, segment_id, as_of,
                encoder=encoder, whole=whole, policy=policy, catalogue=catalogue,
            )  # fmt: skip
            done.append(counts)
            if counts.hold_id is not None:
                logger.warning(
                    "Segment %s of %s is held (%d): it keeps its members until a person decides.",
                    segment_id, tenant_id, counts.hold_id,
                )  # fmt: skip
        except ReadByAnotherModel as problem:
            logger.warning("Segment %s of %s keeps its members: %s", segment_id, tenant_id, problem)
            other_model += 1
        except (Transient, Permanent) as problem:
            logger.warning("Segment %s of %s keeps its members: %s", segment_id, tenant_id, problem)
            problems.append(problem)
        progress.done(number)
    count_overlaps(warehouse, tenant_id)
    if problems:
        kind = Transient if any(isinstance(problem, Transient) for problem in problems) else Permanent
        raise kind(f"{len(problems)} of {len(segment_ids)} segments keep their members. {problems[0]}")
    return RefreshedSegments(
        segments=len(done),
        members=sum(counts.members for counts in done),
        entered=sum(counts.entered for counts in done),
        exited=sum(counts.exited for counts in done),
        held=sum(counts.hold_id is not None for counts in done),
        other_model=other_model,
        whole=sum(counts.asked is None for counts in done),
    )


def refresh_segment(
    warehouse: Warehouse,
    tenant_id: str,
    segment_id: str,
    as_of: datetime,
    *,
    encoder: Encoder,
    whole: bool = False,
    policy: Policy = POLICY,
    catalogue: Catalogue | None = None,
) -> RefreshCounts:
    """Bring the membership, its changes and the graph's IN_SEGMENT edges to `as_of`.

    Entries and exits are the difference to the membership kept, in one transaction; a second refresh that finds the
    same for the same moment and version writes nothing and returns the first one's run with no changes. Only those of
    whom something changed since the last refresh are asked, unless `whole` or `policy` say otherwise, or that is not
    known. Where the change is beyond the version's limits nothing is published: `hold_id` says who decides.

    Raises:
        Disagreement: graph and tables find different customers; nothing is published and the segment is stopped.
        ReadByAnotherModel: the phrases were read by another embedding model than `encoder`.
        Permanent: no active version, not approved, another hash than the one approved, a query that took too long, or
            a graph that holds customers unknown to core.
        Transient: another version was approved or the segment was refreshed meanwhile, vectors are still due, or
            customers' data is being changed.
    """
    # Of a tenant's many segments few take long.
    steps = Steps(logger, f"Segment {segment_id} of {tenant_id}", 4, seldom=True)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        catalogue = catalogue or load_catalogue(connection, tenant_id)
        approved = _read_approved(connection, catalogue, segment_id, as_of)
        _require_encoder(approved, segment_id, encoder)
        interest_model = _interest_model(connection, tenant_id, approved.plan)
        connection.rollback()
        asked = choose_asked(
            connection, catalogue, segment_id, approved.plan, version=approved.version, as_of=as_of,
            interest_model=interest_model, policy=policy, now=datetime.now(UTC), whole=whole,
        )  # fmt: skip
    steps.done("customers to ask chosen", _asked(asked))
    found = _find(warehouse, catalogue, segment_id, as_of, approved, asked, encoder)
    steps.done("members found", len(found))
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        counts = _publish(connection, catalogue, segment_id, as_of, approved, asked, found, interest_model, steps)
    logger.info(
        "Segment %s of %s as of %s: %d members, %d entered, %d exited; asked %s.",
        segment_id, tenant_id, as_of.isoformat(), counts.members, counts.entered, counts.exited,
        f"all customers, because {asked.reason}" if counts.asked is None else f"{counts.asked} customers",
    )  # fmt: skip
    return counts


def _read_approved(connection: Connection, catalogue: Catalogue, segment_id: str, as_of: datetime) -> _Approved:
    values = {"tenant_id": catalogue.tenant_id, "segment_id": segment_id}
    row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
    if row is None:
        raise Permanent(f"The segment '{segment_id}' of '{catalogue.tenant_id}' has no active version.")
    version, plan_json, meaning_json, kept_hash, approved_hash = row
    try:
        plan = SegmentPlan.model_validate(plan_json)
        readings = READINGS.validate_python(meaning_json)
    except ValidationError as error:
        raise Permanent(
            f"Version {version} of the segment '{segment_id}' of '{catalogue.tenant_id}' says what the plan language "
            "no longer knows: draft the request again."
        ) from error
    definition = define(plan, catalogue, readings, as_of)
    if approved_hash is None:
        raise Permanent(f"Version {version} of the segment '{segment_id}' was never approved, so it does not run.")
    if not definition.hash == kept_hash == approved_hash:
        raise Permanent(
            f"Version {version} of the segment '{segment_id}' is not what was approved any more (the plan, the "
            "catalogue's units, the compiler or the graph's schema changed): draft the request again."
        )
    return _Approved(int(version), plan, readings, definition)


def _require_encoder(approved: _Approved, segment_id: str, encoder: Encoder) -> None:
    for reading in approved.readings:
        if (reading.model, reading.precision) != (encoder.model, encoder.precision):
            raise ReadByAnotherModel(
                f"The phrase '{reading.phrase}' of the segment '{segment_id}' was approved for {reading.model} "
                f"({reading.precision}), and the encoder is {encoder.model} ({encoder.precision}) now: it waits to be "
                "read and approved anew."
            )


def _find(
    warehouse: Warehouse,
    catalogue: Catalogue,
    segment_id: str,
    as_of: datetime,
    approved: _Approved,
    asked: Asked,
    encoder: Encoder,
) -> list[str]:
    """The members among those asked, in which graph and tables agree."""
    to_ask, asked_by_now = len(asked.customer_ids or ()), 0
    progress = Progress(logger, f"Asking for segment {segment_id} of {catalogue.tenant_id}", to_ask, "customers")
    found: list[str] = []
    agreements: list[Agreement] = []
    for among in _portions(asked.customer_ids):
        definition = approved.definition
        if among is not None:
            definition = define(approved.plan, catalogue, approved.readings, as_of, among=among)
        portion = find_customers(warehouse, definition, encoder)
        try:
            agreement = require_agreement(
                warehouse, definition, approved.plan, catalogue, approved.readings, as_of, portion.queried, among=among
            )
        except Disagreement as problem:
            agreement = problem.agreement
        agreements.append(agreement)
        found.extend(portion.customer_ids)
        asked_by_now += len(among or ())
        if to_ask > ASKED_AT_ONCE:
            progress.done(asked_by_now)
    agreement = join(agreements)
    # That some customers are found alike says nothing new of all others: the comparison of all of them stands.
    if asked.customer_ids is None or not agreement.agrees:
        _note_agreement(warehouse, catalogue.tenant_id, segment_id, approved.version, as_of, agreement)
    if not agreement.agrees:
        raise Disagreement(agreement, f"The segment '{segment_id}' of '{catalogue.tenant_id}' is stopped.")
    return found


def _portions(customer_ids: Sequence[str] | None) -> Iterator[Sequence[str] | None]:
    if customer_ids is None:
        yield None
        return
    for first in range(0, len(customer_ids), ASKED_AT_ONCE):
        yield customer_ids[first : first + ASKED_AT_ONCE]


def _note_agreement(
    warehouse: Warehouse, tenant_id: str, segment_id: str, version: int, as_of: datetime, agreement: Agreement
) -> None:
    """The note is what stops a segment and lets it go on."""
    noted = {
        "tenant_id": tenant_id,
        "segment_id": segment_id,
        "version": version,
        "as_of": as_of,
        "graph_count": agreement.graph_count,
        "sql_count": agreement.sql_count,
        "only_in_graph": list(agreement.only_in_graph),
        "only_in_sql": list(agreement.only_in_sql),
        "agrees": agreement.agrees,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("segments/note_agreement"), noted)


def _publish(
    connection: Connection,
    catalogue: Catalogue,
    segment_id: str,
    as_of: datetime,
    approved: _Approved,
    asked: Asked,
    customer_ids: list[str],
    interest_model: str | None,
    steps: Steps,
) -> RefreshCounts:
    tenant_id = catalogue.tenant_id
    asks_all = asked.customer_ids is None
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "segment_id": segment_id,
        "as_of": as_of,
        "version": approved.version,
        "asks_all": asks_all,
    }
    connection.execute(statement("segments/lock_segment"), values)
    row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
    if row is None or row[0] != approved.version:
        raise Transient(f"Another version of the segment '{segment_id}' was approved while this one was refreshed.")
    if not asks_all and _is_overtaken(asked.before, read_refreshed(connection, catalogue, segment_id)):
        raise Transient(f"The segment '{segment_id}' was refreshed by somebody else meanwhile.")
    _copy(connection, "found_member", customer_ids)
    _copy(connection, "asked_customer", asked.customer_ids or ())
    [(unknown,)] = connection.execute(statement("segments/count_unknown_members"), values)
    if unknown:
        raise Permanent(
            f"The graph of '{tenant_id}' holds {unknown} customers of the segment '{segment_id}' that core does not: "
            "sync_cdp has to bring the graph up to date first."
        )
    last = _last_run(connection, values)
    [(before, entered, exited)] = connection.execute(statement("segments/count_changes"), values)
    members = before + entered - exited
    numbers = Numbers(members=before, found=members, entered=entered, exited=exited)
    is_first = last is None or last.version != approved.version
    hold_id = hold_beyond_limits(connection, tenant_id, segment_id, approved.version, as_of, numbers, is_first=is_first)
    if hold_id is not None:
        return RefreshCounts(last.run_id if last else 0, before, 0, 0, _asked(asked), hold_id)
    run_id = last.run_id if last is not None else 0
    is_new = last is None or (last.version, last.as_of) != (approved.version, as_of) or entered or exited
    if is_new:
        [(run_id,)] = connection.execute(
            statement("segments/insert_run"),
            {
                **values,
                "interest_model": interest_model,
                "member_count": members,
                "entered": entered,
                "exited": exited,
                "asked": _asked(asked),
            },
        )
    if entered or exited:
        change = {
            **values,
            "graph_name": f"graph_{tenant_id}",
            "run_id": run_id,
            "cause": _cause(last, approved.version, interest_model),
            "last_as_of": last.as_of if last else None,
            "last_finished_at": last.finished_at if last else None,
            "last_version": last.version if last else None,
            "interest_model": interest_model,
            "last_interest_model": last.interest_model if last else None,
            "seen": asked.before.seen if asked.before else None,
            **evidence_of(approved.plan, catalogue, last.as_of if last else None, as_of),
        }
        connection.execute(statement("segments/insert_membership_changes"), change)
        connection.execute(statement("segments/merge_membership"), values)
    steps.done("changes written", entered + exited)
    if entered or exited or asks_all:
        project_members(connection, values)
    steps.done("graph")
    circumstances = {
        **values,
        "schema_version": schema_version(),
        "interest_model": interest_model,
        "seen": asked.seen,
    }
    connection.execute(statement("segments/write_refreshed"), circumstances)
    return RefreshCounts(run_id, members, entered, exited, _asked(asked))


def _asked(asked: Asked) -> int | None:
    return None if asked.customer_ids is None else len(asked.customer_ids)


def _is_overtaken(before: Refreshed | None, now: Refreshed | None) -> bool:
    """Whether the members that were added to are no more those that the refresh began with."""
    return before is None or now is None or before.refreshed_at != now.refreshed_at


def _copy(connection: Connection, table: LiteralString, customer_ids: Sequence[str]) -> None:
    connection.execute(statement(f"segments/create_{table}"))
    copying = sql.SQL("COPY {} (customer_id) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
    with connection.cursor().copy(copying) as copy:
        copy.set_types(["text"])
        for customer_id in customer_ids:
            copy.write_row((customer_id,))
    connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


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


def project_members(connection: Connection, values: Mapping[str, object]) -> None:
    """The IN_SEGMENT edges follow the membership: of those in `asked_customer`, or of all (`asks_all`).

    `values` are tenant_id, segment_id and asks_all.
    """
    graph_name = read_tenant(connection, str(values["tenant_id"])).graph_name
    named = {**values, "graph_name": graph_name}
    use_graph(connection)
    connection.execute(statement("segments/name_segment_vertex"), named)
    connection.execute(label_statement("segments/project_segment", graph_name, segments="Segment"), named)
    connection.execute(label_statement("segments/project_membership", graph_name, edges="IN_SEGMENT"), named)
