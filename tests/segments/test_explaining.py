"""An explanation says what the facts say, in the requester's language, and nothing beyond them."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.segments.explaining import PlainExplainer, without_next_step
from leo_activation.segments.language_tasks import ResultFacts
from leo_activation.segments.planners.llm_masking import HIDDEN, Placeholders, contact_data, masked, whole_contacts
from leo_activation.segments.request import Language
from leo_activation.segments.requests import RequestState

FOUND = ResultFacts(
    request_text="red socks in Hanoi",
    state="drafted",
    language=Language.ENGLISH,
    sentence="Customers who bought red socks and who live in Hanoi.",
    member_count=77,
    funnel=(("all customers", 12_000), ("who bought red socks", 900), ("who live in Hanoi", 77)),
    reachable={"email": 12, "zalo": 50, "sms": 0},
)
ASKED = ResultFacts(
    request_text="our best customers",
    state="needs_clarification",
    language=Language.ENGLISH,
    unplaced=("best",),
    questions=("By what? (total spending / number of purchases)",),
)


def explained(facts: ResultFacts, **changes: object) -> str:
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__} | changes
    return PlainExplainer().explain(ResultFacts(**values))


def test_a_result_tells_what_was_understood_how_many_what_narrows_most_and_who_can_be_reached() -> None:
    assert explained(FOUND) == (
        "This is how your request was read: “Customers who bought red socks and who live in Hanoi”. "
        "Of 12,000 customers 77 meet it; the condition “who bought red socks” leaves out the most, 11,100 of those who "
        "were left before it. A marketing message could now reach 50 on Zalo, 12 by e-mail. "
        "Someone other than you reviews it next; before that nothing is published or sent."
    )


def test_the_same_facts_in_vietnamese_carry_the_same_numbers_in_vietnamese_spelling() -> None:
    said = explained(FOUND, language=Language.VIETNAMESE)
    assert "Trong 12.000 khách hàng có 77 người phù hợp" in said
    assert "50 người qua Zalo, 12 người qua email" in said
    assert re.findall(r"\d[\d.]*", said) == ["12.000", "77", "11.100", "50", "12"]


def test_nobody_found_names_the_condition_that_leaves_nobody_and_no_channel() -> None:
    funnel = (("all customers", 12_000), ("who bought red socks", 900), ("who live in Hanoi", 0), ("who are old", 0))
    said = explained(FOUND, member_count=0, funnel=funnel, reachable={})
    assert "None of the 12,000 customers meets it; nobody is left after the condition “who live in Hanoi”." in said
    assert "marketing" not in said


def test_one_condition_is_not_compared_with_itself() -> None:
    said = explained(FOUND, funnel=FOUND.funnel[:2], member_count=900)
    assert "Of 12,000 customers 900 meet it." in said
    assert "leaves out" not in said


def test_members_whom_no_channel_reaches_are_told_as_that() -> None:
    assert "None of them can be sent a marketing message now." in explained(FOUND, reachable={"email": 0})


@pytest.mark.parametrize("language", list(Language))
def test_what_is_asked_stands_with_its_words_and_how_to_answer(language: Language) -> None:
    said = explained(ASKED, language=language)
    assert "“best”" in said
    assert "By what? (total spending / number of purchases)" in said
    assert said.endswith(("in others.", "cách nói khác."))


def test_a_request_that_was_not_understood_at_all_is_not_quoted_back_whole() -> None:
    assert "our best customers" not in explained(ASKED, unplaced=("our  best customers",))


def test_of_many_questions_three_are_asked_and_the_rest_counted() -> None:
    said = explained(ASKED, questions=("One?", "Two?", "Three?", "Four?", "Five?"))
    assert "One? Two? (and 2 more) Five?" in said, "the last one says why no model was asked"
    assert "Three" not in said
    assert "Four" not in said


def test_contact_data_of_the_request_is_not_repeated() -> None:
    said = explained(ASKED, unplaced=("anna@example.com", "0912 345 678"), questions=("Who is anna@example.com?",))
    assert contact_data(said) == []
    assert "anna" not in said


def test_a_part_of_contact_data_is_not_repeated_where_the_request_has_the_whole() -> None:
    text = "customers whose city contains zoltan.q@firma.example since q4"
    said = explained(
        ASKED,
        request_text=text,
        unplaced=("contains zoltan", "q@firma", "example", "q4"),
        questions=("What is meant by “contains zoltan”?", "What is meant by “q@firma”?"),
    )
    assert "zoltan" not in said
    assert "firma" not in said
    assert "“contains […]”" in said
    assert "“q4”" in said


@pytest.mark.parametrize("language", list(Language))
def test_what_happens_next_can_be_left_out(language: Language) -> None:
    said = explained(FOUND, language=language)
    kept = without_next_step(said)
    assert said == f"{kept} {PlainExplainer().next_step(replace(FOUND, language=language))}"
    assert without_next_step(kept) == kept


def test_a_long_plan_is_cut_at_a_word_and_stays_one_paragraph() -> None:
    said = explained(FOUND, sentence="Customers who bought " + "\n".join(f"socks{n}" for n in range(500)))
    assert "\n" not in said
    assert len(said) < 1_000
    assert re.search(r"socks\d+, …|socks\d+ …", said)


@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("language", list(Language))
def test_every_state_of_a_request_is_explained(state: RequestState, language: Language) -> None:
    facts = ResultFacts(request_text="x", state=state, language=language, problem="The query took too long.")
    said = PlainExplainer().explain(facts)
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", said)) <= 4
    assert "{" not in said


@pytest.mark.parametrize(
    "text",
    [
        "a.b+c@shop.example.vn", "0912 345 678", "+84 (91) 234-5678", "415-555-0123", "84912345678", "www.shop.vn/x",
        "https://x.vn", "(024) 3825 1234", "zalo://x",
    ],
)  # fmt: skip
def test_contact_data_is_found_among_words(text: str) -> None:
    assert contact_data(f"customers like {text} please") == [text]
    assert masked(f"like {text} please") == "like […] please"


@pytest.mark.parametrize(
    "text",
    [
        "10.000.000 VND", "1.234.567,89 EUR", "1000000000 VND", "between 100 000 000 and 200 000 000", "2026-02-20",
        "01.02.2026 - 03.04.2026", "01/02/2026", "in the last 60 days", "20 % of 1,000,000",
        "from 01.02.2026 to 03.04.2026", "01.02.2026 03.04.2026", "01/02/26 - 03/04/26",
    ],
)  # fmt: skip
def test_amounts_and_dates_are_no_contact_data(text: str) -> None:
    assert contact_data(text) == []


def test_a_number_beside_a_date_is_still_found() -> None:
    assert contact_data("since 01.02.2026 0912345678") == ["0912345678"]


def test_a_placeholder_becomes_the_words_again() -> None:
    hidden = Placeholders()
    text = "send “call 1900 1234 or 0912 345 678” to people like anna@example.com, not 0912 345 678"
    shown = hidden.hide(text)
    assert contact_data(shown) == []
    assert shown.count("[contact 1]") == 2
    assert hidden.restore(shown) == text


def test_what_somebody_wrote_like_a_placeholder_stays_theirs() -> None:
    hidden = Placeholders()
    text = "[contact 1] is not anna@example.com"
    assert hidden.hide(text) == "[contact 1] is not [contact 2]"
    assert hidden.restore(hidden.hide(text)) == text


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(st.sampled_from(["anna@example.com", "0912 345 678", "socks", "x", "@x", "a.b@c.vn"])))
def test_a_cutting_of_contact_data_is_made_whole_and_any_other_words_stay(
    data: st.DataObject, words: list[str]
) -> None:
    text = " ".join([*words, "hats"])
    pieces = re.findall(r"[^\W\d_]+|\d+|\S", text)
    piece = data.draw(st.sampled_from(pieces))
    within = any(piece in re.findall(r"[^\W\d_]+|\d+|\S", contact) for contact in contact_data(text))
    assert (masked(whole_contacts(piece, text)) == HIDDEN) is within
    assert within or whole_contacts(piece, text) == piece


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["anna@example.com", "0912 345 678", "[contact 1]", "socks", "10.000", "+84912345678"]))
)
def test_hiding_and_restoring_gives_every_text_again_and_shows_no_contact_data(words: list[str]) -> None:
    hidden, text = Placeholders(), "; ".join(words)
    shown = hidden.hide(text)
    assert contact_data(shown) == []
    assert hidden.restore(shown) == text


@pytest.mark.parametrize("text", ["x" * 4000, "a.b" * 1333, "0 " * 2000, "1" * 4000, "a@" * 2000, "+0" * 2000])
def test_a_long_text_is_searched_at_once(text: str) -> None:
    started = time.perf_counter()
    contact_data(text)
    assert time.perf_counter() - started < 0.5
