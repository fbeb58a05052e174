"""Queries as somebody could write them by hand, drawn from the graph's schema: all of them are to be accepted."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from leo_activation.warehouse.graph_schema import EDGES, VERTICES, Edge, ValueType

VALUES = {
    ValueType.TEXT: ["'red'", "'it\\'s'", '"Hà Nội"', "'$$'", "''"],
    ValueType.INTEGER: ["0", "7", "-3"],
    ValueType.FLOAT: ["0.5", "2", "1e3"],
    ValueType.BOOLEAN: ["true", "FALSE"],
    ValueType.TIME_US: ["1700000000000000", "0"],
    ValueType.MONEY_MINOR: ["80000", "1"],
}
EVENTS = [edge for edge in EDGES.values() if "value" in edge.properties]


@dataclass
class Bound:
    """A variable and the properties that it has."""

    name: str
    label: str
    properties: dict[str, ValueType] = field(default_factory=dict)


@st.composite
def conditions(draw: st.DrawFn, bound: list[Bound], depth: int = 0) -> str:
    """A condition on the properties of what is bound."""
    owner = draw(st.sampled_from([one for one in bound if one.properties]))
    name, value_type = draw(st.sampled_from(sorted(owner.properties.items())))
    asked, value = f"{owner.name}.{name}", draw(st.sampled_from(VALUES[value_type]))
    forms = [f"{asked} = {value}", f"{asked} <> {value}", f"{asked} IS NULL", f"{asked} IS NOT NULL"]
    match value_type:
        case ValueType.TEXT:
            forms += [f"{asked} IN [{value}, 'b']", f"toLower({asked}) STARTS WITH {value}", f"{asked} CONTAINS 'a'"]
        case ValueType.BOOLEAN:
            forms += [asked, f"coalesce({asked}, {value})"]
        case _:
            forms += [f"{asked} {sign} {value}" for sign in ("<", "<=", ">", ">=")]
            forms += [f"{value} <= {asked}", f"coalesce({asked}, 0) - 1 < {value}", f"abs({asked}) > {value}"]
    if depth < 2:
        one, other = (draw(conditions(bound, depth + 1)) for _ in range(2))
        forms += [f"{one} AND {other}", f"({one} OR {other})", f"NOT ({one})", f"NOT {one}"]
    return draw(st.sampled_from(forms))


@st.composite
def patterns(draw: st.DrawFn, start: Bound, prefix: str, *, at_most: int) -> tuple[str, list[Bound]]:
    """Hops from a bound vertex along the schema, and what they bind."""
    text, here, found = "", start.label, list[Bound]()
    for n in range(draw(st.integers(1, at_most))):
        edge = draw(st.sampled_from([edge for edge in EDGES.values() if here in (edge.start, edge.end)]))
        forward = here == edge.start
        here = edge.end if forward else edge.start
        step, node = Bound(f"{prefix}e{n}", edge.label, dict(edge.properties)), _vertex(f"{prefix}n{n}", here)
        found += [step, node]
        inner = f"[{step.name}:{edge.label}]"
        text += (f"-{inner}->" if forward else f"<-{inner}-") + f"({node.name}:{node.label})"
    return text, found


def _vertex(name: str, label: str) -> Bound:
    return Bound(name, label, dict(VERTICES[label].properties))


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A whole query."""
    customer = _vertex("c", "Customer")
    text, found = draw(patterns(customer, "a", at_most=3))
    lines = [f"MATCH (c:Customer){text}" if draw(st.booleans()) else "MATCH (c:Customer)"]
    bound = [customer, *(found if text in lines[0] else [])]
    if draw(st.booleans()):
        lines.append(f"WHERE {draw(conditions(bound))}")
    for n in range(draw(st.integers(0, 2))):
        lines += draw(st.one_of(_absence(n), _counted(n), _existence(n)))
    end = draw(st.sampled_from(["", " ORDER BY c.age DESC, c.customer_id", " ORDER BY c.shuffle LIMIT 5", " LIMIT 9"]))
    return "\n".join([*lines, f"RETURN {'' if end else 'DISTINCT '}c.customer_id{end}"])


@st.composite
def _absence(draw: st.DrawFn, n: int) -> list[str]:
    text, found = draw(patterns(_vertex("c", "Customer"), f"b{n}", at_most=2))
    condition = f" WHERE {draw(conditions(found))}" if any(one.properties for one in found) else ""
    edge = found[0].name
    return [
        "WITH DISTINCT c",
        f"OPTIONAL MATCH (c){text}{condition}",
        f"WITH c, {edge} WHERE {edge} IS NULL",
    ]


@st.composite
def _counted(draw: st.DrawFn, n: int) -> list[str]:
    edge: Edge = draw(st.sampled_from(EVENTS))
    aggregate = draw(
        st.sampled_from(
            ["count(*)", "count(DISTINCT e.order_id)", "sum(coalesce(e.value, 0))", "max(e.at)", "min(e.at)"]
        )
    )
    return [
        "WITH DISTINCT c",
        f"MATCH (c)-[e:{edge.label}]->(p:Product)",
        f"WITH c, {aggregate} AS m{n}",
        f"WHERE m{n} {draw(st.sampled_from(['>', '<=', '=']))} 3",
    ]


@st.composite
def _existence(draw: st.DrawFn, n: int) -> list[str]:
    text, found = draw(patterns(_vertex("c", "Customer"), f"x{n}", at_most=2))
    condition = f" WHERE {draw(conditions(found))}" if any(one.properties for one in found) else ""
    return [f"WITH DISTINCT c WHERE {draw(st.sampled_from(['', 'NOT ']))}EXISTS {{ MATCH (c){text}{condition} }}"]
