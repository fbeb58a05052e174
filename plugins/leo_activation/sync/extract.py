"""Copy a source's rows as they are into the stage of a run: all of them, what is new, or what differs.

Which of the three is told by the run's mode, where the source is a live one (`docs/concepts/sync.md`).
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import cast

from psycopg import sql

from leo_activation.progress import Progress
from leo_activation.sources import Collection, LiveSource, RawRow, Source, SourceKey
from leo_activation.sync.comparison import find_wanted, wanted_batches
from leo_activation.sync.erased import LeftOut, leave_out, what_is_left_out
from leo_activation.sync.proof import CollectionProof, Digest, Scope, record_source
from leo_activation.sync.runs import Step, SyncMode, SyncState, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import SQL_FOLDER, statement

logger = logging.getLogger(__name__)

ROWS_A_LOOK = 1_000
"""Rows between two looks at the clock, which says whether it is time for a line in the log."""
KEYS_A_READ = 1_000
# Rows are read again that were written so long before the latest one seen: the source's clocks may lag, and a row
# becomes visible later than the time that stands on it.
OVERLAP = timedelta(minutes=10)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_PLACES: Mapping[str, Path] = {
    "country": SQL_FOLDER / "sync" / "countries.csv",
    "city_time_zone": SQL_FOLDER / "sync" / "city_time_zones.csv",
}

Watermarks = Mapping[str, Mapping[str | None, datetime]]
"""By collection and partition: the latest moment that was read."""


@dataclass(frozen=True)
class StagedCounts:
    """Rows read, all together and by collection; by collection also the rows at the source.

    scope: whole, listed or read, as `proof.Scope` says. listed: the keys seen, where the scope is listed.
    """

    rows_read: int
    by_collection: Mapping[str, int]
    source_rows: Mapping[str, int]
    scope: Mapping[str, str]
    listed: Mapping[str, int]


def extract(
    warehouse: Warehouse,
    tenant_id: str,
    sync_run_id: int,
    source: Source,
    *,
    overlap: timedelta = OVERLAP,
    pseudonym_key: bytes | None = None,
) -> StagedCounts:
    """Read what the run's mode asks for into tables that only the loader reaches, in one transaction.

    An extraction that was killed left nothing; one that is done is not repeated.

    Args:
        overlap: how far before the latest moment seen an incremental run begins to read.
        pseudonym_key: tells who was erased and is left out; None where nobody of the tenant ever was.

    Raises:
        Permanent: the source cannot be read to its end, or the run was stopped.
        Configuration: a file of the source is gone, or people were erased and no key was given.
        Transient: the source did not answer, or another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.STAGED):
            return _counts_of(step.run.counts["staged"])
        schema = sql.Identifier(step.run.schema)
        step.connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        step.connection.execute(sql.SQL(statement("sync/create_stage")).format(schema=schema))
        step.use_stage()
        # A stage is read once: a tenth of the usual sample says all that the planner needs of it.
        step.connection.execute("SET LOCAL default_statistics_target = 10")
        _stage_places(step)
        watermarks = _read_watermarks(step)
        mode = _mode_of(step, source, watermarks)
        logger.info("Reading the source of tenant %s: %s.", tenant_id, mode)
        source_rows: dict[str, int] = {}
        staged: dict[str, _Staged] = {}
        left_out = what_is_left_out(step, pseudonym_key)
        for collection in source.collections():
            source_rows[collection.name] = source.count(collection.name)
            staged[collection.name] = _stage(
                step, source, collection, mode, source_rows[collection.name],
                watermarks.get(collection.name, {}), overlap,
            )  # fmt: skip
            if left_out:
                _leave_out(step, collection, staged[collection.name], left_out, pseudonym_key)
        counts = StagedCounts(
            rows_read=sum(each.rows for each in staged.values()),
            by_collection={name: each.rows for name, each in staged.items()},
            source_rows=source_rows,
            scope={name: each.scope for name, each in staged.items()},
            listed={name: each.listed for name, each in staged.items() if each.scope is Scope.LISTED},
        )
        record_source(
            step, {name: CollectionProof(each.scope, each.digest.tally, None) for name, each in staged.items()}
        )
        values = {**step.parameters(), "source_kind": source.kind, "mode": mode, "rows_read": counts.rows_read}
        step.connection.execute(statement("sync/record_extraction"), values)
        step.finish(SyncState.STAGED, "staged", asdict(counts))
    return counts


