"""What Superset wants said in each file and nobody wants to read: defaults.yaml, put in on the way to Superset and
left out on the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FORMAT_PARAM = {
    "big_number": "y_axis_format",
    "big_number_total": "y_axis_format",
    "echarts_area": "y_axis_format",
    "echarts_timeseries_bar": "y_axis_format",
    "echarts_timeseries_line": "y_axis_format",
    "funnel": "number_format",
    "heatmap_v2": "y_axis_format",
    "pie": "number_format",
    "treemap_v2": "number_format",
    "waterfall": "y_axis_format",
}
"""Where a chart of each type takes its number format from: that of its metrics, unless it says another."""

FILTER_DEFAULTS = {"clause": "WHERE", "expressionType": "SIMPLE"}
OPERATOR_IDS = {
    "==": "EQUALS",
    "!=": "NOT_EQUALS",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "IN": "IN",
    "NOT IN": "NOT_IN",
    "LIKE": "LIKE",
    "ILIKE": "ILIKE",
    "IS NULL": "IS_NULL",
    "IS NOT NULL": "IS_NOT_NULL",
    "TEMPORAL_RANGE": "TEMPORAL_RANGE",
}
"""Superset's filters say their operator twice."""


@dataclass(frozen=True)
class Defaults:
    """Superset's own fields and their values, for each kind of thing; `params` and `editor` by viz_type.

    `params` are put into each chart; `editor` is only what Superset's chart editor saves beside them.
    """

    dataset: Mapping[str, Any]
    column: Mapping[str, Any]
    metric: Mapping[str, Any]
    chart: Mapping[str, Any]
    dashboard: Mapping[str, Any]
    metadata: Mapping[str, Any]
    filters: Mapping[str, Mapping[str, Any]]
    params: Mapping[str, Mapping[str, Any]]
    editor: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, folder: Path) -> "Defaults":
        """Read defaults.yaml and editor.yaml; the params that all types share are merged into those of each."""
        content = yaml.safe_load((folder / "defaults.yaml").read_text("utf-8"))
        editor = yaml.safe_load((folder / "editor.yaml").read_text("utf-8"))
        shared = content.pop("shared_params")
        params = {viz_type: {**shared, **own} for viz_type, own in content.pop("params").items()}
        return cls(params=params, editor=editor, **content)

    def params_of(self, viz_type: str, formats: list[str | None]) -> dict[str, Any]:
        """The params of a chart that says nothing itself.

        Args:
            viz_type: Superset's name of the type.
            formats: the number formats of its metrics; one that they share becomes the chart's.
        """
        params = dict(self.params[viz_type])
        place = FORMAT_PARAM.get(viz_type)
        if place is not None and len(set(formats)) == 1 and formats[0] is not None:
            params[place] = formats[0]
        return params
