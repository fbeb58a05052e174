"""The query behind a chart is the one that Superset's own chart editor saves.

Each file of saved_in_the_browser/ is a chart as Superset 6.1.0 stored it when its editor was opened in Chromium and
"Save" was pressed: the params and, made by the frontend's plugin, the queries.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from as_code.query_context import BUILDERS, query_context

SAVED = sorted((Path(__file__).parent / "saved_in_the_browser").glob("*.json"))


def load(file: Path) -> dict[str, Any]:
    saved: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return saved


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_the_queries_are_those_that_the_editor_saves(file: Path) -> None:
    saved = load(file)
    assert query_context(saved["params"])["queries"] == saved["queries"]


def test_every_type_of_chart_was_saved_in_the_browser_once() -> None:
    assert {load(file)["params"]["viz_type"] for file in SAVED} == set(BUILDERS)


def test_a_chart_of_an_unknown_type_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="charts of type word_cloud"):
        query_context({"viz_type": "word_cloud", "adhoc_filters": []})