@dataclass
class _Staged:
    """What was read of one collection, and what the source has or gave of it."""

    scope: Scope
    rows: int = 0
    listed: int = 0
    digest: Digest = field(default_factory=Digest)


def _leave_out(
    step: Step, collection: Collection, staged: "_Staged", left_out: LeftOut, pseudonym_key: bytes | None
) -> None:
    """Nothing of people who were erased is read: neither the stage nor the proof knows of their rows."""
    dropped = leave_out(step, collection.name, left_out, pseudonym_key)
    for key, rev in dropped:
        staged.digest.remove(key, rev)
    staged.rows -= len(dropped)
    if staged.scope is Scope.LISTED:
        staged.listed -= _unlist(step, collection, [key for key, _ in dropped])


def _mode_of(step: Step, source: Source, watermarks: Watermarks) -> SyncMode:
    """A source that can only be read whole is, and so is a live one never read; repaired rows are what is new."""
    if step.run.mode == SyncMode.REPLAY:
        return SyncMode.REPLAY
    return SyncMode(step.run.mode) if isinstance(source, LiveSource) and watermarks else SyncMode.WHOLE


def _read_watermarks(step: Step) -> Watermarks:
    found: dict[str, dict[str | None, datetime]] = {}
    for collection, partition, moment in step.connection.execute(
        statement("sync/read_watermarks"), step.parameters()
    ).fetchall():
        found.setdefault(collection, {})[partition] = moment
    return found


def _stage(
    step: Step,
    source: Source,
    collection: Collection,
    mode: SyncMode,
    expected: int,
    watermarks: Mapping[str | None, datetime],
    overlap: timedelta,
) -> _Staged:
    table = _StageTable(step, collection)
    if not isinstance(source, LiveSource):
        staged = _Staged(Scope.READ if mode is SyncMode.REPLAY else Scope.WHOLE)
        table.copy(source.read(collection.name), staged.digest, table.progress(expected))
    elif mode is SyncMode.WHOLE or collection.moment is None:
        staged = _Staged(Scope.WHOLE)
        until = _ReadUntil(step, collection)
        rows = until.watching(_numbered(source.read(collection.name), count(1)))
        table.copy(rows, staged.digest, table.progress(expected))
        until.keep()
    elif mode is SyncMode.COMPARISON:
        staged = _Staged(Scope.LISTED)
        _stage_different(step, source, collection, table, staged, expected)
    else:
        staged = _Staged(Scope.READ)
        _stage_new(step, source, collection, table, staged, watermarks, overlap)
    table.analyze()
    staged.rows = table.rows
    logger.info(
        "Staged %s of %s: %s of %s rows at the source (%s).",
        collection.name, step.tenant.tenant_id, f"{table.rows:,}", f"{expected:,}", staged.scope,
    )  # fmt: skip
    return staged


def _stage_new(
    step: Step,
    source: LiveSource,
    collection: Collection,
    table: "_StageTable",
    staged: _Staged,
    watermarks: Mapping[str | None, datetime],
    overlap: timedelta,
) -> None:
    """The rows of each partition from its watermark on, less the overlap; of one without a watermark, all."""
    until = _ReadUntil(step, collection)
    partitions = source.partitions(collection.name, list(watermarks))

    def rows() -> Iterator[RawRow]:
        lines = count(1)
        for place, partition in enumerate(partitions, start=1):
            since = max(watermarks[partition] - overlap, _BEGINNING) if partition in watermarks else _BEGINNING
            yield from until.watching(
                _numbered(source.read_since(collection.name, partition, since), lines), partition=(partition,)
            )
            logger.debug("Staging %s: %s of %s partitions done.", collection.name, place, len(partitions))

    table.copy(rows(), staged.digest, table.progress(None))
    table.drop_earlier_copies(staged.digest)
    until.keep()


