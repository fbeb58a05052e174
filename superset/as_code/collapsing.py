"""What Superset holds, back to what the files say: defaults left out, params in the alphabet's order."""

import json
from collections.abc import Mapping
from typing import Any

from as_code.assets import Assets, AssetsError, Chart, Column, Dashboard, Dataset, Metric
from as_code.defaults import FILTER_DEFAULTS, OPERATOR_IDS, Defaults
from as_code.expanding import metadata, period_filter
from as_code.layout import tabs
from as_code.references import metric_references

Content = dict[str, Any]

NOT_SAID = {
    "annotation_layers",
    "dashboards",
    "datasource",
    "extra_form_data",
    "slice_id",
    "temporal_columns_lookup",
    "url_params",
    "viz_type",
}
"""Params that Superset's editor saves and that say nothing about the chart."""
IGNORED_METADATA = {
    "chart_configuration",
    "color_namespace",
    "color_scheme_domain",
    "filter_scopes",
    "global_chart_configuration",
    "map_label_colors",
    "shared_label_colors",
}
"""Metadata that Superset's frontend works out anew when a dashboard is opened."""
EMPTY: tuple[object, ...] = (None, "", [], {})


def collapse_dataset(stored: Mapping[str, Any], stem: str) -> Dataset:
    """A data set from what Superset exports."""
    return Dataset(
        stem=stem,
        description=stored["description"] or "",
        uuid=str(stored["uuid"]),
        time=stored["main_dttm_col"],
        columns={
            column["column_name"]: Column(
                name=column["column_name"],
                label=column["verbose_name"] or "",
                type=column["type"],
                is_dttm=bool(column["is_dttm"]),
                expression=column["expression"] or None,
                description=column["description"] or None,
            )
            for column in stored["columns"]
        },
        metrics={
            metric["metric_name"]: Metric(
                key=metric["metric_name"],
                label=metric["verbose_name"] or "",
                expression=metric["expression"],
                format=metric["d3format"] or None,
                description=metric["description"] or None,
            )
            for metric in stored["metrics"]
        },
    )


def collapse_chart(stored: Mapping[str, Any], stem: str, folder: str, dataset: Dataset, defaults: Defaults) -> Chart:
    """A chart from what Superset exports; `dataset` is the one that it names by uuid."""
    return Chart(
        stem=stem,
        folder=folder,
        name=stored["slice_name"],
        description=stored["description"] or "",
        uuid=str(stored["uuid"]),
        dataset=dataset.stem,
        viz_type=stored["viz_type"],
        params=collapse_params(stored["params"], stored["viz_type"], dataset, defaults),
    )


def collapse_params(params: Mapping[str, Any], viz_type: str, dataset: Dataset, defaults: Defaults) -> Content:
    """The params less what defaults.yaml says, in the alphabet's order."""
    formats = [dataset.metrics[name].format for name in metric_references(params) if name in dataset.metrics]
    standard, editor = defaults.params_of(viz_type, formats), defaults.editor.get(viz_type, {})
    said: Content = {}
    for key in sorted(set(params) | set(standard)):
        value = params.get(key)
        if key in NOT_SAID or (key.startswith("matrixify_") and not params.get("matrixify_enable")):
            continue
        if key not in params and standard[key] is not None:
            continue  # a default that the stored chart does not name is the default
        if key not in standard and value == editor.get(key):
            continue
        if key == "adhoc_filters":
            value = [_filter(f) for f in value or [] if not _is_period(f, dataset)]
        if key == "order_by_cols":
            value = [json.loads(order) for order in value or []]
        if value != standard.get(key) and not (key not in standard and value in EMPTY):
            said[key] = value
    return said


def _is_period(stored: Mapping[str, Any], dataset: Dataset) -> bool:
    return dataset.time is not None and _filter(stored) == _filter(period_filter(dataset.time))


def _filter(stored: Mapping[str, Any]) -> Content:
    compact = {key: stored[key] for key in ("subject", "operator", "comparator", "sqlExpression") if key in stored}
    if stored["expressionType"] == "SQL":
        compact = {"sqlExpression": stored["sqlExpression"]}
    elif compact.get("sqlExpression") is None:
        compact.pop("sqlExpression", None)
    if stored.get("operator") in ("IS NULL", "IS NOT NULL"):
        compact.pop("comparator", None)
    if stored.get("clause", "WHERE") != FILTER_DEFAULTS["clause"]:
        compact["clause"] = stored["clause"]
    operator_id = stored.get("operatorId")
    if operator_id is not None and operator_id != OPERATOR_IDS.get(stored.get("operator", "")):
        compact["operatorId"] = operator_id
    return compact


def collapse_dashboard(stored: Mapping[str, Any], stem: str, assets: Assets) -> Dashboard:
    """A dashboard from what Superset exports.

    Raises:
        AssetsError: it holds something that the files have no words for, named with its place.
    """
    title = stored["dashboard_title"]
    stems = {chart.uuid: chart.stem for chart in assets.charts.values()}
    names = {said["id"]: name for name, said in assets.defaults.filters.items()}
    filters = []
    for found in stored["metadata"].get("native_filter_configuration", []):
        if found["id"] not in names:
            raise AssetsError([f"Dashboard {title}: the files know no filter {found.get('name')}."])
        filters.append(names[found["id"]])
    dashboard = Dashboard(
        stem=stem,
        title=title,
        slug=stored["slug"] or "",
        description=stored["description"] or "",
        uuid=str(stored["uuid"]),
        filters=tuple(filters),
        tabs=tabs(title, stored["position"], stems),
    )
    _check_metadata(dashboard, stored["metadata"], assets)
    return dashboard


def _check_metadata(dashboard: Dashboard, stored: Mapping[str, Any], assets: Assets) -> None:
    made = metadata(dashboard, assets)
    for key in sorted(set(made) | set(stored)):
        if key in IGNORED_METADATA:
            continue
        if stored.get(key, made.get(key)) != made.get(key) and stored.get(key) not in EMPTY:
            where = (
                "differs from colors.yaml; change it there" if key == "label_colors" else "cannot be said in the files"
            )
            raise AssetsError([f"Dashboard {dashboard.title}: {key}, as it is in Superset, {where}."])
