"""Every word of the desk has its Vietnamese, every code its words in both languages, and no catalogue anything else.

So has every sentence of the pipeline itself: it is of a form (`Told.of`), which is a constant.

A message of a template is a constant, or it begins with one and ends with a code (`"channel " ~ channel`): of such a
family the English catalogue says which codes there are, and for the families that the product's own lists name, it
must have all of them.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import nodes

import leo_activation
from leo_activation.activation.faults import BOUNDS
from leo_activation.activation.states import CampaignState, RunState, SkipReason
from leo_activation.desk.app import TABS
from leo_activation.desk.identity import MEANINGS
from leo_activation.desk.rendering import FOLDER, Tongue, catalogues, templates
from leo_activation.rights.clocks import RequestKind
from leo_activation.segments.plan import Channel
from leo_activation.segments.requests import RequestState

HELD_BY_CODE = {*MEANINGS.values(), *(tab.title for tab in TABS)}
"""Messages that stand in the code, as values that a template shows by a name."""
BEGUN_BY_CODE = {"no such "}
FAMILIES: dict[str, Iterable[str]] = {
    "channel ": Channel.__args__ if hasattr(Channel, "__args__") else list(Channel),
    "request ": list(RequestState),
    "campaign ": list(CampaignState),
    "run ": list(RunState),
    "skip ": list(SkipReason),
    "right ": list(RequestKind),
}
"""Families whose codes are a list of the product's own."""
SLOT = re.compile(r"%\(([a-z_]+)\)s")


@dataclass(frozen=True)
class Used:
    """What the templates say: whole messages, and the beginnings of families."""

    messages: frozenset[str]
    beginnings: frozenset[str]

    def holds(self, message: str) -> bool:
        is_whole = message in self.messages or message in HELD_BY_CODE or message in forms()
        return is_whole or message.startswith(tuple(self.beginnings))


@cache
def used() -> Used:
    environment = templates(Tongue.ENGLISH)
    messages: set[str] = set()
    beginnings = set(BEGUN_BY_CODE)
    for file in sorted((FOLDER / "templates").glob("*.html")):
        source = file.read_text(encoding="utf-8")
        for _, _, found in environment.extract_translations(source):  # type: ignore[attr-defined]
            texts = found if isinstance(found, tuple) else (found,)
            messages |= {text for text in texts[:1] if isinstance(text, str)}
        beginnings |= set(_beginnings(environment.parse(source)))
    return Used(frozenset(messages), frozenset(beginnings))


@cache
def forms() -> frozenset[str]:
    """The forms of every sentence that the pipeline may say."""
    found = set(BOUNDS.values())
    for file in sorted(Path(leo_activation.__file__).parent.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if "Told.of(" not in source:
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Told.of":
                form = call.args[0]
                assert isinstance(form, ast.Constant), f"{file}, line {call.lineno}: a form is a constant"
                found.add(str(form.value))
    return frozenset(found)


def _beginnings(tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_":
            for joined in call.find_all(nodes.Concat):
                begins = joined.nodes[0]
                consts = [begins] if isinstance(begins, nodes.Const) else begins.find_all(nodes.Const)
                yield from (const.value for const in consts if str(const.value).endswith(" "))


def told(tongue: Tongue) -> list[tuple[str, Message]]:
    """Every message of a language with its file."""
    found = []
    for file in catalogues(tongue):
        with file.open("rb") as source:
            catalogue: Catalog = read_po(source, locale=str(tongue))
        found += [(file.name, message) for message in catalogue if message.id]
    return found


def id_of(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple | list) else message.id)


@pytest.mark.parametrize("tongue", list(Tongue))
def test_a_message_stands_in_one_file_and_is_said_and_used(tongue: Tongue) -> None:
    messages = told(tongue)
    twice = [name for name, times in Counter(id_of(message) for _, message in messages).items() if times > 1]
    unsaid = [id_of(message) for _, message in messages if not all(_strings(message)) or message.fuzzy]
    unused = [f"{file}: {id_of(message)}" for file, message in messages if not used().holds(id_of(message))]
    assert (twice, unsaid, unused) == ([], [], [])


def test_every_message_has_its_vietnamese_and_every_code_its_english() -> None:
    english = {id_of(message) for _, message in told(Tongue.ENGLISH)}
    vietnamese = {id_of(message) for _, message in told(Tongue.VIETNAMESE)}
    assert sorted((used().messages | HELD_BY_CODE | forms() | english) - vietnamese) == []
    codes = {message for message in english | vietnamese if message.startswith(tuple(used().beginnings))}
    assert sorted(codes - used().messages - HELD_BY_CODE - forms() - english) == []


@pytest.mark.parametrize("beginning", FAMILIES)
def test_a_family_has_words_for_every_code_there_is(beginning: str) -> None:
    english = {id_of(message) for _, message in told(Tongue.ENGLISH)}
    assert beginning in used().beginnings
    assert [code for code in FAMILIES[beginning] if f"{beginning}{code}" not in english] == []


def test_every_family_has_a_member() -> None:
    english = {id_of(message) for _, message in told(Tongue.ENGLISH)}
    assert [one for one in used().beginnings if not any(message.startswith(one) for message in english)] == []


def test_a_translation_has_the_slots_of_its_message() -> None:
    english = {id_of(message): _slots(_strings(message)) for _, message in told(Tongue.ENGLISH)}
    wrong = []
    for _, message in told(Tongue.VIETNAMESE):
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        known = english.get(id_of(message), _slots(tuple(str(one) for one in ids)))
        wrong += [id_of(message)] if not _slots(_strings(message)) <= known else []
    assert wrong == []


def test_a_sentence_of_the_pipeline_has_no_other_values_in_vietnamese() -> None:
    said = {id_of(message): _strings(message)[0] for _, message in told(Tongue.VIETNAMESE)}
    assert [form for form in forms() if not _values(said[form]) <= _values(form)] == []


def _values(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name is not None}


def _slots(texts: Iterable[str]) -> set[str]:
    return {slot for text in texts for slot in SLOT.findall(text)}


def _strings(message: Message) -> tuple[str, ...]:
    said = message.string
    return tuple(said) if isinstance(said, tuple | list) else (str(said),)