def _stage_different(
    step: Step, source: LiveSource, collection: Collection, table: "_StageTable", staged: _Staged, expected: int
) -> None:
    """Every key and revision, and the rows that are not here in that state."""
    staged.listed = _list_keys(step, source.keys(collection.name), collection, staged.digest, expected)
    until = _ReadUntil(step, collection)
    lines = count(1)
    progress = table.progress(find_wanted(step.connection, step.tenant.tenant_id, collection.name))
    for batch in wanted_batches(step.connection, collection.name):
        missing = dict(batch)

        def rows(batch: Mapping[str, str] = batch, missing: dict[str, str] = missing) -> Iterator[RawRow]:
            key_at = collection.columns.index(collection.key)
            waiting = iter(batch)
            while keys := list(islice(waiting, KEYS_A_READ)):
                for row in _numbered(source.read_keys(collection.name, keys), lines):
                    key = row.values[key_at]
                    if key in missing:
                        # It may have changed since it was listed: what was read is what the source has.
                        staged.digest.remove(key, missing.pop(key))
                        yield row

        table.copy(until.watching(rows()), staged.digest, progress)
        for key, rev in missing.items():
            staged.digest.remove(key, rev)
        staged.listed -= _unlist(step, collection, list(missing))
    until.keep()


def _list_keys(step: Step, keys: Iterable[SourceKey], collection: Collection, digest: Digest, expected: int) -> int:
    listed = 0
    progress = Progress(logger, f"Listing {collection.name} of {step.tenant.tenant_id}", expected, "keys")
    query = "COPY listed (collection, source_key, source_rev) FROM STDIN (FORMAT binary)"
    with step.connection.cursor() as cursor, cursor.copy(query) as copy:
        copy.set_types(["text", "text", "text"])
        for key, rev in keys:
            copy.write_row((collection.name, key, rev))
            digest.add(key, rev)
            listed += 1
            if listed % ROWS_A_LOOK == 0:
                progress.done(listed)
    step.connection.execute("ANALYZE listed")
    return listed


def _unlist(step: Step, collection: Collection, keys: Sequence[str]) -> int:
    """Rows that vanished between the listing and the reading: then the source does not have them."""
    values = {"collection": collection.name, "keys": keys}
    return step.connection.execute(statement("sync/unlist_keys"), values).rowcount if keys else 0


def _numbered(rows: Iterable[RawRow], lines: Iterator[int]) -> Iterator[RawRow]:
    """The rows with numbers that go on over all reads of a collection."""
    for row in rows:
        yield row._replace(line=next(lines))


