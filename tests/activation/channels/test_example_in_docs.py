"""The worked example of `docs/guides/adding-a-channel.md` is a channel that passes the suite."""

import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

import pytest

from leo_activation.activation.channels import Message
from leo_activation.settings import REPOSITORY
from tests.activation.channels.conformance import ChannelConformance, Fault
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_conformance import DRIP_S, MESSAGE, TIMEOUT_S, free_port

PAGE = REPOSITORY / "docs" / "guides" / "adding-a-channel.md"
NAME = "example_of_the_docs"


@pytest.fixture(scope="module")
def pigeon() -> Iterator[Any]:
    """The page's one block of Python, as a module."""
    (block,) = [part.partition("```")[0] for part in PAGE.read_text().split("```python\n")[1:]]
    module = ModuleType(NAME)
    sys.modules[NAME] = module
    try:
        exec(compile(block, str(PAGE), "exec"), vars(module))  # noqa: S102 - a page of this repository
        yield module
    finally:
        del sys.modules[NAME]


class PigeonUnderTest:
    """A Pigeon Post that remembers what it took."""

    message = Message(
        delivery_id=MESSAGE.delivery_id, recipient="84901234567", sender="Shop", text="Chào Ánh, tất mới về"
    )
    faults: ClassVar = {
        Fault.BUSY: http("429 Too Many Requests", b"{}"),
        Fault.REFUSED: http("422 Refused", b'{"error": "no such words"}'),
        Fault.DEAD_ADDRESS: http("410 Gone", b'{"error": "out of use"}'),
        Fault.OUR_FAULT: http("401 Unauthorized"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 201 Created\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("201 Created", b"<html>"),
    }

    def __init__(self, pigeon: Any) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = pigeon.PigeonChannel(pigeon.PigeonSettings("key", self.server.url, TIMEOUT_S))
        nowhere = f"http://127.0.0.1:{free_port()}"
        self.unreachable = pigeon.PigeonChannel(pigeon.PigeonSettings("key", nowhere, TIMEOUT_S))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if asked.path == "/account":
            return http("200 OK", b"{}")
        said = http("201 Created", b'{"name": "p1"}') if self._next is None else self._next
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(json.loads(asked.body)["id"])
        return said


class TestPigeon(ChannelConformance):
    faults = frozenset(PigeonUnderTest.faults)

    @pytest.fixture
    def provider(self, pigeon: Any) -> Iterator[PigeonUnderTest]:
        under_test = PigeonUnderTest(pigeon)
        with under_test.server:
            yield under_test


def test_the_page_names_every_fault_of_the_suite() -> None:
    page = PAGE.read_text()
    assert [fault for fault in Fault if f"| `{fault}`" not in page] == []
