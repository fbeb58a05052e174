"""Whether the columns of a collection still hold what they held: filled or empty, and which kind of content.

A source can change its form without a word: a field is renamed, a date is written otherwise. Each row is then sound by
itself, and what it said is lost. So each run notes how its columns look and is held against the last complete one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from psycopg import sql

from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

ROWS_WORTH_COMPARING = 100
"""Fewer rows than these say nothing of a column."""

FILLED_IN_MOST = 0.5
"""The share of rows in which a column was filled whose emptiness is then a change."""

SAMPLED_ROWS = 5_000
SAMPLED_DOCUMENTS = 200
MOST_ATTRIBUTES = 500
LONGEST_ATTRIBUTE = 100
_LEADING_KIND = 0.8


@dataclass(frozen=True)
class Look:
    """How a collection looked in one run.

    filled: rows in which each column had a value. kinds: number, moment, object, list or text, of columns that hold one
    of them nearly always. attributes: names at the top of its documents, as far as a sample showed them.
    """

    rows: int
    filled: Mapping[str, int]
    kinds: Mapping[str, str]
    attributes: Sequence[str]


@dataclass(frozen=True)
class Drift:
    """Names of what has changed since the last complete run."""

    emptied: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    new_attributes: tuple[str, ...] = ()


def list_columns(step: Step, collection: str) -> list[str]:
    """The columns of the source that a collection's table in the stage has."""
    values = {"schema": step.run.schema, "collection": collection}
    return [str(name) for (name,) in step.connection.execute(statement("sync/list_staged_columns"), values)]


def look(step: Step, collection: str, rows: int, filled: Mapping[str, int]) -> Look:
    """See how a staged collection looks; all but the counts given is told by a sample of bounded size."""
    if not rows:
        return Look(0, filled, {}, ())
    table = sql.Identifier(collection)
    columns = [name for name, number in filled.items() if number]
    counted: dict[str, dict[str, int]] = {}
    if columns:
        listed = sql.SQL(", ").join(
            sql.SQL("({}, {})").format(sql.Literal(name), sql.Identifier(name)) for name in columns
        )
        query = sql.SQL(statement("sync/sample_kinds")).format(collection=table, columns=listed)
        # Twice the share: pages differ in their number of rows.
        values = {"percent": min(100.0, 200.0 * SAMPLED_ROWS / rows), "most": SAMPLED_ROWS}
        for name, kind, number in step.connection.execute(query, values).fetchall():
            counted.setdefault(name, {})[kind] = number
    query = sql.SQL(statement("sync/sample_documents")).format(collection=table)
    values = {"percent": min(100.0, 200.0 * SAMPLED_DOCUMENTS / rows), "most": SAMPLED_DOCUMENTS}
    attributes = _attributes(bytes(raw) for (raw,) in step.connection.execute(query, values).fetchall())
    return Look(rows, filled, _leading_kinds(counted), attributes)


def compare(now: Look, last: Look | None) -> Drift:
    """What has changed; nothing where there is too little to tell."""
    if last is None:
        return Drift()
    new = tuple(sorted(set(now.attributes) - set(last.attributes))) if last.attributes else ()
    if min(now.rows, last.rows) < ROWS_WORTH_COMPARING:
        return Drift(new_attributes=new)
    emptied = tuple(
        column
        for column, number in last.filled.items()
        if number / last.rows >= FILLED_IN_MOST and now.filled.get(column) == 0
    )
    changed = tuple(
        f"{column} ({kind} instead of {last.kinds[column]})"
        for column, kind in now.kinds.items()
        if last.kinds.get(column, kind) != kind
    )
    return Drift(emptied, changed, new)


def remember(now: Look, last: Look | None) -> dict[str, Any]:
    """What the next run is held against: this run's look, or the last one's where this run had too few rows."""
    kept = last if last is not None and now.rows < ROWS_WORTH_COMPARING else now
    attributes = sorted({*now.attributes, *(last.attributes if last is not None else ())})[:MOST_ATTRIBUTES]
    return {**asdict(kept), "attributes": attributes}


def recall(told: Mapping[str, Any] | None) -> Look | None:
    """What `remember` gave."""
    return Look(**told) if told else None


def _leading_kinds(counted: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    kinds = {}
    for column, numbers in counted.items():
        kind = max(numbers, key=lambda each: numbers[each])
        total = sum(numbers.values())
        if total >= ROWS_WORTH_COMPARING and numbers[kind] / total >= _LEADING_KIND:
            kinds[column] = kind
    return kinds


def _attributes(documents: Any) -> tuple[str, ...]:
    names: set[str] = set()
    for raw in documents:
        try:
            document = json.loads(raw)
        except ValueError:
            continue  # a row of a form without documents
        if isinstance(document, dict):
            names.update(cast(dict[str, object], document))
    return tuple(sorted(name for name in names if len(name) <= LONGEST_ATTRIBUTE)[:MOST_ATTRIBUTES])
