"""What a profile was: former states are kept, dated by the source where it says when, without contact data."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF, Sync, Synced
from tests.sync.small_sources import PROFILE, TRACKING_EVENT, write_dump
from tests.sync.stored import rows

CREATED = datetime(2025, 6, 1, 8, tzinfo=UTC)
OTHER = {**PROFILE, "_key": "p2", "primaryEmail": "mai@example.com"}
ROWS = "SELECT valid_from, valid_to, city FROM core.profile_history WHERE profile_id = 'p1' ORDER BY valid_from"


class People:
    """A LEO tenant of two profiles, the first of which changes from sync to sync."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant, folder: Path, run_sync: Sync) -> None:
        self.warehouse, self.tenant, self._folder, self._run_sync = warehouse, tenant, folder, run_sync
        self._syncs = 0

    def sync(self, *, as_of: datetime | None = AS_OF, revision: str | None = None, **fields: object) -> Synced:
        """Sync with these fields on the first profile."""
        return self.sync_all([{**PROFILE, "_rev": revision or f"r{self._syncs}", **fields}, OTHER], as_of=as_of)

    def sync_all(self, profiles: list[Mapping[str, object]], *, as_of: datetime | None = AS_OF) -> Synced:
        self._syncs += 1
        event = {**TRACKING_EVENT, "refProfileId": "p2", "createdAt": "2025-12-01T10:00:00.000Z"}
        folder = write_dump(self._folder / str(self._syncs), profiles=profiles, events=[event])
        return self._run_sync(self.tenant, open_source("arangodump", str(folder)), as_of=as_of)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self.warehouse, self.tenant, query)

    def city_at(self, moment: datetime) -> list[object]:
        """The city of the first profile at a moment; nothing where it was not there."""
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            found = connection.execute(
                "SELECT city FROM core.profile_as_of(%s, %s) WHERE profile_id = 'p1'", [self.tenant.tenant_id, moment]
            )
            return [row[0] for row in found]


@pytest.fixture
def people(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync) -> People:
    return People(warehouse, leo_tenant, tmp_path, run_sync)


def test_a_change_is_dated_by_the_source_where_it_says_when(people: People) -> None:
    changed = datetime(2026, 2, 10, 9, tzinfo=UTC)
    assert people.sync(livingCity="Hanoi").merged.history == 0
    assert people.sync(livingCity="Hue", updatedAt="2026-02-10T09:00:00.000Z").merged.history == 1
    assert people.rows(ROWS) == [(CREATED, changed, "Hanoi")]
    moment = timedelta(microseconds=1)
    asked = [CREATED - moment, CREATED, changed - moment, changed, AS_OF]
    assert [people.city_at(at) for at in asked] == [[], ["Hanoi"], ["Hanoi"], ["Hue"], ["Hue"]]


def test_a_silent_change_is_dated_by_when_it_was_read(people: People) -> None:
    people.sync(livingCity="Hanoi")
    people.sync(livingCity="Hue")
    assert people.rows(ROWS) == [(CREATED, AS_OF, "Hanoi")]
    people.sync(livingCity="Da Nang", as_of=None)
    with people.warehouse.connect(DatabaseRole.LOADER, people.tenant.tenant_id) as connection:
        [(is_now,)] = connection.execute(
            "SELECT max(valid_to) > now() - interval '5 minutes' AND max(valid_to) <= now() FROM core.profile_history"
        ).fetchall()
    assert is_now


@pytest.mark.parametrize(
    "moment", ["2026-02-21T00:00:00.000Z", "2025-05-01T00:00:00.000Z"], ids=["in the future", "before the record"]
)
def test_a_date_that_cannot_be_is_not_believed(people: People, moment: str) -> None:
    people.sync(livingCity="Hanoi")
    people.sync(livingCity="Hue", updatedAt=moment)
    assert people.rows(ROWS) == [(CREATED, AS_OF, "Hanoi")]


def test_a_second_state_of_the_same_moment_corrects_the_first(people: People) -> None:
    people.sync(livingCity="Hanoi")
    people.sync(livingCity="Hue")
    assert people.sync(livingCity="Hoi An").merged.history == 0
    assert people.rows(ROWS) == [(CREATED, AS_OF, "Hanoi")]
    assert people.city_at(AS_OF) == ["Hoi An"]


