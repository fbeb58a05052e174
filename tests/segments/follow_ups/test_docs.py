"""Every example in the documentation's table of edits is understood after a request that it fits."""

import re
from pathlib import Path

import pytest

from leo_activation.segments.request import PlannedRequest
from tests.segments.follow_ups.speaking import revised

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "follow-ups.md"
BEFORE = (
    "women over 30 from Hanoi who bought shoes in the last 60 days. Then send them an SMS",
    "customers in Hanoi or Da Nang",
    "top 50 customers by total spent",
    "khách hàng nữ trên 30 tuổi ở Hà Nội đã mua giày trong 60 ngày qua. Gửi cho họ SMS",
    "khách hàng ở Hà Nội",
    "50 khách hàng chi tiêu nhiều nhất",
)


def examples() -> list[str]:
    """What stands in italics in the table's second and third columns."""
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [text for row in rows for column in row[2:4] for text in re.findall(r"\*([^*]+)\*", column)]


def test_the_table_has_examples_of_both_languages() -> None:
    found = examples()
    assert len(found) > 30
    assert any(text.isascii() for text in found)
    assert sum(not text.isascii() for text in found) > 10


@pytest.mark.parametrize("text", examples())
def test_each_example_of_the_table_is_understood(text: str) -> None:
    assert any(isinstance(revised(before, text), PlannedRequest) for before in BEFORE)
