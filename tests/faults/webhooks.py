"""The product's webhooks app as a process of its own, which can be killed and comes back on the same port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from leo_activation import activation
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.activation.shop import Shop

SECONDS_TO_START = 60
SECONDS_TO_ANSWER = 60
POLL_S = 0.05


class Webhooks:
    """`python -m leo_activation webhooks` for one tenant of a test, and what people and providers ask of it."""

    def __init__(self, shop: Shop, secrets: Mapping[str, str], log: Path | None = None) -> None:
        """Start it on a free port.

        secrets: the variables by which providers are believed. log: the file for what it writes; None: it is dropped.
        """
        self._log = log or Path(os.devnull)
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._port = int(server.getsockname()[1])
        self._tenant_id = shop.tenant_id
        self._links = activation.UnsubscribeLinks(self.url, shop.key)
        self._environment: Mapping[str, str] = {
            **os.environ,
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}",
            "LEO_WRITER_URL": shop.warehouse.urls[DatabaseRole.WRITER],
            "LEO_PSEUDONYM_KEY": shop.key.decode(),
            "LEO_PUBLIC_URL": self.url,
            **secrets,
        }
        self._process = self._start()
        self._await_start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def url_of(self, provider: str) -> str:
        """Where a provider posts the tenant's events."""
        return f"{self.url}/webhooks/{provider}/{self._tenant_id}"

    def kill(self) -> None:
        """End it as the kernel would, and start it again without waiting for it."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = self._start()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def unsubscribe(self, target: activation.LinkTarget) -> None:
        """The one click of a mail program (RFC 8058), again and again until it is taken.

        Raises:
            TimeoutError: it never was.
        """
        link = self._links.url(target.tenant_id, target.delivery_id)
        ends_at = time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < ends_at:
            try:
                body = {"List-Unsubscribe": "One-Click"}
                if httpx.post(link, data=body, timeout=10, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                # It is being started again.
                pass
            time.sleep(POLL_S)
        raise TimeoutError(f"{urlsplit(link).netloc} never took the opt-out")

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "leo_activation", "webhooks", "--port", str(self._port)],
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def _await_start(self) -> None:
        ends_at = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends_at:
            if self._process.poll() is not None:
                raise RuntimeError(f"the webhooks app ended with {self._process.returncode} before it listened")
            try:
                httpx.get(f"{self.url}/health", timeout=10, trust_env=False)
            except httpx.HTTPError:
                time.sleep(POLL_S)
            else:
                return
        self.close()
        raise RuntimeError(f"the webhooks app did not listen within {SECONDS_TO_START} s")


@contextmanager
def running_webhooks(shop: Shop, secrets: Mapping[str, str], log: Path | None = None) -> Iterator[Webhooks]:
    """The app for the length of the block; see `Webhooks`."""
    webhooks = Webhooks(shop, secrets, log)
    try:
        yield webhooks
    finally:
        webhooks.close()
