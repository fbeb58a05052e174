"""What a machine must offer before anything is made on it: one clear sentence for each thing that is missing."""

import os
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from embedded.failure import SetupError
from embedded.places import Places
from embedded.steps import Shell

GIGABYTE = 1024**3
FRESH_GIGABYTES = 8
RUNNING_GIGABYTES = 1
LISTENING = "0A"  # the state in /proc/net/tcp


def check_root(why: str) -> None:
    """Raise SetupError where this process is not root."""
    if os.geteuid() != 0:
        raise SetupError(f"Root is needed {why}; run as root, or name a server of your own in LEO_DATABASE_URL.")


def check_mounts(shell: Shell) -> None:
    """Raise SetupError where root may not mount, as in a container without the right to."""
    if not shell.succeeds(["unshare", "--mount", "--propagation", "private", "--", "mount", "--bind", "/dev", "/mnt"]):
        raise SetupError(
            "This machine does not let root mount (a container without CAP_SYS_ADMIN?), which the embedded PostgreSQL "
            "needs; allow it, or name a server of your own in LEO_DATABASE_URL."
        )


def check_disk(folder: Path, gigabytes: int) -> None:
    """Raise SetupError where the disk below a folder has too little room."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < gigabytes * GIGABYTE:
        raise SetupError(
            f"{gigabytes} GB of free disk are needed at {existing}; it has {free / GIGABYTE:.1f} GB. "
            "LEO_HOME and LEO_TOOLS may name folders on another disk."
        )


def check_network(urls: Iterable[str], seconds: float = 20.0) -> None:
    """Raise SetupError naming the first registry that does not answer."""
    for url in urls:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - a mirror may be a local file
        try:
            urllib.request.urlopen(request, timeout=seconds).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise SetupError(f"{url} answers with status {error.code}; try again later.") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise SetupError(f"{url} is not reachable ({reason}); the first set-up needs the network.") from error


def check_ports(ports: Mapping[str, int]) -> None:
    """Raise SetupError naming every port (by the variable that sets it) that somebody else listens on."""
    sentences = []
    for variable, port in ports.items():
        if is_free(port):
            continue
        owner = listener(port)
        by = f" by process {owner[0]} ({owner[1]})" if owner else ""
        sentences.append(f"Port {port} is in use{by}; end that, or set {variable} to a free port.")
    if sentences:
        raise SetupError("\n".join(sentences))


def is_free(port: int) -> bool:
    """True where a server could listen on a loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listener(port: int) -> tuple[int, str] | None:
    """Process id and name of who listens on a port, or None where that is hidden from us."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        inodes |= {row[9] for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(descriptor.readlink()) in wanted for descriptor in (process / "fd").iterdir()):
                return int(process.name), (process / "comm").read_text().strip()
        except OSError:
            continue
    return None


def is_fresh(places: Places) -> bool:
    """True where something has still to be downloaded."""
    needed = [places.venv, places.superset_venv]
    if places.database_url is None:
        needed.append(places.postgres_root)
    return not all(path.is_dir() for path in needed)
