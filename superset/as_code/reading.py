"""The dashboards' files to values: every mistake in one list, each with its file and place."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from as_code.assets import Assets, AssetsError, Chart, ChartRow, Column, Dashboard, Dataset, Metric, NoteRow, Tab
from as_code.checking import check
from as_code.defaults import Defaults

ASSETS = Path(os.environ.get("LEO_ASSETS") or Path(__file__).resolve().parent.parent / "assets")
"""LEO_ASSETS names another folder, to try files out."""


def read_assets(folder: Path = ASSETS) -> Assets:
    """Read and check every file.

    Raises:
        AssetsError: with everything that is wrong, not only the first.
    """
    reading = _Reading(folder)
    assets = reading.run()
    problems = [*reading.problems, *check(assets)]
    if problems:
        raise AssetsError(problems)
    return assets


_KEYS = {
    "dataset": ({"description", "uuid", "columns", "metrics"}, {"time"}),
    "column": ({"label", "type"}, {"is_dttm", "expression", "description"}),
    "metric": ({"label", "expression"}, {"format", "description"}),
    "chart": ({"name", "description", "uuid", "dataset", "viz_type", "params"}, set()),
    "dashboard": ({"title", "slug", "description", "uuid", "filters", "tabs"}, set()),
    "tab": ({"title", "rows"}, set()),
    "note row": ({"note", "height"}, set()),
    "chart row": ({"charts", "height"}, set()),
}
"""The keys of each part: those that must be there, those that may."""


@dataclass
class _Reading:
    """One pass over the files: `problems` holds what was wrong with those read so far."""

    folder: Path
    problems: list[str] = field(default_factory=list)

    def run(self) -> Assets:
        return Assets(
            database=self._yaml(self.folder / "databases" / "warehouse.yaml"),
            datasets=self._stems("datasets", self._dataset),
            charts=self._stems("charts", self._chart),
            dashboards=self._stems("dashboards", self._dashboard),
            colors={str(label): color for label, color in self._colors()},
            defaults=Defaults.load(self.folder),
        )

    def _colors(self) -> Iterable[tuple[object, str]]:
        for section in self._yaml(self.folder / "colors.yaml").values():
            yield from section.items()

    def _yaml(self, file: Path) -> Any:
        try:
            return yaml.load(file.read_text("utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
        except (OSError, yaml.YAMLError) as error:
            self.problems.append(f"{file.relative_to(self.folder)}: {' '.join(str(error).split())}")
            return {}

    def _stems(self, part: str, read: Callable[[Path, str, Any], Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file in sorted((self.folder / part).rglob("*.yaml")):
            place = str(file.relative_to(self.folder))
            content = self._yaml(file)
            if not content:
                continue
            if file.stem in found:
                self.problems.append(f"{place}: {found[file.stem].path} has the same stem; stems are unique.")
                continue
            thing = read(file, place, content)
            if thing is not None:
                found[file.stem] = thing
        return found

    def _has_keys(self, kind: str, place: str, content: Any) -> bool:
        needed, allowed = _KEYS[kind]
        if not isinstance(content, Mapping):
            self.problems.append(f"{place}: a {kind} is a mapping, not {content!r}.")
            return False
        missing, unknown = needed - set(content), set(content) - needed - allowed
        if missing:
            self.problems.append(f"{place}: {', '.join(sorted(missing))} missing in the {kind}.")
        if unknown:
            names = ", ".join(sorted(map(str, unknown)))
            self.problems.append(f"{place}: {names} unknown in a {kind}; it has {', '.join(sorted(needed | allowed))}.")
        return not missing and not unknown

    def _dataset(self, file: Path, place: str, content: Any) -> Dataset | None:
        if not self._has_keys("dataset", place, content):
            return None
        columns = {
            name: Column(name=name, **column)
            for name, column in (content["columns"] or {}).items()
            if self._has_keys("column", f"{place}, column {name}", column)
        }
        metrics = {
            key: Metric(key=key, **metric)
            for key, metric in (content["metrics"] or {}).items()
            if self._has_keys("metric", f"{place}, metric {key}", metric)
        }
        return Dataset(file.stem, content["description"], str(content["uuid"]), content.get("time"), columns, metrics)

    def _chart(self, file: Path, place: str, content: Any) -> Chart | None:
        if not self._has_keys("chart", place, content):
            return None
        return Chart(stem=file.stem, folder=file.parent.name, **{**content, "params": content["params"] or {}})

    def _dashboard(self, file: Path, place: str, content: Any) -> Dashboard | None:
        if not self._has_keys("dashboard", place, content):
            return None
        tabs = []
        for number, tab in enumerate(content["tabs"], 1):
            where = f"{place}, tab {tab.get('title', number) if isinstance(tab, Mapping) else number}"
            if self._has_keys("tab", where, tab):
                rows = [self._row(f"{where}, row {position}", row) for position, row in enumerate(tab["rows"], 1)]
                tabs.append(Tab(tab["title"], tuple(row for row in rows if row is not None)))
        return Dashboard(
            stem=file.stem,
            title=content["title"],
            slug=content["slug"],
            description=content["description"],
            uuid=str(content["uuid"]),
            filters=tuple(content["filters"]),
            tabs=tuple(tabs),
        )

    def _row(self, where: str, row: Any) -> NoteRow | ChartRow | None:
        is_note = isinstance(row, Mapping) and "note" in row
        if not self._has_keys("note row" if is_note else "chart row", where, row):
            return None
        return NoteRow(str(row["note"]).rstrip("\n"), row["height"]) if is_note else ChartRow(**row)


class _StrictLoader(yaml.CSafeLoader):  # type: ignore[misc]
    """YAML that refuses a key said twice, of which the last would win silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        twice = [key for key, count in Counter(key.value for key, _ in node.value).items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)
