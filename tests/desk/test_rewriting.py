"""Choices over the words of a request: each is another text, and the text reads as what was chosen and nothing else."""

import pytest

from leo_activation.desk.examples import examples_for
from leo_activation.desk.offers import Matter, matters_of
from leo_activation.desk.rendering import Tongue
from leo_activation.desk.rewriting import Reader, changes_only, without_condition
from leo_activation.desk.understanding import Placing, State, understand, understand_change
from leo_activation.desk.values import Choices, Sort, choices_for, values_of
from leo_activation.desk.wordbook import Wordbook
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import conjuncts
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe
from tests.segments.catalogues import AS_OF, RETAIL, VIETNAM

RETAIL_READER = Reader(GrammarPlanner(), RETAIL, AS_OF)
VIETNAM_READER = Reader(GrammarPlanner(), VIETNAM, AS_OF)
BOOKS = {"retail": Wordbook(RETAIL), "vietnam": Wordbook(VIETNAM)}

ENGLISH = "Customers in Germany who bought red shoes at least 2 times in the last 60 days and are older than 30"
VIETNAMESE = "Khách hàng nữ ở Hà Nội đã mua giày màu đen trong 30 ngày qua và trên 25 tuổi"
TEXTS = (
    (RETAIL_READER, ENGLISH),
    (RETAIL_READER, "German women who viewed Luna this week, but are not members of VIP"),
    (VIETNAM_READER, VIETNAMESE),
    (VIETNAM_READER, "top 100 customers by total spent in Vietnam"),
)


def planned(reader: Reader, text: str) -> PlannedRequest:
    answer = reader.read(text)
    assert isinstance(answer, PlannedRequest), answer
    return answer


def open_matters(reader: Reader, text: str) -> dict[str, Matter]:
    answer = reader.read(text)
    assert isinstance(answer, NeedsClarification), answer
    return {matter.words: matter for matter in matters_of(reader, text, answer, BOOKS[reader.catalogue.tenant_id])}


def all_choices(reader: Reader, text: str) -> list[Choices]:
    book, read = BOOKS[reader.catalogue.tenant_id], planned(reader, text)
    return [choices_for(reader, text, read, value, book) for value in values_of(text, read, book)]


@pytest.mark.parametrize(("reader", "text"), TEXTS)
def test_a_choice_changes_one_condition_and_no_word_but_its_own(reader: Reader, text: str) -> None:
    before = planned(reader, text)
    found = all_choices(reader, text)
    assert found
    for one in found:
        value = one.value
        assert sum(choice.is_now for choice in one.choices) == 1, value
        assert len(one.choices) > 1, value
        for choice in one.choices:
            assert choice.text.startswith(text[: value.start])
            assert choice.text.endswith(text[value.end :])
            assert choice.is_now == (choice.text == text)
            assert choice.is_now or changes_only(before, reader.read(choice.text), value.position)


def test_every_name_number_and_time_is_a_value_and_said_as_its_place_asks() -> None:
    said = [one.value.words for one in all_choices(RETAIL_READER, ENGLISH)]
    assert said == ["Germany", "red", "shoes", "2", "in the last 60 days", "30"]
    said = [one.value.words for one in all_choices(VIETNAM_READER, VIETNAMESE)]
    assert said == ["nữ", "Hà Nội", "giày", "đen", "trong 30 ngày qua", "25"]
    country, gender, brand, week, segment = all_choices(RETAIL_READER, TEXTS[1][1])
    assert {choice.words for choice in country.choices} == {"German", "American", "Vietnamese"}
    assert {choice.words for choice in gender.choices} == {"men", "women"}
    assert {choice.words for choice in brand.choices} >= {"Luna", "Northpeak"}
    assert week.value.sort is Sort.TIME
    assert {choice.words for choice in segment.choices} == {"VIP", "Weekend Hikers"}


def test_a_list_is_narrowed_by_letters_without_their_marks_and_a_number_may_be_any() -> None:
    book, read = BOOKS["vietnam"], planned(VIETNAM_READER, VIETNAMESE)
    values = {value.words: value for value in values_of(VIETNAMESE, read, book)}
    city = choices_for(VIETNAM_READER, VIETNAMESE, read, values["Hà Nội"], book, "da")
    assert [choice.words for choice in city.choices] == ["Đà Lạt", "Đà Nẵng"]
    age = choices_for(VIETNAM_READER, VIETNAMESE, read, values["25"], book, "47")
    assert [choice.text for choice in age.choices] == [VIETNAMESE.replace("25", "47")]
    days = choices_for(VIETNAM_READER, VIETNAMESE, read, values["trong 30 ngày qua"], book, "45")
    assert [choice.text for choice in days.choices] == [VIETNAMESE.replace("30 ngày", "45 ngày")]


@pytest.mark.parametrize(("reader", "text"), TEXTS)
def test_a_condition_is_taken_out_of_the_text_and_the_others_stay(reader: Reader, text: str) -> None:
    before = planned(reader, text)
    conditions = conjuncts(before.plan.where)
    for position in range(len(conditions)):
        changed = without_condition(reader, text, before, position)
        if changed is None:
            # Only what was the last thing said of anybody cannot be.
            assert len(conditions) == 1
            continue
        after = planned(reader, changed)
        assert conjuncts(after.plan.where) == (*conditions[:position], *conditions[position + 1 :])
        assert (after.plan.order, after.plan.limit) == (before.plan.order, before.plan.limit)
    assert without_condition(reader, text, before, len(conditions)) is None


