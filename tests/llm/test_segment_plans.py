"""The real plan type through the real client: the schema is accepted, and the plan comes back as it was meant."""

import pytest
from pydantic_ai.models import Model

from leo_activation.llm.failures import InvalidAnswer
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.segments.plan import (
    Behaviour,
    EventKind,
    Last,
    ProductFilter,
    SegmentPlan,
    TimeUnit,
)
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from sandbox.process import SandboxProcess

from .conftest import CallList

REQUEST = "REQUEST\nKhách hàng đã mua tất đỏ trong 60 ngày qua"
RED_SOCKS = SegmentPlan(
    where=Behaviour(
        event=EventKind.PURCHASE,
        product=ProductFilter(names=("socks",), colors=("red",)),
        window=Last(amount=60, unit=TimeUnit.DAY),
    )
)


def test_a_request_in_vietnamese_becomes_the_plan_of_its_meaning(model: Model, ledger: CallList) -> None:
    prompt = load_prompt("plan_segment")
    assert ask_structured(model, prompt, SegmentPlan, REQUEST, ledger=ledger) == RED_SOCKS
    assert [(call.task, call.prompt_version) for call in ledger.calls] == [("plan_segment", prompt.version)]


def test_the_plan_may_come_inside_a_planned_request(model: Model, ledger: CallList) -> None:
    answer = ask_structured(model, load_prompt("plan_segment"), PlannedRequest, REQUEST, ledger=ledger)
    assert answer.plan == RED_SOCKS


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [(REQUEST, PlannedRequest), ("Những khách hàng tốt nhất của chúng ta", NeedsClarification)],
)
def test_the_model_chooses_between_a_plan_and_a_question(
    model: Model, ledger: CallList, request_text: str, expected: type
) -> None:
    answer: PlannedRequest | NeedsClarification = ask_structured(
        model, load_prompt("plan_segment"), (PlannedRequest, NeedsClarification), request_text, ledger=ledger
    )
    assert type(answer) is expected


@pytest.mark.parametrize("output_type", [SegmentPlan, PlannedRequest])
def test_a_prompt_injected_answer_does_not_become_a_plan(
    model: Model, ledger: CallList, sandbox: SandboxProcess, output_type: type[SegmentPlan] | type[PlannedRequest]
) -> None:
    sandbox.scenario("gemini", "injected")
    with pytest.raises(InvalidAnswer):
        ask_structured(model, load_prompt("plan_segment"), output_type, REQUEST, ledger=ledger)
