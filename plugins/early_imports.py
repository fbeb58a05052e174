"""The Airflow plugin that imports the pipeline before Airflow forks: it registers the listener, nothing else."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.orchestration import early_imports


class EarlyImports(AirflowPlugin):
    """Tasks and parsers start with the pipeline imported."""

    name = "early_imports"
    listeners = [early_imports]  # noqa: RUF012
