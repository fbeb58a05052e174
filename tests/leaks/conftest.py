"""The leaks' own warehouse: every column of every table is looked at."""

from collections.abc import Iterator

import pytest

from leo_activation.warehouse.connections import Warehouse
from tests.conftest import fresh_warehouse


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """One of the folder's own."""
    with fresh_warehouse() as fresh:
        yield fresh
