"""The command line of the set-up: python3 -m embedded <verb>."""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from embedded import airflow, environments, postgres, superset, verification
from embedded.checks import check_root
from embedded.credentials import Credentials
from embedded.exclusive import alone, in_turn
from embedded.failure import SetupError
from embedded.installation import Installation, Part, parse_parts
from embedded.places import Places
from embedded.steps import Shell, run_steps

INTERRUPTED = 130
UNPRIVILEGED = ("lock",)


def parser() -> argparse.ArgumentParser:
    """The verbs and their options."""
    whole = argparse.ArgumentParser(prog="python3 -m embedded", description="Set up and run the pipeline here.")
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="verb")
    up = verbs.add_parser("up", help="make what is missing and start the services; safe to repeat")
    up.add_argument("--only", metavar="PARTS", help=f"of {', '.join(Part)}; postgres is always among them")
    up.add_argument("--development", action="store_true", help="also the tools of the checks and a browser")
    demo = verbs.add_parser("demo", help="up, then the whole pipeline on the sample data")
    demo.add_argument("--data", metavar="FOLDER", type=Path, help="your own files instead of the sample data")
    test = verbs.add_parser("test", help="up with a server, then the checks: test [CHECK …] [-- PYTEST OPTIONS]")
    test.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(verification.Check)}")
    verbs.add_parser("stop", help="end the services")
    verbs.add_parser("status", help="what runs")
    verbs.add_parser("clean", help="stop, then remove everything that was made, data included")
    verbs.add_parser("env", help='print the environment, passwords included, for: eval "$(python3 -m embedded env)"')
    serve = verbs.add_parser("serve", help="run one service here, in the foreground, as containers do")
    serve.add_argument("service", help="as `status` names it, or airflow-worker")
    prepare = verbs.add_parser("prepare", help="only the databases and the metadata, for containers")
    prepare.add_argument("--only", choices=[Part.AIRFLOW.value, Part.SUPERSET.value], required=True)
    verbs.add_parser("run", help="run a command in the pipeline's environment: run -- COMMAND …")
    verbs.add_parser("superset-export", help="take what was changed on the dashboards in Superset back into the files")
    lock = verbs.add_parser("lock", help="compile the pinned requirements")
    lock.add_argument("--upgrade", action="store_true", help="to the newest versions instead of keeping pins")
    return whole


def main(arguments: Sequence[str]) -> int:
    """Run one verb; 0 when it went well, else its exit status after one clear sentence."""
    # A shell that starts us in the background makes us ignore interrupts, and every service would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    chosen = parser().parse_args(words[:cut])
    try:
        return _run(chosen, words[cut + 1 :])
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1  # whoever read our output has gone
    except OSError as error:
        print(f"\n{error.filename or 'The system'}: {error.strerror or error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; run it again to go on from here.", file=sys.stderr)
        return INTERRUPTED


