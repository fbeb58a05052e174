"""The embedded PostgreSQL: Debian's packages in a root folder of their own, run there as user postgres.

The server gets a private mount namespace. Its /proc, /dev and data folder are mounted in that namespace only, so the
mounts end with the process, however it ends: nothing is left to unmount after a kill, and two instances can run from
one root folder, each seeing its own data at the same path.
"""

import os
import signal
import socket
from pathlib import Path

from embedded.credentials import Credentials
from embedded.failure import SetupError
from embedded.places import Places
from embedded.processes import Service, all_processes, last_lines
from embedded.steps import Shell, digest

NAME = "postgres"
SUITE = "forky"
MIRROR = "http://deb.debian.org/debian"
PACKAGES = ("postgresql-18", "postgresql-18-age", "postgresql-18-pgvector")
BINARIES = "/usr/lib/postgresql/18/bin"
EXPIRED = ("is expired (invalid since", "is not valid anymore")
FOLDER_INSIDE = "/srv/leo"
DATA_INSIDE = f"{FOLDER_INSIDE}/data"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "age",
    "password_encryption": "scram-sha-256",
    # Many iterations slow down whoever guesses passwords; ours are drawn at random, and every connection would pay.
    "scram_iterations": "16",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_parameter_max_length_on_error": "0",
}

# $1 is the root folder, $2 the folder that holds the data folder, the rest the command to run inside as postgres.
IN_OWN_NAMESPACE = f"""
set -e
root=$1; folder=$2; shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$folder" "$root{FOLDER_INSIDE}"
exec chroot --userspec=postgres:postgres "$root" "$@"
"""


def inside(places: Places, *command: str) -> list[str]:
    """The command that runs `command` as postgres inside the root folder, with this instance's data."""
    return [
        *("unshare", "--mount", "--propagation", "private", "--"),
        *("sh", "-c", IN_OWN_NAMESPACE, "sh", str(places.postgres_root), str(places.postgres_data.parent)),
        *command,
    ]


def root_folder_inputs(mirror: str) -> str:
    """What the root folder depends on."""
    return digest(SUITE, mirror, *PACKAGES)


def make_root_folder(places: Places, mirror: str, shell: Shell) -> None:
    """Make the root folder with mmdebstrap. Raises SetupError; a half-made folder never takes its place."""
    root = places.postgres_root
    partial = root.with_name("root.partial")
    root.parent.mkdir(parents=True, exist_ok=True)

    def make(*options: str) -> bool:
        shell.run(["rm", "-rf", "--one-file-system", partial], sentence=f"{partial} could not be removed.")
        return shell.succeeds(
            ["mmdebstrap", "--variant=apt", f"--include={','.join(PACKAGES)}", *options, SUITE, partial, mirror]
        )

    if not make():
        said = shell.log.read_text(errors="replace")
        if not any(words in said for words in EXPIRED):
            raise SetupError(
                f"Debian {SUITE} with {', '.join(PACKAGES)} could not be fetched from {mirror}.\n"
                f"{last_lines(shell.log)}\n    Full output: {shell.log}"
            )
        shell.note(f"The release file of {mirror} {SUITE} has expired: fetched without its expiry date,")
        shell.note("signatures checked as always.")
        if not make('--aptopt=Acquire::Check-Valid-Until "false"'):
            raise SetupError(
                f"Debian {SUITE} could not be fetched from {mirror}, not even without the release file's expiry date."
                f"\n{last_lines(shell.log)}\n    Full output: {shell.log}"
            )
    (partial / FOLDER_INSIDE.lstrip("/")).mkdir()
    shell.run(["rm", "-rf", "--one-file-system", root], sentence=f"{root} could not be removed.")
    partial.rename(root)


def user_inside(places: Places) -> tuple[int, int]:
    """The ids of user postgres as the root folder's own /etc/passwd gives them."""
    for line in (places.postgres_root / "etc" / "passwd").read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        if name == "postgres":
            return int(user), int(group)
    raise SetupError(f"{places.postgres_root} has no user postgres; run `make clean` and start again.")


