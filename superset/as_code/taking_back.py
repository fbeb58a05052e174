"""A whole export of Superset to compact files: who keeps which file name, and what the files cannot say."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from as_code.assets import Assets, AssetsError, Chart, Dataset
from as_code.checking import check
from as_code.collapsing import EMPTY, collapse_chart, collapse_dashboard, collapse_dataset
from as_code.naming import in_letters

Stored = Mapping[str, Any]

SAID = {
    "dataset": {"table_name", "main_dttm_col", "description", "uuid", "metrics", "columns", "version", "database_uuid"},
    "column": {"column_name", "verbose_name", "type", "is_dttm", "expression", "description"},
    "metric": {"metric_name", "verbose_name", "expression", "d3format", "description"},
    "chart": {"slice_name", "description", "viz_type", "params", "query_context", "uuid", "version", "dataset_uuid"},
    "dashboard": {"dashboard_title", "description", "slug", "uuid", "position", "metadata", "version"},
}
"""What the files say of each kind of thing; all else must be as defaults.yaml has it, or empty."""


def take_back(bundle: Mapping[str, Stored], assets: Assets) -> Assets:
    """The files as they have to be for Superset to be as it is.

    Args:
        bundle: each file of Superset's own export, parsed, by its path.
        assets: the files as they are: what is there keeps its name, and its place in the order.

    Raises:
        AssetsError: Superset holds something that the files cannot say, or that they must not say.
    """
    datasets = dict(assets.datasets)
    for stored in _part(bundle, "datasets/"):
        known = _by_uuid(assets.datasets, stored)
        stem = known.stem if known else str(stored["table_name"])
        _refuse_unsaid("dataset", stem, stored, assets.defaults.dataset)
        for kind, key, name in (("column", "columns", "column_name"), ("metric", "metrics", "metric_name")):
            for part in stored[key]:
                _refuse_unsaid(kind, f"{stem}, {part[name]}", part, getattr(assets.defaults, kind))
        datasets[stem] = _in_known_order(collapse_dataset(stored, stem), known)
    boards = _part(bundle, "dashboards/")
    charts = _charts(_part(bundle, "charts/"), boards, replace(assets, datasets=datasets))
    with_charts = replace(assets, datasets=datasets, charts=charts)
    dashboards = dict(assets.dashboards)
    for stored in boards:
        known_board = _by_uuid(assets.dashboards, stored)
        stem = known_board.stem if known_board else _slug(stored["slug"] or stored["dashboard_title"])
        _refuse_unsaid("dashboard", stored["dashboard_title"], stored, assets.defaults.dashboard)
        dashboards[stem] = collapse_dashboard(stored, stem, with_charts)
    used = {stem for dashboard in dashboards.values() for stem in dashboard.chart_stems()}
    found = replace(
        with_charts,
        dashboards=dashboards,
        charts={stem: chart for stem, chart in charts.items() if stem in used},
    )
    problems = list(check(found))
    if problems:
        raise AssetsError(problems)
    return found


def _part(bundle: Mapping[str, Stored], folder: str) -> list[Stored]:
    return [stored for path, stored in sorted(bundle.items()) if path.startswith(folder)]


def _by_uuid(things: Mapping[str, Any], stored: Stored) -> Any:
    return next((thing for thing in things.values() if thing.uuid == str(stored["uuid"])), None)


def _charts(stored_charts: Iterable[Stored], boards: Iterable[Stored], assets: Assets) -> dict[str, Chart]:
    """All charts by stem; a new one is named by its title, in the folder of its dashboard."""
    folders = {
        node["meta"]["uuid"]: _folder(board, assets)
        for board in boards
        for node in board["position"].values()
        if isinstance(node, dict) and node["type"] == "CHART"
    }
    by_uuid = {dataset.uuid: dataset for dataset in assets.datasets.values()}
    charts = dict(assets.charts)
    for stored in stored_charts:
        known = _by_uuid(assets.charts, stored)
        stem = known.stem if known else _free_stem(_slug(stored["slice_name"]), charts)
        folder = known.folder if known else folders.get(str(stored["uuid"]), "")
        _refuse_unsaid("chart", stored["slice_name"], stored, assets.defaults.chart)
        dataset = by_uuid[str(stored["dataset_uuid"])]
        charts[stem] = collapse_chart(stored, stem, folder, dataset, assets.defaults)
    return charts


def _folder(board: Stored, assets: Assets) -> str:
    known = _by_uuid(assets.dashboards, board)
    return known.stem if known else _slug(board["slug"] or board["dashboard_title"])


def _slug(title: str) -> str:
    return in_letters(title, "_") or "chart"


def _free_stem(stem: str, taken: Mapping[str, object]) -> str:
    number, candidate = 1, stem
    while candidate in taken:
        number += 1
        candidate = f"{stem}_{number}"
    return candidate


def _refuse_unsaid(kind: str, name: str, stored: Stored, defaults: Stored) -> None:
    for key, value in stored.items():
        if key not in SAID[kind] and value != defaults.get(key) and value not in EMPTY:
            raise AssetsError(
                [f"{kind.capitalize()} {name}: {key} is {value!r} in Superset, which the files cannot say."]
            )


def _in_known_order(dataset: Dataset, known: Dataset | None) -> Dataset:
    """Columns and metrics in the order of the file; Superset exports them in another each time."""
    if known is None:
        return dataset
    return replace(
        dataset,
        columns=_ordered(dataset.columns, known.columns),
        metrics=_ordered(dataset.metrics, known.metrics),
    )


def _ordered(found: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    first = [name for name in known if name in found]
    return {name: found[name] for name in [*first, *sorted(set(found) - set(first))]}
