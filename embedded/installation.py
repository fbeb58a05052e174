"""The steps of `up`, in their order: first what instances share, then what is this instance's own."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path

from embedded import airflow, checks, companions, debian, environments, pools, postgres, superset
from embedded.credentials import Credentials
from embedded.environment import administration_environment, inherited, pipeline_environment
from embedded.failure import SetupError
from embedded.places import DEFAULT_PORTS, Places
from embedded.processes import Service
from embedded.steps import Shell, Step, digest

MIRROR_VARIABLE = "LEO_DEBIAN_MIRROR"
PACKAGE_INDEX = "https://pypi.org/simple/uv/"
BUSY_SECONDS = 45.0  # a machine at its limit may answer late; only then is a running service started again


class Part(StrEnum):
    """What `up --only` can name."""

    POSTGRES = "postgres"
    SANDBOX = "sandbox"
    WEBHOOKS = "webhooks"
    AIRFLOW = "airflow"
    SUPERSET = "superset"


def keep_running(services: Sequence[Service], shell: Shell) -> None:
    """Start those services that do not run as configured, together, and wait until all of them are ready."""
    deadline = time.monotonic() + BUSY_SECONDS
    found: list[Service] = []
    for service in services:
        if service.is_running():
            if not service.has_current_configuration():
                shell.note(f"{service.name}: its code or configuration changed, started again.")
            elif service.becomes_ready_by(deadline):
                found.append(service)
                continue
            else:
                shell.note(f"{service.name}: it did not answer, started again.")
        service.stop()
        service.launch()
    for service in services:
        # One that lost its database a moment ago may answer once more before it ends.
        if service in found and not service.becomes_ready_by(deadline):
            shell.note(f"{service.name}: it ended meanwhile, started again.")
            service.stop()
            service.launch()
        service.wait_until_ready()


class Installation:
    """All steps of one instance."""

    def __init__(self, places: Places, credentials: Credentials) -> None:
        self.places = places
        self.credentials = credentials
        self.mirror = os.environ.get(MIRROR_VARIABLE) or postgres.MIRROR
        self.lock = places.repository / "requirements.txt"
        self.development_lock = places.repository / "requirements-dev.txt"
        self.superset_lock = places.repository / "superset" / "requirements.txt"
        self.fab_lock = places.repository / "deploy" / "fab" / "requirements.txt"

    # What instances share

    def tool_steps(self, parts: Sequence[Part], *, development: bool, fab: bool = False) -> list[Step]:
        """Checks of the machine, Debian packages, Python environments, PostgreSQL's root folder."""
        places = self.places
        stamps = places.tools / "stamps"
        packages = self.debian_packages(development)
        steps = [
            Step(
                name="This machine: rights, ports, disk, network",
                slug="checks",
                do=lambda shell: self.check_machine(parts, shell, development=development),
                seconds=120,
            ),
            Step(
                name=f"Debian packages: {', '.join(packages)}",
                slug="debian-packages",
                do=lambda shell: debian.install(debian.missing(packages), shell),
                seconds=900,
            ),
            Step(
                name="Python environment with torch",
                slug="torch",
                do=lambda shell: environments.install_torch(places, self.lock, shell),
                seconds=1800,
                stamp=stamps / "torch",
                inputs=lambda: environments.torch_inputs(self.lock),
                is_there=(places.venv / "bin" / "uv").exists,
            ),
            self.packages_step("Airflow and the pipeline's libraries", "packages", self.lock),
        ]
        if development:
            steps.append(self.packages_step("Tools of the checks", "packages-dev", self.development_lock))
        if development or Part.SUPERSET in parts:
            steps.append(
                Step(
                    name="Superset's environment",
                    slug="superset-packages",
                    do=lambda shell: environments.install(places, places.superset_venv, self.superset_lock, shell),
                    seconds=1200,
                    stamp=stamps / "superset-packages",
                    inputs=lambda: environments.inputs(self.superset_lock),
                    is_there=(places.superset_venv / "bin" / "superset").exists,
                )
            )
        if fab:
            steps.append(
                Step(
                    name="Airflow's environment with the FAB auth manager",
                    slug="fab-packages",
                    do=lambda shell: environments.install(places, places.fab_venv, self.fab_lock, shell),
                    seconds=1200,
                    stamp=stamps / "fab-packages",
                    inputs=lambda: environments.inputs(self.fab_lock),
                    is_there=(places.fab_venv / "bin" / "airflow").exists,
                )
            )
        if places.database_url is None:
            steps.append(
                Step(
                    name="PostgreSQL 18 with AGE and pgvector, from Debian packages",
                    slug="postgres-root",
                    do=lambda shell: postgres.make_root_folder(places, self.mirror, shell),
                    seconds=900,
                    stamp=stamps / "postgres-root",
                    inputs=lambda: postgres.root_folder_inputs(self.mirror),
                    is_there=(places.postgres_root / postgres.FOLDER_INSIDE.lstrip("/")).is_dir,
                )
            )
        return steps

    def packages_step(self, name: str, slug: str, lock: Path) -> Step:
        """The installation of one lock into the pipeline's environment."""
        return Step(
            name=name,
            slug=slug,
            do=lambda shell: environments.install(self.places, self.places.venv, lock, shell),
            seconds=1800,
            stamp=self.places.tools / "stamps" / slug,
            inputs=lambda: environments.inputs(lock),
            is_there=(self.places.venv / "bin" / "python").exists,
        )

    def debian_packages(self, development: bool) -> Mapping[str, debian.Presence]:
        """The Debian packages of this machine that the chosen parts need."""
        packages = dict(debian.PYTHON)
        if self.places.database_url is None:
            packages |= debian.SERVER
        if development:
            packages |= debian.BROWSER | debian.REPORTS
        elif superset.sends_reports():
            packages |= debian.BROWSER | debian.DRIVER
        return packages

    def check_machine(self, parts: Sequence[Part], shell: Shell, *, development: bool) -> None:
        """Raise SetupError, in one clear sentence, for what this machine lacks."""
        places = self.places
        if places.database_url is None:
            checks.check_mounts(shell)
        fresh = checks.is_fresh(places)
        checks.check_disk(places.home, checks.RUNNING_GIGABYTES)
        if fresh:
            checks.check_disk(places.tools, checks.FRESH_GIGABYTES)
        checks.check_ports(self.wanted_ports(parts))
        if fresh or debian.missing(self.debian_packages(development)):
            registries = [environments.package_index() or PACKAGE_INDEX]
            if places.database_url is None:
                registries.append(f"{self.mirror}/dists/{postgres.SUITE}/InRelease")
            checks.check_network(registries)

    def wanted_ports(self, parts: Sequence[Part]) -> dict[str, int]:
        """The ports of the chosen services that do not run yet, by the variable that sets them."""
        ports = dict(zip(DEFAULT_PORTS, self.places.ports.in_order(), strict=True))
        owners = {
            "LEO_POSTGRES_PORT": (Part.POSTGRES, "postgres"),
            "LEO_AIRFLOW_PORT": (Part.AIRFLOW, "airflow-api-server"),
            "LEO_SUPERSET_PORT": (Part.SUPERSET, "superset"),
            "LEO_SANDBOX_PORT": (Part.SANDBOX, "sandbox"),
            "LEO_SANDBOX_SMTP_PORT": (Part.SANDBOX, "sandbox"),
            "LEO_SANDBOX_ARANGODB_PORT": (Part.SANDBOX, "sandbox"),
            "LEO_WEBHOOKS_PORT": (Part.WEBHOOKS, "webhooks"),
        }
        mine = {service.name for service in self.services() if service.has_members()}
        return {
            variable: port
            for variable, port in ports.items()
            if owners[variable][0] in parts
            and owners[variable][1] not in mine
            and not (variable == "LEO_POSTGRES_PORT" and self.places.database_url)
        }

    # What is this instance's own

    def service_steps(self, parts: Sequence[Part]) -> list[Step]:
        """The databases, then the chosen services in the order in which they need each other."""
        steps = self.database_steps()
        by_name = {service.name: service for service in companions.services(self.places, self.credentials)}
        for part, name in ((Part.SANDBOX, "Stand-in providers"), (Part.WEBHOOKS, "Webhooks")):
            if part in parts:
                steps.append(self.start_step(name, part.value, [by_name[part.value]]))
        if Part.AIRFLOW in parts:
            steps += self.airflow_steps()
        if Part.SUPERSET in parts:
            steps += self.superset_steps()
        return steps

    def database_steps(self) -> list[Step]:
        """The server, its databases and roles, and the warehouse's schema."""
        places = self.places
        steps = [
            Step(
                name="Databases, roles and extensions",
                slug="prepare-database",
                do=lambda shell: shell.run(
                    [places.python(), "-m", "embedded.prepare_database"],
                    sentence="The databases could not be prepared.",
                    environment={**self.base(), **self.own_server()},
                    folder=places.repository,
                ),
                seconds=120,
                stamp=places.home / "stamps" / "prepare-database",
                inputs=self.prepared_from,
            ),
            Step(
                name="The warehouse's schema",
                slug="migrate",
                do=lambda shell: shell.run(
                    [places.python(), "-m", "leo_activation", "migrate"],
                    sentence="The warehouse's migrations failed.",
                    environment={**self.base(), **self.environment()},
                    folder=places.repository,
                ),
                seconds=300,
                stamp=places.home / "stamps" / "migrate",
                inputs=lambda: digest(
                    self.prepared_from(),
                    places.repository / "include" / "sql",
                    places.repository / "plugins" / "leo_activation" / "warehouse",
                ),
            ),
        ]
        if places.database_url is None:
            start = Step(f"PostgreSQL on port {places.ports.postgres}", "postgres-start", self.start_postgres, 300)
            steps.insert(0, start)
        return steps

    def airflow_steps(self) -> list[Step]:
        """Airflow's metadata and pools, then its four processes together."""
        places = self.places
        whole = airflow.environment(places, self.credentials)
        return [
            Step(
                name="Airflow's metadata",
                slug="airflow-migrate",
                do=lambda shell: shell.run(
                    [places.venv / "bin" / "airflow", "db", "migrate"],
                    sentence="Airflow's metadata database could not be brought up to date.",
                    environment=whole,
                    folder=places.repository,
                ),
                seconds=300,
                stamp=places.home / "stamps" / "airflow-migrate",
                inputs=lambda: digest(self.prepared_from(), environments.pinned(self.lock, "apache-airflow")),
            ),
            Step(
                name="Airflow's pools",
                slug="airflow-pools",
                do=lambda shell: shell.run(
                    [places.venv / "bin" / "airflow", "pools", "import", pools.write_definition(places)],
                    sentence="Airflow's pools could not be made.",
                    environment=whole,
                    folder=places.repository,
                ),
                seconds=120,
                stamp=places.home / "stamps" / "airflow-pools",
                inputs=lambda: digest(self.prepared_from(), pools.definition()),
            ),
            Step(
                name=f"Airflow at {airflow.base_url(places)}",
                slug="airflow-start",
                do=self.start_airflow,
                seconds=300,
            ),
        ]

    def superset_steps(self) -> list[Step]:
        """Superset's metadata, roles and dashboards, then its web server."""
        places = self.places
        return [
            Step(
                name="Superset's metadata, roles and dashboards",
                slug="superset-bootstrap",
                do=lambda shell: shell.run(
                    [places.superset_venv / "bin" / "python", "superset/bootstrap.py"],
                    sentence="Superset could not be prepared.",
                    environment=superset.environment(places, self.credentials),
                    folder=places.repository,
                ),
                seconds=300,
                stamp=places.home / "stamps" / "superset-bootstrap",
                inputs=lambda: digest(self.prepared_from(), superset.bootstrap_inputs(places, self.credentials)),
                after="migrate",
            ),
            Step(
                name=f"Superset at {superset.base_url(places)}",
                slug="superset-start",
                do=self.start_superset,
                seconds=300,
            ),
        ]

    def start_superset(self, shell: Shell) -> None:
        """Have the web server run, and what makes reports only where they are switched on."""
        reports = self.report_services()
        if not superset.sends_reports():
            while reports:
                reports.pop().stop()
        keep_running([superset.service(self.places, self.credentials), *reports], shell)

    def report_services(self) -> list[Service]:
        """What makes Superset's reports, where they are switched on, or were when it was started."""
        services = superset.celery_services(self.places, self.credentials)
        return services if superset.sends_reports() else [one for one in services if one.has_members()]

    def start_step(self, name: str, slug: str, services: Sequence[Service]) -> Step:
        """A step that has services run."""
        return Step(name, f"{slug}-start", lambda shell: keep_running(services, shell), seconds=300)

    def start_postgres(self, shell: Shell) -> None:
        """Make the data folder where there is none, and have the server run."""
        postgres.make_data_folder(self.places, self.credentials, shell)
        service = postgres.service(self.places)
        if not service.is_running():
            service.stop()
            postgres.forget_dead_server(self.places)
        keep_running([service], shell)

    def start_airflow(self, shell: Shell) -> None:
        """Have Airflow's components run, with the passwords of its people in place."""
        airflow.write_passwords(self.places, self.credentials)
        keep_running(airflow.services(self.places, self.credentials), shell)

    def services(self) -> list[Service]:
        """Every service, in the order in which they start."""
        places, credentials = self.places, self.credentials
        return [
            postgres.service(places),
            *companions.services(places, credentials),
            *airflow.services(places, credentials),
            superset.service(places, credentials),
            *self.report_services(),
        ]

    def container_services(self) -> list[Service]:
        """Those that may each have a container: all but the server, with the workers of Celery."""
        _, *clients = self.services()
        return [*clients, airflow.service(self.places, self.credentials, airflow.WORKER)]

    def prepare_steps(self, part: Part) -> list[Step]:
        """What must have happened before a container of Airflow, or of Superset, starts."""
        if part is Part.AIRFLOW:
            *before_start, _ = self.airflow_steps()
            return [*self.database_steps(), *before_start]
        return [self.superset_steps()[0]]

    def stop(self) -> list[str]:
        """End every service, together and the server last; the names of those that ran."""
        server, *clients = self.services()
        with ThreadPoolExecutor(len(clients)) as threads:
            ended = list(threads.map(Service.stop, clients))
        return [service.name for service, ran in zip([*clients, server], [*ended, server.stop()], strict=True) if ran]

    # Environments for programs

    def base(self) -> dict[str, str]:
        """The terminal's environment with the pipeline's programs first on the path."""
        path = f"{self.places.venv / 'bin'}:{os.environ.get('PATH', os.defpath)}"
        return {**inherited(), **airflow.quiet(), "PATH": path}

    def own_server(self) -> dict[str, str]:
        """LEO_DATABASE_URL, for the one program that may use it."""
        return {"LEO_DATABASE_URL": self.places.database_url} if self.places.database_url else {}

    def environment(self) -> dict[str, str]:
        """What `env` prints: the pipeline's variables and the administrator's URL."""
        return {
            **pipeline_environment(self.places, self.credentials),
            **administration_environment(self.places, self.credentials),
        }

    def demo_environment(self) -> dict[str, str]:
        """What the demo reads beside that: addresses of the web interfaces and how to log in."""
        places, credentials = self.places, self.credentials
        return {
            **airflow.environment(places, credentials),
            **self.environment(),
            "PYTHONPATH": f"{places.repository / 'plugins'}:{places.repository}",
            "LEO_AIRFLOW_URL": airflow.base_url(places),
            **{
                f"LEO_AIRFLOW_{name.upper()}_PASSWORD": str(getattr(credentials, f"airflow_{name}"))
                for name in airflow.PEOPLE
            },
            "LEO_SUPERSET_URL": superset.base_url(places),
            **superset.people(credentials),
        }

    def prepared_from(self) -> str:
        """What the databases depend on: the code that prepares them, the passwords, and which server it is."""
        places = self.places
        version = places.postgres_data / "PG_VERSION"
        embedded = str(version.stat().st_mtime_ns) if version.exists() else "none"
        code = places.repository / "embedded" / "prepare_database.py"
        return digest(places.database_url or embedded, repr(self.credentials), code)


def parse_parts(text: str | None) -> list[Part]:
    """Parts named with commas, all without a name. Raises SetupError for an unknown one."""
    if text is None:
        return list(Part)
    try:
        return [Part(name.strip()) for name in text.split(",")]
    except ValueError as error:
        raise SetupError(f"{error}; known are {', '.join(Part)}.") from None
