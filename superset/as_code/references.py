"""Which metrics and columns of its data set a chart's params name."""

from collections.abc import Iterable, Mapping
from typing import Any

METRIC_PARAMS = (
    "metric",
    "metrics",
    "percent_metrics",
    "secondary_metric",
    "series_limit_metric",
    "timeseries_limit_metric",
)
COLUMN_PARAMS = (
    "all_columns",
    "columns",
    "granularity_sqla",
    "groupby",
    "groupbyColumns",
    "groupbyRows",
    "x_axis",
)


def metric_references(params: Mapping[str, Any]) -> list[str]:
    """The names of saved metrics; an ad-hoc metric, made in the UI, names none."""
    return [name for key in METRIC_PARAMS for name in _names(params.get(key))]


def column_references(params: Mapping[str, Any]) -> list[str]:
    """The names of columns, those in filters and in the order of raw rows among them."""
    named = [name for key in COLUMN_PARAMS for name in _names(params.get(key))]
    filtered = [
        f["subject"] for f in params.get("adhoc_filters") or [] if f.get("subject") and not f.get("sqlExpression")
    ]
    ordered = [column for column, _ in params.get("order_by_cols") or []]
    return [*named, *filtered, *ordered]


def _names(value: object) -> Iterable[str]:
    if isinstance(value, str) and value:
        return [value]
    if isinstance(value, list):
        return [name for name in value if isinstance(name, str)]
    return []