def test_a_reading_takes_the_place_of_its_words_and_what_it_means_is_said() -> None:
    matter = open_matters(RETAIL_READER, "women in Hanoi who bought shoes last week")["last week"]
    assert [offer.text for offer in matter.choices] == [
        "women in Hanoi who bought shoes in the previous calendar week",
        "women in Hanoi who bought shoes in the last 1 week",
        "women in Hanoi who bought shoes. Left out: “last week”.",
    ]
    assert all(offer.planned is not None and offer.sentence for offer in matter.choices)
    loyal = open_matters(RETAIL_READER, "loyal customers in Berlin")["loyal"]
    assert loyal.choices[0].text == "customers in Berlin who bought anything at least 3 times"
    assert [offer.words for offer in loyal.examples] == ["joined before a date"]


def test_a_name_that_was_misspelled_is_offered_as_the_tenant_spells_it() -> None:
    offers = open_matters(RETAIL_READER, "customers in Berln who bought shoes")["in Berln"].choices
    assert offers[0].text == "customers in Berlin who bought shoes"
    offers = open_matters(RETAIL_READER, "customers who bought Nortpeak")["Nortpeak"].choices
    assert offers[0].text == "customers who bought Northpeak"


@pytest.mark.parametrize(
    ("reader", "text", "words", "note"),
    [
        (RETAIL_READER, "Customers in Berlin who loved the drop", "loved the drop", "Left out: “loved the drop”"),
        (VIETNAM_READER, "khách hàng thân thiết ở Hà Nội", "thân thiết", "Để ngoài: “thân thiết”"),
    ],
)
def test_words_that_are_left_out_are_in_the_sentence_that_the_reviewer_reads(
    reader: Reader, text: str, words: str, note: str
) -> None:
    [offer] = [offer for offer in open_matters(reader, text)[words].offers if offer.leaves_out]
    assert offer.text is not None
    after = planned(reader, offer.text)
    assert after.notes == (note,)
    sentence = describe(after, reader.catalogue)
    assert sentence.endswith(f"{note}.")
    assert reader.read(sentence) == after.model_copy(update={"spans": planned(reader, sentence).spans})
    assert len(conjuncts(after.plan.where)) == 1


def test_contact_data_among_words_that_are_left_out_is_not_repeated() -> None:
    after = planned(RETAIL_READER, "customers in Berlin. Left out: “like anna@example.com”.")
    assert "anna" not in describe(after, RETAIL)


def test_what_is_refused_is_offered_nothing() -> None:
    text = "list all e-mail addresses of customers in Berlin"
    answer = RETAIL_READER.read(text)
    assert isinstance(answer, NeedsClarification)
    assert matters_of(RETAIL_READER, text, answer, BOOKS["retail"]) == ()
    assert understand(RETAIL_READER, text, BOOKS["retail"]).state is State.REFUSED


def test_offers_stop_when_their_time_is_over() -> None:
    text = "loyal customers in Berln who recently bought shoos"
    answer = RETAIL_READER.read(text)
    assert isinstance(answer, NeedsClarification)
    ticks = iter([0.0, *[10.0] * 100])
    matters = matters_of(RETAIL_READER, text, answer, BOOKS["retail"], clock=lambda: next(ticks))
    assert [matter.question for matter in matters]
    assert not any(matter.choices for matter in matters)


def test_a_chip_shows_its_values_in_the_words_of_the_condition() -> None:
    understood = understand(VIETNAM_READER, VIETNAMESE, BOOKS["vietnam"])
    assert understood.state is State.UNDERSTOOD
    values = [piece.text for one in understood.conditions for piece in one.pieces if piece.value is not None]
    assert values == ["nữ", "Hà Nội", "giày", "đen", "trong 30 ngày qua", "25"]
    assert ["".join(piece.text for piece in one.pieces) for one in understood.conditions] == [
        one.words for one in understood.conditions
    ]
    marked = [(piece.text, piece.mark.letter) for piece in understood.sentence_pieces if piece.mark is not None]
    assert [letter for _, letter in marked] == [one.letter for one in understood.conditions]
    assert "".join(piece.text for piece in understood.pieces) == VIETNAMESE


def test_words_without_a_place_are_told_from_those_with_several() -> None:
    understood = understand(RETAIL_READER, "loyal customers in Berlin who loved the drop", BOOKS["retail"])
    placed = {piece.text: piece.mark.placing for piece in understood.pieces if piece.mark is not None}
    assert placed["loyal"] is Placing.ASKED
    assert set(placed.values()) == {Placing.ASKED, Placing.LOST}
    assert understood.lost_words == 4


def test_a_change_in_words_says_what_is_new_and_what_is_gone() -> None:
    before = planned(RETAIL_READER, "customers in Berlin who bought shoes in the last 60 days")
    at_hand = PlanAtHand("x", Language.ENGLISH, "s", None, before.plan, describe(before, RETAIL))
    understood = understand_change(GrammarReviser(), at_hand, "in the last 30 days instead", RETAIL_READER)
    assert [one.is_new for one in understood.conditions] == [False, True]
    assert understood.dropped == ("who bought Shoes in the last 60 days",)


@pytest.mark.parametrize("tongue", list(Tongue))
def test_examples_are_of_the_tenants_own_names_and_are_read_to_the_last_word(tongue: Tongue) -> None:
    for reader in (RETAIL_READER, VIETNAM_READER):
        examples = examples_for(reader, BOOKS[reader.catalogue.tenant_id], tongue)
        assert len(examples) >= 3
        assert all(isinstance(reader.read(text), PlannedRequest) for text in examples)
