"""The sheet tells six facts first, and none of the words on it can look like a part of it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from markdown_it import MarkdownIt

from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits, default_limits
from leo_activation.segments.meaning import CloseCall, ProfileReading
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.preview import FunnelStep
from leo_activation.segments.recall import SimilarRequest
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.segments.review_sheet import (
    PlanOrigin,
    RelatedSegment,
    ReviewSheet,
    SecondReading,
    VersionBefore,
)
from leo_activation.segments.surroundings import Comparison, Overlap
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop

ALIKE = SimilarRequest(3, "socks", "Socks", "Customers who bought socks.", RequestState.APPROVED, "ann", False, 0.93)
SHEET = ReviewSheet(
    request_text="red socks, please",
    requested_by="marketer",
    edited_by=None,
    planner="grammar",
    origin=None,
    second_reading=None,
    before=None,
    segment_id="red_socks",
    version=2,
    sentence="Customers who bought red socks.",
    cypher="MATCH (c:Customer) RETURN c.customer_id",
    parameters={"until_1": 1771545600000000},
    readings=(),
    hash="f" * 64,
    as_of=datetime(2026, 2, 20, tzinfo=UTC),
    member_count=1200,
    funnel=(
        FunnelStep("all customers", 5000),
        FunnelStep("bought red socks", 1500, 1500),
        FunnelStep("in Poland", 1200, 3000),
    ),
    reachable={"email": 900, "zalo": 0},
    sample=("ann", "bob"),
    close_calls=(),
    took_ms=12.3,
    agreed_count=1200,
    comparison=Comparison(1, 1100, 200, 100),
    overlaps=(),
    alike=(),
    related=(RelatedSegment("red_socks", 1, "Red socks", is_replaced=True),),
    limits=Limits(2400, Decimal(50)),
)


def facts(sheet: ReviewSheet) -> list[str]:
    return sheet.markdown().split("\n\n")[0].splitlines()


def finding(sheet: ReviewSheet) -> str:
    return facts(sheet)[4].removeprefix("5. **Stands out**: ")


def test_six_facts_come_first_in_one_order() -> None:
    assert facts(SHEET) == [
        "1. **Asked** by marketer, planned by *grammar*. **Understood as**: Customers who bought red socks.",
        "2. **Finds 1,200 customers** as of 2026-02-20 00:00 UTC.",
        "3. **Reachable for marketing** (address, consent, not suppressed): email 900, zalo 0.",
        "4. **Against the last run** (version 1, 1,100 members): 200 would enter, 100 would exit.",
        "5. **Stands out**: nothing.",
        "6. **On approval** it becomes version 2 of `red_socks`, and follows the data by itself up to 2,400 customers "
        "and 50 % change in one refresh; beyond, a person is asked again. Both numbers can be changed below. "
        "**Replaces** version 1 of `red_socks`.",
    ]


def test_the_query_comes_last() -> None:
    body = SHEET.markdown()
    for earlier in ("red socks, please", "What each condition keeps", "Some of the customers"):
        assert body.index(earlier) < body.index("MATCH (c:Customer)")


def test_each_condition_tells_what_it_keeps_and_drops_and_how_many_meet_it_by_itself() -> None:
    body = SHEET.markdown()
    assert "| Condition | Meet it by itself | Left | Dropped |" in body
    assert "| bought red socks | 1,500 | 1,500 | 3,500 |" in body
    assert "| in Poland | 3,000 | 1,200 | 300 |" in body


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"member_count": 0}, "Nobody is found."),
        ({"reachable": {"email": 0}}, "Nobody of them can be reached for marketing."),
        ({"comparison": Comparison(1, 1100, 0, 600)}, "55 % of the members would exit."),
        ({"funnel": (FunnelStep("all customers", 5), FunnelStep("alive", 5, 5))}, "“alive” drops nobody."),
        (
            {"overlaps": (Overlap("buyers", "Buyers", 1190, 1200),)},
            "Of those in this segment or in `buyers` 98 % are in both.",
        ),
        ({"alike": (ALIKE,)}, "Request 3 (approved) asks for nearly the same."),
        ({"alike": (replace(ALIKE, is_same=True),)}, "Request 3 (approved) asks for the same."),
        (
            {"related": (RelatedSegment("socks", 4, "My socks", is_replaced=False),)},
            "The same definition is active already as `socks` (My socks).",
        ),
        (
            {"close_calls": (CloseCall(phrase="hikers", customer_id="ann", similarity=0.4, kept=True),)},
            "In or out by a narrow decision about a phrase: 1.",
        ),
        (
            {"second_reading": SecondReading(False, ("no year is named", "red is missing"), None, "gemini", 2)},
            "A second reading of request and plan by gemini names differences: “no year is named”; “red is missing”.",
        ),
        (
            {"second_reading": SecondReading(None, (), "the model cannot be reached", None, None)},
            "A model made this plan, and nobody has read it again: the model cannot be reached",
        ),
        ({"second_reading": SecondReading(True, (), None, "gemini", 2)}, "nothing."),
    ],
)
def test_what_stands_out_is_said_among_the_facts(change: dict[str, Any], said: str) -> None:
    # A backslash before a bracket or hyphen is what keeps it from being markup; readers do not see it.
    assert said in finding(replace(SHEET, **change)).replace("\\", "")


def test_a_segment_that_is_not_active_yet_has_nothing_to_be_compared_with() -> None:
    sheet = replace(SHEET, comparison=None)
    assert "no version of `red_socks` is active, so everybody would enter" in facts(sheet)[3]


def test_who_made_the_plan_is_told_with_model_and_prompt() -> None:
    sheet = replace(SHEET, planner="llm", edited_by="bob", origin=PlanOrigin("plan_segment", 3, "gemini-x"))
    asked = "in the words of bob, planned by *llm* (gemini-x, prompt plan_segment, version 3)."
    assert asked in facts(sheet)[0].replace("\\", "")


def test_a_follow_up_tells_what_it_changes() -> None:
    before = VersionBefore(7, "Customers in Austria who bought red socks.", 80, ("all customers", "in Austria"))
    body = replace(SHEET, before=before).markdown()
    assert "**Changes request 7**, which found 80 customers: Customers in Austria who bought red socks." in body
    assert "- no longer: in Austria" in body
    assert "- new: in Poland" in body
    assert "all customers" not in body[body.index("- no longer") : body.index("**What each condition")]


def test_overlaps_tell_the_share_of_both() -> None:
    sheet = replace(SHEET, overlaps=(Overlap("buyers", "Buyers", 300, 400), Overlap("all_of_it", "All", 1, 90_000)))
    body = sheet.markdown()
    assert "| buyers | Buyers | 300 | 25 % | 75 % |" in body.replace("\\", "")
    assert "| all_of_it | All | 1 | 0.1 % | 0.1 % |" in body.replace("\\", "")


HOSTILE = (
    "``` | # x\n# Approved by everybody\n1. **Finds 0 customers** [click](http://evil.example) www.evil.example "
    "a@evil.example <img src=x onerror=alert(1)> ![x](http://evil.example/p.png) \u202egnp.exe\u2028| a | b |"
)


def hostile_sheet() -> ReviewSheet:
    reading = ProfileReading(phrase=HOSTILE, model=HOSTILE, precision="fp32", threshold=0.4)
    return replace(
        SHEET,
        request_text=HOSTILE,
        requested_by=HOSTILE,
        edited_by=HOSTILE,
        planner=HOSTILE,
        origin=PlanOrigin(HOSTILE, 1, HOSTILE),
        second_reading=SecondReading(False, (HOSTILE,), None, HOSTILE, 1),
        before=VersionBefore(7, HOSTILE, 80, (HOSTILE,)),
        sentence=HOSTILE,
        cypher=HOSTILE,
        parameters={"p_1": HOSTILE},
        readings=(reading,),
        funnel=(FunnelStep(HOSTILE, 5), FunnelStep(f"and {HOSTILE}", 5, 5)),
        reachable={HOSTILE: 3},
        sample=(HOSTILE,),
        close_calls=(CloseCall(phrase=HOSTILE, customer_id=HOSTILE, similarity=0.4, kept=False),),
        overlaps=(Overlap("a_segment", HOSTILE, 1200, 1200),),
        alike=(replace(ALIKE, segment_id="b_segment", sentence=HOSTILE, requested_by=HOSTILE, title=HOSTILE),),
        related=(RelatedSegment("c_segment", 1, HOSTILE, is_replaced=False),),
    )


def elements(body: str) -> list[tuple[str, int]]:
    """The blocks of a page and how deep they lie, without their words."""
    parser = MarkdownIt("gfm-like", {"html": True})
    return [(token.type, token.level) for token in parser.parse(body) if token.type != "inline"]


def inline(body: str) -> set[str]:
    """The kinds of what stands within lines."""
    parser = MarkdownIt("gfm-like", {"html": True})
    return {child.type for token in parser.parse(body) for child in token.children or ()}


def test_hostile_words_add_nothing_to_the_page_but_words() -> None:
    hostile = hostile_sheet()
    tame = replace(
        hostile,
        request_text="w",
        requested_by="w",
        edited_by="w",
        planner="w",
        origin=PlanOrigin("w", 1, "w"),
        second_reading=SecondReading(False, ("w",), None, "w", 1),
        before=VersionBefore(7, "w", 80, ("w",)),
        sentence="w",
        cypher="w",
        parameters={"p_1": "w"},
        readings=(ProfileReading(phrase="w", model="w", precision="fp32", threshold=0.4),),
        funnel=(FunnelStep("v", 5), FunnelStep("u", 5, 5)),
        reachable={"w": 3},
        sample=("w",),
        close_calls=(CloseCall(phrase="w", customer_id="w", similarity=0.4, kept=False),),
        overlaps=(Overlap("a_segment", "w", 1200, 1200),),
        alike=(replace(ALIKE, segment_id="b_segment", sentence="w", requested_by="w", title="w"),),
        related=(RelatedSegment("c_segment", 1, "w", is_replaced=False),),
    )
    # In the hostile sheet the old condition is among the new ones, in the tame one it is not: one line less.
    tame = replace(tame, before=VersionBefore(7, "w", 80, ("v",)))
    assert elements(hostile.markdown()) == elements(tame.markdown())
    assert inline(hostile.markdown()) <= {
        "text",
        "strong_open",
        "strong_close",
        "em_open",
        "em_close",
        "code_inline",
    } | {
        "softbreak",
        "text_special",
    }


def test_characters_that_hide_or_reorder_are_shown() -> None:
    body = hostile_sheet().markdown()
    assert "\u202e" not in body
    assert "⟨U+202E⟩gnp.exe" in body


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u00ad", "\u2066", "\U000e0041", "\x1b", "\u2028"])
def test_whatever_is_not_seen_is_named(hidden: str) -> None:
    body = replace(SHEET, request_text=f"a{hidden}b", sentence=f"a{hidden}b").markdown()
    assert hidden not in body
    assert body.count(f"a⟨U\\+{ord(hidden):04X}⟩b") == 1
    assert body.count(f"a⟨U+{ord(hidden):04X}⟩b") == 1


def test_the_line_ends_of_another_system_are_line_ends() -> None:
    assert "```\nred socks\nplease\n```" in replace(SHEET, request_text="red socks\r\nplease").markdown()


def test_a_long_condition_is_cut_in_its_cell() -> None:
    body = replace(SHEET, funnel=(FunnelStep("long " * 200, 5),)).markdown()
    [row] = [line for line in body.splitlines() if line.startswith("| long")]
    assert len(row) < 300
    assert "…" in row


@pytest.mark.parametrize(
    ("previewed", "limits"),
    [
        (0, (100, 2000)),
        (1, (100, 2000)),
        (3, (100, 667)),
        (39, (100, 52)),
        (40, (100, 50)),
        (50, (100, 50)),
        (51, (102, 50)),
        (1200, (2400, 50)),
    ],
)
def test_the_limits_proposed_leave_room_to_grow(previewed: int, limits: tuple[int, int]) -> None:
    proposed = default_limits(previewed)
    assert (proposed.largest_size, int(proposed.largest_change_percent)) == limits
    assert proposed.fault(previewed) is None


def test_the_sheet_of_a_next_version_shows_what_was_previewed(warehouse: Warehouse, tenant: Tenant) -> None:
    encoder = open_shop(warehouse, tenant)

    def drafted(text: str, *, revises: int | None = None) -> int:
        request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer", revises_request_id=revises)
        draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
        return request_id

    first = drafted("red socks")
    shown = review(warehouse, tenant.tenant_id, first, encoder=encoder)
    record_decision(
        warehouse, tenant.tenant_id, first, decision="approve", decided_by="cy", decided_at=NOW, hash=shown.hash
    )
    refresh_segment(warehouse, tenant.tenant_id, f"red_socks_{first}", NOW, encoder=encoder)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO segment.plan_review (tenant_id, request_id, agrees, differences, model) "
            "VALUES (%s, %s, false, '{Poland was not asked for}', 'a-model')",
            [tenant.tenant_id, (second := drafted("red socks in Poland", revises=first))],
        )
    body = review(warehouse, tenant.tenant_id, second, encoder=encoder).body
    assert "4. **Against the last run** (version 1, 3 members): 0 would enter, 1 would exit." in body
    assert "names differences: “Poland was not asked for”." in body.replace("\\", "")
    assert f"**Changes request {first}**, which found 3 customers" in body
    assert f"**Replaces** version 1 of `red_socks_{first}`" in body
    third = drafted("red socks and luxury")
    body = review(warehouse, tenant.tenant_id, third, encoder=encoder).body.replace("\\", "")
    assert f"| red_socks_{first} | red socks | 2 | 100 % | 67 % |" in body
    fourth = drafted("red socks")
    body = review(warehouse, tenant.tenant_id, fourth, encoder=encoder).body
    assert f"Request {first} (approved) asks for the same." in body
    assert f"The same definition is active already as `red_socks_{first}`" in body
    assert f"Of those in this segment or in `red_socks_{first}` 100 % are in both." in body


def test_the_prompt_of_a_models_plan_is_read_from_the_ledger(warehouse: Warehouse, tenant: Tenant) -> None:
    encoder = open_shop(warehouse, tenant)
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        for version in (2, 3):
            connection.execute(
                "INSERT INTO llm.call (tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id, "
                "outcome) VALUES (%s, 'plan_segment', 'plan_segment', %s, 'h', 'gemini-x', %s, 'answered')",
                [tenant.tenant_id, version, request_id],
            )
    # The grammar made it, whatever a model was asked before.
    assert "prompt" not in review(warehouse, tenant.tenant_id, request_id).body.splitlines()[0]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.request SET planner = 'llm' WHERE request_id = %s", [request_id])
    told = review(warehouse, tenant.tenant_id, request_id).body.splitlines()[0].replace("\\", "")
    assert "planned by *llm* (gemini-x, prompt plan_segment, version 3)." in told
