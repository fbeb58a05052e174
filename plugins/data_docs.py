"""The Airflow plugin of the data docs: registers their pages and an entry in the navigation, nothing else."""

from airflow.plugins_manager import AirflowPlugin

from leo_activation.orchestration.data_docs import URL_PREFIX, DataDocsApp


class DataDocs(AirflowPlugin):
    """Great Expectations' data docs at /data-docs/, in the navigation under Browse."""

    name = "data_docs"
    fastapi_apps = [{"app": DataDocsApp(), "url_prefix": URL_PREFIX, "name": "Data docs"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Data quality",
            "href": f"{URL_PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "data-quality",
        }
    ]
