"""The dashboards' files are whole, and what is wrong with them is said with its file and place."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from as_code.assets import Assets, AssetsError, NoteRow
from as_code.files import changed_files, in_one_form
from as_code.reading import read_assets
from leo_activation.settings import REPOSITORY

Change = Callable[[dict[str, Any]], object]


def test_every_file_is_valid_and_in_its_one_form(assets: Assets, original: Path) -> None:
    """`python superset/normalise.py` writes that form."""
    assert changed_files(original, in_one_form(assets)) == []


def test_there_are_four_dashboards_with_both_filters_and_a_note_first_on_each_tab(assets: Assets) -> None:
    assert {board.slug for board in assets.dashboards.values()} == {
        "customer-360",
        "segments",
        "activation",
        "operations",
    }
    for board in assets.dashboards.values():
        assert board.filters == ("tenant", "period"), board.slug
        assert [tab.title for tab in board.tabs if not isinstance(tab.rows[0], NoteRow)] == [], board.slug


def test_every_chart_is_on_the_one_dashboard_whose_folder_it_is_in(assets: Assets) -> None:
    shown = Counter((board.stem, stem) for board in assets.dashboards.values() for stem in board.chart_stems())
    assert shown == Counter((chart.folder, chart.stem) for chart in assets.charts.values())


def test_every_data_set_is_on_a_dashboard_or_lists_the_values_of_a_filter(assets: Assets) -> None:
    used = {chart.dataset for chart in assets.charts.values()} | set(assets.defaults.filters)
    assert set(assets.datasets) - used == set()


def test_a_person_reads_words_everywhere_and_no_name_of_a_column(assets: Assets) -> None:
    names = [chart.name for chart in assets.charts.values()]
    names += [named.label for data in assets.datasets.values() for named in data.columns.values()]
    names += [named.label for data in assets.datasets.values() for named in data.metrics.values()]
    names += [tab.title for board in assets.dashboards.values() for tab in board.tabs]
    assert [name for name in names if "_" in name or name[0].islower()] == []


def test_every_chart_says_in_a_sentence_what_it_shows(assets: Assets) -> None:
    short = [
        c.stem for c in assets.charts.values() if len(c.description) < 25 or not c.description.endswith((".", "?"))
    ]
    assert short == []


def test_every_data_set_can_be_filtered_by_tenant(assets: Assets) -> None:
    assert [data.stem for data in assets.datasets.values() if not {"tenant_id", "tenant"} <= set(data.columns)] == []


def test_every_colour_is_for_something_that_a_view_or_a_metric_says(assets: Assets) -> None:
    """A label is a word of a view's SQL or of the demo, the code of one (needs_clarification), or a metric's label."""
    files = [*REPOSITORY.glob("include/sql/migrations/*.sql"), *REPOSITORY.glob("embedded/demo/*.py")]
    files += [*REPOSITORY.glob("plugins/leo_activation/**/*.py"), *REPOSITORY.glob("dags/*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    metrics = [metric for data in assets.datasets.values() for metric in data.metrics.values()]
    said = {metric.label for metric in metrics} | {metric.key for metric in metrics}
    unused = []
    for label in set(assets.colors) - said:
        tenant = label.rpartition(", ")[0] or label  # a series of money is "tenant, currency"
        words = {label.replace("'", "''"), label[0].lower() + label[1:], label.lower().replace(" ", "_"), tenant}
        if not any(re.search(rf"['\"]{re.escape(word)}['\"]|\bdef {re.escape(word)}\(", text) for word in words):
            unused.append(label)
    assert unused == []


def change(file: Path, how: Change) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    how(content)
    file.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def first(folder: Path, part: str) -> Path:
    return min((folder / part).rglob("*.yaml"))


def a_row(content: dict[str, Any]) -> dict[str, int]:
    charts: dict[str, int] = next(row["charts"] for row in content["tabs"][0]["rows"] if "charts" in row)
    return charts


MISTAKES: dict[str, tuple[str, Change, str]] = {
    "an unknown key": ("charts", lambda c: c.update(colour="red"), "colour unknown in a chart"),
    "a missing key": ("charts", lambda c: c.pop("description"), "description missing in the chart"),
    "an unknown data set": ("charts", lambda c: c.update(dataset="nobody"), "there is no data set nobody"),
    "an unknown type": ("charts", lambda c: c.update(viz_type="word_cloud"), "viz_type word_cloud is not known here"),
    "an unknown metric": ("charts", lambda c: c["params"].update(metric="sold"), "sold is no metric of data set"),
    "an unknown column": ("charts", lambda c: c["params"].update(groupby=["sold"]), "sold is no column of data set"),
    "an unknown column of a filter": (
        "charts",
        lambda c: c["params"].update(adhoc_filters=[{"subject": "sold", "operator": "IS NOT NULL"}]),
        "sold is no column of data set",
    ),
    "a time that is no column": ("datasets", lambda c: c.update(time="soon"), "time names soon, which is no column"),
    "a column without words": (
        "datasets",
        lambda c: c["columns"]["tenant_id"].update(label="tenant_id"),
        "tenant_id has no label in words",
    ),
    "a metric named as a column": (
        "datasets",
        lambda c: c["metrics"].update(tenant={"label": "Tenant", "expression": "1"}),
        "tenant is a column and a metric",
    ),
    "an unknown chart": ("dashboards", lambda c: a_row(c).update(nobody=0), "there is no chart nobody"),
    "a row that is not twelve wide": ("dashboards", lambda c: a_row(c).update({min(a_row(c)): 13}), "not 12"),
    "an unknown filter": ("dashboards", lambda c: c.update(filters=["colour"]), "there is no filter colour"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_file(small: Path, mistake: str) -> None:
    part, how, sentence = MISTAKES[mistake]
    file = first(small, part)
    change(file, how)
    with pytest.raises(AssetsError) as refused:
        read_assets(small)
    named = [problem for problem in refused.value.problems if sentence in problem]
    assert named, refused.value.problems
    assert named[0].startswith(str(file.relative_to(small)))


def test_two_files_of_one_stem_or_of_one_uuid_are_refused(small: Path) -> None:
    chart, elsewhere = first(small, "charts"), small / "charts" / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(chart, elsewhere / chart.name)
    shutil.copy(chart, chart.with_stem("another_stem"))
    with pytest.raises(AssetsError, match="has the same stem") as refused:
        read_assets(small)
    assert any("has the same uuid" in problem for problem in refused.value.problems)


def test_a_key_said_twice_is_refused(small: Path) -> None:
    file = first(small, "charts")
    file.write_text(file.read_text("utf-8") + "name: Another\n", "utf-8")
    with pytest.raises(AssetsError, match="'name' is there twice"):
        read_assets(small)


def test_every_mistake_is_said_at_once(small: Path) -> None:
    change(first(small, "charts"), lambda chart: chart.update(dataset="nobody"))
    change(first(small, "dashboards"), lambda board: board.update(filters=["colour"]))
    with pytest.raises(AssetsError) as refused:
        read_assets(small)
    assert len(refused.value.problems) == 2


def test_every_row_is_seen_whole_on_a_screen(assets: Assets) -> None:
    """From 32 to 960 px."""
    rows = [row for board in assets.dashboards.values() for tab in board.tabs for row in tab.rows]
    assert [row for row in rows if not 4 <= row.height <= 120] == []
