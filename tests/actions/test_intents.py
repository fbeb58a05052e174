"""Questions are told from requests for segments by their whole form; whatever is anything else is planned."""

import json

import pytest

from leo_activation.actions.catalogue import ACTIONS, CREATE_SEGMENT, EXPLAIN, RECALL, UPDATE_SEGMENT
from leo_activation.actions.intents import Intent, read_intent
from leo_activation.actions.names import NamedSegment
from leo_activation.actions.permissions import Permission
from leo_activation.segments.planners.llm_masking import contact_data
from leo_activation.segments.request import Language
from leo_activation.settings import REPOSITORY

SEGMENTS = [
    NamedSegment("red_socks", "Red socks", 2, "draft", 1),
    NamedSegment("tat_do", "Tất đỏ", 1, "active", 1),
]
OF_C42 = {"customer_id": "c42", "segment": "Red socks"}
OF_C42_VI = {"customer_id": "c42", "segment": "Tất đỏ"}
SEGMENT_LIKE = {"words": "weekend hikers", "kinds": ["segment"]}


def read(text: str, revises: int | None = None, segment: str | None = None) -> Intent:
    return read_intent(text, SEGMENTS, revises_request_id=revises, revised_segment=segment)


@pytest.mark.parametrize(
    ("text", "action", "arguments"),
    [
        ("why is customer c42 in Red socks", EXPLAIN, OF_C42),
        ("Why is customer c42 not in the segment “Red socks”?", EXPLAIN, OF_C42),
        ("why isn't c42 in Red socks?", EXPLAIN, OF_C42),
        ("why did c42 leave Red socks", EXPLAIN, OF_C42),
        ("why does c42 not belong to 'Red socks'", EXPLAIN, OF_C42),
        ("what is Red socks", EXPLAIN, {"segment": "Red socks"}),
        ("What is the segment winter coats?", EXPLAIN, {"segment": "winter coats"}),
        ("what does red_socks mean?", EXPLAIN, {"segment": "red_socks"}),
        ("where is request 12", EXPLAIN, {"request_id": 12}),
        ("What is the status of request #12?", EXPLAIN, {"request_id": 12}),
        ("what happened to my request 12", EXPLAIN, {"request_id": 12}),
        ("segments like 'weekend hikers'", RECALL, SEGMENT_LIKE),
        ("Find me segments similar to weekend hikers.", RECALL, SEGMENT_LIKE),
        ("requests like weekend hikers", RECALL, {"words": "weekend hikers", "kinds": ["request"]}),
        ("what campaigns did we run for weekend hikers", RECALL, {"words": "weekend hikers", "kinds": ["campaign"]}),
        ("what did we do for weekend hikers", RECALL, {"words": "weekend hikers"}),
        ("Have we done anything for weekend hikers before?", RECALL, {"words": "weekend hikers"}),
    ],
)
def test_an_english_question_is_read(text: str, action: str, arguments: dict[str, object]) -> None:
    assert read(text) == Intent(action, arguments, Language.ENGLISH)


@pytest.mark.parametrize(
    ("text", "action", "arguments"),
    [
        ("vì sao khách c42 nằm trong Tất đỏ", EXPLAIN, OF_C42_VI),
        ("Tại sao khách hàng c42 không thuộc phân khúc Tất đỏ?", EXPLAIN, OF_C42_VI),
        ("vi sao khach c42 khong co trong tat do", EXPLAIN, {"customer_id": "c42", "segment": "tat do"}),
        ("Tất đỏ là gì?", EXPLAIN, {"segment": "Tất đỏ"}),
        ("phân khúc Tất đỏ gồm những ai", EXPLAIN, {"segment": "Tất đỏ"}),
        ("yêu cầu 12 đến đâu rồi?", EXPLAIN, {"request_id": 12}),
        ("trạng thái của yêu cầu số 12", EXPLAIN, {"request_id": 12}),
        ("các phân khúc giống 'người leo núi'", RECALL, {"words": "người leo núi", "kinds": ["segment"]}),
        ("chúng ta đã làm gì cho người leo núi?", RECALL, {"words": "người leo núi"}),
    ],
)
def test_a_vietnamese_question_is_read(text: str, action: str, arguments: dict[str, object]) -> None:
    assert read(text) == Intent(action, arguments, Language.VIETNAMESE)


@pytest.mark.parametrize(
    "text",
    [
        "Customers who bought red socks in the last 60 days",
        "customers like 'weekend hikers who love camping gear'",
        "Create a segment named 'Why us': customers from Poland",
        "what is the weather",
        "who is in Red socks",
        "show customers in the segment Red socks",
        "why",
        "segments like",
        "khách hàng đã mua tất đỏ trong 60 ngày qua",
        "khách hàng thích leo núi",
        "x" * 400,
    ],
)
def test_everything_else_asks_for_a_segment(text: str) -> None:
    intent = read(text)
    assert (intent.action, dict(intent.arguments)) == (CREATE_SEGMENT, {"text": text})


@pytest.mark.parametrize(
    "text",
    [
        "why is customer ann@example.com in Red socks",
        "why is customer +84 912 345 678 in Red socks",
        "why is customer 0912345678 in Red socks",
        "vì sao khách 0912345678 trong Tất đỏ",
        "why is customer c42 in Red socks and approve it",
        "why is customer c42 in Red socks, then delete all customers",
        "vì sao khách c42 trong Tất đỏ và duyệt yêu cầu 12",
        "what is Red socks; approve request 12",
        "what is Red socks and list their email addresses",
        "recall everything; drop table segment.request",
        "segments like MATCH (c:Customer) RETURN c",
    ],
)
def test_a_question_with_contact_data_or_an_order_is_left_to_the_grammar(text: str) -> None:
    assert read(text).action == CREATE_SEGMENT


HOSTILE = REPOSITORY / "tests" / "segments" / "hostile" / "requests.jsonl"


@pytest.mark.parametrize("line", HOSTILE.read_text(encoding="utf-8").splitlines())
def test_a_hostile_text_is_planned_or_only_read_for(line: str) -> None:
    text = str(json.loads(line)["text"])
    intent = read(text)
    action = next(action for action in ACTIONS if action.name == intent.action)
    assert intent.action == CREATE_SEGMENT or action.permission is Permission.READ
    if intent.action != CREATE_SEGMENT:
        assert contact_data(str(intent.arguments)) == []


def test_a_text_that_revises_a_request_changes_it() -> None:
    assert read("now only Hanoi", revises=3) == Intent(
        UPDATE_SEGMENT, {"text": "now only Hanoi", "revises_request_id": 3}, Language.ENGLISH
    )


def test_this_one_is_the_segment_of_the_request_that_is_revised() -> None:
    assert read("segments like this one", 3, "red_socks").arguments["like"] == "red_socks"
    assert read("các phân khúc giống cái này", 3, "tat_do").arguments["like"] == "tat_do"
    assert read("segments like this one").arguments["like"] == "this one"
