"""The small processes beside Airflow: the stand-in providers of the sandbox, and the app that hears from providers."""

import json
import os

from embedded import stand_ins
from embedded.airflow import quiet
from embedded.credentials import Credentials
from embedded.environment import inherited, pipeline_environment
from embedded.places import Places
from embedded.processes import Service, answers
from embedded.steps import digest


def services(places: Places, credentials: Credentials) -> list[Service]:
    """Sandbox first: the webhooks app may be told of deliveries as soon as it runs."""
    sendgrid_key = places.home / "sandbox" / "sendgrid.pem"
    whole = {
        **inherited(),
        **quiet(),
        **pipeline_environment(places, credentials),
        "PATH": f"{places.venv / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        # Whoever has an account of their own names its key in LEO_SENDGRID_WEBHOOK_KEY, which goes first.
        "LEO_SENDGRID_WEBHOOK_KEY_FILE": str(sendgrid_key.with_suffix(".pub")),
        **stand_ins.environment(places, credentials),
    }
    watched = json.dumps({name: value for name, value in whole.items() if name.startswith("LEO_")}, sort_keys=True)

    def service(name: str, command: list[str], port: int, folder: str) -> Service:
        return Service(
            name=name,
            command=[places.python(), *command],
            environment=whole,
            folder=places.repository,
            run_folder=places.run,
            log_folder=places.log,
            is_ready=lambda: answers(f"http://127.0.0.1:{port}/health"),
            configuration=digest(watched, places.repository / folder, places.repository / "requirements.txt"),
        )

    ports = places.ports
    sendgrid = [
        *("--sendgrid-key", str(sendgrid_key)),
        *("--sendgrid-webhook", stand_ins.webhook(places, "sendgrid")),
    ]
    # The stand-in for LEO CDP's database holds everything in memory: it starts with the data that the demo has made.
    dump = places.home / "data" / "retail"
    leo_cdp = ["--arangodb-dump", f"{dump}:leo_retail"] if (dump / "manifest.json").is_file() else []
    return [
        service("sandbox", ["-m", "sandbox", *sendgrid, *leo_cdp], ports.sandbox, "sandbox"),
        service(
            "webhooks",
            ["-m", "leo_activation", "webhooks", "--port", str(ports.webhooks)],
            ports.webhooks,
            "plugins/leo_activation",
        ),
    ]
