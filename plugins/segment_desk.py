"""The Airflow plugin of the Segment desk: registers its pages and an entry in the navigation, nothing else."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.desk.plugin import URL_PREFIX, DeskApp


class SegmentDesk(AirflowPlugin):
    """The desk at /segment-desk/, in Airflow's navigation."""

    name = "segment_desk"
    fastapi_apps = [{"app": DeskApp(), "url_prefix": URL_PREFIX, "name": "Segment desk"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Segments",
            "href": f"{URL_PREFIX}/",
            "destination": "nav",
            "url_route": "segments",
        }
    ]
