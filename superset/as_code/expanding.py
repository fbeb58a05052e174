"""Compact files to the files that Superset imports."""

import json
from collections.abc import Mapping
from typing import Any

from as_code.assets import Assets, Chart, Column, Dashboard, Dataset, Metric
from as_code.defaults import FILTER_DEFAULTS, OPERATOR_IDS
from as_code.layout import position
from as_code.query_context import query_context
from as_code.references import metric_references

VERSION = "1.0.0"
ORIGIN = "superset/assets/"
"""What `external_url` of whatever comes from the files begins with; the rest is the file. Nothing in Superset's UI
shows or changes it, unlike `is_managed_externally`, which takes the edit buttons away."""


GROUPED_BY_GRAIN = ("pivot_table_v2", "table")
"""The types that show days by a grain without an axis: they must know which columns are times."""


def expand(assets: Assets) -> dict[str, dict[str, Any]]:
    """The content of each file of Superset's own bundle by its path."""
    things: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/warehouse.yaml": dict(assets.database),
    }
    for dataset in assets.datasets.values():
        things[dataset.path] = expand_dataset(dataset, assets)
    for chart in assets.charts.values():
        things[chart.path] = expand_chart(chart, assets)
    for dashboard in assets.dashboards.values():
        things[dashboard.path] = expand_dashboard(dashboard, assets)
    for path, thing in things.items():
        thing["version"] = VERSION
        if path.startswith(("datasets/", "charts/", "dashboards/")):
            thing |= {"is_managed_externally": False, "external_url": ORIGIN + path}
    return things


def expand_dataset(dataset: Dataset, assets: Assets) -> dict[str, Any]:
    """A data set in Superset's words."""
    defaults = assets.defaults
    return {
        **defaults.dataset,
        "table_name": dataset.stem,
        "main_dttm_col": dataset.time,
        "description": dataset.description,
        "uuid": dataset.uuid,
        "metrics": [_metric(metric, defaults.metric) for metric in dataset.metrics.values()],
        "columns": [_column(column, defaults.column) for column in dataset.columns.values()],
        "database_uuid": assets.database["uuid"],
    }


def _column(column: Column, defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **defaults,
        "column_name": column.name,
        "verbose_name": column.label,
        "type": column.type,
        "is_dttm": column.is_dttm,
        "expression": column.expression,
        "description": column.description,
    }


def _metric(metric: Metric, defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **defaults,
        "metric_name": metric.key,
        "verbose_name": metric.label,
        "expression": metric.expression,
        "d3format": metric.format,
        "description": metric.description,
    }


def expand_chart(chart: Chart, assets: Assets) -> dict[str, Any]:
    """A chart in Superset's words, the query behind it included."""
    params = expand_params(chart, assets)
    return {
        **assets.defaults.chart,
        "slice_name": chart.name,
        "description": chart.description,
        "viz_type": chart.viz_type,
        "params": params,
        "query_context": json.dumps(query_context(params)),
        "uuid": chart.uuid,
        "dataset_uuid": assets.datasets[chart.dataset].uuid,
    }


def expand_params(chart: Chart, assets: Assets) -> dict[str, Any]:
    """The params as Superset's chart editor would save them."""
    dataset = assets.datasets[chart.dataset]
    formats = [dataset.metrics[name].format for name in metric_references(chart.params)]
    params = {**assets.defaults.params_of(chart.viz_type, formats), **chart.params, "viz_type": chart.viz_type}
    params["adhoc_filters"] = [_filter(f) for f in chart.params.get("adhoc_filters", [])]
    if dataset.time is not None and not any(f.get("operator") == "TEMPORAL_RANGE" for f in params["adhoc_filters"]):
        params["adhoc_filters"].append(period_filter(dataset.time))
    if "order_by_cols" in params:
        params["order_by_cols"] = [json.dumps(order) for order in params["order_by_cols"]]
    if chart.viz_type in GROUPED_BY_GRAIN:
        params["temporal_columns_lookup"] = {column.name: True for column in dataset.columns.values() if column.is_dttm}
    return params


def period_filter(time: str) -> dict[str, Any]:
    """What the dashboard's Period filter takes hold of; Superset's editor puts it into each new chart."""
    return _filter({"subject": time, "operator": "TEMPORAL_RANGE", "comparator": "No filter"})


def _filter(compact: Mapping[str, Any]) -> dict[str, Any]:
    filled = {**FILTER_DEFAULTS, **compact}
    if "sqlExpression" in compact and "subject" not in compact:
        filled["expressionType"] = "SQL"
    elif compact.get("operator") in OPERATOR_IDS:
        filled.setdefault("operatorId", OPERATOR_IDS[compact["operator"]])
    return filled


def expand_dashboard(dashboard: Dashboard, assets: Assets) -> dict[str, Any]:
    """A dashboard in Superset's words."""
    return {
        **assets.defaults.dashboard,
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "slug": dashboard.slug,
        "uuid": dashboard.uuid,
        "position": position(dashboard, assets.charts),
        "metadata": metadata(dashboard, assets),
    }


def metadata(dashboard: Dashboard, assets: Assets) -> dict[str, Any]:
    """The filters and colours of a dashboard; the colours are those of all dashboards."""
    return {
        **assets.defaults.metadata,
        "label_colors": dict(assets.colors),
        "native_filter_configuration": [_native_filter(name, assets) for name in dashboard.filters],
    }


def _native_filter(name: str, assets: Assets) -> dict[str, Any]:
    configured = {**assets.defaults.filters[name]}
    column = configured.pop("column", None)
    if column is None:
        return {**configured, "targets": [{}]}
    # Its values are listed from the data set of its name; it holds for every data set that has such a column.
    target = {"datasetUuid": assets.datasets[column].uuid, "column": {"name": column}}
    return {**configured, "targets": [target]}
