"""The steps of `up`, in their order: what is made once, and what is started."""

import os

from embedded import postgres
from embedded.credentials import Credentials
from embedded.environment import administration_environment, inherited, pipeline_environment
from embedded.places import Places
from embedded.processes import Service
from embedded.steps import Shell, Step, digest

MIRROR_VARIABLE = "LEO_DEBIAN_MIRROR"


def keep_running(service: Service, shell: Shell) -> None:
    """Start a service, or leave it alone where it runs as configured and answers."""
    if service.is_current():
        return
    if service.stop():
        shell.note(f"{service.name} ran with another configuration, or did not answer: started again.")
    service.start()


class Installation:
    """All steps of one instance."""

    def __init__(self, places: Places, credentials: Credentials) -> None:
        self.places = places
        self.credentials = credentials

    def postgres_steps(self) -> list[Step]:
        """The embedded server, its databases and roles; only the latter where LEO_DATABASE_URL names a server."""
        places = self.places
        mirror = os.environ.get(MIRROR_VARIABLE) or postgres.MIRROR
        prepare = Step(
            name="Databases, roles and extensions",
            slug="prepare-database",
            do=lambda shell: shell.run(
                [places.python(), "-m", "embedded.prepare_database"],
                sentence="The databases could not be prepared.",
                environment={**inherited(), **self.own_server(), "PYTHONPATH": ""},
                folder=places.repository,
            ),
            seconds=120,
            stamp=places.home / "stamps" / "prepare-database",
            inputs=self.prepared_from,
        )
        if places.database_url is not None:
            return [prepare]
        return [
            Step(
                name="PostgreSQL 18 with AGE and pgvector: root folder from Debian forky",
                slug="postgres-root",
                do=lambda shell: postgres.make_root_folder(places, mirror, shell),
                seconds=900,
                stamp=places.tools / "stamps" / "postgres-root",
                inputs=lambda: postgres.root_folder_inputs(mirror),
                is_there=lambda: (places.postgres_root / postgres.FOLDER_INSIDE.lstrip("/")).is_dir(),
            ),
            Step(
                name=f"PostgreSQL on port {places.ports.postgres}",
                slug="postgres-start",
                do=self.start_postgres,
                seconds=300,
            ),
            prepare,
        ]

    def start_postgres(self, shell: Shell) -> None:
        """Make the data folder where there is none, and have the server run."""
        postgres.make_data_folder(self.places, self.credentials, shell)
        service = postgres.service(self.places)
        if not service.is_running():
            service.stop()
            postgres.forget_dead_server(self.places)
        keep_running(service, shell)

    def own_server(self) -> dict[str, str]:
        """LEO_DATABASE_URL, for the one program that may use it."""
        return {"LEO_DATABASE_URL": self.places.database_url} if self.places.database_url else {}

    def prepared_from(self) -> str:
        """What the preparation depends on: its code, the passwords, and the server's identity."""
        places = self.places
        data = places.postgres_data / "PG_VERSION"
        identity = places.database_url or (str(data.stat().st_mtime_ns) if data.exists() else "none")
        code = places.repository / "embedded" / "prepare_database.py"
        return digest(identity, repr(self.credentials), code)

    def environment(self) -> dict[str, str]:
        """What `env` prints: the pipeline's variables and the administrator's URL."""
        return {
            **pipeline_environment(self.places, self.credentials),
            **administration_environment(self.places, self.credentials),
        }
