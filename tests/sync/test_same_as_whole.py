"""Whatever happened at the source, incremental runs and one comparison say what a whole read of it would."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.sync import QualityLimits
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync, register_leo_tenant
from tests.sync.live_documents import LiveDocuments, LiveShop, written_at
from tests.sync.small_sources import PRODUCT, PROFILE, TRACKING_EVENT

ANYTHING_GOES = QualityLimits(
    largest_bad_share=1, least_key_share=0, least_volume=0, largest_growth=1e9, largest_gone_share=1,
    most_changed_columns=1000,
)  # fmt: skip
# What the tables say of the source as it is now. History (gone records, earlier consent, retired addresses) is what a
# fresh tenant cannot have.
SAID = {
    "profile": "SELECT to_jsonb(t) - '{tenant_id,ingested_at}'::text[] FROM core.profile AS t WHERE gone_at IS NULL",
    "event": "SELECT to_jsonb(t) - '{tenant_id,ingested_at,graph_key}'::text[] FROM core.event AS t",
    "product": "SELECT to_jsonb(t) - '{tenant_id,graph_key}'::text[] FROM core.product AS t WHERE gone_at IS NULL",
    "metric": "SELECT to_jsonb(t) - '{tenant_id}'::text[] FROM core.event_metric AS t",
    "address": "SELECT profile_id, channel, address FROM core.channel_address WHERE state = 'active'",
    "consent": "SELECT profile_id, channel, purpose, state FROM (SELECT DISTINCT ON (profile_id, channel, purpose) * "
    "FROM core.consent JOIN core.profile USING (tenant_id, profile_id) WHERE gone_at IS NULL "
    "ORDER BY profile_id, channel, purpose, since DESC, consent_id DESC) AS latest WHERE state <> 'unknown'",
    "quarantine": "SELECT collection, source_key, source_rev, rule FROM ops.open_quarantine",
    # The order of samples is another one in each tenant.
    "customers": """SELECT (properties - '"shuffle"'::agtype)::text FROM "{graph}"."Customer" """,
    "products": 'SELECT properties::text FROM "{graph}"."Product"',
    "views": """SELECT v.properties::text, (c.properties - '"shuffle"'::agtype)::text, p.properties::text """
    'FROM "{graph}"."VIEWED" AS v '
    'JOIN "{graph}"."Customer" AS c ON c.id = v.start_id JOIN "{graph}"."Product" AS p ON p.id = v.end_id',
}


def said(warehouse: Warehouse, tenant: Tenant) -> dict[str, list[str]]:
    found = {}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        for name, query in SAID.items():
            rows = connection.execute(query.replace("{graph}", tenant.graph_name).encode()).fetchall()
            found[name] = sorted(map(str, rows))
    return found


class Life:
    """Things that happen in LEO CDP, drawn from a seed: with and without their dates."""

    def __init__(self, source: LiveDocuments, seed: int) -> None:
        self._source, self._draw, self._number = source, random.Random(seed), 0
        self._now = datetime.now(UTC) - timedelta(hours=2)

    def goes_on(self, events: int) -> None:
        """So many things happen, a few seconds apart."""
        for _ in range(events):
            self._now += timedelta(seconds=20)
            self._draw.choice(
                (
                    self._comes, self._comes, self._acts, self._acts, self._acts, self._changes, self._changes,
                    self._changes_silently, self._goes, self._is_merged, self._is_spoiled, self._leaves_an_orphan,
                    self._sells, self._event_changes,
                )
            )()  # fmt: skip

    def is_mended(self) -> None:
        """Spoiled rows are mended, without a date. Until then the tables keep a state that a fresh tenant never saw."""
        for key, document in list(self._source.documents("cdp_profile").items()):
            if document.get("age") == "old":
                self._source.change("cdp_profile", key, age=32)

    def _any(self, collection: str) -> str:
        return self._draw.choice(sorted(self._source.documents(collection)))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _comes(self) -> None:
        key = f"p{self._next():03d}"
        self._source.put(
            "cdp_profile", PROFILE, _key=key, primaryEmail=f"{key}@example.com", updatedAt=written_at(self._now),
            createdAt=written_at(self._now),
        )  # fmt: skip

    def _acts(self) -> None:
        self._source.put(
            "cdp_trackingevent", TRACKING_EVENT, _key=f"e{self._next():03d}", refProfileId=self._any("cdp_profile"),
            refItemId=self._draw.choice(("SKU1", "SKU2", "k1")), createdAt=written_at(self._now),
            refJourneyId=self._draw.choice(("", "j1", "j2", None)),
        )  # fmt: skip

    def _changes(self) -> None:
        flags = {"receiveEmail": self._draw.choice((1, 0, -1)), "status": self._draw.choice((1, 1, 1, 0))}
        self._source.change("cdp_profile", self._any("cdp_profile"), updatedAt=written_at(self._now), age=30, **flags)

    def _changes_silently(self) -> None:
        self._source.change("cdp_profile", self._any("cdp_profile"), firstName=f"Name {self._next()}", age=31)

    def _goes(self) -> None:
        key = self._any("cdp_profile")
        if key != "p1":
            self._source.delete("cdp_profile", key)
            for event, document in list(self._source.documents("cdp_trackingevent").items()):
                if document["refProfileId"] == key and event != "e1":
                    self._source.delete("cdp_trackingevent", event)

    def _is_merged(self) -> None:
        key, into = self._any("cdp_profile"), self._any("cdp_profile")
        if key not in (into, "p1"):
            for event, document in list(self._source.documents("cdp_trackingevent").items()):
                if document["refProfileId"] == key:
                    self._source.change("cdp_trackingevent", event, refProfileId=into)
            self._source.delete("cdp_profile", key)

    def _is_spoiled(self) -> None:
        self._source.change("cdp_profile", self._any("cdp_profile"), age="old", updatedAt=written_at(self._now))

    def _leaves_an_orphan(self) -> None:
        self._source.put(
            "cdp_trackingevent", TRACKING_EVENT, _key=f"e{self._next():03d}", refProfileId=f"p{self._number + 2:03d}",
            createdAt=written_at(self._now),
        )  # fmt: skip

    def _sells(self) -> None:
        self._source.put("cdp_productitem", PRODUCT, salePrice=1000 * self._next(), updatedAt=written_at(self._now))

    def _event_changes(self) -> None:
        key = self._any("cdp_trackingevent")
        self._source.change("cdp_trackingevent", key, createdAt=written_at(self._now - timedelta(minutes=40)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incremental_runs_and_a_comparison_come_to_what_a_whole_read_says(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, seed: int
) -> None:
    source = LiveDocuments()
    source.put("cdp_productitem", PRODUCT, _key="k2", productId="SKU2")
    life = Life(source, seed)
    life.goes_on(40)
    shop = LiveShop(leo_tenant, source, run_sync, limits=ANYTHING_GOES)
    for _ in range(3):
        shop.sync()
        life.goes_on(25)
    life.is_mended()
    shop.sync("comparison")
    fresh = LiveShop(register_leo_tenant(warehouse), source, run_sync, limits=ANYTHING_GOES)
    fresh.sync("whole")
    ours, whole = said(warehouse, leo_tenant), said(warehouse, fresh.tenant)
    for name in SAID:
        assert ours[name] == whole[name], name
    assert min(len(ours["event"]), len(ours["quarantine"]), len(ours["views"])) > 0
    assert shop.sync("comparison").graph.changed == 0