def make_data_folder(places: Places, credentials: Credentials, shell: Shell) -> None:
    """Initialise the data folder: scram for everybody, checksums on. Does nothing where it holds a database."""
    data = places.postgres_data
    if not (data / "leo.conf").exists():
        # leo.conf comes last: a folder without it is an initdb that was interrupted, and holds nothing yet.
        shell.run(["rm", "-rf", "--one-file-system", data], sentence=f"{data} could not be emptied.")
        data.mkdir(parents=True)
        data.parent.chmod(0o755)  # user postgres passes through it, whatever the umask of this terminal is
        password = data.with_name("initdb-password")
        password.touch(mode=0o600)
        password.write_text(credentials.postgres)
        for path in (data, password):
            os.chown(path, *user_inside(places))
        data.chmod(0o700)
        command = inside(
            places,
            *(f"{BINARIES}/initdb", f"--pgdata={DATA_INSIDE}", "--username=postgres"),
            *(f"--pwfile={FOLDER_INSIDE}/{password.name}", "--auth=scram-sha-256", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums"),
        )
        try:
            shell.run(command, sentence="PostgreSQL could not initialise its data folder.")
        finally:
            password.unlink()
    write_settings(places)


def write_settings(places: Places) -> None:
    """Write the server's settings; they follow Debian's defaults in postgresql.conf and win."""
    data = places.postgres_data
    include = "include 'leo.conf'\n"
    main = data / "postgresql.conf"
    if not main.read_text().endswith(include):
        with main.open("a") as file:
            file.write(include)
    settings = data / "leo.conf"
    # An instance that is thrown away need not outlive a power cut.
    fsync = os.environ.get("LEO_POSTGRES_FSYNC") or "on"
    values = {**SETTINGS, "fsync": fsync, "port": str(places.ports.postgres)}
    settings.write_text("".join(f"{name} = '{value}'\n" for name, value in values.items()))
    os.chown(settings, *user_inside(places))


def forget_dead_server(places: Places) -> None:
    """Remove a postmaster.pid once no process works in the data folder: its number may be another process's by now."""
    (places.postgres_data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    """True where a process has a folder as its working directory, as all of PostgreSQL's have their data folder."""
    try:
        there, here = Path(f"/proc/{pid}/cwd").stat(), folder.stat()
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def service(places: Places) -> Service:
    """The server as a process to start and stop."""
    return Service(
        name=NAME,
        command=inside(places, f"{BINARIES}/postgres", "-D", DATA_INSIDE),
        environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
        folder=places.home,
        run_folder=places.run,
        log_folder=places.log,
        is_ready=lambda: accepts_sessions(places.ports.postgres),
        configuration=digest(places.postgres_data / "leo.conf"),
        start_seconds=120.0,
        stop_signal=signal.SIGINT,
        stop_seconds=60.0,
        owns=lambda pid: _works_in(pid, places.postgres_data),
    )


def accepts_sessions(port: int) -> bool:
    """True where a PostgreSQL on loopback is past its start-up: it asks a new session for its password.

    Sends the start-up message of protocol 3.0 for user postgres; 'R' asks for authentication, 'E' is an error such as
    "the database system is starting up".
    """
    parameters = b"user\0postgres\0database\0postgres\0\0"
    message = (8 + len(parameters)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + parameters
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
            connection.sendall(message)
            return connection.recv(4096)[:1] == b"R"
    except OSError:
        return False


def user_of_root(places: Places) -> int | None:
    """A process that runs inside the root folder, or None; the root folder may serve several instances."""
    if not places.postgres_root.exists():
        return None
    wanted = places.postgres_root.stat()
    for stat in all_processes():
        try:
            there = Path(f"/proc/{stat.pid}/root").stat()
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
            return stat.pid
    return None
