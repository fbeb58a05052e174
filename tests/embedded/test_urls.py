"""Connection URLs for each role."""

from pathlib import Path

import pytest

from embedded.credentials import Credentials
from embedded.failure import SetupError
from embedded.places import Places
from embedded.urls import administrator_url, role_url, sqlalchemy_url, with_database


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials.load(tmp_path / "secrets.json")


def test_a_role_of_ones_own_server_keeps_host_port_and_options(credentials: Credentials) -> None:
    places = Places.from_environment(
        {"LEO_DATABASE_URL": "postgres://boss:p%40ss@db.example:6543/postgres?sslmode=require"}
    )
    url = role_url(places, credentials, "leo_reader", "leo")
    assert url == f"postgresql://leo_reader:{credentials.leo_reader}@db.example:6543/leo?sslmode=require"


def test_the_embedded_server_is_reached_on_loopback_at_its_port(credentials: Credentials) -> None:
    places = Places.from_environment({"LEO_POSTGRES_PORT": "5555"})
    assert administrator_url(places, credentials).endswith("@127.0.0.1:5555/postgres")


def test_a_url_that_names_no_administrator_is_refused(credentials: Credentials) -> None:
    places = Places.from_environment({"LEO_DATABASE_URL": "db.example"})
    with pytest.raises(SetupError, match="must look like postgresql://"):
        administrator_url(places, credentials)


def test_the_driver_is_named_for_sqlalchemy() -> None:
    url = with_database("postgresql://a:b@h/x?sslmode=require", "airflow")
    assert sqlalchemy_url(url, "psycopg2") == "postgresql+psycopg2://a:b@h/airflow?sslmode=require"