def _run(chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    places = Places.from_environment()
    if places.database_url is None and chosen.verb not in UNPRIVILEGED:
        check_root("to install Debian packages and to run PostgreSQL as user postgres")
    match chosen.verb:
        case "up":
            with alone(places.run, "up"):
                up(places, parse_parts(chosen.only), development=chosen.development)
            return 0
        case "demo":
            with alone(places.run, "demo"):
                up(places, list(Part), development=False)
                return demo(places, chosen.data)
        case "test":
            return test(places, verification.parse_checks(chosen.checks), rest)
        case "stop":
            with alone(places.run, "stop"):
                stop(places)
            return 0
        case "clean":
            with alone(places.run, "clean"):
                stop(places)
                clean(places)
            return 0
        case "status":
            return status(places)
        case "env":
            for name, value in _installation(places).environment().items():
                print(f"export {name}={shlex.quote(value)}")
            return 0
        case "run":
            return run_command(places, rest)
        case "serve":
            return serve(places, chosen.service)
        case "superset-export":
            return superset.export_dashboards(places, Credentials.load(places.secrets))
        case "prepare":
            installation = _installation(places)
            run_steps(installation.prepare_steps(Part(chosen.only)), places.log)
            return 0
        case _:
            return lock(places, upgrade=chosen.upgrade)


def _installation(places: Places) -> Installation:
    return Installation(places, Credentials.load(places.secrets))


def up(places: Places, parts: Sequence[Part], *, development: bool, fab: bool = False) -> None:
    """Bring the machine to the wanted state, step by step."""
    installation = _installation(places)
    shared = installation.tool_steps(parts, development=development, fab=fab)
    own = installation.service_steps(parts) if parts else []
    total = len(shared) + len(own)
    begin = time.monotonic()
    with in_turn(places.tools):
        run_steps(shared, places.log, total=total)
    run_steps(own, places.log, first=len(shared) + 1, total=total)
    print(f"Ready after {time.monotonic() - begin:.0f} s.", flush=True)


def demo(places: Places, data: Path | None) -> int:
    """Run the demo inside the environment, in front of the person at the terminal."""
    environment = _installation(places).demo_environment()
    if data is not None:
        if not data.is_dir():
            raise SetupError(f"DATA={data} is not a folder.")
        environment["LEO_DEMO_DATA"] = str(data.resolve())
    return subprocess.run(
        [places.python(), "-m", "embedded.demo"], cwd=places.repository, env=environment, check=False
    ).returncode


def test(places: Places, checks: Sequence[verification.Check], extra: Sequence[str]) -> int:
    """Bring up what the checks need, then run them."""
    needed = [Part.POSTGRES] if set(checks) & set(verification.NEEDS_SERVER) else []
    with alone(places.run, "test"):
        up(places, needed, development=True, fab=verification.Check.OIDC in checks)
    return verification.run(_installation(places), checks, extra)


def stop(places: Places) -> None:
    """End whatever of this instance runs."""
    ended = _installation(places).stop()
    print(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.", flush=True)


def status(places: Places) -> int:
    """Print one line a service; 1 where one of them does not run."""
    services = _installation(places).services()
    if places.database_url is not None:
        services = [service for service in services if service.name != postgres.NAME]
    all_run = True
    for service in services:
        running = service.is_running()
        state = ("ready" if service.is_ready() else "not ready") if running else "not running"
        all_run = all_run and running
        print(f"{service.name:24} {state:12} {service.log if service.log.exists() else ''}")
    return 0 if all_run else 1


def clean(places: Places) -> None:
    """Remove the instance, and the tools where they are its own.

    Raises SetupError where another instance runs from those tools.
    """
    if places.home == places.tools and (pid := postgres.user_of_root(places)) is not None:
        raise SetupError(f"Process {pid} of another instance runs from {places.tools}; stop that instance first.")
    _unmount_below(places.home)
    shutil.rmtree(places.home)
    print(f"Removed {places.home}.", flush=True)
    if places.home != places.tools and places.tools.exists():
        print(f"{places.tools} stays: other instances may share it.", flush=True)


def _unmount_below(folder: Path) -> None:
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = sorted((path for path in mounted if Path(path).is_relative_to(folder)), reverse=True)
    for path in below:
        if subprocess.run(["umount", path], check=False).returncode != 0:
            raise SetupError(f"{path} is mounted and could not be unmounted; nothing was removed.")


def run_command(places: Places, command: Sequence[str]) -> int:
    """Run a command as the pipeline's programs run."""
    if not command:
        raise SetupError("Name the command to run: python3 -m embedded run -- COMMAND …")
    environment = _installation(places).demo_environment()
    os.execvpe(command[0], list(command), environment)  # noqa: S606 - the command that its caller named


def serve(places: Places, name: str) -> int:
    """Become one service. Raises SetupError for an unknown name."""
    installation = _installation(places)
    known = {service.name: service for service in installation.container_services()}
    if name not in known:
        raise SetupError(f"{name!r} is no service; known are {', '.join(known)}.")
    service = known[name]
    airflow.write_passwords(places, installation.credentials)
    os.chdir(service.folder)
    os.execvpe(service.command[0], list(service.command), dict(service.environment))  # noqa: S606


def lock(places: Places, *, upgrade: bool) -> int:
    """Compile the pinned requirements."""
    log = places.log / "lock.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    environments.compile_locks(places, Shell(log=log, deadline=time.monotonic() + 600), upgrade=upgrade)
    return 0
