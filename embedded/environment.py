"""The environment variables that the processes of one instance get; secrets travel in nothing else."""

import os
from collections.abc import Iterable, Mapping

from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import administrator_url, role_url

SERVICE_ROLES = ("loader", "writer", "reader")
PERSONAL_ROLES = ("owner", "reporter")  # for migrations, the command line and tests; no service acts as them


def pipeline_environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """What Airflow's tasks, the sandbox and the webhooks read."""
    ports = places.ports
    values = {
        "LEO_HOME": str(places.home),
        "LEO_TOOLS": str(places.tools),
        "LEO_ENVIRONMENT": os.environ.get("LEO_ENVIRONMENT") or "sandbox",
        "LEO_PROVIDER_REACH": os.environ.get("LEO_PROVIDER_REACH") or _reach(places),
        "LEO_BIND_ADDRESS": places.network.bind,
        "LEO_AIRFLOW_HOST": places.network.airflow_host,
        "LEO_SANDBOX_HOST": places.network.sandbox_host,
        "LEO_WEBHOOKS_HOST": places.network.webhooks_host,
        "LEO_POSTGRES_PORT": str(ports.postgres),
        "LEO_AIRFLOW_PORT": str(ports.airflow),
        "LEO_SUPERSET_PORT": str(ports.superset),
        "LEO_SANDBOX_PORT": str(ports.sandbox),
        "LEO_SANDBOX_SMTP_PORT": str(ports.sandbox_smtp),
        "LEO_SANDBOX_ARANGODB_PORT": str(ports.sandbox_arangodb),
        "LEO_WEBHOOKS_PORT": str(ports.webhooks),
        "LEO_PUBLIC_URL": os.environ.get("LEO_PUBLIC_URL") or f"http://127.0.0.1:{ports.webhooks}",
        "LEO_APPROVERS": os.environ.get("LEO_APPROVERS") or "reviewer,admin",
        "LEO_ENGINEERS": os.environ.get("LEO_ENGINEERS") or "admin",
        "LEO_CONTENT_APPROVERS": os.environ.get("LEO_CONTENT_APPROVERS") or "reviewer,admin",
        "LEO_PRIVACY_OFFICERS": os.environ.get("LEO_PRIVACY_OFFICERS") or "admin",
        "LEO_ADMINS": os.environ.get("LEO_ADMINS") or "admin",
        "LEO_PSEUDONYM_KEY": os.environ.get("LEO_PSEUDONYM_KEY") or credentials.pseudonym_key,
        "LEO_TOKEN_KEY": os.environ.get("LEO_TOKEN_KEY") or credentials.token_key,
        "PYTHONPATH": str(places.repository / "plugins"),
    }
    return {**values, **_urls(places, credentials, SERVICE_ROLES)}


def _reach(places: Places) -> str:
    """Public addresses only, but in a sandbox, whose providers are stand-ins: on this machine, or in containers."""
    if (os.environ.get("LEO_ENVIRONMENT") or "sandbox") != "sandbox":
        return "public"
    return "loopback" if places.network.sandbox_host in {"127.0.0.1", "localhost"} else "anywhere"


def administration_environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """The URLs of owner, reporter and administrator: for migrations, the command line and tests, not for services."""
    return {
        **_urls(places, credentials, PERSONAL_ROLES),
        "LEO_ADMIN_URL": administrator_url(places, credentials),
    }


def _urls(places: Places, credentials: Credentials, roles: Iterable[str]) -> dict[str, str]:
    return {f"LEO_{role.upper()}_URL": role_url(places, credentials, f"leo_{role}", "leo") for role in roles}


def inherited(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What processes keep of the terminal's environment: all but another Python's settings and our own URLs.

    A model's address is the user's own, and stays.
    """
    dropped = {
        *("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"),
        # Each Airflow task is a process of its own: without stored bytecode each would compile Airflow anew.
        "PYTHONDONTWRITEBYTECODE",
    }
    return {
        name: value
        for name, value in environment.items()
        if name == "LEO_LLM_BASE_URL"
        or (name not in dropped and not (name.startswith("LEO_") and name.endswith("_URL")))
    }
