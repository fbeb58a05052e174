"""A tenant whose funnel stages are called as customers are: the noun of a request is the noun."""

from dataclasses import replace

import pytest

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe
from tests.segments.catalogues import AS_OF, RETAIL, VIETNAM

STAGES = ("customer", "customer-advocate", "lead", "new-visitor", "user", "khách hàng", "khách tiềm năng")
SHOP = replace(RETAIL, funnel_stages=STAGES)
SHOP_VN = replace(VIETNAM, funnel_stages=STAGES)


def read(text: str) -> PlannedRequest | NeedsClarification:
    catalogue = SHOP_VN if not text.isascii() else SHOP
    return GrammarPlanner().plan(text, catalogue, AS_OF)


def stage(*names: str) -> Attribute:
    operator = Operator.EQ if len(names) == 1 else Operator.IN
    return Attribute(property=CustomerProperty.FUNNEL_STAGE, operator=operator, values=tuple(sorted(names)))


def planned(text: str) -> SegmentPlan:
    found = read(text)
    assert isinstance(found, PlannedRequest), found
    return found.plan


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("customers who live in Germany", "people who live in Germany"),
        ("users from Germany", "people who live in Germany"),
        ("all our customers who bought socks", "people who bought socks"),
        ("all customers except users from Berlin", "people who do not live in Berlin"),
        ("khách hàng ở Hà Nội", "người ở Hà Nội"),
        ("khách ở Hà Nội đã mua giày", "người ở Hà Nội đã mua giày"),
    ],
)
def test_the_noun_of_a_request_is_no_stage_of_that_name(text: str, other: str) -> None:
    assert planned(text) == planned(other)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("customers in the stage customer", ("customer",)),
        ("customers in the customer stage", ("customer",)),
        ("users in the user funnel stage", ("user",)),
        ("customers whose funnel stage is customer", ("customer",)),
        ("customers whose stage is customer or lead", ("customer", "lead")),
        ('customers in the stage "customer"', ("customer",)),
        ("stage: customer", ("customer",)),
        ("all leads", ("lead",)),
        ("customer advocates", ("customer-advocate",)),
        ("khách hàng ở giai đoạn khách hàng", ("khách hàng",)),
        ("khách hàng có giai đoạn là khách hàng hoặc khách tiềm năng", ("khách hàng", "khách tiềm năng")),
    ],
)
def test_a_stage_is_meant_where_it_is_said_as_one(text: str, names: tuple[str, ...]) -> None:
    assert planned(text).where == stage(*names)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("user customers from Germany", "user"),
        ("customers whose stage is lead or customers who bought shoes", "customers"),
        ("khách hàng có giai đoạn là new-visitor hoặc khách hàng đã mua giày", "khách hàng"),
    ],
)
def test_a_word_that_may_be_the_noun_or_the_stage_is_asked_back(text: str, asked: str) -> None:
    found = read(text)
    assert isinstance(found, NeedsClarification), found
    assert found.unplaced == (asked,)


@pytest.mark.parametrize("name", [name for name in STAGES if name.isascii()])
@pytest.mark.parametrize("language", list(Language))
def test_the_sentence_of_such_a_stage_reads_back(name: str, language: Language) -> None:
    wanted = PlannedRequest(plan=SegmentPlan(where=stage(name)), language=language)
    catalogue = SHOP_VN if language is Language.VIETNAMESE else SHOP
    sentence = describe(wanted, catalogue)
    found = GrammarPlanner().plan(sentence, catalogue, AS_OF)
    assert isinstance(found, PlannedRequest), found
    assert found.plan == wanted.plan
    assert describe(found, catalogue) == sentence
