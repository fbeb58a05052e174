"""Debian's exim4 on loopback: a mail server that nobody here wrote, from its own package, without being installed.

The packages are fetched by apt and unpacked into a folder below LEO_HOME. The server runs in a mount namespace of its
own, with a user and a library cache that only it sees, so the machine's own system stays as it is. It delivers to
folders (Maildir), refuses whom it does not know at RCPT, and gives up on one mailbox only after it took the message.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from time import monotonic

PACKAGE = "exim4-daemon-light"
DOMAIN = "shop.example"
KNOWN = "anh"
CLOSED = "gone"
BOUNCES = "bounces"
FETCH_S = 60.0
START_S = 20.0
STEP_S = 0.05

CONFIGURATION = f"""
primary_hostname = mail.{DOMAIN}
local_interfaces = 127.0.0.1
spool_directory = /mnt/work/spool
log_file_path = /mnt/work/log/%s.log
pid_file_path = /mnt/work/log/pid
exim_path = /mnt/exim/usr/sbin/exim4
dsn_advertise_hosts = *
rfc1413_query_timeout = 0s
host_lookup =
acl_smtp_rcpt = known
acl_smtp_data = accept

begin acl
known:
  deny !verify = recipient
  accept

begin routers
closed:
  driver = redirect
  local_parts = {CLOSED}
  data = :fail: the mailbox was closed
  allow_fail
  no_verify
here:
  driver = accept
  local_parts = {KNOWN} : {CLOSED} : {BOUNCES}
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = /mnt/work/mail/$local_part_data
  maildir_format
  create_directory
  user = 65534
  group = 65534
"""

# $1 is the unpacked packages, $2 the work folder, $3 the port.
START = """
set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/exim /mnt/work
mount --bind "$1" /mnt/exim
mount --bind "$2" /mnt/work
{ cat /etc/passwd; echo 'Debian-exim:x:65534:65534::/nonexistent:/usr/sbin/nologin'; } > /mnt/passwd
{ cat /etc/group; echo 'Debian-exim:x:65534:'; } > /mnt/group
{ echo /mnt/exim/usr/lib/*-linux-gnu; cat /etc/ld.so.conf.d/*.conf; } > /mnt/ld.so.conf
/sbin/ldconfig -X -f /mnt/ld.so.conf -C /mnt/ld.so.cache
for file in passwd group ld.so.cache; do mount --bind "/mnt/$file" "/etc/$file"; done
exec /mnt/exim/usr/sbin/exim4 -C /mnt/work/conf -oX "$3" -bdf
"""


class NoMailServer(Exception):
    """This machine cannot have one; the words say why."""


@dataclass(frozen=True)
class Exim:
    """A running server."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def mail(self, local_part: str, count: int = 1) -> list[EmailMessage]:
        """What a mailbox holds, once it holds so many."""
        new = self.folder / "mail" / local_part / "new"

        def there() -> list[Path]:
            return sorted(new.iterdir()) if new.is_dir() else []

        _until(lambda: len(there()) >= count, self.process, f"{count} messages for {local_part}")
        return [message_from_bytes(path.read_bytes(), policy=SMTP) for path in there()]


def unpack(home: Path) -> Path:
    """The folder with exim's packages, fetched where it is not there yet.

    Raises:
        NoMailServer: not on Debian, not as root, or the package mirror cannot be reached.
    """
    root = home / "exim" / "root"
    if root.is_dir():
        return root
    if os.geteuid() != 0 or not all(map(shutil.which, ["apt-get", "dpkg-deb", "unshare"])):
        raise NoMailServer("a second mail server needs root, apt-get, dpkg-deb and unshare")
    archives = home / "exim" / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    fetch = ["apt-get", "-qq", "install", "--reinstall", "--yes", "--download-only", "--no-install-recommends"]
    fetch += ["-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=1", PACKAGE]
    try:
        subprocess.run(fetch, check=True, capture_output=True, timeout=FETCH_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NoMailServer(f"Debian's {PACKAGE} cannot be fetched from the package mirror") from error
    partial = root.with_name("root.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for archive in archives.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, partial], check=True, timeout=FETCH_S)
    if not (partial / "usr/sbin/exim4").exists():
        raise NoMailServer(f"apt fetched no {PACKAGE}")
    partial.rename(root)
    return root


@contextmanager
def running_exim(home: Path, folder: Path) -> Iterator[Exim]:
    """The server on a free port for the length of the block; `folder` holds its spool, logs and mailboxes.

    Raises:
        NoMailServer: this machine cannot have one.
    """
    root = unpack(home)
    for name in ("spool", "log", "mail"):
        (folder / name).mkdir()
        os.chown(folder / name, 65534, 65534)
    (folder / "conf").write_text(CONFIGURATION)
    folder.chmod(0o755)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = int(unused.getsockname()[1])
    command = ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", START, "sh"]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([*command, str(root), str(folder), str(port)], stdout=said, stderr=said)
    try:
        _until(lambda: _listens(port), process, "the port")
        yield Exim(port, folder, process)
    finally:
        process.terminate()
        process.wait(START_S)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        return connection.recv(4) == b"220 "
    return False


def _until(condition: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
    ends_at = monotonic() + START_S
    while not condition():
        if monotonic() > ends_at:
            raise NoMailServer(f"exim did not come to have {what} within {START_S:.0f} s")
        with suppress(subprocess.TimeoutExpired):
            raise NoMailServer(f"exim ended with {process.wait(STEP_S)} before it had {what}")
