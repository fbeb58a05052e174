"""The text of each file that the import reads and the export writes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from as_code.assets import Assets, Chart, ChartRow, Column, Dashboard, Dataset, Metric, NoteRow
from as_code.collapsing import collapse_params
from as_code.expanding import expand_params
from as_code.writing import Flow, to_yaml

Content = dict[str, Any]


def in_one_form(assets: Assets) -> dict[str, str]:
    """The text of every file by its path, params less what defaults.yaml says."""
    texts = {dataset.path: to_yaml(_dataset(dataset)) for dataset in assets.datasets.values()}
    for chart in assets.charts.values():
        dataset = assets.datasets[chart.dataset]
        params = collapse_params(expand_params(chart, assets), chart.viz_type, dataset, assets.defaults)
        texts[chart.path] = to_yaml(_chart(replace(chart, params=params)))
    for dashboard in assets.dashboards.values():
        texts[dashboard.path] = to_yaml(_dashboard(dashboard))
    return texts


def changed_files(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """The paths whose files are missing or differ from the text wanted."""
    return [
        path
        for path, text in wanted.items()
        if not (folder / path).exists() or (folder / path).read_text("utf-8") != text
    ]


def _dataset(dataset: Dataset) -> Content:
    columns = {column.name: _column(column) for column in dataset.columns.values()}
    metrics = {metric.key: _metric(metric) for metric in dataset.metrics.values()}
    return {
        "description": dataset.description,
        "uuid": dataset.uuid,
        **({"time": dataset.time} if dataset.time is not None else {}),
        "columns": columns,
        "metrics": metrics,
    }


def _column(column: Column) -> Flow:
    said = Flow(label=column.label, type=column.type)
    return _with(said, is_dttm=column.is_dttm, expression=column.expression, description=column.description)


def _metric(metric: Metric) -> Flow:
    said = Flow(label=metric.label, expression=metric.expression)
    return _with(said, format=metric.format, description=metric.description)


def _with(said: Flow, **optional: bool | str | None) -> Flow:
    said.update({key: value for key, value in optional.items() if value})
    return said


def _chart(chart: Chart) -> Content:
    return {
        "name": chart.name,
        "description": chart.description,
        "uuid": chart.uuid,
        "dataset": chart.dataset,
        "viz_type": chart.viz_type,
        "params": {key: _param(value) for key, value in chart.params.items()},
    }


def _param(value: Any) -> Any:
    """A param, the mappings of a list on one line each."""
    if not isinstance(value, list):
        return value
    return [Flow(item) if isinstance(item, Mapping) else item for item in value]


def _dashboard(dashboard: Dashboard) -> Content:
    return {
        "title": dashboard.title,
        "slug": dashboard.slug,
        "description": dashboard.description,
        "uuid": dashboard.uuid,
        "filters": list(dashboard.filters),
        "tabs": [{"title": tab.title, "rows": [_row(row) for row in tab.rows]} for tab in dashboard.tabs],
    }


def _row(row: NoteRow | ChartRow) -> Content:
    if isinstance(row, NoteRow):
        return {"note": row.note + "\n", "height": row.height}
    return {"height": row.height, "charts": Flow(row.charts)}
