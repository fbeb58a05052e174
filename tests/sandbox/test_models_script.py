"""The scripted answers are what each task takes: the stand-in knows none of the types, so it is checked here."""

import json

import pytest

from leo_activation.activation.messages.copy_drafts import DraftedCopy
from leo_activation.segments.language_tasks import ResultFacts
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.llm_answers import language_for
from leo_activation.segments.planners.llm_explain import Explanation, beyond_the_facts
from leo_activation.segments.planners.llm_review import Comparison
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from sandbox.models.script import SCRIPT_FILE, Script

ENTRIES = json.loads(SCRIPT_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["pattern"] for entry in ENTRIES])
def test_a_scripted_answer_is_what_its_task_takes(entry: dict[str, object]) -> None:
    answer = json.dumps(entry["answer"])
    if "field" in entry:
        assert SegmentPlan.model_validate_json(answer).where is not None
    elif "differences" in entry["answer"]:  # type: ignore[operator]
        Comparison.model_validate_json(answer)
    elif "text" in entry["answer"]:  # type: ignore[operator]
        text = Explanation.model_validate_json(answer).text.replace("{all}", "9").replace("{count}", "3")
        facts = ResultFacts(
            request_text="", state="drafted", language=language_for(text), member_count=3, funnel=(("all", 9),)
        )
        assert f'"{facts.language}"' in str(entry["pattern"])
        assert beyond_the_facts(text, facts) is None
    elif "subject" in entry["answer"]:  # type: ignore[operator]
        # Whether it makes a template is asked with a tenant's rules, in tests/activation/test_copy.py.
        assert entry["answer"].keys() == DraftedCopy.model_fields.keys()  # type: ignore[attr-defined]
    else:
        assert NeedsClarification.model_validate_json(answer).unplaced


def test_the_same_words_are_answered_in_the_spelling_of_the_catalogue_beside_them() -> None:
    request = "REQUEST: Khách hàng đã mua tất đỏ trong 60 ngày qua"
    shop = Script().answers(f'{{"categories": ["Bags", "Socks"]}} {request}')
    audience = Script().answers(f'{{"products": ["shoes", "socks"]}} {request}')
    assert shop[0]["where"]["product"] == {"categories": ["Socks"], "colors": ["red"]}
    assert audience[0]["where"]["product"] == {"names": ["socks"], "colors": ["red"]}


def test_a_plan_is_also_offered_inside_a_request() -> None:
    bare, wrapped = Script().answers("people who keep eyeing jackets but never pull the trigger")
    assert PlannedRequest.model_validate_json(json.dumps(wrapped)).plan == SegmentPlan.model_validate_json(
        json.dumps(bare)
    )


def test_an_answer_says_what_the_groups_of_its_pattern_found() -> None:
    [said] = Script().answers(
        'FACTS\n{"language": "en", "member_count": 75, "funnel": [["all customers", 500], ["in Poland", 75]]}'
    )
    assert said == {"text": "Of 500 customers, 75 meet every condition of the request."}
