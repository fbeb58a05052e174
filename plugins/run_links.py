"""The Airflow plugin of the links between a task and the pages that people look at: it registers them, nothing else."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.orchestration.run_links import DataDocsLink, DeskLink, ReviewLink


class RunLinks(AirflowPlugin):
    """Buttons on the page of a task instance."""

    name = "run_links"
    global_operator_extra_links = [DeskLink(), ReviewLink(), DataDocsLink()]  # noqa: RUF012
