"""The worked example of `docs/guides/adding-a-source.md` is a source, and a sync from it ends as one from CSV files."""

import csv
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leo_activation import sync
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import REPOSITORY
from leo_activation.sources.arangodump import Arangodump
from leo_activation.sources.csv_files import CUSTOMERS, EVENTS, CsvFiles
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import tenant_without_graph
from tests.sources.contract import hold_to_the_contract
from tests.sync.conftest import Sync
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, write_csv, write_dump
from tests.sync.stored import rows

PAGE = REPOSITORY / "docs" / "guides" / "adding-a-source.md"
NAME = "source_example_of_the_docs"
PEOPLE = [
    CUSTOMER,
    {**CUSTOMER, "customer_id": "2", "first_name": 'Ba, the "second"', "email": ""},
    {**CUSTOMER, "customer_id": "3", "age": "three hundred"},
]
ACTS = [EVENT, {**EVENT, "event_id": "101", "customer_id": "2"}, {**EVENT, "event_id": "102", "event_type": "nothing"}]
ANYTHING_GOES = sync.QualityLimits(largest_bad_share=1, least_key_share=0, least_volume=0)


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The page's one block of Python, as a module."""
    (block,) = [part.partition("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```python\n")[1:]]
    module = ModuleType(NAME)
    sys.modules[NAME] = module
    try:
        exec(compile(block, str(PAGE), "exec"), vars(module))  # noqa: S102 - a page of this repository
        yield module
    finally:
        del sys.modules[NAME]


@pytest.fixture
def files(tmp_path: Path) -> CsvFiles:
    """The rows in CSV files, with a column that is never copied."""
    write_csv(tmp_path / "csv", PEOPLE, ACTS)
    file = tmp_path / "csv" / "crm_customers.csv"
    head, *lines = file.read_text().splitlines()
    file.write_text("\n".join([f"{head},password", *(f"{line},NEVERCOPY" for line in lines)]) + "\n")
    return CsvFiles(tmp_path / "csv")


@pytest.fixture
def database(files: CsvFiles, tmp_path: Path) -> Path:
    """The same rows as the CSV files, in a SQLite file."""
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        for collection in (CUSTOMERS, EVENTS):
            with (tmp_path / "csv" / f"{collection.name}.csv").open(newline="") as file:
                head, *lines = list(csv.reader(file))
            columns = ", ".join(f'"{name}"' for name in head)
            connection.execute(f'CREATE TABLE "{collection.name}" ({columns})')
            marks = ", ".join("?" * len(head))
            connection.executemany(f'INSERT INTO "{collection.name}" VALUES ({marks})', lines)
    connection.close()
    return path


def test_the_sources_that_are_there_keep_the_contract(files: CsvFiles, tmp_path: Path) -> None:
    hold_to_the_contract(files)
    secret = {**PROFILE, "_key": "p2", "_rev": "r2", "password": "NEVERCOPY", "webCookies": {"a": "NEVERCOPY"}}
    hold_to_the_contract(Arangodump(write_dump(tmp_path / "dump", profiles=[PROFILE, secret])))


def test_the_example_keeps_the_contract(example: Any, database: Path) -> None:
    hold_to_the_contract(example.SqliteFile(database))


def test_a_sync_from_the_example_ends_as_one_from_csv_files(
    example: Any, database: Path, files: CsvFiles, tenant: Tenant, warehouse: Warehouse, run_sync: Sync
) -> None:
    other = tenant_without_graph(warehouse)
    run_sync(tenant, example.SqliteFile(database), limits=ANYTHING_GOES)
    _without_graph(warehouse, other, files)
    said = "SELECT profile_id, first_name, email, age, total_spent_minor, source_rev FROM core.profile ORDER BY 1"
    done = "SELECT event_id, profile_id, event_type, value_minor, occurred_at FROM core.event ORDER BY 1"
    aside = "SELECT collection, source_key, rule, raw FROM ops.open_quarantine ORDER BY 1, 2"
    assert len(rows(warehouse, tenant, said)) == 2
    for query in (said, done, aside):
        assert rows(warehouse, tenant, query) == rows(warehouse, other, query) != []


def test_a_file_without_a_column_is_refused_before_anything_is_read(example: Any, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE crm_customers DROP COLUMN email")
    connection.close()
    with pytest.raises(Configuration, match="crm_customers of the SQLite source has no column 'email'"):
        example.SqliteFile(database)
    with pytest.raises(Configuration, match="is not a file"):
        example.SqliteFile(database.with_name("other.sqlite"))


def test_a_file_that_breaks_off_is_not_taken_for_the_whole(example: Any, database: Path) -> None:
    source = example.SqliteFile(database)
    with sqlite3.connect(database) as connection:
        connection.executemany(
            f"INSERT INTO crm_customers ({CUSTOMERS.key}) VALUES (?)", [(f"{n:0>2000}",) for n in range(500)]
        )
    connection.close()
    content = bytearray(database.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    database.write_bytes(bytes(content))
    with pytest.raises(Permanent, match="cannot be read"):
        list(source.read("crm_customers"))


def _without_graph(warehouse: Warehouse, tenant: Tenant, source: CsvFiles) -> None:
    """A sync up to the merged tables."""
    run = sync.open_run(warehouse, tenant.tenant_id, "docs", mode=sync.SyncMode.INCREMENTAL)
    sync.extract(warehouse, tenant.tenant_id, run, source)
    sync.check(warehouse, tenant.tenant_id, run, limits=ANYTHING_GOES)
    sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=b"a key that only the tests know, 32+")
