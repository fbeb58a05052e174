"""Plans run on the graph of a random world, and what plain SQL says of the same world."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from leo_activation.segments.cypher import CompiledCypher, compile_plan
from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import read_graph
from leo_activation.warehouse.tenants import Tenant
from tests.segments.world import AS_OF, CATALOGUE, World, micros

TOPICS = {"rich people": ["tag:likes luxury items", "color:red"], "nothing of the kind": []}
DAY = 86_400_000_000
AT = micros(AS_OF)

Json = dict[str, Any]


def attribute(name: str, operator: str, *values: str) -> Json:
    return {"kind": "attribute", "property": name, "operator": operator, "values": values}


def did(event: str, **rest: object) -> Json:
    return {"kind": "behaviour", "event": event, **rest}


def both(*parts: Json) -> Json:
    return {"kind": "and", "conditions": parts}


def either(*parts: Json) -> Json:
    return {"kind": "or", "conditions": parts}


def without(part: Json) -> Json:
    return {"kind": "not", "condition": part}


def last(days: int) -> Json:
    return {"kind": "last", "amount": days, "unit": "day"}


def planned(where: Json | None, **rest: object) -> SegmentPlan:
    """A plan, in euros where it has an amount."""
    plan = {"where": where, **rest}
    try:
        return SegmentPlan.model_validate(plan)
    except ValidationError:
        return SegmentPlan.model_validate({**plan, "currency": "EUR"})


def compiled(plan: SegmentPlan) -> CompiledCypher:
    return compile_plan(plan, CATALOGUE, as_of=AS_OF, topics=TOPICS)


def read(warehouse: Warehouse, world: World, plan: SegmentPlan) -> list[str]:
    return read_of(warehouse, world.tenant, plan)


def read_of(warehouse: Warehouse, tenant: Tenant, plan: SegmentPlan) -> list[str]:
    query = compiled(plan)
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        connection.rollback()
        return read_graph(connection, tenant.graph_name, query.text, query.parameters)


def expected(world: World, condition: str) -> list[str]:
    rows: Sequence[tuple[str]] = world.sql.execute(
        f"SELECT customer_id FROM customer WHERE ({condition}) ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]
