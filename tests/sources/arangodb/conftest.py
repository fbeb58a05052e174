"""ArangoDB's stand-in on a socket of this process, so that a test can write to the database between two pages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from tests.sources.arangodb.standin import Standin, running_standin


@pytest.fixture(scope="session")
def _one_server() -> Iterator[Standin]:
    with running_standin() as standin:
        yield standin


@pytest.fixture
def server(_one_server: Standin) -> Standin:
    """A database with the collections that are read, all empty, and a server without faults."""
    _one_server.begin_anew()
    return _one_server


@pytest.fixture(scope="session")
def shop_dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of an invented shop with a few of every fault."""
    folder = tmp_path_factory.mktemp("shop") / "dump"
    as_of = parse_as_of("2026-02-20T00:00:00Z")
    settings = DumpSettings(profiles=200, seed=3, as_of=as_of, fault_share=0.02, compress=True, workers=1)
    write_arangodump(settings, folder)
    return folder


@pytest.fixture(scope="session")
def shop(shop_dump: Path) -> Iterator[Standin]:
    """The same shop as a live database; nobody writes to it."""
    with running_standin(dump=shop_dump) as standin:
        yield standin


@pytest.fixture
def named() -> Callable[[int], list[str]]:
    """So many keys of both cases and of digits, whose order by bytes is another than by any language."""
    return lambda count: [f"{'aBc0Z-'[number % 6]}{number:04d}" for number in range(count)]
