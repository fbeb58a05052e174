"""Charts: a picture and the same numbers as a table, and sentences whose changes are told word by word."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from leo_activation.desk.charts import Chart, Gap, Kind, Mark, Series
from leo_activation.desk.differences import differences
from leo_activation.desk.rendering import FOLDER, Tongue, templates

AT = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = [AT + timedelta(days=number) for number in range(12)]


def test_the_table_holds_every_number_of_the_picture() -> None:
    values = [100, 110, None, 130, *range(140, 220, 10)]
    chart = Chart(
        Kind.LINES, DAYS, [Series("Members", values)],
        [Mark(DAYS[3], "Version 2 <b>")], [Gap(DAYS[1], DAYS[3], "no refresh")], whole_days=True,
    )  # fmt: skip
    source = "{% import 'charts.html' as charts with context %}{{ charts.chart(chart, 'Members') }}"
    page = templates(Tongue.ENGLISH).from_string(source).render(chart=chart, root="/desk")
    attribute = re.search(r'data-chart="([^"]*)"', page)
    assert attribute is not None
    drawn = json.loads(unescape(attribute[1]))
    assert drawn["series"] == [{"label": "Members", "values": values, "tone": "bar-strong"}]
    assert drawn["x"] == [day.timestamp() for day in DAYS]
    table = re.findall(r'<th scope="row">(.*?)</th><td class="num">(.*?)</td><td>(.*?)</td>', page)
    assert [row[1] for row in table] == [f"{value}" if value is not None else "–" for value in values[::-1]]
    assert ("4 Nov 2026", "130", "Version 2 &lt;b&gt;") in table
    assert ("3 Nov 2026", "–", "no refresh") in table
    assert "<script" not in page
    assert "style=" not in page


def test_a_series_of_another_length_is_no_chart() -> None:
    with pytest.raises(ValueError, match="2 values for 12 moments"):
        Chart(Kind.LINES, DAYS, [Series("Members", [1, 2])])


def test_an_axis_that_does_not_start_at_nothing_is_said() -> None:
    far = Chart(Kind.LINES, DAYS, [Series("Members", [1_000 + number for number in range(12)])])
    near = Chart(Kind.LINES, DAYS, [Series("Members", [10 * number for number in range(12)])])
    assert far.floor == 1_000
    assert near.floor == 0
    page = templates(Tongue.ENGLISH).get_template("charts.html").module
    assert "The axis starts at 1,000, not at 0." in str(page.chart(far, "Members"))  # type: ignore[attr-defined]
    assert "The axis starts" not in str(page.chart(near, "Members"))  # type: ignore[attr-defined]


def test_one_bar_far_above_the_others_is_cut_and_said() -> None:
    stacked = [Series("in", [500, *[5] * 11], "e1"), Series("out", [-2] * 12, "x1")]
    chart = Chart(Kind.STACKS, DAYS, stacked)
    assert chart.ceiling is not None
    assert 5 < chart.ceiling < 20
    assert chart.highest == 500
    level = Chart(Kind.STACKS, DAYS, [Series("in", [5] * 12, "e1")])
    assert level.ceiling is None


def test_the_library_is_served_as_it_was_published() -> None:
    static = FOLDER / "static"
    assert "uPlot (v1.6.32)" in (static / "uplot-1.6.32.min.js").read_text()
    assert "The MIT License" in (static / "uplot-LICENSE.txt").read_text()


def test_a_changed_sentence_is_told_word_by_word() -> None:
    told = differences(
        "Customers who bought socks in the last 45 days.", "Customers who bought socks in the last 60 days."
    )
    assert [(part.change.value, part.text) for part in told] == [
        ("same", "Customers who bought socks in the last"), ("gone", "45"), ("new", "60"), ("same", "days."),
    ]  # fmt: skip
    other = "People in Hanoi."
    assert [(part.change.value, part.text) for part in differences("Customers who bought socks.", other)] == [
        ("same", other)
    ]
