"""Where an instance lives, read from the environment."""

from pathlib import Path

import pytest

from embedded.failure import SetupError
from embedded.places import REPOSITORY, Places


def test_a_second_home_shares_the_tools_of_the_first(tmp_path: Path) -> None:
    places = Places.from_environment({"LEO_HOME": str(tmp_path)})
    assert places.postgres_data.is_relative_to(tmp_path)
    assert places.venv == REPOSITORY / ".leo" / "venv"


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_named_with_its_variable(value: str) -> None:
    with pytest.raises(SetupError, match="LEO_AIRFLOW_PORT"):
        Places.from_environment({"LEO_AIRFLOW_PORT": value})


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(SetupError, match="LEO_AIRFLOW_PORT and LEO_WEBHOOKS_PORT both name port 9000"):
        Places.from_environment({"LEO_AIRFLOW_PORT": "9000", "LEO_WEBHOOKS_PORT": "9000"})


@pytest.mark.parametrize("folder", [Path("/"), REPOSITORY, REPOSITORY.parent])
def test_a_home_that_clean_must_not_remove_is_refused(folder: Path) -> None:
    with pytest.raises(SetupError, match="holds other things"):
        Places.from_environment({"LEO_HOME": str(folder)})