@pytest.mark.parametrize(
    "fields",
    [
        {"firstName": "Mai", "lastName": "Tran"},
        {"primaryEmail": "other@example.com"},
        {"primaryPhone": "0912345678"},
        {"updatedAt": "2026-02-10T09:00:00.000Z"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_not_asked_as_of_a_moment_leaves_no_history(people: People, fields: dict[str, object]) -> None:
    people.sync()
    synced = people.sync_all([{**PROFILE, "_rev": "changed", **fields}, OTHER])
    assert (synced.merged.profiles, synced.merged.history) == (1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"gender": "female"},
        {"dateOfBirth": "1990-01-02"},
        {"age": 36},
        {"primaryLanguage": "vi"},
        {"livingCountry": "Singapore"},
        {"funnelStage": "lead"},
        {"extAttributes": {"favoriteColor": "red"}},
        {"totalTransactionValue": 5},
        {"contentKeywords": ["hiking"]},
        {"totalCLV": 7},
        {"status": 0},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_every_attribute_that_segments_ask_for_has_a_history(people: People, fields: dict[str, object]) -> None:
    people.sync()
    assert people.sync_all([{**PROFILE, "_rev": "changed", **fields}, OTHER]).merged.history == 1


def test_the_same_sync_again_enters_nothing(people: People) -> None:
    people.sync(livingCity="Hanoi", revision="a")
    people.sync(livingCity="Hue", revision="b")
    before = people.rows("SELECT ctid::text, xmin::text FROM core.profile_history")
    assert people.sync(livingCity="Hue", revision="b").merged.history == 0
    assert people.rows("SELECT ctid::text, xmin::text FROM core.profile_history") == before


def test_history_has_no_place_for_contact_data(people: People) -> None:
    columns = people.rows(
        "SELECT column_name::text FROM information_schema.columns "
        "WHERE table_schema = 'core' AND table_name = 'profile_history'"
    )
    assert ("city",) in columns
    assert not {("first_name",), ("last_name",), ("email",), ("phone",)} & set(columns)


def test_what_was_remembered_of_a_profile_goes_with_it(people: People) -> None:
    people.sync(livingCity="Hanoi")
    people.sync(livingCity="Hue", updatedAt="2026-02-10T09:00:00.000Z")
    assert people.city_at(CREATED) == ["Hanoi"]
    synced = people.sync_all([OTHER])
    assert (synced.merged.profiles_gone, synced.merged.history_gone) == (1, 1)
    assert people.rows("SELECT profile_id FROM core.profile_history") == []
    assert people.city_at(CREATED) == people.city_at(AS_OF) == []
    assert people.sync(livingCity="Hue", updatedAt="2026-02-10T09:00:00.000Z").merged.history == 0
    assert people.city_at(AS_OF) == ["Hue"]


def test_a_life_of_changes_is_told_as_a_diary_would(people: People) -> None:
    """Each line of the diary is read by a sync of its own; silent ones keep the last updatedAt."""
    diary = [
        (None, "A"), ("2026-01-05T00:00:00", "B"), (None, "C"), ("2026-01-20T12:00:00", "C"),
        ("2026-02-01T00:00:00", "A"), (None, "D"),
    ]  # fmt: skip
    told: list[tuple[datetime, str]] = [(CREATED, "A")]
    updated = "2026-01-01T08:00:00.000Z"
    for day, (moment, city) in enumerate(diary):
        read_at = datetime(2026, 1, 3, tzinfo=UTC) + timedelta(days=7 * day)
        if moment is not None:
            updated = f"{moment}.000Z"
        people.sync(livingCity=city, updatedAt=updated, as_of=read_at)
        since = read_at if moment is None else datetime.fromisoformat(f"{moment}+00:00")
        if day and city != told[-1][1]:
            told.append((since if told[-1][0] < since <= read_at else read_at, city))
    for hours in range(0, 24 * 70, 7):
        asked = datetime(2025, 12, 25, tzinfo=UTC) + timedelta(hours=hours)
        assert people.city_at(asked) == [[city for since, city in told if since <= asked][-1]], asked
