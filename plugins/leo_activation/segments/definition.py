"""A definition ready to run: gated Cypher, how its phrases were read, and the hash that an approval binds.

Windows roll: the same approved definition runs tomorrow with other moments in its parameters. So the hash covers the
plan (with its windows as said), the Cypher's text, every parameter that does not move with as-of, the readings of its
phrases, the tenant's units and the graph's schema version, and no moment in time.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cut import Cut
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import gate
from leo_activation.segments.meaning import (
    CloseCall,
    InterestReading,
    ProfileReading,
    refine,
    topics_of,
)
from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import READ_TIMEOUT_MS, Parameters, read_graph
from leo_activation.warehouse.graph_schema import schema_version
from leo_activation.warehouse.tenants import read_tenant

Readings = Sequence[InterestReading | ProfileReading]


@dataclass(frozen=True)
class Definition:
    """What runs for a segment as of one moment; only `parameters` differ between moments.

    `refinements` are applied in order to the customers that the Cypher returns, then `cut` takes the first of them.
    """

    tenant_id: str
    cypher: str
    parameters: Parameters
    refinements: tuple[ProfileReading, ...]
    cut: Cut | None
    schema_version: str
    hash: str


@dataclass(frozen=True)
class Found:
    """The customers that a definition finds, in its order, and the narrowest decisions of its phrases.

    `queried` are those that the Cypher returned, before phrases and cut.
    """

    customer_ids: list[str]
    close_calls: tuple[CloseCall, ...]
    queried: list[str]


def define(
    plan: SegmentPlan,
    catalogue: Catalogue,
    readings: Readings,
    as_of: datetime,
    *,
    among: Sequence[str] | None = None,
) -> Definition:
    """Compile a plan whose phrases were read, and pass it through the gate.

    With `among`, at most 10,000 customer ids, the same definition is asked of these alone. Its hash is that of the
    whole: what was approved is who is found, and not of whom it is asked.

    Raises:
        Permanent: the plan does not fit the tenant, it orders or cuts and is asked of some customers alone, or the gate
            refuses the Cypher.
    """
    topics = topics_of(readings)
    compiled = compile_plan(plan, catalogue, as_of=as_of, topics=topics)
    gated = gate(compiled.text, compiled.parameters)
    read = {reading.phrase: reading for reading in readings if isinstance(reading, ProfileReading)}
    standing = {name: value for name, value in gated.parameters.items() if name not in compiled.timed}
    whole_hash = _hash(plan, catalogue, readings, gated.text, standing)
    if among is not None:
        few = compile_plan(plan, catalogue, as_of=as_of, topics=topics, among=among)
        gated = gate(few.text, few.parameters)
    return Definition(
        tenant_id=catalogue.tenant_id,
        cypher=gated.text,
        parameters=gated.parameters,
        refinements=tuple(read[leaf.phrase] for leaf in compiled.profile_phrases),
        cut=compiled.cut,
        schema_version=schema_version(),
        hash=whole_hash,
    )


def find_customers(
    warehouse: Warehouse,
    definition: Definition,
    encoder: Encoder,
    *,
    timeout_ms: int = READ_TIMEOUT_MS,
) -> Found:
    """Run a definition as the read-only role: behaviour first, meaning inside what it found.

    Raises:
        Permanent: the query took longer than `timeout_ms`, or the encoder is not the approved one.
        Transient: profile texts still wait for their vectors.
    """
    close_calls: list[CloseCall] = []
    with warehouse.connect(DatabaseRole.READER, definition.tenant_id) as connection:
        found = queried = _query(connection, definition, timeout_ms)
        for reading in definition.refinements:
            refinement = refine(connection, definition.tenant_id, found, reading, encoder)
            connection.rollback()
            found = refinement.customer_ids
            close_calls.extend(refinement.close_calls)
    members = found if definition.cut is None else definition.cut.of(found)
    return Found(members, tuple(close_calls), queried)


def query_graph(warehouse: Warehouse, definition: Definition, *, timeout_ms: int = READ_TIMEOUT_MS) -> list[str]:
    """Only what the Cypher of a definition returns, as the read-only role.

    Raises:
        Permanent: the query took longer than `timeout_ms`.
    """
    with warehouse.connect(DatabaseRole.READER, definition.tenant_id) as connection:
        return _query(connection, definition, timeout_ms)


def _query(connection: Connection, definition: Definition, timeout_ms: int) -> list[str]:
    graph_name = read_tenant(connection, definition.tenant_id).graph_name
    connection.rollback()
    try:
        return read_graph(connection, graph_name, definition.cypher, definition.parameters, timeout_ms=timeout_ms)
    except errors.QueryCanceled as error:
        raise Permanent(
            f"The segment's query took longer than {timeout_ms / 1000:g} s and was stopped; narrow it down."
        ) from error


def _hash(plan: SegmentPlan, catalogue: Catalogue, readings: Readings, cypher: str, parameters: Parameters) -> str:
    meanings = [
        [
            reading.kind,
            reading.phrase,
            reading.model,
            reading.precision,
            reading.threshold,
            [match.topic_id for match in reading.chosen] if isinstance(reading, InterestReading) else None,
        ]
        for reading in readings
    ]
    bound = [
        plan.model_dump(mode="json"),
        cypher,
        parameters,
        meanings,
        [catalogue.currency, catalogue.minor_units, catalogue.time_zone],
        schema_version(),
    ]
    content = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
