"""The fault test's comparisons find what is wrong: each bad sync by what it leaves, and nothing in a good one."""

from collections.abc import Callable, Iterator

import pytest

from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import running_sandbox
from tests.faults import bad_syncs
from tests.faults.end_state import differences, end_state, merged_state
from tests.faults.sync_runs import DUMP_LIFE, LIVE_LIFE, Calm, Stage, Syncs, half_merged, live_calmly
from tests.faults.sync_states import write_states

pytestmark = pytest.mark.faults

PROFILES = 150
BadSync = Callable[[Syncs, Tenant], None]


@pytest.fixture(scope="module")
def syncs(warehouse: Warehouse, pseudonym_key: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Syncs]:
    folder = tmp_path_factory.mktemp("bad")
    states = write_states(folder / "states", PROFILES)
    with running_sandbox(folder / "journal.jsonl", [(path, name) for name, path in states]) as sandbox:
        yield Syncs(warehouse, states, pseudonym_key, sandbox)


@pytest.fixture(scope="module")
def dump_calm(syncs: Syncs) -> Calm:
    return live_calmly(syncs, DUMP_LIFE)


@pytest.fixture(scope="module")
def live_calm(syncs: Syncs) -> Calm:
    return live_calmly(syncs, LIVE_LIFE)


def begin(syncs: Syncs, stage: Stage) -> Tenant:
    tenant = syncs.tenant()
    syncs.run(tenant, "begin", stage)
    return tenant


def test_a_merge_that_commits_each_statement_is_caught_where_it_was_left(syncs: Syncs, dump_calm: Calm) -> None:
    tenant = begin(syncs, DUMP_LIFE[0])
    bad_syncs.commit_each_statement_of_a_merge(syncs, tenant)
    before, after = (dump_calm.ends[stage.name] for stage in DUMP_LIFE)
    assert half_merged(merged_state(syncs.warehouse, tenant), before, after) != []


@pytest.mark.parametrize(
    ("bad_sync", "wanted", "seen_in"),
    [
        (bad_syncs.delete_after_a_failed_read, DUMP_LIFE[0], "core.event"),
        (bad_syncs.merge_an_overtaken_run, DUMP_LIFE[1], "core.profile"),
        (bad_syncs.say_projected_without_a_look, DUMP_LIFE[1], "Customer"),
    ],
)
def test_a_bad_sync_of_a_dump_is_caught(
    syncs: Syncs, dump_calm: Calm, bad_sync: BadSync, wanted: Stage, seen_in: str
) -> None:
    tenant = begin(syncs, DUMP_LIFE[0])
    bad_sync(syncs, tenant)
    found = differences(end_state(syncs.warehouse, tenant), dump_calm.ends[wanted.name])
    assert seen_in in [each.partition(":")[0] for each in found]


def test_a_watermark_that_runs_ahead_of_the_merge_is_caught(syncs: Syncs, live_calm: Calm) -> None:
    tenant = begin(syncs, LIVE_LIFE[0])
    bad_syncs.set_the_watermark_before_the_merge(syncs, tenant)
    found = differences(end_state(syncs.warehouse, tenant), live_calm.ends[LIVE_LIFE[1].name])
    # The overlap brings the last minutes again, and with them the changed profiles.
    assert "core.event" in [each.partition(":")[0] for each in found]


@pytest.mark.parametrize("life", [DUMP_LIFE, LIVE_LIFE], ids=["dump", "live"])
def test_the_product_is_not_accused(syncs: Syncs, life: tuple[Stage, ...], dump_calm: Calm, live_calm: Calm) -> None:
    calm = dump_calm if life is DUMP_LIFE else live_calm
    again = live_calmly(syncs, life)
    for stage in life:
        assert differences(again.ends[stage.name], calm.ends[stage.name]) == []
