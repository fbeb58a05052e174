"""The environment variables that the processes of one instance get; secrets travel in nothing else."""

import os
from collections.abc import Mapping

from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import administrator_url, role_url

ROLES = ("owner", "loader", "writer", "reader", "reporter")


def pipeline_environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """What the package, the sandbox and the webhooks read, without the administrator's URL."""
    ports = places.ports
    values = {
        "LEO_HOME": str(places.home),
        "LEO_TOOLS": str(places.tools),
        "LEO_ENVIRONMENT": os.environ.get("LEO_ENVIRONMENT") or "sandbox",
        "LEO_BIND_ADDRESS": places.network.bind,
        "LEO_AIRFLOW_HOST": places.network.airflow_host,
        "LEO_SANDBOX_HOST": places.network.sandbox_host,
        "LEO_POSTGRES_PORT": str(ports.postgres),
        "LEO_AIRFLOW_PORT": str(ports.airflow),
        "LEO_SUPERSET_PORT": str(ports.superset),
        "LEO_SANDBOX_PORT": str(ports.sandbox),
        "LEO_SANDBOX_SMTP_PORT": str(ports.sandbox_smtp),
        "LEO_WEBHOOKS_PORT": str(ports.webhooks),
        "LEO_PUBLIC_URL": os.environ.get("LEO_PUBLIC_URL") or f"http://127.0.0.1:{ports.webhooks}",
        "LEO_APPROVERS": os.environ.get("LEO_APPROVERS") or "reviewer,admin",
        "LEO_PSEUDONYM_KEY": os.environ.get("LEO_PSEUDONYM_KEY") or credentials.pseudonym_key,
        "PYTHONPATH": str(places.repository / "plugins"),
    }
    for role in ROLES:
        values[f"LEO_{role.upper()}_URL"] = role_url(places, credentials, f"leo_{role}", "leo")
    return values


def administration_environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """The administrator's URL, for the migrations and for tests that make databases of their own; for nobody else."""
    return {"LEO_ADMIN_URL": administrator_url(places, credentials)}


def inherited(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What processes keep of the terminal's environment: all but another Python's settings and LEO_DATABASE_URL."""
    dropped = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LEO_DATABASE_URL", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    return {name: value for name, value in environment.items() if name not in dropped}
