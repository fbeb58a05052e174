"""The Airflow plugin that keeps stack traces of foreseen errors out of task logs: it registers the listener."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.orchestration import refusals


class PlainRefusals(AirflowPlugin):
    """A refusal is one sentence in the log."""

    name = "plain_refusals"
    listeners = [refusals]  # noqa: RUF012
