"""What segments share is counted after a refresh, for the largest of them, and only where members changed."""

from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segments
from leo_activation.segments.overlaps import LARGEST, count_overlaps
from leo_activation.segments.requests import submit_request
from leo_activation.segments.retiring import retire
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import tenant_without_graph
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop


def approve(warehouse: Warehouse, tenant_id: str, encoder: FakeEncoder, text: str) -> str:
    """Bring a request to its approval and return the segment's id."""
    request_id = submit_request(warehouse, tenant_id, text, "marketer")
    draft = draft_request(warehouse, tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant_id, request_id)
    record_decision(
        warehouse, tenant_id, request_id, decision="approve", decided_by="approver", decided_at=NOW, hash=shown.hash
    )
    assert draft.segment_id is not None
    return draft.segment_id


def shared(warehouse: Warehouse, tenant_id: str) -> dict[frozenset[str], int]:
    """How many members each pair shares, and each segment has."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute("SELECT segment_id, other_id, shared FROM segment.overlap").fetchall()
    return {frozenset((one, other)): count for one, other, count in rows}


def test_pairs_are_counted_after_a_refresh_and_again_only_when_members_changed(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    encoder = open_shop(warehouse, tenant)
    its = tenant.tenant_id
    socks, in_poland, everybody = (
        approve(warehouse, its, encoder, text) for text in ("red socks", "red socks in Poland", "everybody")
    )
    refresh_segments(warehouse, its, NOW, encoder=encoder)
    # Ann, Bob and Cy bought red socks; Ann and Bob live in Poland.
    assert shared(warehouse, its) == {
        frozenset((socks, in_poland)): 2,
        frozenset((socks, everybody)): 3,
        frozenset((in_poland, everybody)): 2,
        frozenset((socks,)): 3,
        frozenset((in_poland,)): 2,
        frozenset((everybody,)): 5,
    }
    assert count_overlaps(warehouse, its) == 0
    retire(warehouse, its, in_poland, "marketer")
    refresh_segments(warehouse, its, NOW, encoder=encoder)
    assert shared(warehouse, its) == {
        frozenset((socks, everybody)): 3,
        frozenset((socks,)): 3,
        frozenset((everybody,)): 5,
    }


def test_of_many_segments_only_the_largest_are_compared(warehouse: Warehouse) -> None:
    its = tenant_without_graph(warehouse).tenant_id
    with warehouse.connect(DatabaseRole.OWNER, its) as connection:
        connection.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
            "schema_version, hash, state) "
            "SELECT %s, 's' || n, 1, 's' || n, '{}', '', '', '{}', '1', 'h', 'active' FROM generate_series(1, %s) AS n",
            [its, LARGEST + 5],
        )
        connection.execute(
            "INSERT INTO segment.run (tenant_id, segment_id, version, as_of, member_count, entered, exited) "
            "SELECT %s, 's' || n, 1, now(), n, 0, 0 FROM generate_series(1, %s) AS n",
            [its, LARGEST + 5],
        )
    assert count_overlaps(warehouse, its) == LARGEST * (LARGEST + 1) // 2
    compared = {segment_id for pair in shared(warehouse, its) for segment_id in pair}
    assert compared == {f"s{n}" for n in range(6, LARGEST + 6)}
