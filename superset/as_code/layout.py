"""The place of each chart: rows of a compact file to Superset's tree of nodes, and back."""

from collections.abc import Iterator, Mapping
from typing import Any

from as_code.assets import GRID_WIDTH, AssetsError, Chart, ChartRow, Dashboard, NoteRow, Tab
from as_code.naming import in_letters

ROOT, GRID, HEADER, TABS = "ROOT_ID", "GRID_ID", "HEADER_ID", "TABS-main"
PLAIN = "BACKGROUND_TRANSPARENT"


def position(dashboard: Dashboard, charts: Mapping[str, Chart]) -> dict[str, Any]:
    """Superset's `position` of a dashboard; ids follow from titles and places, so that an import changes nothing.

    Args:
        dashboard: the tabs and their rows.
        charts: every chart by stem.
    """
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        ROOT: {"type": "ROOT", "id": ROOT, "children": [TABS]},
        GRID: {"type": "GRID", "id": GRID, "children": [], "parents": [ROOT]},
        HEADER: {"type": "HEADER", "id": HEADER, "meta": {"text": dashboard.title}},
    }
    tabs = [_tab_id(tab, number) for number, tab in enumerate(dashboard.tabs, 1)]
    nodes[TABS] = {"type": "TABS", "id": TABS, "children": tabs, "parents": [ROOT], "meta": {}}
    numbers = {stem: number for number, stem in enumerate(dashboard.chart_stems(), 1)}
    for tab_id, tab in zip(tabs, dashboard.tabs, strict=True):
        rows = [f"ROW-{tab_id[4:]}-{number}" for number in range(1, len(tab.rows) + 1)]
        nodes[tab_id] = _node("TAB", tab_id, [ROOT, TABS], {"text": tab.title}, rows)
        for row_id, row in zip(rows, tab.rows, strict=True):
            cells = list(_cells(row_id, row, charts, numbers))
            parents = [ROOT, TABS, tab_id]
            nodes[row_id] = _node("ROW", row_id, parents, {"background": PLAIN}, [cell for cell, _, _ in cells])
            nodes |= {cell: _node(kind, cell, [*parents, row_id], meta, []) for cell, kind, meta in cells}
    return nodes


def _tab_id(tab: Tab, number: int) -> str:
    return f"TAB-{in_letters(tab.title, '-') or number}"


def _node(kind: str, name: str, parents: list[str], meta: dict[str, Any], children: list[str]) -> dict[str, Any]:
    return {"type": kind, "id": name, "children": children, "parents": parents, "meta": meta}


def _cells(
    row_id: str, row: NoteRow | ChartRow, charts: Mapping[str, Chart], numbers: Mapping[str, int]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each cell of a row: its id, its type, its meta."""
    if isinstance(row, NoteRow):
        yield f"MARKDOWN-{row_id[4:]}", "MARKDOWN", {"width": GRID_WIDTH, "height": row.height, "code": row.note}
        return
    for stem, width in row.charts.items():
        meta = {
            "chartId": numbers[stem],
            "uuid": charts[stem].uuid,
            "sliceName": charts[stem].name,
            "width": width,
            "height": row.height,
        }
        yield f"CHART-{stem}", "CHART", meta


def tabs(title: str, nodes: Mapping[str, Any], stems: Mapping[str, str]) -> tuple[Tab, ...]:
    """The tabs of a `position`, made here or changed in Superset.

    Args:
        title: the dashboard's, for the error.
        nodes: Superset's `position`.
        stems: the stem of each chart by uuid.

    Raises:
        AssetsError: naming tab and node that the compact layout has no words for.
    """
    walk = _Walk(title, nodes, stems)
    (top,) = walk.children(ROOT, "TABS", count=1)
    return tuple(walk.tab(tab) for tab in walk.children(top, "TAB"))


class _Walk:
    def __init__(self, title: str, nodes: Mapping[str, Any], stems: Mapping[str, str]) -> None:
        self.title, self.nodes, self.stems, self.where = title, nodes, stems, "its top"

    def fail(self, node_id: str, why: str) -> AssetsError:
        return AssetsError([f"Dashboard {self.title}, {self.where}, node {node_id}: {why}"])

    def children(self, node_id: str, *kinds: str, count: int | None = None) -> list[str]:
        found: list[str] = self.nodes[node_id].get("children", [])
        for child in found:
            kind = self.nodes[child]["type"]
            if kind not in kinds:
                allowed = " or ".join(kinds)
                raise self.fail(child, f"a {kind} cannot be said in the files here, where only {allowed} can.")
        if count is not None and len(found) != count:
            raise self.fail(node_id, f"has {len(found)} children; the files can say {count} only.")
        return found

    def tab(self, node_id: str) -> Tab:
        title = self.nodes[node_id]["meta"]["text"]
        self.where = f"tab {title}"
        rows = [self.row(row) for row in self.children(node_id, "ROW")]
        return Tab(title, tuple(row for row in rows if row is not None))

    def row(self, node_id: str) -> NoteRow | ChartRow | None:
        cells = self.children(node_id, "CHART", "MARKDOWN")
        if not cells:
            return None  # an emptied row that Superset kept
        if self.nodes[node_id].get("meta", {}).get("background", PLAIN) != PLAIN:
            raise self.fail(node_id, "a row with a background of its own cannot be said in the files.")
        if [self.nodes[cell]["type"] for cell in cells] == ["MARKDOWN"]:
            return self.note(cells[0])
        height = self.nodes[cells[0]]["meta"]["height"]
        charts = [self.chart(cell, height) for cell in cells]
        width = sum(width for _, width in charts)
        if width != GRID_WIDTH:
            raise self.fail(node_id, f"the widths make {width}, not {GRID_WIDTH}.")
        return ChartRow(height, dict(charts))

    def note(self, node_id: str) -> NoteRow:
        meta = self.nodes[node_id]["meta"]
        if meta["width"] != GRID_WIDTH:
            raise self.fail(node_id, f"a note is over the whole width of {GRID_WIDTH}, not {meta['width']}.")
        return NoteRow(meta["code"], meta["height"])

    def chart(self, node_id: str, height: int) -> tuple[str, int]:
        """Its stem and its width, in a row of that height."""
        if self.nodes[node_id]["type"] == "MARKDOWN":
            raise self.fail(node_id, "a note beside a chart cannot be said in the files; give it a row of its own.")
        meta = self.nodes[node_id]["meta"]
        if meta["height"] != height:
            raise self.fail(
                node_id, f"charts of one row have one height in the files, not {meta['height']} and {height}."
            )
        if meta.get("sliceNameOverride"):
            raise self.fail(node_id, "a chart has one name in the files; rename the chart itself.")
        if meta.get("uuid") not in self.stems:
            raise self.fail(node_id, "there is no such chart.")
        return self.stems[meta["uuid"]], meta["width"]
