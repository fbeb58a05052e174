"""`python -m embedded.demo`, called by `python3 -m embedded demo` with the services running."""

import sys
from pathlib import Path

import httpx
from rich.console import Console

from embedded.demo import campaigns, data, screen, story
from embedded.demo.airflow_api import Airflow
from embedded.failure import SetupError
from leo_activation.errors import LeoError
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


def main() -> int:
    """Run the story and print the last screen; 1 and one sentence where it could not go on."""
    settings = read_settings()
    console = Console(width=None if sys.stdout.isatty() else screen.WIDTH)
    given = settings.optional("LEO_DEMO_DATA")
    warehouse = warehouse_from(settings)
    sandbox_url = f"http://127.0.0.1:{settings.optional('LEO_SANDBOX_PORT') or '8090'}"
    try:
        console.rule("Demo: the whole pipeline, through Airflow's scheduler")
        samples = data.prepare(warehouse, settings.home, sandbox_url, Path(given) if given else None)
        stage = story.Stage(
            warehouse=warehouse,
            airflow=Airflow(
                settings.require("LEO_AIRFLOW_URL"), "reviewer", settings.require("LEO_AIRFLOW_REVIEWER_PASSWORD")
            ),
            samples=samples,
            pseudonym_key=settings.pseudonym_key(),
            sandbox_url=sandbox_url,
            home=settings.home,
            say=console.print,
        )
        console.print("Sync: LEO CDP's database and the CSV files become customers, events and a graph")
        story.sync(stage)
        story.allow_sandbox_addresses(stage)
        story.name_staff(stage)
        campaigns.set_up(stage)
        console.print("Segments: requests in words, reviewed; this script answers as the user 'reviewer'")
        story.ask(stage)
        console.print("Follow-ups and questions: a segment is changed in words, what was done before is recalled")
        story.ask_on(stage)
        console.print(
            "Campaigns: planned, reviewed, sent to the sandbox by mail, push and SMS; it tells what became of them"
        )
        campaigns.submit(stage)
        story.send(stage)
        campaigns.await_events(stage)
        opted_out = story.opt_out(stage)
        screen.show(console, stage, opted_out, settings)
    except (SetupError, LeoError, httpx.HTTPError) as error:
        console.print(f"demo: {error}", style="bold red", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
