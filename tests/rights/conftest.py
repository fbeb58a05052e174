"""Fixtures of the rights of people: the sync's own, over a warehouse whose every table is looked at.

Each file has one of its own: the person whom one file erases lives on in what another leaves.
"""

from collections.abc import Iterator

import pytest

from leo_activation.warehouse.connections import Warehouse
from tests.conftest import fresh_warehouse
from tests.sync.conftest import Sync, leo_tenant, syncs_of

__all__ = ["leo_tenant"]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """One of the file's own."""
    with fresh_warehouse() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def run_sync(warehouse: Warehouse, pseudonym_key: bytes) -> Sync:
    """All steps of a sync over the file's warehouse."""
    return syncs_of(warehouse, pseudonym_key)
