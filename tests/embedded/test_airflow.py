"""What Airflow's processes are told on the machine."""

from pathlib import Path

import pytest

from embedded import airflow
from embedded.credentials import Credentials
from embedded.places import Places


def test_the_environment_may_say_how_patient_airflow_is_and_nothing_else_of_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", "30")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SequentialExecutor")
    places = Places.from_environment({"LEO_HOME": str(tmp_path / "home"), "LEO_TOOLS": str(tmp_path / "tools")})
    told = airflow.environment(places, Credentials.load(places.secrets))
    assert told["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"] == "30"
    assert told["AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL"] == "60"
    assert told["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
