"""Copy a source's rows as they are into the stage of a run."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from psycopg import sql

from leo_activation.sources import Collection, Source
from leo_activation.sync.runs import Step, SyncState, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import SQL_FOLDER, statement

logger = logging.getLogger(__name__)

ROWS_A_LOG_LINE = 100_000
_PLACES: Mapping[str, Path] = {
    "country": SQL_FOLDER / "sync" / "countries.csv",
    "city_time_zone": SQL_FOLDER / "sync" / "city_time_zones.csv",
}


@dataclass(frozen=True)
class StagedCounts:
    """Rows read, all together and by collection."""

    rows_read: int
    by_collection: Mapping[str, int]


def extract(warehouse: Warehouse, tenant_id: str, sync_run_id: int, source: Source) -> StagedCounts:
    """Read the source to its end into tables that only the loader reaches, in one transaction.

    An extraction that was killed left nothing; one that is done is not repeated.

    Raises:
        Permanent: the source cannot be read to its end, or the run was stopped.
        Configuration: a file of the source is gone.
        Transient: another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.STAGED):
            done = step.run.counts["staged"]
            return StagedCounts(cast(int, done["rows_read"]), cast(Mapping[str, int], done["by_collection"]))
        schema = sql.Identifier(step.run.schema)
        step.connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        step.connection.execute(sql.SQL(statement("sync/create_stage")).format(schema=schema))
        step.use_stage()
        _stage_places(step)
        by_collection = {each.name: _stage_collection(step, source, each) for each in source.collections()}
        counts = StagedCounts(sum(by_collection.values()), by_collection)
        values = {
            **step.parameters(),
            "source_kind": source.kind,
            "rows_read": counts.rows_read,
        }
        step.connection.execute(statement("sync/record_extraction"), values)
        step.finish(SyncState.STAGED, "staged", asdict(counts))
    return counts


def _stage_places(step: Step) -> None:
    for table, file in _PLACES.items():
        query = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER)").format(sql.Identifier(table))
        with step.connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.write(file.read_bytes())
    step.connection.execute(statement("sync/fill_country_names"))


def _stage_collection(step: Step, source: Source, collection: Collection) -> int:
    table = sql.Identifier(collection.name)
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in collection.columns)
    step.connection.execute(
        # Kept in the row up to a page: PostgreSQL would otherwise spend most of the time compressing raw lines.
        sql.SQL(
            "CREATE UNLOGGED TABLE {} (line bigint NOT NULL, raw bytea NOT NULL, problem text, {}) "
            "WITH (toast_tuple_target = 8160)"
        ).format(table, columns)
    )
    expected = source.count(collection.name)
    rows = 0
    # Binary with named types is the fastest way in. FREEZE may be asked for: the table is this transaction's own.
    query = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(table)
    with step.connection.cursor() as cursor, cursor.copy(query) as copy:
        copy.set_types(["int8", "bytea", "text", *["text"] * len(collection.columns)])
        for row in source.read(collection.name):
            copy.write_row((row.line, row.raw, row.problem, *row.values))
            rows += 1
            if rows % ROWS_A_LOG_LINE == 0:
                logger.info("Staging %s: %s of %s rows done.", collection.name, rows, expected)
    step.connection.execute(sql.SQL("ANALYZE {}").format(table))
    logger.info("Staged %s: %s of %s rows done.", collection.name, rows, expected)
    return rows
