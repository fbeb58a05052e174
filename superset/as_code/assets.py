"""What the dashboards' files say, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from as_code.defaults import Defaults

GRID_WIDTH = 12
"""Superset's columns: the widths of a row's charts add up to it."""


class AssetsError(ValueError):
    """What is wrong with the files: `problems` holds one sentence each, beginning with the file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("The dashboards' files are not valid:\n  " + "\n  ".join(self.problems))


@dataclass(frozen=True)
class Column:
    """A column of a data set: `type` is PostgreSQL's, `expression` is SQL where it is computed by Superset."""

    name: str
    label: str
    type: str
    is_dttm: bool = False
    expression: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Metric:
    """A figure of a data set: an SQL aggregate and its d3 number format."""

    key: str
    label: str
    expression: str
    format: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Dataset:
    """One view of schema report; `time` is the column on which the Period filter works."""

    stem: str
    description: str
    uuid: str
    time: str | None
    columns: Mapping[str, Column]
    metrics: Mapping[str, Metric]

    @property
    def path(self) -> str:
        return f"datasets/{self.stem}.yaml"


@dataclass(frozen=True)
class Chart:
    """One chart; `params` are Superset's, less what defaults.yaml says for the type."""

    stem: str
    folder: str
    name: str
    description: str
    uuid: str
    dataset: str
    viz_type: str
    params: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"charts/{self.folder}/{self.stem}.yaml"


@dataclass(frozen=True)
class NoteRow:
    """Markdown over the whole width; `height` in Superset's grid units of 8 px."""

    note: str
    height: int


@dataclass(frozen=True)
class ChartRow:
    """Charts side by side: stem -> width in columns of twelve; `height` in grid units of 8 px."""

    height: int
    charts: Mapping[str, int]


@dataclass(frozen=True)
class Tab:
    """One tab of a dashboard."""

    title: str
    rows: tuple[NoteRow | ChartRow, ...]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard; `filters` names the standard native filters that it has."""

    stem: str
    title: str
    slug: str
    description: str
    uuid: str
    filters: tuple[str, ...]
    tabs: tuple[Tab, ...]

    @property
    def path(self) -> str:
        return f"dashboards/{self.stem}.yaml"

    def chart_stems(self) -> list[str]:
        """The charts in reading order."""
        return [stem for tab in self.tabs for row in tab.rows if isinstance(row, ChartRow) for stem in row.charts]


@dataclass(frozen=True)
class Assets:
    """All files. Charts and data sets by stem; `database` as Superset's own format has it."""

    database: Mapping[str, Any]
    datasets: Mapping[str, Dataset]
    charts: Mapping[str, Chart]
    dashboards: Mapping[str, Dashboard]
    colors: Mapping[str, str]
    defaults: Defaults

    def managed(self) -> list[Dataset | Chart | Dashboard]:
        """Everything that the files answer for, but the database."""
        return [*self.datasets.values(), *self.charts.values(), *self.dashboards.values()]
