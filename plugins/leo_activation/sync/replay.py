"""The way back from the quarantine: list what is set aside, write it out, and take the repaired rows in again.

Repaired rows go through the same steps and rules as any. One that passes takes the place of the row that was set aside
and keeps its key and revision: the next sync finds the row at the source in the state that is known here, so it neither
undoes the repair nor sets the row aside again, and when the row changes at the source, the source wins.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import SourceKind
from leo_activation.sources.csv_files import CsvFiles
from leo_activation.sources.repaired_rows import RepairedRow, RepairedRows
from leo_activation.sync.check import check
from leo_activation.sync.extract import extract
from leo_activation.sync.merge import merge
from leo_activation.sync.project import project
from leo_activation.sync.runs import SyncMode, SyncState, data_as_of, open_run
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_source

MOST_ROWS = 100_000
"""In one file, which is read into memory."""

IDS_LISTED = 20

# Another row has the id: what it should be called, only the source can say.
_NOT_TO_REPAIR = ("duplicate_id", "duplicate_row")


@dataclass(frozen=True)
class RowsAside:
    """What is set aside of a collection by one rule; `quarantine_ids` are the first of them."""

    tenant: str
    collection: str
    rule: str
    rows: int
    quarantine_ids: Sequence[int]


@dataclass(frozen=True)
class ReplayReport:
    """What became of repaired rows: how many were merged, and which rule each of the others breaks, by its id."""

    sync_run_id: int
    replayed: int
    still_open: Mapping[int, str]


def list_aside(warehouse: Warehouse, tenant_id: str, *, rule: str | None = None) -> list[RowsAside]:
    """What is set aside now, by collection and rule; counts and ids, no values."""
    values = {"tenant_id": tenant_id, "rule": rule, "most": IDS_LISTED}
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        rows = connection.execute(statement("sync/list_quarantine"), values).fetchall()
    return [RowsAside(tenant_id, *row) for row in rows]


def export_aside(
    warehouse: Warehouse,
    tenant_id: str,
    file: Path,
    *,
    rule: str | None = None,
) -> int:
    """Write what is set aside to a new file that only its owner may read, a JSON object a line; gives the rows.

    A CSV row comes with the names of its fields, as the header of the tenant's source has them now.

    Raises:
        Permanent: the file is there already or cannot be written, or the tenant has no source.
        Configuration: the source of CSV rows is not there.
    """
    written = 0
    header: CsvFiles | None = None
    values = {"tenant_id": tenant_id, "rule": rule}
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with (
                os.fdopen(descriptor, "w", encoding="utf-8") as out,
                connection.cursor(name="export_quarantine") as cursor,
            ):
                for quarantine_id, collection, broken, kind, raw in cursor.execute(
                    statement("sync/export_quarantine"), values
                ):
                    line: dict[str, object] = {
                        "quarantine_id": quarantine_id,
                        "collection": collection,
                        "rule": broken,
                    }
                    if kind == SourceKind.CSV:
                        if header is None:
                            header = CsvFiles(Path(read_source(connection, tenant_id).location))
                        line["columns"] = list(header.kept_columns(collection))
                    # JSON is text: bytes that are none are written as U+FFFD, which the replay refuses to take.
                    line["raw"] = bytes(raw).decode("utf-8", "replace")
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    written += 1
        except FileExistsError:
            raise Permanent(f"The file {file} is there already; name another one.") from None
        except OSError as error:
            raise Permanent(f"The file {file} cannot be written: {error.strerror or type(error).__name__}.") from None
    return written


def replay(warehouse: Warehouse, tenant_id: str, file: Path, *, pseudonym_key: bytes) -> ReplayReport:
    """Take the repaired rows of a file in, all that pass or, where anything goes wrong, none.

    A replay that was cut off goes on where it stopped when it is called with the same file.

    Raises:
        Permanent: the file is not one of repaired rows, a row of it is not open or cannot be repaired here, or no sync
            of the tenant was ever complete.
        Transient: a sync of the tenant has begun and is not complete.
    """
    content = _read(file)
    told = _parse(file, content)
    orchestrator_run_id, resumed = _run_of(warehouse, tenant_id, content)
    kind, rows = _match(warehouse, tenant_id, told, resumed=resumed)
    source = RepairedRows(kind, rows)
    as_of = data_as_of(warehouse, tenant_id)
    run = open_run(warehouse, tenant_id, orchestrator_run_id, as_of=as_of, mode=SyncMode.REPLAY)
    extract(warehouse, tenant_id, run, source, pseudonym_key=pseudonym_key)
    report = check(warehouse, tenant_id, run)
    merge(warehouse, tenant_id, run, pseudonym_key=pseudonym_key)
    project(warehouse, tenant_id, run)
    still_open = {int(row): rule for row, rule in report.still_open.items()}
    return ReplayReport(run, report.rows_passed, dict(sorted(still_open.items())))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Permanent(f"The file {file} cannot be read: {error.strerror or type(error).__name__}.") from None


def _parse(file: Path, content: bytes) -> dict[int, dict[str, Any]]:
    told: dict[int, dict[str, Any]] = {}
    for number, line in _lines(content):
        try:
            row = json.loads(line)
        except ValueError:
            raise Permanent(f"Line {number} of {file} is not JSON.") from None
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("quarantine_id"), int)
            or not isinstance(row.get("raw"), str)
            or not isinstance(row.get("columns", []), list)
        ):
            raise Permanent(f"Line {number} of {file} has no quarantine_id, no raw, or columns that are no list.")
        if row["quarantine_id"] in told:
            raise Permanent(f"Line {number} of {file} repairs row {row['quarantine_id']} once more.")
        told[row["quarantine_id"]] = row
    if not 0 < len(told) <= MOST_ROWS:
        raise Permanent(f"{file} has {len(told)} rows; a file to replay has 1 to {MOST_ROWS}.")
    return told


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def _run_of(warehouse: Warehouse, tenant_id: str, content: bytes) -> tuple[str, bool]:
    """The orchestrator's id of the replay of this file, and whether it was begun before and cut off."""
    name = f"replay-{hashlib.md5(content, usedforsecurity=False).hexdigest()[:12]}"
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        runs = connection.execute(statement("sync/list_replays"), {"tenant_id": tenant_id, "name": name}).fetchall()
    ended = sum(1 for _, run_name, state in runs if run_name.startswith(name) and _is_over(state))
    orchestrator_run_id = f"{name}-{ended + 1}"
    under_way = {run_name: run for run, run_name, state in runs if not _is_over(state)}
    if others := [run for run_name, run in under_way.items() if run_name != orchestrator_run_id]:
        raise Transient(
            f"Sync run {others[0]} of tenant {tenant_id} is not complete; a replay can begin when it is, "
            "or when another sync has taken its place."
        )
    return orchestrator_run_id, orchestrator_run_id in under_way


