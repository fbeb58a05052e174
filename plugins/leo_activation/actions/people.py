"""The rights of people over all features: an erasure is alone with its tenant, reaches files, ends in the audit log."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leo_activation import audit
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import Transient
from leo_activation.rights.erasing import Certificate, ErasureMeans, erase
from leo_activation.rights.exporting import export_person, note_export
from leo_activation.rights.person import Person
from leo_activation.rights.retention import count_expired, enforce, read_retention
from leo_activation.settings import Settings
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Warehouse

ERASABLE_PROVIDERS = frozenset({"sendgrid"})
"""Providers whose interface takes an erasure; of all others a person has to ask."""

OUTBOX = "outbox"
LARGEST_MESSAGE = 1 << 20
"""Bytes of a file that are looked at; no message of this program is larger."""
MOST_ENTRIES = 10_000


def erase_person(warehouse: Warehouse, settings: Settings, tenant_id: str, named: str, *, asked_by: str) -> Certificate:
    """Erase a person everywhere, and seal the certificate into the audit log.

    Raises:
        Permanent: nothing is held of such a person, or several people are known by the name.
        Transient: a sync of the tenant is at work, or something holds the person's rows.
    """
    means = ErasureMeans(
        pseudonym_key=settings.pseudonym_key(),
        seal=sealer_from(settings).seal,
        erasable=ERASABLE_PROVIDERS,
        remove_files=lambda person: remove_files(file_folders(settings), person),
    )
    with beside_syncs(warehouse, tenant_id) as alone:
        if alone is None:
            raise Transient(f"A sync of tenant {tenant_id} is at work; erase again when it has ended.")
        certificate = erase(*alone, named, asked_by=asked_by, means=means)
    # What was noted names the customer until it is sealed.
    audit.seal(warehouse, tenant_id, settings.audit_folder, settings.pseudonym_key())
    return certificate


def export(warehouse: Warehouse, settings: Settings, tenant_id: str, named: str, *, asked_by: str) -> dict[str, Any]:
    """What is held of a person, with what the audit log says was done to them; the export itself is put on record.

    Raises:
        Permanent: no such person is known, or several are.
    """
    key = settings.pseudonym_key()
    told = export_person(warehouse, tenant_id, named, pseudonym_key=key)
    entries = [
        {"at": entry.happened_at.isoformat(), "action": entry.action, "reference": entry.reference}
        for customer in told["customers"]
        for entry in audit.entries_about(
            warehouse, tenant_id, person=audit.pseudonym(tenant_id, "customer", customer, key), limit=MOST_ENTRIES
        )
    ]
    # Last of all, and before anybody gets it: what could not be read was not handed out.
    note_export(warehouse, tenant_id, told["customers"][0], asked_by=asked_by)
    return {**told, "audit": entries}


def enforce_retention(warehouse: Warehouse, tenant_id: str, *, dry_run: bool = False) -> dict[str, int]:
    """Delete what is beyond its time, or with `dry_run` count it; gives rows by table.

    Raises:
        Transient: a sync of the tenant is at work.
    """
    policy = read_retention()
    with beside_syncs(warehouse, tenant_id) as alone:
        if alone is None:
            raise Transient(f"A sync of tenant {tenant_id} is at work; retention is enforced when it has ended.")
        connection, tenant = alone
        return count_expired(connection, tenant, policy) if dry_run else enforce(connection, tenant, policy)


def file_folders(settings: Settings) -> list[Path]:
    """Where messages are written to: the outbox, and what `LEO_MESSAGE_FOLDERS` names beside it, such as a maildir."""
    more = settings.optional("LEO_MESSAGE_FOLDERS") or ""
    return [settings.home / OUTBOX, *(Path(each) for each in more.split(os.pathsep) if each)]


def remove_files(folders: Sequence[Path], person: Person) -> int:
    """Delete the files of the person's messages, finished or not, and reports about them; gives how many.

    The file channel names each file after its delivery (`<id>.eml`, `<id>.txt`, `.<name>.<random>.partial`). Any other
    file is about the person where it names a delivery of theirs, as a report does by its Message-ID: not by an address,
    which another tenant may have written to as well.
    """
    ids = {str(delivery) for delivery in person.deliveries}
    words = [each.encode() for each in ids]
    removed = 0
    for folder in folders:
        for path in folder.rglob("*") if words and folder.is_dir() else ():
            if path.is_file() and (path.name.lstrip(".").partition(".")[0] in ids or _names(path, words)):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _names(path: Path, words: Sequence[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MESSAGE).lower()
    except FileNotFoundError:
        # A worker took its partial file away.
        return False
    return any(word in content for word in words)
