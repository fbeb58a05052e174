"""Start the sandbox as a process of its own and wait until it listens: for the tests, and for anybody's
script."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.arangodb.service import arguments

REPOSITORY = Path(__file__).resolve().parents[1]
READY = re.compile(
    r"sandbox: (?P<http>http://\S+) smtp://[0-9.]+:(?P<smtp>[0-9]+) arangodb (?P<arangodb>https?://\S+) journal "
)
STOP_SECONDS = 10


@dataclass(frozen=True)
class SandboxProcess:
    """Where a running sandbox listens, and its switches."""

    url: str
    smtp_port: int
    arangodb_url: str
    process_id: int

    @property
    def gemini_url(self) -> str:
        """The base URL to give to a Gemini client."""
        return f"{self.url}/gemini"

    @property
    def openai_url(self) -> str:
        """The base URL to give to a client of OpenAI's API, or of a server that offers the same."""
        return f"{self.url}/openai/v1"

    @property
    def sendgrid_url(self) -> str:
        """The base URL to give to a SendGrid client, in place of https://api.sendgrid.com."""
        return f"{self.url}/sendgrid"

    @property
    def graph_url(self) -> str:
        """The base URL to give to a client of Meta's Graph API, in place of https://graph.facebook.com."""
        return f"{self.url}/graph"

    def person_on_messenger(self, page: str, psid: str, does: str, text: str = "") -> None:
        """Have a person do what a Page's webhook tells: message, postback, click, referral, subscribe, stop."""
        self._post("graph/person", {"page": page, "psid": psid, "does": does, "text": text})

    @property
    def fcm_url(self) -> str:
        """The base URL to give to a client of FCM, in place of https://fcm.googleapis.com."""
        return f"{self.url}/fcm"

    @property
    def webpush_url(self) -> str:
        """Where web push messages go in place of their endpoints' own hosts."""
        return f"{self.url}/webpush"

    def fcm_account(self) -> dict[str, str]:
        """The service account that FCM knows, as the JSON that Google would give."""
        with urllib.request.urlopen(f"{self.url}/sandbox/fcm/account", timeout=10) as response:  # noqa: S310 - our own loopback address
            return {str(name): str(value) for name, value in json.loads(response.read()).items()}

    @property
    def twilio_url(self) -> str:
        """The base URL to give to a client of Twilio's, in place of https://api.twilio.com."""
        return f"{self.url}/twilio"

    def sms_answer(self, sender: str, text: str, url: str, opt_out_type: str = "") -> None:
        """Have a person answer an SMS, which Twilio posts to `url`."""
        order = {"sender": sender, "to": "+15005550006", "text": text, "url": url, "opt_out_type": opt_out_type}
        self._post("twilio/answer", order)

    @property
    def brandname_url(self) -> str:
        """The base URL of the SMS aggregator."""
        return f"{self.url}/brandname"

    def brandname_stop(self, sender: str) -> None:
        """Have a person tell the SMS aggregator to stop."""
        self._post("brandname/stop", {"sender": sender})

    @property
    def zalo_url(self) -> str:
        """In place of Zalo's three hosts, which lie below it at /openapi, /business and /oauth."""
        return f"{self.url}/zalo"

    def scenario(
        self, channel: str, scenario: str, *, key: str | None = None, attempts: int | None = None, after: int = 0
    ) -> None:
        """Put a fault in force: for one key or all, for so many attempts or all, after so many that pass."""
        order = {"channel": channel, "scenario": scenario, "key": key, "attempts": attempts, "after": after}
        self._post("scenario", order)

    def mix(self, channel: str, shares: dict[str, float], *, seed: int, attempts: int | None = None) -> None:
        """Draw the faults of a channel by the key's hash."""
        self._post("scenario", {"channel": channel, "shares": shares, "seed": seed, "attempts": attempts})

    def script(self, pattern: str, answer: dict[str, Any]) -> None:
        """Have the model servers answer texts that the pattern finds."""
        self._post("models/answer", {"pattern": pattern, "answer": answer})

    def sendgrid_webhook(self, url: str) -> str:
        """Have SendGrid's events posted to a URL, '' for nowhere; answers with the public key that they are signed
        for."""
        self.webhook("sendgrid", url)
        return self.sendgrid_key()

    def sendgrid_key(self) -> str:
        """The public key of SendGrid's event webhook: base64 of DER."""
        with urllib.request.urlopen(f"{self.url}/sandbox/sendgrid/key", timeout=10) as response:  # noqa: S310 - our own loopback address
            return str(json.loads(response.read())["public_key"])

    def sendgrid_limit(self, requests: int, seconds: int) -> None:
        """Let SendGrid take so many requests in each window of so many seconds."""
        self._post("sendgrid/limit", {"requests": requests, "seconds": seconds})

    def webhook(self, provider: str, url: str) -> None:
        """Have a provider's events posted to a URL, '' for nowhere."""
        self._post(f"{provider}/webhook", {"url": url})

    def posted(self, provider: str) -> list[dict[str, Any]]:
        """A provider's posts that came to an end since the last reset (`sandbox.poster.Posted`)."""
        return self._lines(f"{provider}/posted")

    def waiting(self, provider: str) -> int:
        """How many events of a provider are still to be posted."""
        with urllib.request.urlopen(f"{self.url}/sandbox/{provider}/waiting", timeout=10) as response:  # noqa: S310 - our own loopback address
            return int(json.loads(response.read())["events"])

    def order(self, provider: str, what: str, **values: Any) -> dict[str, Any]:
        """Order something of one provider: `POST /sandbox/<provider>/<what>`."""
        return self._post(f"{provider}/{what}", values)

    def told(self, provider: str, what: str) -> list[dict[str, Any]]:
        """What one provider tells of itself, one object a line: `GET /sandbox/<provider>/<what>`."""
        return self._lines(f"{provider}/{what}")

    def reset(self) -> None:
        """Forget faults, added answers and what was received."""
        self._post("reset", {})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The journal's lines after `since` and after the last reset."""
        return self._lines(f"journal?since={since}")

    def asked_of_arangodb(self, since: int = 0) -> list[dict[str, Any]]:
        """What ArangoDB's stand-in was asked after `since` and after the last reset (`arangodb.asked.Asked`)."""
        return self._lines(f"arangodb/asked?since={since}")

    def _lines(self, name: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/sandbox/{name}", timeout=10) as response:  # noqa: S310 - our own loopback address
            return [json.loads(line) for line in response.read().splitlines()]

    def _post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.url}/sandbox/{name}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own loopback address
            answer: dict[str, Any] = json.loads(response.read())
        return answer


@contextmanager
def running_sandbox(
    journal: Path,
    dumps: Sequence[tuple[Path, str]] = (),
    certificate: Path | None = None,
    key: Path | None = None,
    reports: Path | None = None,
) -> Iterator[SandboxProcess]:
    """A sandbox on free ports for the length of the block, writing to `journal`.

    dumps: folder and database of each dump that ArangoDB's stand-in starts with.
    certificate, key: PEM files with which it serves TLS.
    reports: a Maildir for what mail servers say later of a message.

    Raises:
        RuntimeError: it ended before it listened; its own message stands on stderr.
    """
    command = [sys.executable, "-m", "sandbox", "--http-port", "0", "--smtp-port", "0", "--journal", str(journal)]
    command += ["--reports", str(reports)] if reports is not None else []
    command += arguments(0, dumps, certificate, key)
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        ready = READY.match(line)
        if ready is None:
            raise RuntimeError("the sandbox ended before it listened")
        yield SandboxProcess(ready["http"], int(ready["smtp"]), ready["arangodb"], process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
