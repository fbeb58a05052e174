"""The rights of people over all features: an erasure is alone with its tenant, reaches files, ends in the audit log."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from leo_activation import audit
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import Transient
from leo_activation.rights.erasing import Certificate, ErasureMeans, erase
from leo_activation.rights.person import Person
from leo_activation.settings import Settings
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Warehouse

logger = logging.getLogger(__name__)

ERASABLE_PROVIDERS = frozenset({"sendgrid"})
"""Providers whose interface takes an erasure; of all others a person has to ask."""

OUTBOX = "outbox"


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


def file_folders(settings: Settings) -> list[Path]:
    """Where this installation writes messages to: the outbox, and what `LEO_MESSAGE_FOLDERS` names beside it."""
    more = settings.optional("LEO_MESSAGE_FOLDERS") or ""
    return [settings.home / OUTBOX, *(Path(each) for each in more.split(os.pathsep) if each)]


def remove_files(folders: Sequence[Path], person: Person) -> int:
    """Delete the files of the person's deliveries, finished or not; gives how many.

    The file channel names each file after its delivery (`<id>.eml`, `<id>.txt`, `.<name>.<random>.partial`).
    """
    ids = {str(delivery) for delivery in person.deliveries}
    removed = 0
    for folder in folders:
        if not ids or not folder.is_dir():
            continue
        for path in folder.rglob("*"):
            if path.name.lstrip(".").partition(".")[0] in ids and path.is_file():
                path.unlink(missing_ok=True)
                removed += 1
    return removed
