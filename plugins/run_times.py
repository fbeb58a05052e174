"""The Airflow plugin that notes how long DAG runs took: it registers the listener, nothing else."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.orchestration import run_times


class RunTimes(AirflowPlugin):
    """Each DAG run that ends has a row in ops.dag_run."""

    name = "run_times"
    listeners = [run_times]  # noqa: RUF012
