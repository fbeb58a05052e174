"""The same over the wire: LEO CDP's database on ArangoDB's stand-in, read by the source that production uses."""

from collections.abc import Iterator, Mapping

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent, Transient
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sources.arangodb.standin import Standin, running_standin
from tests.sync.conftest import Sync, Synced
from tests.sync.live_documents import minutes_ago
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT
from tests.sync.stored import contents, rows, versions

PEOPLE = 35


def fresh(document: Mapping[str, object], **fields: object) -> dict[str, object]:
    """A document as a client writes it: the server gives it its revision."""
    return {name: value for name, value in {**document, **fields}.items() if name != "_rev"}


@pytest.fixture(scope="module")
def _server() -> Iterator[Standin]:
    with running_standin() as standin:
        yield standin


class LeoShop:
    """A tenant whose source is the server; pages hold ten rows."""

    def __init__(self, server: Standin, tenant: Tenant, run_sync: Sync) -> None:
        self.server, self.tenant, self._run_sync = server, tenant, run_sync

    def sync(self, mode: str = "incremental") -> Synced:
        return self._run_sync(self.tenant, self.server.source(), as_of=None, mode=mode)


@pytest.fixture
def shop(_server: Standin, leo_tenant: Tenant, run_sync: Sync) -> LeoShop:
    """People and events of long ago, and one of each of half an hour ago; read whole once."""
    _server.begin_anew()
    _server.insert("cdp_eventmetric", fresh(METRIC))
    _server.insert("cdp_productitem", fresh(PRODUCT))
    _server.insert("cdp_journeymap", {"_key": "j1"})
    for number in range(PEOPLE):
        key = f"p{number:02d}"
        _server.insert("cdp_profile", fresh(PROFILE, _key=key, primaryEmail=f"{key}@example.com"))
        _server.insert(
            "cdp_trackingevent",
            fresh(TRACKING_EVENT, _key=f"e{number:02d}", refProfileId=key, refJourneyId="j1" if number % 2 else ""),
        )
    _server.insert("cdp_profile", fresh(PROFILE, _key="last", updatedAt=minutes_ago(30), primaryEmail="l@example.com"))
    for journey in ("", "j1"):
        _server.insert(
            "cdp_trackingevent",
            fresh(
                TRACKING_EVENT,
                _key=f"last{journey}",
                refProfileId="p00",
                refJourneyId=journey,
                createdAt=minutes_ago(30),
            ),
        )
    made = LeoShop(_server, leo_tenant, run_sync)
    made.sync()
    return made


def test_incremental_runs_read_the_overlap_and_write_what_is_new(warehouse: Warehouse, shop: LeoShop) -> None:
    again = shop.sync()
    assert (again.report.rows_read, set(vars(again.merged).values())) == (4, {0})
    shop.server.insert(
        "cdp_profile", fresh(PROFILE, _key="new", updatedAt=minutes_ago(1), primaryEmail="n@example.com")
    )
    shop.server.insert(
        "cdp_trackingevent", fresh(TRACKING_EVENT, _key="new", refProfileId="new", createdAt=minutes_ago(1))
    )
    synced = shop.sync()
    assert (synced.report.rows_read, synced.merged.profiles, synced.merged.events) == (6, 1, 1)
    assert rows(warehouse, shop.tenant, "SELECT DISTINCT mode FROM ops.sync_run ORDER BY 1") == [
        ("incremental",), ("whole",),
    ]  # fmt: skip
    before = versions(warehouse, shop.tenant)
    shop.sync()
    assert versions(warehouse, shop.tenant) == before


def test_the_comparison_finds_silent_changes_hard_deletes_and_events_given_to_another(
    warehouse: Warehouse, shop: LeoShop
) -> None:
    shop.server.update("cdp_profile", "p03", {"firstName": "Silent"})
    shop.server.update("cdp_trackingevent", "e04", {"refProfileId": "p05"})
    shop.server.remove("cdp_profile", "p04")
    shop.server.remove("cdp_trackingevent", "e06", "e07")
    assert (shop.sync().merged.profiles, shop.sync().merged.events_gone) == (0, 0)
    synced = shop.sync("comparison")
    merged = synced.merged
    assert (merged.profiles, merged.profiles_gone, merged.events, merged.events_gone) == (1, 1, 1, 2)
    assert rows(warehouse, shop.tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p03'") == [("Silent",)]
    assert rows(warehouse, shop.tenant, "SELECT profile_id FROM core.event WHERE event_id = 'e04'") == [("p05",)]
    proof = sync.read_proof(warehouse, shop.tenant.tenant_id, synced.sync_run_id)
    assert {name: (each.scope, each.source.rows, each.equal) for name, each in proof.items()} == {
        "cdp_campaign": (sync.Scope.WHOLE, 0, True),
        "cdp_eventmetric": (sync.Scope.WHOLE, 1, True),
        "cdp_productitem": (sync.Scope.LISTED, 1, True),
        "cdp_profile": (sync.Scope.LISTED, PEOPLE, True),
        "cdp_profile2profile": (sync.Scope.LISTED, 0, True),
        "cdp_trackingevent": (sync.Scope.LISTED, PEOPLE, True),
    }
    assert synced.graph.by_label["Customer"] == PEOPLE


@pytest.mark.parametrize(
    ("mode", "fault"),
    [("incremental", "unavailable"), ("incremental", "truncated"), ("comparison", "cut"), ("comparison", "empty")],
)
def test_a_read_that_fails_on_the_way_leaves_everything_as_it_was(
    warehouse: Warehouse, shop: LeoShop, mode: str, fault: str
) -> None:
    shop.server.update("cdp_profile", "p03", {"updatedAt": minutes_ago(1), "firstName": "New"})
    before = contents(warehouse, shop.tenant)
    shop.server.fault(fault, "cdp_trackingevent:query")
    with pytest.raises((Transient, Permanent)):
        shop.sync(mode)
    assert contents(warehouse, shop.tenant) == before
    shop.server.fault("ok", "cdp_trackingevent:query")
    assert shop.sync(mode).merged.profiles == 1
