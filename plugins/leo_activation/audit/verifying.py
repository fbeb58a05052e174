"""Whether the log is what was sealed: every hash is worked out again, and the heads are compared with the anchors.

The hashes of the entries find what was altered; their positions what was deleted or put elsewhere; the hashes of the
batches a log that was hashed anew; and the anchors, which are outside the database, a log that was hashed anew to its
end, or cut off there.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from psycopg.rows import class_row

from leo_activation.audit.anchors import AnchorFile
from leo_activation.audit.hashing import NOTHING, batch_hash, entries_hash, entry_hash
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

MOST_FINDINGS = 100
ROWS_A_FETCH = 5_000
GRACE = timedelta(minutes=30)


class FindingKind(StrEnum):
    """What was done to the log."""

    ALTERED = "altered"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    NOT_ANCHORED = "not_anchored"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in one sentence."""

    kind: FindingKind
    sentence: str


@dataclass(frozen=True)
class Verified:
    """What was read and what was found; `pending` entries are not sealed yet, and nothing is proved of them."""

    entries: int
    batches: int
    anchors: int
    pending: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(frozen=True)
class _Batch:
    batch: int
    first_position: int
    last_position: int
    previous_hash: bytes
    hash: bytes
    sealed_at: datetime


@dataclass(frozen=True)
class _Row:
    position: int
    batch: int
    happened_at: datetime
    action: str
    reference: str
    actor: bytes | None
    person: bytes | None
    facts: str
    hash: bytes


@dataclass
class _Findings:
    found: list[Finding] = field(default_factory=list)

    def add(self, kind: FindingKind, sentence: str) -> None:
        if len(self.found) < MOST_FINDINGS:
            self.found.append(Finding(kind, sentence))


def verify(warehouse: Warehouse, tenant_id: str, folder: Path, *, grace: timedelta = GRACE) -> Verified:
    """Read a tenant's whole log once, in one snapshot, and compare it with the anchors in `folder`.

    Memory grows with the number of batches and not of entries. At most 100 findings are kept. A batch without an anchor
    is a finding once it is older than `grace`: before that its anchor may be on the way.

    Raises:
        Permanent: the file of anchors cannot be read.
    """
    findings = _Findings()
    file = AnchorFile(folder, tenant_id)
    anchored_before = file.read()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        now, pending = connection.execute(statement("audit/count_pending"), {"tenant_id": tenant_id}).fetchall()[0]
        batches = {each.batch: each for each in _batches(connection, tenant_id)}
        entries = _check_entries(connection, tenant_id, batches, findings)
    _check_chain(batches, findings)
    for number in [anchor.batch for anchor in anchored_before if anchor.batch not in batches]:
        findings.add(FindingKind.TRUNCATED, f"Batch {number} is anchored and not in the log.")
    anchors = {anchor.batch: anchor for anchor in file.read()}
    for number, batch in batches.items():
        anchor = anchors.get(number)
        if anchor is None and batch.sealed_at <= now - grace:
            findings.add(FindingKind.NOT_ANCHORED, f"Batch {number} has no anchor in {file.path}.")
        elif anchor is not None and anchor.hash != batch.hash.hex():
            findings.add(FindingKind.ALTERED, f"Batch {number} is not the one that was anchored.")
    return Verified(entries, len(batches), len(anchors), pending, tuple(findings.found))


def _check_entries(connection: Connection, tenant_id: str, batches: Mapping[int, _Batch], findings: _Findings) -> int:
    """Work out every hash anew; how many entries there are."""
    sealed = sum(each.last_position - each.first_position + 1 for each in batches.values())
    progress = Progress(logger, f"Checking the audit log of {tenant_id}", sealed, "entries")
    expected = 1
    number = count = 0
    for number, rows in groupby(_rows(connection, tenant_id), key=lambda row: row.batch):
        hashes = []
        for row in rows:
            if row.position != expected:
                findings.add(
                    FindingKind.DELETED, f"Entries {expected} to {row.position - 1} are missing in batch {row.batch}."
                )
            expected = row.position + 1
            again = entry_hash(
                tenant_id,
                row.position,
                row.happened_at,
                row.action,
                row.reference,
                row.actor,
                row.person,
                row.facts,
            )
            if again != row.hash:
                findings.add(FindingKind.ALTERED, f"Entry {row.position} ({row.reference}) is not what was sealed.")
            hashes.append(row.hash)
        count += len(hashes)
        _check_batch(tenant_id, batches.get(number), number, expected - 1, hashes, findings)
        progress.done(count)
    if (last := max(batches, default=0)) > number:
        findings.add(FindingKind.TRUNCATED, f"The entries of the batches {number + 1} to {last} are missing.")
    return count


def _check_batch(
    tenant_id: str, batch: _Batch | None, number: int, last_position: int, hashes: list[bytes], findings: _Findings
) -> None:
    if batch is None:
        findings.add(FindingKind.TRUNCATED, f"Batch {number} has entries and no row of its own.")
        return
    if batch.last_position > last_position:
        findings.add(
            FindingKind.DELETED, f"Entries {last_position + 1} to {batch.last_position} are missing in batch {number}."
        )
    again = batch_hash(
        tenant_id,
        batch.batch,
        batch.first_position,
        batch.last_position,
        batch.previous_hash,
        batch.sealed_at,
        entries_hash(hashes),
    )
    if again != batch.hash:
        findings.add(FindingKind.REORDERED, f"Batch {number} does not hold what was sealed, in the order of then.")


def _check_chain(batches: Mapping[int, _Batch], findings: _Findings) -> None:
    before = NOTHING
    for expected, number in enumerate(sorted(batches), start=1):
        batch = batches[number]
        if number != expected:
            findings.add(FindingKind.DELETED, f"The batches {expected} to {number - 1} are missing.")
            return
        if batch.previous_hash != before:
            findings.add(FindingKind.REORDERED, f"Batch {number} does not follow the batch before it.")
        before = batch.hash


def _batches(connection: Connection, tenant_id: str) -> list[_Batch]:
    with connection.cursor(row_factory=class_row(_Batch)) as cursor:
        return cursor.execute(statement("audit/batches"), {"tenant_id": tenant_id}).fetchall()


def _rows(connection: Connection, tenant_id: str) -> Iterator[_Row]:
    with connection.cursor(name="audit_log", row_factory=class_row(_Row)) as cursor:
        cursor.itersize = ROWS_A_FETCH
        cursor.execute(statement("audit/log"), {"tenant_id": tenant_id})
        yield from cursor