def _is_over(state: str) -> bool:
    return state in (SyncState.PROJECTED, SyncState.STOPPED)


def _match(
    warehouse: Warehouse, tenant_id: str, told: Mapping[int, Mapping[str, Any]], *, resumed: bool
) -> tuple[SourceKind, list[RepairedRow]]:
    """The rows with what the quarantine knows of them; refused as a whole where one cannot be taken."""
    values = {"tenant_id": tenant_id, "quarantine_ids": list(told)}
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        found = connection.execute(statement("sync/read_quarantine_rows"), values).fetchall()
    rows = []
    kinds = set()
    for quarantine_id, collection, rule, key, rev, state, kind in found:
        if state != "open" and not resumed:
            raise Permanent(f"Row {quarantine_id} is not open but {state}; export again what is.")
        if rule in _NOT_TO_REPAIR:
            raise Permanent(f"Row {quarantine_id} broke {rule}: another row has its id, so it is mended at the source.")
        if not key:
            raise Permanent(f"Row {quarantine_id} cannot be told from others at the source; it is mended there.")
        row = told[quarantine_id]
        columns = tuple(str(name) for name in row.get("columns", ()))
        rows.append(RepairedRow(quarantine_id, collection, rule, key, rev, str(row["raw"]), columns))
        kinds.add(SourceKind(kind))
    if unknown := set(told) - {row.quarantine_id for row in rows}:
        raise Permanent(f"Tenant {tenant_id} has no row {min(unknown)} in quarantine.")
    if len(kinds) > 1:
        raise Permanent("The rows come from sources of two kinds; replay those of each by themselves.")
    return kinds.pop(), rows
