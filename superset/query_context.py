"""The query behind a chart, as Superset's own frontend would ask it.

Superset fills `query_context` only when somebody saves a chart in the browser; charts that come from files need theirs
made, or chart data by GET and CSV reports answer 400.
"""

import json
from typing import Any

BASE_AXIS = "BASE_AXIS"


def query_context(chart: dict[str, Any], dataset_id: int) -> str:
    """The JSON of the query context for a chart's params.

    Args:
        chart: the chart's YAML: `viz_type` and `params` are read.
        dataset_id: Superset's id of the data set.

    Raises:
        ValueError: the chart is of a type that none of our dashboards uses.
    """
    params = {**chart["params"], "datasource": f"{dataset_id}__table", "viz_type": chart["viz_type"]}
    return json.dumps(
        {
            "datasource": {"id": dataset_id, "type": "table"},
            "force": False,
            "queries": [_query(chart["viz_type"], params)],
            "form_data": params,
            "result_format": "json",
            "result_type": "full",
        }
    )


def _query(viz_type: str, params: dict[str, Any]) -> dict[str, Any]:
    simple = [f for f in params.get("adhoc_filters", []) if f["expressionType"] == "SIMPLE"]
    where = " AND ".join(f"({f['sqlExpression']})" for f in params.get("adhoc_filters", []) if f not in simple)
    query: dict[str, Any] = {
        "filters": [{"col": f["subject"], "op": f["operator"], "val": f["comparator"]} for f in simple],
        "extras": {"having": "", "where": where},
        "annotation_layers": [],
        "row_limit": params.get("row_limit", 1000),
        "series_limit": 0,
        "order_desc": True,
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    match viz_type:
        case "big_number_total":
            return {**query, "columns": [], "metrics": [params["metric"]]}
        case "table":
            order = [json.loads(column) for column in params.get("order_by_cols", [])]
            return {**query, "columns": params["all_columns"], "orderby": order, "post_processing": []}
        case "echarts_timeseries_bar" | "echarts_timeseries_line":
            return {**query, **_over_axis(params)}
    raise ValueError(f"No query context is known for charts of type {viz_type}.")


def _over_axis(params: dict[str, Any]) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "columnType": BASE_AXIS,
        "sqlExpression": params["x_axis"],
        "label": params["x_axis"],
        "expressionType": "SQL",
    }
    if params.get("time_grain_sqla"):
        axis["timeGrain"] = params["time_grain_sqla"]
    metrics = params["metrics"]
    return {
        "columns": [axis, *params["groupby"]],
        "metrics": metrics,
        "series_columns": params["groupby"],
        "orderby": [[metrics[0], False]],
        "post_processing": [
            {
                "operation": "pivot",
                "options": {
                    "index": [params["x_axis"]],
                    "columns": params["groupby"],
                    "aggregates": {metric: {"operator": "mean"} for metric in metrics},
                    "drop_missing_columns": False,
                },
            },
            {"operation": "flatten"},
        ],
    }