class _ReadUntil:
    """The latest moment of each partition that was read, none later than the run's start.

    A moment in the future is an error of the source or of a clock; a watermark that followed it would pass over rows.
    """

    def __init__(self, step: Step, collection: Collection) -> None:
        self._step = step
        self._collection = collection
        self._latest: dict[str | None, tuple[datetime, str]] = {}

    def watching(self, rows: Iterable[RawRow], partition: tuple[str | None] | None = None) -> Iterator[RawRow]:
        """The same rows; `partition`, in a tuple, is the one that all of them belong to, where that is known."""
        columns = self._collection.columns
        if self._collection.moment is None:
            yield from rows
            return
        key_at, moment_at = columns.index(self._collection.key), columns.index(self._collection.moment)
        partition_at = columns.index(self._collection.partition) if self._collection.partition else None
        limit = self._step.run.started_at
        for row in rows:
            moment = _moment(row.values[moment_at])
            if moment is not None and moment <= limit:
                if partition is not None:
                    name = partition[0]
                else:
                    name = row.values[partition_at] if partition_at is not None else ""
                seen = (moment, row.values[key_at] or "")
                if name not in self._latest or seen > self._latest[name]:
                    self._latest[name] = seen
            yield row

    def keep(self) -> None:
        """Write them down beside the rows; the merge makes them the tenant's watermarks."""
        latest = dict(self._latest)
        if None in latest:
            # A row does not say whether its partition is empty or absent: up to here, both were read.
            latest[""] = max(latest[None], latest.get("", latest[None]))
        query = "COPY read_until (collection, partition, moment, last_key) FROM STDIN"
        with self._step.connection.cursor() as cursor, cursor.copy(query) as copy:
            for partition, (moment, key) in latest.items():
                copy.write_row((self._collection.name, json.dumps(partition), moment, key))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _StageTable:
    """The table of one collection in the stage: its columns as texts, the bytes, and what identifies row and state."""

    def __init__(self, step: Step, collection: Collection) -> None:
        self._connection = step.connection
        self._tenant_id = step.tenant.tenant_id
        self._collection = collection
        self._table = sql.Identifier(collection.name)
        self.rows = 0
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in collection.columns)
        step.connection.execute(
            # Kept in the row up to a page: PostgreSQL would otherwise spend most of the time compressing raw lines.
            sql.SQL(
                "CREATE UNLOGGED TABLE {} (line bigint NOT NULL, raw bytea NOT NULL, problem text, "
                "source_key text NOT NULL, source_rev text NOT NULL, {}) WITH (toast_tuple_target = 8160)"
            ).format(self._table, columns)
        )

    def progress(self, expected: int | None) -> Progress:
        """Tells how many rows are in, of so many as are to come."""
        return Progress(logger, f"Staging {self._collection.name} of {self._tenant_id}", expected, "rows")

    def copy(self, rows: Iterable[RawRow], digest: Digest, progress: Progress) -> None:
        """Put rows in and into the digest."""
        columns = self._collection.columns
        key_at = columns.index(self._collection.key)
        rev_at = columns.index(self._collection.rev) if self._collection.rev else None
        # Binary with named types is the fastest way in. FREEZE may be asked for: the table is this transaction's own.
        query = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(self._table)
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.set_types(["int8", "bytea", "text", "text", "text", *["text"] * len(columns)])
            for row in rows:
                line, raw, problem, values = row
                key = values[key_at] or ""
                rev = (values[rev_at] if rev_at is not None else None) or _hash(raw)
                copy.write_row((line, raw, problem, key, rev, *values))
                digest.add(key, rev)
                self.rows += 1
                if self.rows % ROWS_A_LOOK == 0:
                    progress.done(self.rows)

    def drop_earlier_copies(self, digest: Digest) -> None:
        """Keep one row a key, the last that was read."""
        query = sql.SQL(statement("sync/drop_earlier_copies")).format(staged=self._table)
        for key, rev in self._connection.execute(query).fetchall():
            digest.remove(key, rev)
            self.rows -= 1

    def analyze(self) -> None:
        self._connection.execute(sql.SQL("ANALYZE {}").format(self._table))


def _hash(raw: bytes) -> str:
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def _stage_places(step: Step) -> None:
    for table, file in _PLACES.items():
        query = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER)").format(sql.Identifier(table))
        with step.connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.write(file.read_bytes())
    step.connection.execute(statement("sync/fill_country_names"))


def _counts_of(done: Mapping[str, object]) -> StagedCounts:
    return StagedCounts(
        rows_read=cast(int, done["rows_read"]),
        by_collection=cast(Mapping[str, int], done["by_collection"]),
        source_rows=cast(Mapping[str, int], done["source_rows"]),
        scope=cast(Mapping[str, str], done["scope"]),
        listed=cast(Mapping[str, int], done["listed"]),
    )
