"""Airflow on the machine: its settings, its four processes, its people.

The components run one by one and not by `airflow standalone`, which would serve the task logs on every network
interface and on ports that a second instance could not change.
"""

import json
import os
import urllib.request
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from embedded import stand_ins
from embedded.credentials import Credentials
from embedded.environment import inherited, pipeline_environment
from embedded.places import Places
from embedded.processes import Service
from embedded.steps import digest
from embedded.urls import role_url, sqlalchemy_url

EXECUTOR_VARIABLE = "LEO_AIRFLOW_EXECUTOR"
COMPONENTS = {
    "api-server": ("api-server", "--apps", "all"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
WORKER = "worker"
CELERY_WORKER = ("celery", "worker", "--skip-serve-logs")  # only beside the CeleryExecutor of docker-compose.yml
HEALTH_KEYS = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}
PEOPLE = {"admin": "admin", "reviewer": "user", "marketer": "viewer"}
SANDBOX_SMTP = {"security": "none", "disable_ssl": True, "disable_tls": True}
PATIENCE = {
    # What a killed scheduler left running starts again a minute or two after the next one, not five.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "60",
}
"""After how many seconds Airflow takes a process for dead, and tries a task again; the environment may name others."""
HEALTHY = "healthy"
HEARTBEAT = "latest_{}_heartbeat"


def base_url(places: Places) -> str:
    """The address of the web interface."""
    return f"http://127.0.0.1:{places.ports.airflow}"


def settings(places: Places, credentials: Credentials) -> dict[str, str]:
    """Airflow's own settings, as environment variables."""
    address = base_url(places)
    cores = os.cpu_count() or 2
    database = role_url(places, credentials, "airflow", "airflow")
    return {
        "AIRFLOW_HOME": str(places.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(places.repository / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(places.repository / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": os.environ.get(EXECUTOR_VARIABLE) or "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(max(4, 2 * cores)),
        "AIRFLOW__CORE__FERNET_KEY": credentials.airflow_fernet,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{places.network.airflow_host}:{places.ports.airflow}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in PEOPLE.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(places.airflow / "passwords.json"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "60",
        **{name: os.environ.get(name) or seconds for name, seconds in PATIENCE.items()},
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "5",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlalchemy_url(database, "psycopg2"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        # A file that was changed is parsed at once; all of them twice a minute would keep half a core busy.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "90",
        "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "120",
        "AIRFLOW__API__HOST": places.network.bind,
        "AIRFLOW__API__PORT": str(places.ports.airflow),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": credentials.airflow_jwt,
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.airflow_jwt,
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        # Of Airflow's own code, and it would be the first line of every task's log.
        "PYTHONWARNINGS": "ignore:GitWildMatchPattern:DeprecationWarning",
    }


def quiet() -> dict[str, str]:
    """Settings that keep libraries from reporting home."""
    return {
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OPENVINO_TELEMETRY_OPT_OUT": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def connections(places: Places, credentials: Credentials) -> dict[str, str]:
    """The connections that the DAGs name, as AIRFLOW_CONN_* variables."""
    found: dict[str, dict[str, object]] = {}
    for role in ("leo_loader", "leo_writer", "leo_reader"):  # tasks never act as the owner
        parts = urlsplit(role_url(places, credentials, role, "leo"))
        found[role] = {
            "conn_type": "postgres",
            "host": parts.hostname,
            "port": parts.port or 5432,
            "login": parts.username,
            "password": unquote(parts.password or ""),
            "schema": "leo",
            "extra": dict(parse_qsl(parts.query)),
        }
    found["leo_smtp"] = {
        "conn_type": "smtp",
        "host": places.network.sandbox_host,
        "port": places.ports.sandbox_smtp,
        "extra": {**SANDBOX_SMTP, "from_email": "news@leo.example"},
    }
    found["leo_sendgrid"] = {
        "conn_type": "http",
        "host": f"http://{places.network.sandbox_host}:{places.ports.sandbox}/sendgrid",
        "password": "SG.sandbox",
        "extra": {"clear_text": True},
    }
    found |= stand_ins.connections(places, credentials)
    found["leo_staff_smtp"] = {**found["leo_smtp"], "extra": {**SANDBOX_SMTP, "from_email": "pipeline@leo.example"}}
    found["leo_arangodb_retail"] = {
        "conn_type": "http",
        "host": places.network.sandbox_host,
        "port": places.ports.sandbox_arangodb,
        "schema": "leo_retail",
        "login": "leo_reader",
        "password": "sandbox",
        "extra": {"protocol": "http"},
    }
    found["leo_llm"] = {
        "conn_type": "pydanticai",
        "host": f"http://{places.network.sandbox_host}:{places.ports.sandbox}/gemini",
        "password": "sandbox",
        "extra": {"model": "google:gemini-2.5-flash-lite"},
    }
    return {
        f"AIRFLOW_CONN_{name.upper()}": os.environ.get(f"AIRFLOW_CONN_{name.upper()}") or json.dumps(value)
        for name, value in found.items()
    }


def environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """The whole environment of Airflow's processes."""
    return {
        **inherited(),
        **quiet(),
        **pipeline_environment(places, credentials),
        **settings(places, credentials),
        **connections(places, credentials),
        "PATH": f"{places.venv / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def write_passwords(places: Places, credentials: Credentials) -> None:
    """Write the file in which the simple auth manager looks up passwords; it would invent and print them itself."""
    places.airflow.mkdir(parents=True, exist_ok=True)
    passwords = {name: str(getattr(credentials, f"airflow_{name}")) for name in PEOPLE}
    path = places.airflow / "passwords.json"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(passwords) + "\n")


def services(places: Places, credentials: Credentials) -> list[Service]:
    """The four components."""
    return [service(places, credentials, component) for component in COMPONENTS]


def service(places: Places, credentials: Credentials, component: str) -> Service:
    """One component, or the worker of a CeleryExecutor."""
    whole = environment(places, credentials)
    watched = {name: value for name, value in whole.items() if name.startswith(("LEO_", "AIRFLOW", "PYTHONPATH"))}
    arguments = CELERY_WORKER if component == WORKER else COMPONENTS[component]
    return Service(
        name=f"airflow-{component}",
        command=[str(places.venv / "bin" / "airflow"), *arguments],
        environment=whole,
        folder=places.repository,
        run_folder=places.run,
        log_folder=places.log,
        is_ready=lambda: component_is_healthy(places, component),
        configuration=digest(
            json.dumps(watched, sort_keys=True),
            places.repository / "plugins",
            places.repository / "requirements.txt",
        ),
        start_seconds=300.0,
        stop_seconds=20.0,
    )


def component_is_healthy(places: Places, component: str) -> bool:
    """True where Airflow's own health page calls a component healthy, by a heartbeat of the process that runs now.

    The page goes by the last heartbeat, so that for half a minute it calls healthy what was killed meanwhile.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{base_url(places)}/api/v2/monitor/health", timeout=5.0) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    found = health.get(HEALTH_KEYS[component], {})
    heartbeat = found.get(HEARTBEAT.format(HEALTH_KEYS[component]))
    launched = places.run / f"airflow-{component}.json"
    if heartbeat and launched.exists() and datetime.fromisoformat(heartbeat).timestamp() < launched.stat().st_mtime:
        return False
    return bool(found.get("status") == HEALTHY)
