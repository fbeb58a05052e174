"""Superset on the machine: its environment variables and its process."""

import json
import os
import subprocess
from urllib.parse import unquote, urlsplit

from embedded import airflow
from embedded.credentials import Credentials
from embedded.environment import inherited
from embedded.failure import SetupError
from embedded.places import Places
from embedded.processes import Service, answers
from embedded.steps import digest
from embedded.urls import role_url, sqlalchemy_url

PEOPLE: dict[str, list[str]] = {"business": ["*"], "retail": ["retail"]}
"""The business people of the demo, each with the tenants whose rows they see ("*": all)."""
PEOPLE_VARIABLE = "LEO_SUPERSET_PEOPLE"
TENANTS_LIMIT_S = 30
REDIS_VARIABLE = "LEO_SUPERSET_REDIS_URL"
"""Names a Redis, and switches reports and alerts by e-mail on."""
REPORT_VARIABLES = (
    REDIS_VARIABLE,
    *(
        "LEO_SUPERSET_REPORT_RECIPIENTS",
        "LEO_SUPERSET_REPORT_TIME_ZONE",
        "LEO_SUPERSET_URL",
        "LEO_SUPERSET_INTERNAL_URL",
    ),
    *("LEO_SUPERSET_SMTP_USER", "LEO_SUPERSET_SMTP_STARTTLS", "LEO_SUPERSET_SMTP_SSL", "LEO_SUPERSET_SMTP_FROM"),
)
OPENID_VARIABLES = (
    *("LEO_OIDC_ISSUER", "LEO_OIDC_SCOPES"),
    *("LEO_SUPERSET_OIDC_CLIENT_ID", "LEO_SUPERSET_OIDC_CLIENT_SECRET", "LEO_SUPERSET_OIDC_ROLES"),
)
"""Those of Superset's own client switch logging in by OpenID Connect on."""
CELERY = {
    "superset-worker": ("worker", "--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"),
    "superset-beat": ("beat", "--pidfile", "", "--schedule", "superset-beat-schedule"),
}
STARTED = {"superset-worker": " ready.", "superset-beat": "beat: Starting"}
"""What the log of each says once it works."""


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
        # Links to the Segment desk are followed by a person's browser, which may know Airflow by another name.
        "LEO_AIRFLOW_URL": os.environ.get("LEO_AIRFLOW_URL") or airflow.base_url(places),
        **people(credentials),
        **{name: os.environ[name] for name in OPENID_VARIABLES if os.environ.get(name)},
        **_reports(places),
        "LEO_REPORTER_URL": reporter,
        "LEO_REPORTER_PASSWORD": unquote(urlsplit(reporter).password or ""),
        "SUPERSET_SECRET_KEY": credentials.superset_secret_key,
        "SUPERSET_CONFIG_PATH": str(places.repository / "superset" / "superset_config.py"),
        "SUPERSET_HOME": str(places.superset),
        "FLASK_APP": "superset.app:create_app()",
    }


def people(credentials: Credentials) -> dict[str, str]:
    """Who is let in and their passwords: the demo's people, unless the environment names others."""
    named = os.environ.get(PEOPLE_VARIABLE)
    generated = {} if named else {name: str(getattr(credentials, f"superset_{name}")) for name in PEOPLE}
    passwords = {
        **{f"LEO_SUPERSET_{name.upper()}_PASSWORD": password for name, password in generated.items()},
        **{
            name: value
            for name, value in os.environ.items()
            if name.startswith("LEO_SUPERSET_") and name.endswith("_PASSWORD") and value
        },
        "LEO_SUPERSET_ADMIN_PASSWORD": credentials.superset_admin,
    }
    return {PEOPLE_VARIABLE: named or json.dumps(PEOPLE), **passwords}


def sends_reports() -> bool:
    """True where the environment switches reports and alerts by e-mail on."""
    return bool(os.environ.get(REDIS_VARIABLE))


def _reports(places: Places) -> dict[str, str]:
    """What reports and alerts need; the mail server is the sandbox's where the environment names no other."""
    named = {name: os.environ[name] for name in REPORT_VARIABLES if os.environ.get(name)}
    return {
        **named,
        "LEO_SUPERSET_SMTP_HOST": os.environ.get("LEO_SUPERSET_SMTP_HOST") or places.network.sandbox_host,
        "LEO_SUPERSET_SMTP_PORT": os.environ.get("LEO_SUPERSET_SMTP_PORT") or str(places.ports.sandbox_smtp),
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
        _tenants(places, credentials),
        repr(sorted(settings(places, credentials).items())),
        repository / "superset",
        repository / "include" / "sql",
    )


def _tenants(places: Places, credentials: Credentials) -> str:
    """The tenants that the warehouse has now, each of whom has a role in Superset; or why they are not known."""
    try:
        done = subprocess.run(
            [places.superset_venv / "bin" / "python", places.repository / "superset" / "tenants.py"],
            env=environment(places, credentials),
            capture_output=True,
            text=True,
            timeout=TENANTS_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not known after {TENANTS_LIMIT_S} s"
    return done.stdout if done.returncode == 0 else done.stderr


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
            places.repository / "superset" / "look.py",
            places.repository / "superset" / "openid_settings.py",
            places.repository / "superset" / "openid_login.py",
            places.repository / "superset" / "requirements.txt",
        ),
        start_seconds=300.0,
    )


def export_dashboards(places: Places, credentials: Credentials) -> int:
    """Write the dashboards as they are in Superset into superset/assets, printing each file that changed.

    Returns the exit status: 1 where Superset holds what the files cannot say. Raises SetupError where Superset is not
    installed.
    """
    python = places.superset_venv / "bin" / "python"
    if not python.exists():
        raise SetupError("There is no Superset here yet; run make up first.")
    command = [str(python), str(places.repository / "superset" / "export.py")]
    return subprocess.run(command, env=environment(places, credentials), cwd=places.repository, check=False).returncode


def celery_services(places: Places, credentials: Credentials) -> list[Service]:
    """What makes reports and alerts: the worker, and beat, which tells it when."""
    return [_celery_service(places, credentials, name) for name in CELERY]


def _celery_service(places: Places, credentials: Credentials, name: str) -> Service:
    log = places.log / f"{name}.log"
    return Service(
        name=name,
        command=[
            *(str(places.superset_venv / "bin" / "celery"), "--app", "superset.tasks.celery_app:app"),
            *(*CELERY[name], "--loglevel", "INFO"),
        ],
        environment=environment(places, credentials),
        folder=places.home,
        run_folder=places.run,
        log_folder=places.log,
        is_ready=lambda: STARTED[name] in log.read_text(errors="replace"),
        configuration=service(places, credentials).configuration,
        start_seconds=300.0,
    )
