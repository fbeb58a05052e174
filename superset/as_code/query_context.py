"""The query behind a chart, as Superset's own frontend would ask it.

Superset fills `query_context` only when somebody saves a chart in the browser; charts that come from files need theirs
made, or chart data by GET and CSV reports answer 400. Each function here follows the `buildQuery` of the plugin of its
type in Superset 6.1; tests/superset/test_query_context.py holds them against what the frontend saved.
"""

import json
from collections.abc import Mapping
from typing import Any

Params = Mapping[str, Any]
Query = dict[str, Any]


def query_context(params: Params) -> dict[str, Any]:
    """The query context for a chart's params; the data set's id is put in by Superset's import.

    Args:
        params: the whole params, `viz_type` among them.

    Raises:
        ValueError: the chart is of a type that none of our dashboards uses.
    """
    build = BUILDERS.get(params["viz_type"])
    if build is None:
        raise ValueError(f"No query context is known for charts of type {params['viz_type']}.")
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": build(params),
        "form_data": dict(params),
        "result_format": "json",
        "result_type": "full",
    }


def _base(params: Params) -> Query:
    """What the queries of all types share."""
    simple = [f for f in params["adhoc_filters"] if f["expressionType"] == "SIMPLE"]
    free = [f["sqlExpression"] for f in params["adhoc_filters"] if f["expressionType"] == "SQL"]
    extras: dict[str, Any] = {"having": "", "where": " AND ".join(f"({expression})" for expression in free)}
    if params.get("time_grain_sqla"):
        extras = {"time_grain_sqla": params["time_grain_sqla"], **extras}
    query: Query = {
        "filters": [_clause(f) for f in simple],
        "extras": extras,
        "applied_time_extras": {},
        "columns": [],
        "metrics": [],
        "annotation_layers": [],
        "row_limit": params.get("row_limit"),
        "series_limit": params.get("series_limit") or params.get("limit") or 0,
        "series_limit_metric": params.get("series_limit_metric") or params.get("timeseries_limit_metric"),
        "group_others_when_limit_reached": params.get("group_others_when_limit_reached", False),
        "order_desc": params.get("order_desc", True),
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    return {key: value for key, value in query.items() if value is not None}


def _clause(simple: Mapping[str, Any]) -> dict[str, Any]:
    clause = {"col": simple["subject"], "op": simple["operator"]}
    if simple["operator"] not in ("IS NULL", "IS NOT NULL"):
        clause["val"] = simple["comparator"]
    return clause


def _each_once(params: Params, *keys: str) -> list[Any]:
    """The metrics or columns under these keys, each once, in their order."""
    found: list[Any] = []
    for key in keys:
        value = params.get(key)
        for one in value if isinstance(value, list) else [value]:
            if one is not None and one not in found:
                found.append(one)
    return found


def label_of(metric: object) -> str:
    """The label under which a metric's values are in the answer."""
    return str(metric["label"]) if isinstance(metric, Mapping) else str(metric)


def _axis(params: Params) -> dict[str, Any]:
    """The column of the x axis; a grain turns days into weeks or months."""
    axis: dict[str, Any] = {
        "columnType": "BASE_AXIS",
        "sqlExpression": params["x_axis"],
        "label": params["x_axis"],
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    return {"timeGrain": params["time_grain_sqla"], **axis} if params.get("time_grain_sqla") else axis


def _by_grain(params: Params, columns: list[Any]) -> list[Any]:
    """The columns of a table, days by weeks or months where a grain is said."""
    grain, temporal = params.get("time_grain_sqla"), params.get("temporal_columns_lookup") or {}
    axis = {"timeGrain": grain, "columnType": "BASE_AXIS", "expressionType": "SQL"}
    return [
        {**axis, "sqlExpression": column, "label": column} if grain and temporal.get(column) else column
        for column in columns
        if isinstance(column, str)
    ] + [column for column in columns if not isinstance(column, str)]


def _order(params: Params, metrics: list[Any]) -> list[list[Any]]:
    """By the sort metric, else by the first metric."""
    first = _each_once(params, "series_limit_metric", "timeseries_limit_metric") or metrics
    return [[first[0], not params.get("order_desc", True)]] if first else []


def _big_number_total(params: Params) -> list[Query]:
    return [{**_base(params), "metrics": [params["metric"]]}]


def _big_number(params: Params) -> list[Query]:
    metric = params["metric"]
    return [
        {
            **_base(params),
            "columns": [_axis(params)],
            "metrics": [metric],
            "post_processing": [
                {
                    "operation": "pivot",
                    "options": {
                        "index": [params["x_axis"]],
                        "columns": [],
                        "aggregates": {label_of(metric): {"operator": "mean"}},
                        "drop_missing_columns": True,
                    },
                },
                {"operation": "flatten"},
            ],
        }
    ]


def _table(params: Params) -> list[Query]:
    query = {**_base(params), "post_processing": [], "time_offsets": []}
    if params["query_mode"] == "raw":
        order = [json.loads(column) for column in params.get("order_by_cols", [])]
        query.pop("metrics")
        return [{**query, "columns": params["all_columns"], "orderby": order}]
    metrics = _each_once(params, "metrics")
    shares = _each_once(params, "percent_metrics")
    if shares:
        labels = [label_of(share) for share in shares]
        renamed = [f"%{label}" for label in labels]
        options = {"columns": labels, "rename_columns": renamed}
        query["post_processing"] = [{"operation": "contribution", "options": options}]
    query |= {
        "columns": sorted(_by_grain(params, params.get("groupby") or []), key=lambda column: isinstance(column, str)),
        "orderby": _order(params, metrics),
        "metrics": _each_once(params, "metrics", "percent_metrics"),
    }
    if not params.get("show_totals"):
        return [query]
    totals = {**query, "columns": [], "row_limit": 0, "row_offset": 0, "post_processing": []}
    return [query, {key: value for key, value in totals.items() if key not in ("order_desc", "orderby")}]


def _pivot_table(params: Params) -> list[Query]:
    metrics = _each_once(params, "metrics")
    columns = _by_grain(params, _each_once(params, "groupbyColumns", "groupbyRows"))
    return [{**_base(params), "columns": columns, "metrics": metrics, "orderby": _order(params, metrics)}]


def _over_axis(params: Params) -> list[Query]:
    metrics = _each_once(params, "metrics")
    series = params["groupby"]
    pivot = {
        "index": [params["x_axis"]],
        "columns": series,
        "aggregates": {label_of(metric): {"operator": "mean"} for metric in metrics},
        "drop_missing_columns": not params.get("show_empty_columns"),
    }
    processing: list[dict[str, Any]] = [{"operation": "pivot", "options": pivot}, *_rolling(params, metrics)]
    if params.get("truncate_metric") and len(metrics) == 1 and series:
        renamed = {"columns": {label_of(metrics[0]): None}, "level": 0, "inplace": True}
        processing.append({"operation": "rename", "options": renamed})
    if params.get("contributionMode"):
        contribution = {"orientation": params["contributionMode"], "time_shifts": []}
        processing.append({"operation": "contribution", "options": contribution})
    processing += _sorted_by(params, metrics)
    processing.append({"operation": "flatten"})
    return [
        {
            **_base(params),
            "columns": [_axis(params), *series],
            "metrics": metrics,
            "series_columns": series,
            "orderby": _order(params, metrics),
            "time_offsets": [],
            "post_processing": processing,
        }
    ]


def _rolling(params: Params, metrics: list[Any]) -> list[dict[str, Any]]:
    """Running totals, or a mean or sum over the last periods."""
    columns = {label_of(metric): label_of(metric) for metric in metrics}
    kind = params.get("rolling_type")
    if kind == "cumsum":
        return [{"operation": "cum", "options": {"operator": "sum", "columns": columns}}]
    if kind in ("sum", "mean", "std"):
        options = {
            "rolling_type": kind,
            "window": params.get("rolling_periods") or 1,
            "min_periods": params.get("min_periods") or 0,
            "columns": columns,
        }
        return [{"operation": "rolling", "options": options}]
    return []


def _sorted_by(params: Params, metrics: list[Any]) -> list[dict[str, Any]]:
    """The order of the axis; where there are series the frontend orders it itself."""
    by = params.get("x_axis_sort")
    if params["groupby"] or by not in [params["x_axis"], *map(label_of, metrics)]:
        return []
    how = {"is_sort_index": True} if by == params["x_axis"] else {"by": by}
    return [{"operation": "sort", "options": {**how, "ascending": params["x_axis_sort_asc"]}}]


def _by_size(params: Params) -> list[Query]:
    """Funnel: one metric by columns."""
    query = {**_base(params), "columns": params["groupby"], "metrics": [params["metric"]]}
    if params.get("sort_by_metric"):
        query["orderby"] = [[params["metric"], False]]
    return [query]


def _pie(params: Params) -> list[Query]:
    (query,) = _by_size(params)
    label = label_of(params["metric"])
    share = {"columns": [label], "rename_columns": [f"{label}__contribution"]}
    return [{**query, "post_processing": [{"operation": "contribution", "options": share}]}]


def _treemap(params: Params) -> list[Query]:
    (query,) = _by_size({**params, "sort_by_metric": False})
    return [{**query, "orderby": [[column, True] for column in params["groupby"]]}]


def _series(params: Params) -> list[Any]:
    """The columns of `groupby`, which some types have as one column without a list."""
    return params["groupby"] if isinstance(params["groupby"], list) else [params["groupby"]]


HEATMAP_ORDERS = {"alpha_asc": True, "alpha_desc": False, "value_asc": True, "value_desc": False}


def _heatmap(params: Params) -> list[Query]:
    metric, axes = params["metric"], {"x": params["x_axis"], "y": _series(params)[0]}
    orders = []
    for axis, column in axes.items():
        if order := params.get(f"sort_{axis}_axis"):
            by = metric if order.startswith("value") else column
            orders.append([by, HEATMAP_ORDERS[order]])
    ranked = {"metric": label_of(metric)}
    if params["normalize_across"] in axes:
        ranked["group_by"] = axes[params["normalize_across"]]
    return [
        {
            **_base(params),
            "columns": [_axis(params), *_series(params)],
            "metrics": [metric],
            "orderby": orders,
            "post_processing": [{"operation": "rank", "options": ranked}],
        }
    ]


def _waterfall(params: Params) -> list[Query]:
    series = _series(params)
    return [
        {
            **_base(params),
            "columns": [_axis(params), *series],
            "metrics": [params["metric"]],
            "orderby": [[column, True] for column in (params["x_axis"], *series)],
        }
    ]


BUILDERS = {
    "big_number": _big_number,
    "big_number_total": _big_number_total,
    "echarts_area": _over_axis,
    "echarts_timeseries_bar": _over_axis,
    "echarts_timeseries_line": _over_axis,
    "funnel": _by_size,
    "heatmap_v2": _heatmap,
    "pie": _pie,
    "pivot_table_v2": _pivot_table,
    "table": _table,
    "treemap_v2": _treemap,
    "waterfall": _waterfall,
}
"""The queries of each type of chart."""
