"""Airflow's connections become what the package works with, and lose nothing on the way."""

from airflow.sdk import Connection
from psycopg.conninfo import conninfo_to_dict

from leo_activation.orchestration.connections import libpq_url


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
