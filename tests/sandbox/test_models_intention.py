"""What a stand-in's model means to say, whatever the API that it says it through."""

import json

from sandbox.models.intention import INJECTED_FIELDS, INSTRUCTION, UNDECLARED_FUNCTION, intend, with_instructions
from sandbox.models.script import Script
from sandbox.scenarios import ModelScenario

COLOR = {
    "type": "object",
    "properties": {
        "color": {"enum": ["red", "blue"]},
        "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "notes": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
        "size": {"type": "integer"},
    },
    "required": ["color"],
    "additionalProperties": False,
    "$defs": {"Note": {"type": "string"}},
}
VERDICT = {"type": "object", "properties": {"agrees": {"type": "boolean"}}, "required": ["agrees"]}
RED = {"color": "red"}


def test_the_function_is_called_whose_schema_the_answer_fits() -> None:
    for form, name in ((RED, "choose"), ({"agrees": True}, "judge")):
        said = intend({"choose": COLOR, "judge": VERDICT}, by_call=True, scenario=ModelScenario.OK, scripted=(form,))
        assert [(call.name, call.arguments) for call in said.calls] == [(name, form)]


def test_one_text_has_an_answer_for_each_task_that_reads_it() -> None:
    script = Script()
    script.add("red socks", {"agrees": True})
    script.add("red socks", RED)
    scripted = script.answers("red socks?")
    for schema, answer in ((COLOR, RED), (VERDICT, {"agrees": True})):
        said = intend({"": schema}, by_call=False, scenario=ModelScenario.OK, scripted=scripted)
        assert json.loads(said.words or "") == answer


def test_an_answer_that_fits_nothing_is_given_all_the_same() -> None:
    wrong = {"colour": "red"}
    said = intend({"choose": COLOR}, by_call=True, scenario=ModelScenario.OK, scripted=(wrong,))
    assert said.calls[0].arguments == wrong


def test_an_injected_answer_has_an_undeclared_call_and_fields_of_its_own() -> None:
    said = intend({"choose": COLOR}, by_call=True, scenario=ModelScenario.INJECTED, scripted=(RED,))
    assert [call.name for call in said.calls] == [UNDECLARED_FUNCTION, "choose"]
    assert said.calls[1].arguments == RED | INJECTED_FIELDS


def test_an_instruction_fills_the_free_texts_that_were_left_empty_and_no_other_field() -> None:
    assert with_instructions(COLOR, RED) == {"color": "red", "name": INSTRUCTION, "notes": [INSTRUCTION]}
    assert with_instructions(COLOR, RED | {"name": "mine"})["name"] == "mine"
