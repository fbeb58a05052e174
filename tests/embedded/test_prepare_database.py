"""Databases and roles, on the real server."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from embedded.prepare_database import Server, create_warehouse, describe, lacks
from embedded.urls import with_database

GOOD = Server(version=180006, age=(1, 8, 0), has_vector=True, preloads_age=True, user="boss", may_create=True)


@pytest.fixture(scope="module")
def administrator() -> str:
    return os.environ["LEO_ADMIN_URL"]


@pytest.fixture(scope="module")
def database(administrator: str) -> Iterator[str]:
    """A warehouse without any migration."""
    name = f"leo_test_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    yield name
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_the_server_in_use_lacks_nothing(administrator: str) -> None:
    with psycopg.connect(administrator) as connection:
        assert lacks(describe(connection)) == []


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (replace(GOOD, version=160010), "PostgreSQL 16; 17 or later"),
        (replace(GOOD, age=None), "no Apache AGE"),
        (
            replace(GOOD, age=(1, 6, 0)),
            "AGE 1.6.0; 1.7 or later is needed, because older ones let a read-only role write",
        ),
        (replace(GOOD, preloads_age=False), "shared_preload_libraries = 'age'"),
        (replace(GOOD, has_vector=False), "no pgvector"),
        (replace(GOOD, may_create=False), "boss may not create roles"),
    ],
)
def test_each_lack_is_one_sentence(server: Server, sentence: str) -> None:
    (only,) = lacks(server)
    assert sentence in only


def test_several_lacks_are_all_said() -> None:
    assert len(lacks(replace(GOOD, version=150010, has_vector=False, may_create=False))) == 3


def test_a_login_without_rights_is_recognised(administrator: str) -> None:
    with psycopg.connect(os.environ["LEO_OWNER_URL"]) as connection:
        server = describe(connection)
    assert server.user == "leo_owner"
    assert not server.may_create


def test_creating_a_warehouse_again_changes_nothing(administrator: str, database: str) -> None:
    create_warehouse(administrator, database)


def test_the_owner_can_make_a_graph_and_the_reader_cannot(administrator: str, database: str) -> None:
    create = "SELECT create_graph('graph_probe')"
    with (
        psycopg.connect(with_database(os.environ["LEO_READER_URL"], database)) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute(create)
    with psycopg.connect(with_database(os.environ["LEO_OWNER_URL"], database)) as owner:
        owner.execute("SET LOCAL search_path = ag_catalog, public")
        assert owner.execute(create).rowcount == 1


def test_the_reader_finds_no_function_but_those_of_age(database: str) -> None:
    with psycopg.connect(with_database(os.environ["LEO_READER_URL"], database)) as reader:
        assert reader.execute("SHOW search_path").fetchone() == ("ag_catalog",)
        with pytest.raises(psycopg.errors.UndefinedObject):
            reader.execute("SELECT '[1]'::vector")


@pytest.mark.parametrize("other", ["airflow", "superset"])
def test_roles_of_the_warehouse_cannot_enter_other_databases(other: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(with_database(os.environ["LEO_WRITER_URL"], other))


def test_the_owner_of_report_views_cannot_log_in(administrator: str) -> None:
    with psycopg.connect(administrator) as connection:
        row = connection.execute(
            "SELECT rolcanlogin, rolbypassrls, pg_has_role('leo_owner', oid, 'SET') "
            "FROM pg_roles WHERE rolname = 'leo_report_owner'"
        ).fetchone()
    assert row == (False, False, True)
