"""What is wrong between the dashboards' files.

A misspelt metric imports into Superset without complaint and fails when somebody looks; here it fails at once.
"""

from collections import Counter
from collections.abc import Iterable

from as_code.assets import GRID_WIDTH, Assets, Chart, ChartRow, Dashboard, Dataset
from as_code.references import column_references, metric_references


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
        standard = assets.defaults.filters.get(name)
        if standard is None:
            yield f"{dashboard.path}: there is no filter {name}; there are {', '.join(assets.defaults.filters)}."
        elif "column" in standard and standard["column"] not in assets.datasets:
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
