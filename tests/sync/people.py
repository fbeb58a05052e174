"""Profiles by what they are known by, for tests of identities and households; and whose customer each became."""

from collections import defaultdict
from collections.abc import Mapping

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync, Synced
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.stored import rows

BYSTANDER = "p1"
"""The profile of the small sources: it is there from the beginning and shares nothing."""


class People(LiveShop):
    """A LEO tenant of a few profiles that change while syncs come and go. Two syncs are in its beginning none."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant, run_sync: Sync) -> None:
        """Only the bystander is there."""
        super().__init__(tenant, LiveDocuments(), run_sync)
        self.warehouse = warehouse

    def put(self, key: str, **fields: object) -> None:
        """Write a profile as of now; who is called by a higher number was created later."""
        number = int("".join(filter(str.isdigit, key)))
        document: Mapping[str, object] = {
            "_key": key,
            "status": 1,
            "createdAt": f"2025-0{number // 28 + 1}-{number % 28 + 1:02d}T08:00:00.000Z",
            "firstName": key,
            "livingCountry": "Vietnam",
        }
        self.source.put("cdp_profile", document, **{"updatedAt": minutes_ago(1), **fields})

    def relate(self, one: str, other: str, kind: int) -> None:
        """An edge of LEO: 1 the same person, 2 family, 3 who brought whom."""
        edge = {
            "_key": f"{one}-{other}-{kind}",
            "_from": f"cdp_profile/{one}",
            "_to": f"cdp_profile/{other}",
            "relationshipTypes": {str(kind): 90},
            "updatedAt": minutes_ago(1),
        }
        self.source.put("cdp_profile2profile", edge)

    def resolved(self) -> Synced:
        """Read what is new, and what is gone."""
        return self.sync("comparison")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self.warehouse, self.tenant, query)

    def execute(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """One statement as the writer."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant.tenant_id) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def customers(self) -> dict[str, list[str]]:
        """Every customer with the profiles that the source still has, less the bystander."""
        found: dict[str, list[str]] = defaultdict(list)
        for customer, profile in self.rows(
            "SELECT customer_id, profile_id FROM core.profile WHERE gone_at IS NULL ORDER BY 1, 2"
        ):
            if profile != BYSTANDER:
                found[str(customer)].append(str(profile))
        return dict(found)

    def partition(self) -> set[tuple[str, ...]]:
        """Who is together, whatever the customers are called."""
        return {tuple(profiles) for profiles in self.customers().values()}

    def cases(self) -> list[tuple[object, ...]]:
        """(reason, profiles, kinds, state) of every case."""
        return self.rows("SELECT reason, profiles, kinds, state FROM core.identity_case ORDER BY case_id")
