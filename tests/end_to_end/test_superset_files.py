"""Files and Superset's own database agree: what is imported stays itself, what is edited comes back as a diff."""

import json
import shutil
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from as_code.reading import ASSETS, read_assets
from tests.end_to_end import chart_figures
from tests.end_to_end.conftest import RunInSuperset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600, func_only=True)]

Run = Callable[[str, Path], str]
EDITED = "customers_total"


@pytest.fixture(scope="module")
def run(run_in_superset: RunInSuperset) -> Run:
    """Runs superset/<program> over a folder of files; what it printed."""

    def program(name: str, folder: Path) -> str:
        done = run_in_superset(f"superset/{name}", LEO_ASSETS=str(folder))
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    return program


@pytest.fixture(scope="module")
def client(superset_client: httpx.Client, superset_url: str) -> httpx.Client:
    """It may write too: with the token against forged requests."""
    token = superset_client.get("/api/v1/security/csrf_token/").raise_for_status().json()["result"]
    superset_client.headers.update({"X-CSRFToken": token, "Referer": superset_url})
    return superset_client


def dashboard_ids(client: httpx.Client) -> dict[str, int]:
    listed = client.get("/api/v1/dashboard/", params={"q": "(page_size:100)"}).raise_for_status().json()["result"]
    return {board["slug"]: board["id"] for board in listed}


def differences(before: Path, after: Path) -> dict[str, list[str]]:
    """The lines that went and came in each file that differs."""
    names = {str(file.relative_to(folder)) for folder in (before, after) for file in folder.rglob("*.yaml")}
    texts = {
        name: [
            (folder / name).read_text("utf-8").splitlines() if (folder / name).exists() else []
            for folder in (before, after)
        ]
        for name in sorted(names)
    }
    return {
        name: [
            line
            for line in unified_diff(old, new, lineterm="", n=0)
            if line[:3] not in ("---", "+++") and line[0] in "+-"
        ]
        for name, (old, new) in texts.items()
        if old != new
    }


def test_edits_come_back_as_a_diff_and_an_import_sets_them_back(run: Run, client: httpx.Client, tmp_path: Path) -> None:
    files = tmp_path / "files"
    shutil.copytree(ASSETS, files)
    charts, boards = chart_figures.chart_ids(client), dashboard_ids(client)

    run("export.py", files)
    assert differences(ASSETS, files) == {}

    edit(client, charts[EDITED], boards["customer-360"])
    own = make_own_chart(client, charts[EDITED])
    run("export.py", files)
    found = differences(ASSETS, files)
    assert set(found) == {f"charts/customer_360/{EDITED}.yaml", "dashboards/customer_360.yaml"}
    assert found[f"charts/customer_360/{EDITED}.yaml"][1] == "+name: Everybody"
    assert [line[0] for line in found["dashboards/customer_360.yaml"]] == ["-", "+"]

    less = tmp_path / "less"
    shutil.copytree(ASSETS, less)
    gone = remove_a_chart(less)
    assert "Removed, as it is in no file" in run("bootstrap.py", less)
    now = chart_figures.chart_ids(client)
    assert now == {stem: number for stem, number in charts.items() if stem != gone}
    assert dashboard_ids(client) == boards
    assert client.get(f"/api/v1/chart/{own}").status_code == 200
    title = client.get(f"/api/v1/chart/{charts[EDITED]}").json()["result"]["slice_name"]
    assert title == read_assets().charts[EDITED].name

    run("bootstrap.py", ASSETS)
    client.delete(f"/api/v1/chart/{own}").raise_for_status()
    again = chart_figures.chart_ids(client)
    assert {stem: number for stem, number in again.items() if stem != gone} == now
    assert set(again) == set(charts)


def edit(client: httpx.Client, chart: int, board: int) -> None:
    """As an administrator does in Superset: a chart's title, and the height of the row that it stands in."""
    client.put(f"/api/v1/chart/{chart}", json={"slice_name": "Everybody"}).raise_for_status()
    stored = client.get(f"/api/v1/dashboard/{board}").raise_for_status().json()["result"]
    position: dict[str, Any] = json.loads(stored["position_json"])
    node = next(n for n in position.values() if isinstance(n, dict) and n.get("meta", {}).get("chartId") == chart)
    for cell in position[node["parents"][-1]]["children"]:
        position[cell]["meta"]["height"] += 5
    client.put(f"/api/v1/dashboard/{board}", json={"position_json": json.dumps(position)}).raise_for_status()


def make_own_chart(client: httpx.Client, like: int) -> int:
    """A chart that a person made for themselves, on no dashboard."""
    stored = client.get(f"/api/v1/chart/{like}").json()["result"]
    params = json.loads(stored["params"])
    made = client.post(
        "/api/v1/chart/",
        json={
            "slice_name": "My own",
            "viz_type": stored["viz_type"],
            "datasource_id": int(params["datasource"].split("__")[0]),
            "datasource_type": "table",
            "params": stored["params"],
        },
    )
    return int(made.raise_for_status().json()["id"])


def remove_a_chart(folder: Path) -> str:
    """Take one chart off its dashboard and its file away; its stem."""
    file = folder / "dashboards" / "customer_360.yaml"
    board = yaml.safe_load(file.read_text("utf-8"))
    row = next(
        row["charts"]
        for tab in board["tabs"]
        for row in tab["rows"]
        if len(row.get("charts", {})) > 1 and EDITED not in row["charts"]
    )
    gone, width = next(iter(row.items()))
    del row[gone]
    row[next(iter(row))] += width
    file.write_text(yaml.safe_dump(board, sort_keys=False), "utf-8")
    (folder / "charts" / "customer_360" / f"{gone}.yaml").unlink()
    return str(gone)
