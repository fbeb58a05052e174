"""How entries and batches are hashed; `0030_audit.sql` writes the same, and neither calls the other.

A hash is SHA-256 (FIPS 180-4) over a JSON array as PostgreSQL prints jsonb: elements parted by a comma and a space,
text as it stands, bytes in hexadecimal, moments in UTC to the microsecond.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

NOTHING = b""
"""What the first batch names as the hash of the batch before it."""


def entry_hash(
    tenant_id: str,
    position: int,
    happened_at: datetime,
    action: str,
    reference: str,
    actor: bytes | None,
    person: bytes | None,
    facts: str,
) -> bytes:
    """The hash of one entry; `facts` is the text of its jsonb."""
    return _digest([tenant_id, position, _moment(happened_at), action, reference, _hex(actor), _hex(person), facts])


def entries_hash(hashes: Iterable[bytes]) -> bytes:
    """The hash of a batch's entries, in their order."""
    digest = hashlib.sha256()
    for each in hashes:
        digest.update(each)
    return digest.digest()


def batch_hash(
    tenant_id: str,
    batch: int,
    first_position: int,
    last_position: int,
    previous_hash: bytes,
    sealed_at: datetime,
    entries: bytes,
) -> bytes:
    """The hash of a batch over what it holds and the batch before it."""
    return _digest(
        [tenant_id, batch, first_position, last_position, previous_hash.hex(), _moment(sealed_at), entries.hex()]
    )


def _digest(values: list[str | int | None]) -> bytes:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).digest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
