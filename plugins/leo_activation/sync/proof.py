"""The proof that the copy is complete: rows and a digest of the source, against rows and a digest of what is here.

The digest is that of a multiset of (key, revision), so it depends on no order: the md5 of each `key 0x1F rev` is two
numbers of 64 bits, and each half is summed modulo 2^64. The source's side is computed while the source is read, the
other by the database after the merge, over the rows of `core` and the rows that stand in quarantine.
"""

import hashlib
import json
import logging
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import cast

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sync.comparison import KNOWN
from leo_activation.sync.runs import Step, SyncMode, SyncState
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

_MODULUS = 1 << 64
_halves = struct.Struct(">QQ").unpack


class Scope(StrEnum):
    """What was read of a collection in a run.

    whole: every row. listed: every row's key and revision, and the rows that differ. read: what is new.
    """

    WHOLE = "whole"
    LISTED = "listed"
    READ = "read"


@dataclass(frozen=True)
class Tally:
    """How many rows, and their digest as 32 hexadecimal digits."""

    rows: int
    digest: str


@dataclass(frozen=True)
class CollectionProof:
    """Source and target of one collection. scope `read` speaks only of the rows that this run read.

    withheld: rows missing at the source that stay here, because some rows of the source cannot be identified.
    """

    scope: Scope
    source: Tally
    target: Tally | None
    withheld: int = 0

    @property
    def equal(self) -> bool:
        """Whether everything of the source is here, and nothing else."""
        return self.source == self.target


class Digest:
    """A multiset of (key, revision) that grows and shrinks; holds two numbers, whatever its size."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rows = self._high = self._low = 0

    def add(self, key: str, rev: str) -> None:
        """Put one in."""
        high, low = _numbers(key, rev)
        self._rows += 1
        self._high += high
        self._low += low

    def remove(self, key: str, rev: str) -> None:
        """Take out one that was put in."""
        high, low = _numbers(key, rev)
        self._rows -= 1
        self._high -= high
        self._low -= low

    @property
    def tally(self) -> Tally:
        """What is in it now."""
        return Tally(self._rows, f"{self._high % _MODULUS:016x}{self._low % _MODULUS:016x}")


def _numbers(key: str, rev: str) -> tuple[int, int]:
    digest = hashlib.md5(f"{key}\x1f{rev}".encode(), usedforsecurity=False).digest()
    return cast(tuple[int, int], _halves(digest))


def record_source(step: Step, sources: Mapping[str, CollectionProof]) -> None:
    """Keep what the source has, or what was read of it, in the transaction of the extraction."""
    _record(step, sources)


def settle(step: Step) -> None:
    """Compare what is here after the merge with what the source had, and say both, a line a collection.

    Raises:
        Permanent: they differ. Nothing of the merge is kept; the run is stopped, with the proof of why.
    """
    proofs: dict[str, CollectionProof] = {}
    for collection, found in _read(step.connection, step.parameters()).items():
        staged = sql.Identifier(collection)
        known: sql.Composable = sql.SQL(statement(KNOWN[collection]))
        if found.scope is Scope.READ:
            known = sql.SQL(statement("sync/known_of_read_keys")).format(known=known, staged=staged)
        query = sql.SQL(statement("sync/tally_target")).format(known=known, staged=staged)
        values = {
            **step.parameters(),
            "collection": collection,
            "everything": found.scope is not Scope.READ,
            "states": step.run.mode == SyncMode.REPLAY,
        }
        row = step.connection.execute(query, values).fetchone()
        rows, digest, withheld = row or (0, "", 0)
        proof = CollectionProof(found.scope, found.source, Tally(int(rows), str(digest)), int(withheld))
        proofs[collection] = proof
        (logger.info if proof.equal else logger.error)("%s", _line(collection, proof))
    different = [_line(collection, proof) for collection, proof in proofs.items() if not proof.equal]
    if different:
        problem = f"The copy is not complete. {' '.join(different)}"
        step.connection.rollback()
        _record(step, proofs)
        step.connection.execute(statement("sync/record_problem"), {**step.parameters(), "problem": problem})
        step.finish(SyncState.STOPPED, "proof", {"equal": False})
        raise Permanent(
            f"Sync run {step.run.sync_run_id} of tenant {step.tenant.tenant_id} is stopped, nothing of it was merged: "
            f"{problem}"
        )
    _record(step, proofs)


def read_proof(warehouse: Warehouse, tenant_id: str, sync_run_id: int) -> Mapping[str, CollectionProof]:
    """The proof of a run by collection; a run that is not merged has no targets yet, and before that no collections."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "sync_run_id": sync_run_id}
        return _read(connection, values)


def _read(connection: Connection, values: Mapping[str, object]) -> dict[str, CollectionProof]:
    row = connection.execute(statement("sync/read_proof"), values).fetchone()
    told = cast(Mapping[str, Mapping[str, object]], row[0] if row else {})
    return {collection: _proof(each) for collection, each in told.items()}


def _proof(told: Mapping[str, object]) -> CollectionProof:
    target = cast(Mapping[str, object] | None, told["target"])
    return CollectionProof(
        Scope(cast(str, told["scope"])),
        _tally(cast(Mapping[str, object], told["source"])),
        None if target is None else _tally(target),
        cast(int, told["withheld"]),
    )


def _tally(told: Mapping[str, object]) -> Tally:
    return Tally(cast(int, told["rows"]), cast(str, told["digest"]))


def _record(step: Step, proofs: Mapping[str, CollectionProof]) -> None:
    told = {collection: {**asdict(proof), "equal": proof.equal} for collection, proof in proofs.items()}
    step.connection.execute(statement("sync/record_proof"), {**step.parameters(), "proof": json.dumps(told)})


def _line(collection: str, proof: CollectionProof) -> str:
    source, target = proof.source, proof.target or Tally(0, "")
    here = f"{source.rows:,} rows {'read' if proof.scope is Scope.READ else 'at the source'}, {target.rows:,} here"
    withheld = f", {proof.withheld:,} more withheld from deletion" if proof.withheld else ""
    return f"{collection}: {here}{withheld}, digest {'equal' if source.digest == target.digest else 'different'}."
