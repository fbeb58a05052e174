"""`./leo why` and `./leo replay`: what a person and a program are told."""

from dataclasses import replace

import pytest

from leo_activation.cli.replay import words_of as words_of_replay
from leo_activation.cli.why import words_of as words_of_why
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.as_of import replay
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import submit_request
from leo_activation.segments.why import why
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.projecting import project
from tests.segments.shop import day, open_shop
from tests.sync.money_rows import OrderRow, add_orders

FROM_POLAND = "Customers from Poland who bought red socks"


@pytest.fixture
def segment(warehouse: Warehouse, tenant: Tenant) -> str:
    """An approved and refreshed segment of the Poles with red socks: ann and bob."""
    open_shop(warehouse, tenant)
    tenant_id, encoder = tenant.tenant_id, FakeEncoder()
    request = submit_request(warehouse, tenant_id, FROM_POLAND, "marketer")
    drafted = draft_request(warehouse, tenant_id, request, as_of=NOW, encoder=encoder, planners=[GrammarPlanner()])
    shown = review(warehouse, tenant_id, request)
    record_decision(
        warehouse, tenant_id, request, decision=Decision.APPROVE, hash=shown.hash, decided_by="reviewer",
        decided_at=NOW,
    )  # fmt: skip
    assert drafted.segment_id is not None
    refresh_segment(warehouse, tenant_id, drafted.segment_id, NOW, encoder=encoder)
    return drafted.segment_id


def test_a_program_is_told_why_somebody_is_a_member(leo: Leo, tenant: Tenant, segment: str) -> None:
    answer = told(leo("why", "ann", segment, "--tenant", tenant.tenant_id))
    assert (answer["is_member"], answer["found_now"], answer["next_refresh"]) == (True, True, "stays in")
    lives = next(each for each in answer["conditions"] if each["kind"] == "attribute")
    assert (lives["holds"], lives["holds_in_tables"]) == (True, True)
    assert lives["evidence"] == [{"property": "country", "value": "PL", "kind": "value"}]
    bought = next(each for each in answer["conditions"] if each["kind"] == "behaviour")
    assert [fact["kind"] for fact in bought["evidence"]] == ["count", "event"]
    assert [change["cause"] for change in answer["changes"]] == ["definition"]


def test_a_moment_and_a_language_can_be_named(leo: Leo, tenant: Tenant, segment: str) -> None:
    named = ("--tenant", tenant.tenant_id, "--as-of", "2026-02-01", "--language", "vi")
    answer = told(leo("why", "ann", segment, *named))
    assert answer["as_of"] == "2026-02-01T00:00:00+00:00"
    assert "Ba Lan" in answer["sentence"]


def test_a_person_is_told_what_keeps_somebody_out(warehouse: Warehouse, tenant: Tenant, segment: str) -> None:
    found = why(warehouse, tenant.tenant_id, "cy", segment, NOW, encoder=FakeEncoder())
    lines = list(words_of_why(found))
    assert f"cy does not meet {segment} (version 1, active) as of {NOW.isoformat()}." in lines
    assert "Not kept as a member." in lines
    assert any(line.startswith("no ") and "Poland" in line for line in lines)
    assert any("country: AT" in line for line in lines)
    assert any("red socks" in line and "purchase" in line for line in lines)
    assert lines[-1] == "At the next refresh, if nothing changes: stays out."
    differs = replace(found, agrees=False, next_refresh=None)
    assert "do not say the same" in list(words_of_why(differs))[-1]


@pytest.mark.parametrize("asked", [("nobody", None), ("ann", "nothing")])
def test_who_or_what_is_not_there_is_one_sentence(
    leo: Leo, tenant: Tenant, segment: str, asked: tuple[str, str | None]
) -> None:
    customer, other = asked
    result = leo("why", customer, other or segment, "--tenant", tenant.tenant_id)
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("leo: There is no ")


def test_a_program_is_told_size_stability_and_what_followed(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, segment: str
) -> None:
    add_orders(
        warehouse, tenant.tenant_id, [OrderRow("a1", "purchase", "ann", "o1", "hat", value=1550, occurred_at=day(4))]
    )
    project(warehouse, tenant, NOW)
    answer = told(
        leo(
            "replay", segment, "--from", "2026-02-01", "--to", "2026-02-19", "--every", "7d", "--within", "7d",
            "--tenant", tenant.tenant_id,
        )
    )  # fmt: skip
    assert [point["as_of"][:10] for point in answer["points"]] == ["2026-02-01", "2026-02-08", "2026-02-15"]
    assert [point["members"] for point in answer["points"]] == [1, 1, 2]
    last = answer["points"][-1]
    assert (last["stayed"], last["entered"], last["exited"], last["jaccard"]) == (1, 1, 0, 0.5)
    members = last["followed"]["members"]
    assert (members["buyers"], members["customers"], members["orders"], members["revenue"]) == (1, 2, 1, "15.50")
    assert members["conversion_low"] < members["conversion"] == 0.5 < members["conversion_high"]
    assert (last["followed"]["others"]["buyers"], last["followed"]["is_over"]) == (0, False)
    assert answer["currency"] == "EUR"


def test_a_person_is_told_a_line_a_moment(warehouse: Warehouse, tenant: Tenant, segment: str) -> None:
    found = replay(warehouse, tenant.tenant_id, segment, [day(15), day(5)], within_days=2)
    lines = list(words_of_replay(found))
    assert lines[0] == f"{segment}, version 1, by what was known then:"
    assert any(line.endswith("stayed 1, entered 1, exited 0, alike 0.50") for line in lines)
    assert any("of all others bought" in line for line in lines)
    assert lines[-1].startswith("Before 2026-02-20")


def test_progress_is_told_on_standard_error(
    leo: Leo, tenant: Tenant, segment: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        leo(
            "replay",
            segment,
            "--from",
            "2026-02-01",
            "--to",
            "2026-02-15",
            "--every",
            "7d",
            "--tenant",
            tenant.tenant_id,
        )
    told_by = [record.getMessage() for record in caplog.records if " of 3: " in record.getMessage()]
    assert len(told_by) == 3


def test_charts_see_the_newest_replay_of_a_version(warehouse: Warehouse, tenant: Tenant, segment: str) -> None:
    for moments in ([day(20)], [day(15), day(5)]):
        replay(warehouse, tenant.tenant_id, segment, moments, within_days=2)
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("SET LOCAL ROLE leo_report_owner")
        shown = connection.execute(
            "SELECT moment, knowledge, members, stability, conversion, conversion_of_others, currency "
            "FROM report.segment_replay WHERE tenant_id = %s ORDER BY moment",
            [tenant.tenant_id],
        ).fetchall()
    assert shown == [
        (day(15), "as known then", 1, None, 0.0, 0.0, "EUR"),
        (day(5), "as known then", 2, 0.5, 0.0, 0.0, "EUR"),
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--from", "2026-02-10", "--to", "2026-02-01", "--every", "7d"), "lies before"),
        (("--from", "2020-01-01", "--to", "2026-02-01", "--every", "1d"), "at most 400"),
        (("--from", "2026-02-01", "--to", "2026-02-10", "--every", "7 days"), "no length"),
        (("--from", "2026-02-01", "--to", "2026-02-10", "--every", "1d", "--within", "12h"), "whole days"),
    ],
)
def test_moments_that_make_no_sense_are_a_wrong_command_line(leo: Leo, options: tuple[str, ...], problem: str) -> None:
    result = leo("replay", "any", *options, "--tenant", "acme")
    assert result.exit_code == 2
    assert problem in result.stderr
