"""The page of the rules says what the gate does."""

import re

import pytest

from leo_activation.segments.gate import Refused, Rule, gate
from leo_activation.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "reference" / "gate.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([a-z-]+) \| (.+?) \| *(.*?) *\|$", re.MULTILINE)
RULES = {
    rule: (refused, accepted)
    for rule, refused, accepted in ROW.findall(PAGE.split("## The rules")[1].split("\n## ")[0])
}
ON_ITS_OWN = {Rule.SIZE, Rule.PARAMETER}
"""Rules whose example would not fit into a table; their tests are in `test_refused.py`."""


def code(cell: str) -> str:
    return cell.strip("`")


def test_every_rule_has_its_row() -> None:
    assert {Rule(name) for name in RULES if name in set(Rule)} == set(Rule)


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in ON_ITS_OWN])
def test_the_example_of_a_rule_is_refused_by_it_and_the_form_beside_it_is_accepted(rule: Rule) -> None:
    example, accepted = RULES[rule]
    with pytest.raises(Refused) as caught:
        gate(code(example))
    assert caught.value.rule is rule
    if accepted:
        gate(code(accepted))


def test_the_long_example_is_accepted() -> None:
    [example] = re.findall(r"```cypher\n(.*?)```", PAGE, re.DOTALL)
    assert gate(example).text.count("\n") == 8
