"""The examples are valid, varied, of a shop that no tenant is, and chosen by language and likeness."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel

from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.errors import Configuration
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Channel, ExposureKind, Occurrence, RelationKind, SegmentPlan, leaves
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm_examples import EXAMPLES, load_examples, nearest_examples, spoken_language
from leo_activation.segments.planners.llm_names import unknown_names
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import explain
from tests.profiles.fake_encoder import FakeEncoder
from tests.segments.catalogues import AS_OF, CATALOGUES

SHOP = Catalogue(
    tenant_id="examples",
    currency="CHF",
    minor_units=2,
    products=("Quillon Teapot", "Vestra Lantern"),
    categories=("Candles", "Lanterns", "Teapots"),
    brands=("Quillon", "Vestra"),
    colors=("ochre", "teal"),
    countries=("NO", "PT"),
    cities=("Bergen", "Porto"),
    genders=("female", "male"),
    languages=("no", "pt"),
    funnel_stages=("returning-guest",),
    segments={"tea_circle": "Tea Circle"},
    events=("quiz-started",),
    campaigns={"winter_lights": "Winter Lights"},
    topics={"keyword": ("stargazing",), "brand": ("Quillon", "Vestra")},
)
ALL = load_examples()
PLANS = [example.answer.plan for example in ALL if isinstance(example.answer, PlannedRequest)]


def test_there_are_enough_in_each_language_and_some_that_ask_back() -> None:
    counted = Counter(example.language for example in ALL)
    assert set(counted) == {"de", "en", "fr", "vi"}
    assert min(counted.values()) >= 12
    assert len(ALL) >= 40
    assert len({example.request for example in ALL}) == len(ALL)
    asked = [example for example in ALL if isinstance(example.answer, NeedsClarification)]
    assert Counter(example.language for example in asked).keys() == counted.keys()
    assert any(isinstance(example.answer, NeedsClarification) and example.answer.refused for example in asked)


def test_together_they_show_every_kind_of_condition_window_and_order() -> None:
    kinds = {kind for plan in PLANS for kind in re.findall(r'"kind":"(\w+)"', plan.model_dump_json())}
    schema = json.dumps(SegmentPlan.model_json_schema())
    assert kinds >= set(re.findall(r'"const": "(\w+)"', schema)) - {"random"}
    of_all = " ".join(plan.model_dump_json() for plan in PLANS)
    for value in (*RelationKind, *ExposureKind, *(set(Channel) - {Channel.MESSENGER, Channel.MOBILE_PUSH})):
        assert f'"{value}"' in of_all
    assert {leaf.occurrence for plan in PLANS for leaf in leaves(plan.where) if leaf.kind == "behaviour"} >= {
        Occurrence.ANY, Occurrence.FIRST, Occurrence.LAST, Occurrence.FIRST_OF_ALL,
    }  # fmt: skip


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.request)
def test_an_example_could_be_the_answer_in_its_shop(example: BaseModel) -> None:
    answer = example.answer  # type: ignore[attr-defined]
    if isinstance(answer, PlannedRequest):
        assert unknown_names(answer.plan, SHOP) == []
        # What the plan says can be said: read back and planned again it is the same plan.
        again = GrammarPlanner().plan(explain(answer.plan, SHOP), SHOP, AS_OF)
        assert isinstance(again, PlannedRequest)
        assert again.plan == answer.plan
    else:
        for words in answer.unplaced:
            assert words in example.request  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "example", [example for example in ALL if example.language in {"en", "vi"}], ids=lambda example: example.request
)
def test_where_the_grammar_reads_an_example_it_reads_the_same(example: BaseModel) -> None:
    read = GrammarPlanner().plan(example.request, SHOP, AS_OF)  # type: ignore[attr-defined]
    answer = example.answer  # type: ignore[attr-defined]
    if isinstance(read, PlannedRequest):
        assert _without_phrases(read.plan) == _without_phrases(answer.plan)
    assert not (isinstance(read, NeedsClarification) and read.refused and isinstance(answer, PlannedRequest))


def _without_phrases(plan: SegmentPlan) -> str:
    """A phrase stays in the request's language where the grammar reads it, and a model is asked to translate it."""
    return re.sub(r'"phrase":"[^"]*"', "", plan.model_dump_json())


