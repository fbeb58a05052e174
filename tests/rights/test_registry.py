"""Every table of the database is classified: what it holds of a person, what an erasure does, how long it is kept."""

import pytest

from leo_activation.rights.registry import HELD, Act
from leo_activation.rights.retention import read_retention
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

SCHEMAS = ("core", "profile", "segment", "activation", "llm", "audit", "rights", "ops")
PERSONAL = (
    "customer_id", "profile_id", "address", "address_hash", "delivery_id", "person", "email", "phone", "survivor_id",
    "absorbed_id", "referrer_id", "from_profile_id", "to_profile_id", "one_profile_id", "other_profile_id",
    "value_hash",
)  # fmt: skip
"""How columns are called that lead to a person."""
WRITTEN_BY_STAFF = {"ops.staff_address"}


@pytest.fixture(scope="module")
def columns(warehouse: Warehouse) -> dict[str, dict[str, str]]:
    """Table → column → type, of every table that a migration made; partitions belong to their table."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        rows = connection.execute(
            "SELECT table_schema || '.' || table_name, column_name, "
            "CASE data_type WHEN 'ARRAY' THEN 'text[]' ELSE data_type END "
            "FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = ANY (%s) AND table_type = 'BASE TABLE' AND NOT EXISTS ("
            "SELECT FROM pg_inherits WHERE inhrelid = format('%%I.%%I', table_schema, table_name)::regclass)",
            [list(SCHEMAS)],
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def test_every_table_of_the_database_is_classified_and_no_other(columns: dict[str, dict[str, str]]) -> None:
    tables = [held.table for held in HELD]
    assert len(tables) == len(set(tables))
    assert set(columns) - set(tables) == set(), "classify these in leo_activation.rights.registry"
    assert set(tables) - set(columns) == set()


def test_a_table_with_a_column_that_leads_to_a_person_says_how_they_are_found_or_why_it_is_kept(
    columns: dict[str, dict[str, str]],
) -> None:
    for held in HELD:
        personal = set(columns[held.table]) & set(PERSONAL)
        if personal and not held.found:
            assert held.act is Act.KEEP
            assert "hash" in held.why or "sealed" in held.why or held.table in WRITTEN_BY_STAFF, held.table


def test_what_the_registry_names_is_there(columns: dict[str, dict[str, str]]) -> None:
    for held in HELD:
        here = columns[held.table]
        named = {*(each.column for each in held.found), *held.hidden, *(held.words or {})}
        assert named <= set(here), held.table
        for column, kind in (held.words or {}).items():
            assert here[column] == kind.value, f"{held.table}.{column}"
        assert (held.act is Act.BLANK) == (held.blank is not None), held.table
        assert held.act is not Act.DELETE or held.found, held.table


def test_every_table_that_holds_something_of_a_person_has_an_end_or_a_reason(
    columns: dict[str, dict[str, str]],
) -> None:
    policy = read_retention()
    personal = {held.table for held in HELD if held.found or held.words or held.table.startswith(("rights.", "audit."))}
    assert personal - set(policy.tables) == set(), "say in include/policies/retention.yaml how long these are kept"
    for table, keep in policy.limited().items():
        assert keep.moment in columns[table], table
        assert columns[table][keep.moment] == "timestamp with time zone", table
