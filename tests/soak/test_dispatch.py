"""A worker's memory does not grow with the run that it drains.

LEO_SOAK_DELIVERIES (10000) is the larger run; the smaller is a tenth of it.
"""

import os

import pytest

from leo_activation.settings import DatabaseRole
from tests.soak.conftest import OpenShop, Spawn

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

DELIVERIES = int(os.environ.get("LEO_SOAK_DELIVERIES") or 10_000)
MOST_GROWTH = 1.3


def test_a_worker_needs_no_more_memory_for_ten_times_the_deliveries(
    open_shop: OpenShop, spawn: Spawn, capsys: pytest.CaptureFixture[str]
) -> None:
    peaks = {}
    for people in (DELIVERIES // 10, DELIVERIES):
        shop = open_shop(people)
        run = shop.approved_run()
        arguments = {
            "url": shop.warehouse.urls[DatabaseRole.WRITER],
            "tenant_id": shop.tenant_id,
            "campaign_run_id": run.campaign_run_id,
            "key": shop.key.hex(),
        }
        report = spawn("tests.soak.dispatching", arguments)
        assert (report["accepted"], report["open"]) == (people, 0)
        peaks[people] = report["peak_kib"]
    small, large = peaks.values()
    with capsys.disabled():
        said = ", ".join(f"{people} deliveries {peak / 1024:.1f} MiB" for people, peak in peaks.items())
        print(f"\npeak memory of a dispatching worker: {said}, ratio {large / small:.2f}")
    assert large <= MOST_GROWTH * small
