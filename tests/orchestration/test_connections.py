"""Airflow's connections become what the package works with, and lose nothing on the way."""

from typing import Any

import pytest
from airflow.sdk import Connection
from psycopg.conninfo import conninfo_to_dict

from leo_activation.errors import Configuration
from leo_activation.orchestration.connections import arangodb_settings, libpq_url
from leo_activation.sources.arangodb_settings import ArangodbAuth, ArangodbSettings


def test_a_password_of_any_characters_comes_through() -> None:
    connection = Connection(
        conn_id="leo_writer", conn_type="postgres", host="db", login="leo writer", password="p@ss/w:rd?#", schema="leo"
    )
    assert conninfo_to_dict(libpq_url(connection)) == {
        "user": "leo writer",
        "password": "p@ss/w:rd?#",
        "host": "db",
        "port": "5432",
        "dbname": "leo",
    }


def test_the_tls_settings_of_your_own_server_are_kept() -> None:
    connection = Connection(
        conn_id="leo_reader",
        conn_type="postgres",
        host="db",
        login="r",
        password="p",
        schema="leo",
        port=6543,
        extra='{"sslmode": "verify-full", "sslrootcert": "/etc/ssl/ca.pem", "cursor": "dictcursor"}',
    )
    parsed = conninfo_to_dict(libpq_url(connection))
    assert (parsed["port"], parsed["sslmode"], parsed["sslrootcert"]) == ("6543", "verify-full", "/etc/ssl/ca.pem")
    assert "cursor" not in parsed


def test_leo_cdp_is_reached_by_what_its_connection_says() -> None:
    connection = Connection(
        conn_id="leo_arangodb_shop",
        conn_type="http",
        host="cdp",
        port=8530,
        login="leo",
        password="p@ss/w:rd?#",
        schema="leo_retail",
        extra=f'{{"protocol": "http", "auth": "jwt", "verify": "{__file__}"}}',
    )
    assert arangodb_settings(connection) == ArangodbSettings(
        url="http://cdp:8530",
        database="leo_retail",
        user="leo",
        password="p@ss/w:rd?#",
        auth=ArangodbAuth.JWT,
        verify=__file__,
    )


def test_what_a_connection_to_leo_cdp_leaves_out_is_what_is_safe() -> None:
    connection = Connection(conn_id="c", conn_type="http", host="cdp", login="leo", password="p", schema="leo_retail")
    settings = arangodb_settings(connection)
    assert (settings.url, settings.verify) == ("https://cdp:8529", True)
    assert settings.auth is ArangodbAuth.BASIC


@pytest.mark.parametrize(
    "changed",
    [
        {"host": None},
        {"login": None},
        {"schema": None},
        {"extra": '{"verify": false}'},
        {"extra": '{"auth": "none"}'},
        {"extra": '{"protocol": "ftp"}'},
    ],
)
def test_a_connection_to_leo_cdp_that_lacks_something_or_is_unsafe_is_refused(changed: dict[str, Any]) -> None:
    values = {"host": "cdp", "login": "leo", "password": "SECRET", "schema": "leo", **changed}
    with pytest.raises(Configuration) as caught:
        arangodb_settings(Connection(conn_id="leo_arangodb_shop", conn_type="http", **values))
    assert "SECRET" not in str(caught.value)
