"""What Superset exports becomes the files again; what the files cannot say is refused with its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from as_code.assets import Assets, AssetsError
from as_code.expanding import expand
from as_code.exporting import write_back
from as_code.files import in_one_form
from as_code.reading import read_assets
from as_code.taking_back import take_back

Bundle = dict[str, Any]


@pytest.fixture
def bundle(assets: Assets) -> Bundle:
    """As Superset would export what was imported from the files: without the marks of where it came from."""
    stored: Bundle = json.loads(json.dumps(expand(assets)))
    for thing in stored.values():
        thing.pop("is_managed_externally", None)
        thing.pop("external_url", None)
    return stored


def board(bundle: Bundle) -> Any:
    return bundle["dashboards/operations.yaml"]


def a_chart(bundle: Bundle) -> Any:
    return bundle[min(path for path in bundle if path.startswith("charts/operations/"))]


def nodes(bundle: Bundle, kind: str) -> list[Any]:
    return [n for n in board(bundle)["position"].values() if isinstance(n, dict) and n["type"] == kind]


def changed(assets: Assets, bundle: Bundle) -> dict[str, list[str]]:
    """The lines that are new in each file that differs."""
    before, after = in_one_form(assets), in_one_form(take_back(bundle, assets))
    assert set(before) <= set(after)
    return {
        path: [line for line in text.splitlines() if line not in before.get(path, "").splitlines()]
        for path, text in after.items()
        if before.get(path) != text
    }


def test_what_was_imported_comes_back_as_it_was(assets: Assets, bundle: Bundle) -> None:
    assert changed(assets, bundle) == {}


def test_a_new_title_is_one_line_of_one_file(assets: Assets, bundle: Bundle) -> None:
    a_chart(bundle)["slice_name"] = "How it went"
    assert list(changed(assets, bundle).values()) == [["name: How it went"]]


def test_a_note_and_a_height_come_back_to_the_dashboard_alone(assets: Assets, bundle: Bundle) -> None:
    """The empty line between the two paragraphs of a note stays where it is."""
    nodes(bundle, "MARKDOWN")[0]["meta"]["code"] = 'Look *here*.\n\n- and there: "so"'
    assert changed(assets, bundle) == {"dashboards/operations.yaml": ["      Look *here*.", '      - and there: "so"']}


def test_what_the_chart_editor_saves_by_itself_does_not_come_back(assets: Assets, bundle: Bundle) -> None:
    chart = next(thing for thing in bundle.values() if thing.get("viz_type") == "table")
    chart["params"] |= {"slice_id": 3, "datasource": "9__table", "dashboards": [1], "matrixify_enable": False}
    ours = {key: value for key, value in chart["params"].items() if key in assets.defaults.params["table"]}
    chart["params"] |= {**assets.defaults.editor["table"], **ours}
    assert changed(assets, bundle) == {}


def test_a_param_that_was_chosen_in_the_editor_comes_back(assets: Assets, bundle: Bundle) -> None:
    chart = next(thing for thing in bundle.values() if thing.get("viz_type") == "table")
    chart["params"]["show_cell_bars"] = not chart["params"]["show_cell_bars"]
    chart["params"]["conditional_formatting"] = [{"column": "x", "operator": ">", "targetValue": 3}]
    (lines,) = changed(assets, bundle).values()
    assert "  conditional_formatting:" in lines


def test_a_new_chart_is_named_by_its_title_in_the_folder_of_its_dashboard(assets: Assets, bundle: Bundle) -> None:
    uuid = "00000000-0000-4000-8000-000000000001"
    new = json.loads(json.dumps(a_chart(bundle))) | {"slice_name": "Nhịp độ & speed", "uuid": uuid}
    bundle["charts/whatever_17.yaml"] = new
    chart_node = nodes(bundle, "CHART")[0]
    half = chart_node["meta"]["width"] // 2
    row = board(bundle)["position"][chart_node["parents"][-1]]
    meta = chart_node["meta"] | {"uuid": uuid, "width": chart_node["meta"]["width"] - half, "chartId": 999}
    board(bundle)["position"]["CHART-abc"] = {**chart_node, "id": "CHART-abc", "meta": meta}
    chart_node["meta"]["width"] = half
    row["children"].append("CHART-abc")
    assert set(changed(assets, bundle)) == {"dashboards/operations.yaml", "charts/operations/nhip_o_speed.yaml"}


def test_a_chart_that_no_dashboard_shows_any_more_loses_its_file(folder: Path, assets: Assets, bundle: Bundle) -> None:
    gone = nodes(bundle, "CHART")[0]
    row = board(bundle)["position"][gone["parents"][-1]]
    row["children"].remove(gone["id"])
    del board(bundle)["position"][gone["id"]]
    rest = [board(bundle)["position"][child]["meta"] for child in row["children"]]
    if rest:
        rest[0]["width"] += gone["meta"]["width"]
    said = write_back(bundle, assets, folder)
    stem = gone["id"].removeprefix("CHART-")
    assert said == ["Changed: dashboards/operations.yaml", f"Removed: charts/operations/{stem}.yaml"]
    assert not (folder / "charts" / "operations" / f"{stem}.yaml").exists()


def test_a_file_that_says_the_same_with_a_comment_stays_as_it_is(folder: Path, bundle: Bundle) -> None:
    file = folder / "dashboards" / "operations.yaml"
    file.write_text("# kept by the operations team\n" + file.read_text("utf-8"), "utf-8")
    assert write_back(bundle, read_assets(folder), folder) == []
    assert file.read_text("utf-8").startswith("# kept")


def mixed_row(bundle: Bundle) -> None:
    note = nodes(bundle, "MARKDOWN")[0]
    chart = nodes(bundle, "CHART")[0]
    board(bundle)["position"][note["parents"][-1]]["children"].append(chart["id"])


def header(bundle: Bundle) -> None:
    board(bundle)["position"]["HEADER-1"] = {"type": "HEADER", "id": "HEADER-1", "children": [], "meta": {"text": "x"}}
    nodes(bundle, "TAB")[0]["children"].append("HEADER-1")


def two_heights(bundle: Bundle) -> None:
    row = next(row for row in nodes(bundle, "ROW") if len(row["children"]) > 1)
    board(bundle)["position"][row["children"][0]]["meta"]["height"] += 1


def narrow(bundle: Bundle) -> None:
    nodes(bundle, "CHART")[0]["meta"]["width"] -= 1


UNSAYABLE: dict[str, tuple[Callable[[Bundle], object], str]] = {
    "a note beside a chart": (mixed_row, "a note beside a chart cannot be said in the files"),
    "a heading between rows": (header, "node HEADER-1: a HEADER cannot be said in the files"),
    "charts of two heights in a row": (two_heights, "charts of one row have one height"),
    "a row that is not full": (narrow, "the widths make 11, not 12"),
    "a colour of one dashboard alone": (
        lambda bundle: board(bundle)["metadata"].update(label_colors={"x": "#000000"}),
        "label_colors, as it is in Superset, differs from colors.yaml",
    ),
    "a filter of its own": (
        lambda bundle: board(bundle)["metadata"]["native_filter_configuration"].append({"id": "x", "name": "City"}),
        "the files know no filter City",
    ),
    "a style sheet": (lambda bundle: board(bundle).update(css="a {}"), "css is 'a {}' in Superset"),
    "a data set in SQL": (
        lambda bundle: bundle["datasets/tenant.yaml"].update(sql="SELECT 1"),
        "Dataset tenant: sql is 'SELECT 1' in Superset",
    ),
}


@pytest.mark.parametrize("what", UNSAYABLE)
def test_what_the_files_cannot_say_is_refused_with_its_place(what: str, assets: Assets, bundle: Bundle) -> None:
    how, sentence = UNSAYABLE[what]
    how(bundle)
    with pytest.raises(AssetsError) as refused:
        take_back(bundle, assets)
    assert sentence in str(refused.value)
    assert len(refused.value.problems) == 1