def test_no_name_of_the_examples_shop_is_a_tenants() -> None:
    own = {*SHOP.products, *SHOP.categories, *SHOP.brands, *SHOP.segments, *SHOP.campaigns, *SHOP.colors}
    own |= {*SHOP.countries, *SHOP.cities, *SHOP.events, *SHOP.funnel_stages, "stargazing"}
    for catalogue in CATALOGUES.values():
        theirs = {
            *catalogue.products, *catalogue.categories, *catalogue.brands, *catalogue.segments, *catalogue.campaigns,
            *catalogue.colors, *catalogue.countries, *catalogue.cities, *catalogue.events, *catalogue.funnel_stages,
        }  # fmt: skip
        theirs |= {topic for topics in catalogue.topics.values() for topic in topics}
        assert {name.casefold() for name in own} & {name.casefold() for name in theirs} == set()


def test_no_example_is_of_the_golden_set() -> None:
    golden = Path("include/prompts/plan_segment/golden.jsonl").read_text(encoding="utf-8").splitlines()
    asked = {json.loads(line)["text"].casefold() for line in golden}
    assert len(asked) > 20
    assert {example.request.casefold() for example in ALL} & asked == set()


def test_no_example_is_taken_by_the_stand_in_for_the_request() -> None:
    script = json.loads(Path("sandbox/models/scripted_answers.json").read_text(encoding="utf-8"))
    assert len(script) > 3
    for line in script:
        pattern = re.compile(line["pattern"], re.IGNORECASE | re.DOTALL)
        assert not pattern.search("\n".join(example.shown for example in ALL)), line["pattern"]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.request)
def test_the_language_of_an_example_is_told_from_its_words(example: BaseModel) -> None:
    assert spoken_language(example.request) == example.language  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kunden aus Hamburg, die zweimal Schuhe gekauft haben", "de"),
        ("les clients qui ont acheté des chaussettes", "fr"),
        ("khách hàng đã mua tất đỏ", "vi"),
        ("khach hang da mua tat do trong 60 ngay qua", "vi"),
        ("red socks", "en"),
        ("klienci ktorzy kupili skarpety w ciagu ostatnich 60 dni", None),
        ("靴下を買った人", None),
    ],
)
def test_the_language_of_a_request_is_told_or_unknown(text: str, language: str | None) -> None:
    assert spoken_language(text) == language


@pytest.mark.parametrize("encoder", [None, FakeEncoder(), FakeEncoder(languages=None)])
@pytest.mark.parametrize("language", ["de", "en", "fr", "vi"])
def test_an_example_is_the_nearest_to_itself_and_all_are_in_its_language(
    language: str, encoder: FakeEncoder | None
) -> None:
    for example in ALL:
        if example.language == language:
            found = nearest_examples(example.request, encoder)
            assert len(found) == EXAMPLES
            assert {one.language for one in found} == {language}
            if encoder is None or (language != "en" and encoder.languages is not None):
                assert found[-1] == example


def test_the_real_model_finds_the_example_that_means_the_same() -> None:
    encoder = load_encoder(EmbeddingSettings())
    for text, words in (
        ("people who have not bought anything for ages, three months or longer", "went quiet"),
        ("customers who left a kettle in their cart without buying it", "walked away"),
        ("whose birthday is next week", "birthdays in the coming two weeks"),
    ):
        found = nearest_examples(text, encoder)
        assert any(words in example.request for example in found[-2:])
        assert found == nearest_examples(text, encoder)


def test_vectors_of_examples_are_computed_once_a_process() -> None:
    encoder = FakeEncoder(model="counts its texts")
    nearest_examples("red socks, the best ones", encoder)
    nearest_examples("blue socks, the best ones", encoder)
    assert len(encoder.asked) == len(ALL) + 2


def test_a_model_that_does_not_know_the_language_is_not_asked() -> None:
    encoder = FakeEncoder(model="knows English")
    nearest_examples("khách hàng đã mua tất đỏ", encoder)
    assert encoder.asked == []


def test_what_a_model_is_shown_is_one_line_that_holds_the_answer() -> None:
    for example in ALL:
        assert "\n" not in example.shown
        shown = json.loads(example.shown)
        assert shown["request"] == example.request
        assert type(example.answer).model_validate(shown["answer"]) == example.answer


def test_a_file_that_is_no_list_of_examples_is_said_to_be_so(tmp_path: Path) -> None:
    broken = tmp_path / "examples.jsonl"
    broken.write_text('{"request": "x", "language": "en", "answer": {"plan": {"where": {"kind": "magic"}}}}\n')
    for path in (broken, tmp_path / "missing.jsonl"):
        with pytest.raises(Configuration, match="cannot be read"):
            load_examples(path)
