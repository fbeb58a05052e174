"""The dashboard answers: each chart's query, over HTTP, and in a real browser on each tab."""

import json
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Response, sync_playwright

from embedded import superset
from embedded.credentials import Credentials
from embedded.places import Places
from embedded.screenshots import CHROMIUM, CHROMIUM_OPTIONS, log_in
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.end_to_end.conftest import Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300, func_only=True)]

TABS = {"Customers": 7, "Segments": 6, "Sending and data": 7}
"""Each tab with the number of its charts."""


@pytest.fixture(scope="module")
def url(instance: Instance) -> str:
    return f"http://127.0.0.1:{instance.environment['LEO_SUPERSET_PORT']}"


@pytest.fixture(scope="module")
def client(instance: Instance, url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as session:
        answer = session.post(
            "/api/v1/security/login",
            json={
                "username": "admin",
                "password": instance.environment["LEO_SUPERSET_ADMIN_PASSWORD"],
                "provider": "db",
                "refresh": False,
            },
        )
        session.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        yield session


def test_every_chart_returns_rows_by_its_own_query(instance: Instance) -> None:
    places = Places.from_environment(instance.environment)
    done = subprocess.run(
        [
            str(places.superset_venv / "bin" / "python"),
            str(REPOSITORY / "superset" / "check_charts.py"),
        ],
        env=superset.environment(places, Credentials.load(places.secrets)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    charts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [chart for chart in charts if chart["problem"]] == []
    assert len(charts) == len(list((REPOSITORY / "superset" / "assets" / "charts").glob("*.yaml")))


def test_every_chart_answers_over_http(client: httpx.Client) -> None:
    charts = client.get("/api/v1/chart/", params={"q": "(page_size:100)"}).raise_for_status().json()["result"]
    assert charts
    for chart in charts:
        answer = client.get(f"/api/v1/chart/{chart['id']}/data/", params={"force": "true"})
        assert answer.status_code == 200, chart["slice_name"]


def test_the_figures_are_those_of_the_base_tables(client: httpx.Client, instance: Instance) -> None:
    total = 0
    for tenant in ("discovery", "retail"):
        with instance.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
            row = connection.execute(
                "SELECT count(*) FROM core.profile WHERE is_primary AND deleted_at IS NULL"
            ).fetchone()
            assert row is not None
            total += int(row[0])
    charts = client.get("/api/v1/chart/", params={"q": "(page_size:100)"}).json()["result"]
    chart = next(chart for chart in charts if chart["slice_name"] == "Customers")
    data = client.get(f"/api/v1/chart/{chart['id']}/data/").json()["result"][0]["data"]
    assert data == [{"customers_total": total}]


@pytest.fixture(scope="module")
def page(instance: Instance, url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        opened = browser.new_page(viewport={"width": 1440, "height": 1000})
        opened.goto(f"{url}/login/", timeout=90_000)
        log_in(opened, "#username", "#password", instance.environment["LEO_SUPERSET_ADMIN_PASSWORD"])
        yield opened
        browser.close()


@pytest.mark.parametrize(("tab", "charts"), TABS.items())
def test_each_tab_shows_all_of_its_charts(page: Page, url: str, tab: str, charts: int) -> None:
    """Hidden tabs load their charts only when they are opened."""
    refused: list[str] = []

    def watch(response: Response) -> None:
        if "/api/v1/chart/data" in response.url and response.status >= 400:
            refused.append(f"{response.status} {response.url}")

    page.on("response", watch)
    page.goto(f"{url}/superset/dashboard/leo-activation/", timeout=90_000)
    page.locator(".ant-tabs-tab", has_text=tab).first.click(timeout=90_000)
    holders = page.locator('[class*="dashboard-chart-id"]:visible')
    holders.first.wait_for(timeout=90_000)
    for position in range(holders.count()):
        holder = holders.nth(position)
        holder.scroll_into_view_if_needed(timeout=30_000)
        holder.locator("canvas, table, .header-line").first.wait_for(timeout=90_000)
    folder = REPOSITORY / ".leo" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"superset-{tab.split()[0].lower()}.png", full_page=True)
    assert holders.count() == charts
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_text("No results were returned").count() == 0
    assert refused == []
