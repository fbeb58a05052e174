"""Fixtures of the rights of people: the sync's own, over a warehouse whose every table is looked at."""

from collections.abc import Iterator

import pytest

from leo_activation.warehouse.connections import Warehouse
from tests.conftest import fresh_warehouse
from tests.sync.conftest import leo_tenant, run_sync

__all__ = ["leo_tenant", "run_sync"]


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """One of the folder's own."""
    with fresh_warehouse() as fresh:
        yield fresh
