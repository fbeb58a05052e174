"""The dashboards' files, read and checked: every mistake in one list, each with its file and place.

A misspelt metric imports into Superset without complaint and fails when somebody looks; here it fails at once.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from as_code.defaults import Defaults
from as_code.references import column_references, metric_references

ASSETS = Path(os.environ.get("LEO_ASSETS") or Path(__file__).resolve().parent.parent / "assets")
"""LEO_ASSETS names another folder, to try files out."""
GRID_WIDTH = 12
STANDARD_FILTERS = ("tenant", "period")


class AssetsError(ValueError):
    """What is wrong with the files: `problems` holds one sentence each, beginning with the file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("The dashboards' files are not valid:\n  " + "\n  ".join(self.problems))


@dataclass(frozen=True)
class Column:
    """A column of a data set: `type` is PostgreSQL's, `expression` is SQL where it is computed by Superset."""

    name: str
    label: str
    type: str
    is_dttm: bool = False
    expression: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Metric:
    """A figure of a data set: an SQL aggregate and its d3 number format."""

    key: str
    label: str
    expression: str
    format: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Dataset:
    """One view of schema report; `time` is the column on which the Period filter works."""

    stem: str
    description: str
    uuid: str
    time: str | None
    columns: Mapping[str, Column]
    metrics: Mapping[str, Metric]

    @property
    def path(self) -> str:
        return f"datasets/{self.stem}.yaml"


@dataclass(frozen=True)
class Chart:
    """One chart; `params` are Superset's, less what defaults.yaml says for the type."""

    stem: str
    folder: str
    name: str
    description: str
    uuid: str
    dataset: str
    viz_type: str
    params: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"charts/{self.folder}/{self.stem}.yaml"


@dataclass(frozen=True)
class NoteRow:
    """Markdown over the whole width; `height` in Superset's grid units of 8 px."""

    note: str
    height: int


@dataclass(frozen=True)
class ChartRow:
    """Charts side by side: stem -> width in columns of twelve; `height` in grid units of 8 px."""

    height: int
    charts: Mapping[str, int]


@dataclass(frozen=True)
class Tab:
    """One tab of a dashboard."""

    title: str
    rows: tuple[NoteRow | ChartRow, ...]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard; `filters` names the standard native filters that it has."""

    stem: str
    title: str
    slug: str
    description: str
    uuid: str
    filters: tuple[str, ...]
    tabs: tuple[Tab, ...]

    @property
    def path(self) -> str:
        return f"dashboards/{self.stem}.yaml"

    def chart_stems(self) -> list[str]:
        """The charts in reading order."""
        return [stem for tab in self.tabs for row in tab.rows if isinstance(row, ChartRow) for stem in row.charts]


@dataclass(frozen=True)
class Assets:
    """All files. Charts and data sets by stem; `database` as Superset's own format has it."""

    database: Mapping[str, Any]
    datasets: Mapping[str, Dataset]
    charts: Mapping[str, Chart]
    dashboards: Mapping[str, Dashboard]
    colors: Mapping[str, str]
    defaults: Defaults

    def managed(self) -> list[Dataset | Chart | Dashboard]:
        """Everything that the files answer for, but the database."""
        return [*self.datasets.values(), *self.charts.values(), *self.dashboards.values()]


def read_assets(folder: Path = ASSETS) -> Assets:
    """Read and check every file.

    Raises:
        AssetsError: with everything that is wrong, not only the first.
    """
    reading = _Reading(folder)
    assets = reading.run()
    problems = [*reading.problems, *check(assets)]
    if problems:
        raise AssetsError(problems)
    return assets


_KEYS = {
    "dataset": ({"description", "uuid", "columns", "metrics"}, {"time"}),
    "column": ({"label", "type"}, {"is_dttm", "expression", "description"}),
    "metric": ({"label", "expression"}, {"format", "description"}),
    "chart": ({"name", "description", "uuid", "dataset", "viz_type", "params"}, set()),
    "dashboard": ({"title", "slug", "description", "uuid", "filters", "tabs"}, set()),
    "tab": ({"title", "rows"}, set()),
    "note row": ({"note", "height"}, set()),
    "chart row": ({"charts", "height"}, set()),
}
"""The keys of each part: those that must be there, those that may."""


