"""Superset on the machine: its environment variables and its process."""

import os
from urllib.parse import unquote, urlsplit

from embedded.credentials import Credentials
from embedded.environment import inherited
from embedded.places import Places
from embedded.processes import Service, answers
from embedded.steps import digest
from embedded.urls import role_url, sqlalchemy_url


def base_url(places: Places) -> str:
    """The address of the web interface."""
    return f"http://127.0.0.1:{places.ports.superset}"


def settings(places: Places, credentials: Credentials) -> dict[str, str]:
    """What superset/superset_config.py and superset/bootstrap.py read."""
    reporter = role_url(places, credentials, "leo_reporter", "leo")
    metadata = role_url(places, credentials, "superset", "superset")
    return {
        "LEO_HOME": str(places.home),
        "LEO_SUPERSET_PORT": str(places.ports.superset),
        "LEO_SUPERSET_DATABASE_URI": sqlalchemy_url(metadata, "psycopg2"),
        "LEO_SUPERSET_ADMIN_PASSWORD": credentials.superset_admin,
        "LEO_REPORTER_URL": reporter,
        "LEO_REPORTER_PASSWORD": unquote(urlsplit(reporter).password or ""),
        "SUPERSET_SECRET_KEY": credentials.superset_secret_key,
        "SUPERSET_CONFIG_PATH": str(places.repository / "superset" / "superset_config.py"),
        "SUPERSET_HOME": str(places.superset),
        "FLASK_APP": "superset.app:create_app()",
    }


def environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """The whole environment of Superset's processes."""
    return {
        **inherited(),
        **settings(places, credentials),
        "PATH": f"{places.superset_venv / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "SCARF_ANALYTICS": "false",
        "PYTHONUNBUFFERED": "1",
    }


def bootstrap_inputs(places: Places, credentials: Credentials) -> str:
    """What the import of dashboards, roles and people depends on."""
    repository = places.repository
    return digest(
        repr(sorted(settings(places, credentials).items())),
        repository / "superset",
        repository / "include" / "sql",
    )


def service(places: Places, credentials: Credentials) -> Service:
    """The web server. Never preloaded: workers that share one connection answer 500 at random."""
    return Service(
        name="superset",
        command=[
            str(places.superset_venv / "bin" / "gunicorn"),
            *("--workers", "2", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"),
            *("--no-control-socket", "--bind", f"{places.network.bind}:{places.ports.superset}"),
            "superset.app:create_app()",
        ],
        environment=environment(places, credentials),
        folder=places.home,
        run_folder=places.run,
        log_folder=places.log,
        is_ready=lambda: answers(f"{base_url(places)}/health"),
        configuration=digest(
            repr(sorted(settings(places, credentials).items())),
            places.repository / "superset" / "superset_config.py",
            places.repository / "superset" / "requirements.txt",
        ),
        start_seconds=300.0,
    )
