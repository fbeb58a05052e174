"""The text of each file that the import reads and the export writes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from as_code.assets import Assets
from as_code.collapsing import chart_content, collapse_params, dashboard_content, dataset_content
from as_code.expanding import expand_params
from as_code.writing import to_yaml

PARTS = ("datasets", "charts", "dashboards")


def in_one_form(assets: Assets) -> dict[str, str]:
    """The text of every file by its path, params less what defaults.yaml says."""
    texts = {dataset.path: to_yaml(dataset_content(dataset)) for dataset in assets.datasets.values()}
    for chart in assets.charts.values():
        dataset = assets.datasets[chart.dataset]
        params = collapse_params(expand_params(chart, assets), chart.viz_type, dataset, assets.defaults)
        texts[chart.path] = to_yaml(chart_content(replace(chart, params=params)))
    for dashboard in assets.dashboards.values():
        texts[dashboard.path] = to_yaml(dashboard_content(dashboard))
    return texts


def changed_files(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """The paths whose files are missing or differ from the text wanted."""
    return [
        path
        for path, text in wanted.items()
        if not (folder / path).exists() or (folder / path).read_text("utf-8") != text
    ]