@dataclass
class _Reading:
    folder: Path
    problems: list[str] = field(default_factory=list)

    def run(self) -> Assets:
        defaults = Defaults.load(self.folder)
        return Assets(
            database=self._yaml(self.folder / "databases" / "warehouse.yaml"),
            datasets=self._stems("datasets", self._dataset),
            charts=self._stems("charts", self._chart),
            dashboards=self._stems("dashboards", self._dashboard),
            colors={str(label): color for label, color in self._colors()},
            defaults=defaults,
        )

    def _colors(self) -> Iterable[tuple[object, str]]:
        for section in self._yaml(self.folder / "colors.yaml").values():
            yield from section.items()

    def _yaml(self, file: Path) -> Any:
        try:
            return yaml.load(file.read_text("utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
        except (OSError, yaml.YAMLError) as error:
            self.problems.append(f"{file.relative_to(self.folder)}: {' '.join(str(error).split())}")
            return {}

    def _stems(self, part: str, read: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file in sorted((self.folder / part).rglob("*.yaml")):
            place = str(file.relative_to(self.folder))
            content = self._yaml(file)
            if not content:
                continue
            if file.stem in found:
                self.problems.append(f"{place}: {found[file.stem].path} has the same stem; stems are unique.")
                continue
            thing = read(file, place, content)
            if thing is not None:
                found[file.stem] = thing
        return found

    def _has_keys(self, kind: str, place: str, content: Any) -> bool:
        needed, allowed = _KEYS[kind]
        if not isinstance(content, Mapping):
            self.problems.append(f"{place}: a {kind} is a mapping, not {content!r}.")
            return False
        missing, unknown = needed - set(content), set(content) - needed - allowed
        if missing:
            self.problems.append(f"{place}: {', '.join(sorted(missing))} missing in the {kind}.")
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            self.problems.append(f"{place}: {names} unknown in a {kind}; it has {', '.join(sorted(needed | allowed))}.")
        return not missing and not unknown

    def _dataset(self, file: Path, place: str, content: Any) -> Dataset | None:
        if not self._has_keys("dataset", place, content):
            return None
        columns = {
            name: Column(name=name, **column)
            for name, column in (content["columns"] or {}).items()
            if self._has_keys("column", f"{place}, column {name}", column)
        }
        metrics = {
            key: Metric(key=key, **metric)
            for key, metric in (content["metrics"] or {}).items()
            if self._has_keys("metric", f"{place}, metric {key}", metric)
        }
        return Dataset(file.stem, content["description"], str(content["uuid"]), content.get("time"), columns, metrics)

    def _chart(self, file: Path, place: str, content: Any) -> Chart | None:
        if not self._has_keys("chart", place, content):
            return None
        return Chart(stem=file.stem, folder=file.parent.name, **{**content, "params": content["params"] or {}})

    def _dashboard(self, file: Path, place: str, content: Any) -> Dashboard | None:
        if not self._has_keys("dashboard", place, content):
            return None
        tabs = []
        for number, tab in enumerate(content["tabs"], 1):
            where = f"{place}, tab {tab.get('title', number) if isinstance(tab, Mapping) else number}"
            if self._has_keys("tab", where, tab):
                rows = [self._row(f"{where}, row {position}", row) for position, row in enumerate(tab["rows"], 1)]
                tabs.append(Tab(tab["title"], tuple(row for row in rows if row is not None)))
        return Dashboard(
            stem=file.stem,
            title=content["title"],
            slug=content["slug"],
            description=content["description"],
            uuid=str(content["uuid"]),
            filters=tuple(content["filters"]),
            tabs=tuple(tabs),
        )

    def _row(self, where: str, row: Any) -> NoteRow | ChartRow | None:
        is_note = isinstance(row, Mapping) and "note" in row
        if not self._has_keys("note row" if is_note else "chart row", where, row):
            return None
        return NoteRow(str(row["note"]).rstrip("\n"), row["height"]) if is_note else ChartRow(**row)


class _StrictLoader(yaml.CSafeLoader):  # type: ignore[misc]
    """YAML that refuses a key said twice, of which the last would win silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        twice = [key for key, count in Counter(key.value for key, _ in node.value).items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def check(assets: Assets) -> Iterable[str]:
    """Everything that is wrong between the files, each sentence beginning with the file."""
    uuids: dict[str, str] = {}
    for thing in assets.managed():
        if thing.uuid in uuids:
            yield f"{thing.path}: {uuids[thing.uuid]} has the same uuid."
        uuids[thing.uuid] = thing.path
    for dataset in assets.datasets.values():
        yield from _check_dataset(dataset)
    for chart in assets.charts.values():
        yield from _check_chart(chart, assets)
    for dashboard in assets.dashboards.values():
        yield from _check_dashboard(dashboard, assets)
    for label, color in assets.colors.items():
        if not isinstance(color, str) or len(color) != 7 or not color.startswith("#"):
            yield f"colors.yaml: {label} has {color!r}, not a colour like '#1a5adf'."


def _check_dataset(dataset: Dataset) -> Iterable[str]:
    if dataset.time is not None and dataset.time not in dataset.columns:
        yield f"{dataset.path}: time names {dataset.time}, which is no column of it."
    elif dataset.time is not None and not dataset.columns[dataset.time].is_dttm:
        yield f"{dataset.path}: time names {dataset.time}, which is not is_dttm."
    for key in set(dataset.metrics) & set(dataset.columns):
        yield f"{dataset.path}: {key} is a column and a metric; name the metric otherwise."
    labels = {column.name: column.label for column in dataset.columns.values()}
    labels |= {metric.key: metric.label for metric in dataset.metrics.values()}
    for name, label in labels.items():
        if not label or (label == name and "_" in name):
            yield f"{dataset.path}: {name} has no label in words."


def _check_chart(chart: Chart, assets: Assets) -> Iterable[str]:
    if chart.viz_type not in assets.defaults.params:
        known = ", ".join(sorted(assets.defaults.params))
        yield f"{chart.path}: viz_type {chart.viz_type} is not known here; known are {known}."
    dataset = assets.datasets.get(chart.dataset)
    if dataset is None:
        yield f"{chart.path}: there is no data set {chart.dataset}."
        return
    for metric in metric_references(chart.params):
        if metric not in dataset.metrics:
            yield f"{chart.path}: {metric} is no metric of data set {chart.dataset}."
    for column in column_references(chart.params):
        if column not in dataset.columns:
            yield f"{chart.path}: {column} is no column of data set {chart.dataset}."


def _check_dashboard(dashboard: Dashboard, assets: Assets) -> Iterable[str]:
    for name in dashboard.filters:
        if name not in STANDARD_FILTERS:
            yield f"{dashboard.path}: there is no filter {name}; there are {', '.join(STANDARD_FILTERS)}."
        elif (
            "column" in assets.defaults.filters[name] and assets.defaults.filters[name]["column"] not in assets.datasets
        ):
            yield f"{dashboard.path}: filter {name} lists its values from a data set of that name, which is missing."
    titles = [tab.title for tab in dashboard.tabs]
    if len(set(titles)) != len(titles) or not titles:
        yield f"{dashboard.path}: it needs tabs, each with a title of its own."
    for stem, count in Counter(dashboard.chart_stems()).items():
        if stem not in assets.charts:
            yield f"{dashboard.path}: there is no chart {stem}."
        if count > 1:
            yield f"{dashboard.path}: chart {stem} is there {count} times."
    for tab in dashboard.tabs:
        for position, row in enumerate(tab.rows, 1):
            if isinstance(row, ChartRow) and sum(row.charts.values()) != GRID_WIDTH:
                width = sum(row.charts.values())
                yield f"{dashboard.path}, tab {tab.title}, row {position}: the widths make {width}, not {GRID_WIDTH}."
