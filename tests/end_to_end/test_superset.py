"""The dashboards answer: each chart's query, over HTTP, and in a real browser on each tab, light and dark."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Response, sync_playwright

from as_code.assets import ChartRow, Dashboard, Tab
from as_code.reading import read_assets
from embedded.screenshots import CHROMIUM, CHROMIUM_OPTIONS, log_in
from tests.end_to_end import chart_figures
from tests.end_to_end.conftest import Instance, RunInSuperset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600, func_only=True)]

ASSETS = read_assets()
SHOWN = "canvas, table, .header-line"
"""What a chart that has its data consists of: a drawing, a table or a number."""
LIMIT_MS = 90_000


def test_every_chart_returns_rows_by_its_own_query(run_in_superset: RunInSuperset) -> None:
    done = run_in_superset("superset/check_charts.py", limit_s=500)
    charts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [chart for chart in charts if chart["problem"]] == []
    assert len(charts) == len(ASSETS.charts)


def test_every_chart_answers_over_http(superset_client: httpx.Client) -> None:
    """By GET, as reports ask it: the query is the one that Superset keeps with the chart."""
    ids = chart_figures.chart_ids(superset_client)
    assert set(ids) == set(ASSETS.charts)
    answers = {stem: superset_client.get(f"/api/v1/chart/{number}/data/").status_code for stem, number in ids.items()}
    assert {stem: status for stem, status in answers.items() if status != 200} == {}


@dataclass
class Visit:
    """A browser that has logged in, and the chart data that was refused to it."""

    page: Page
    url: str
    refused: list[str] = field(default_factory=list)

    def watch(self, response: Response) -> None:
        if "/api/v1/chart/data" in response.url and response.status >= 400:
            self.refused.append(f"{response.status} {response.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def visits(browser: Browser, instance: Instance, superset_url: str) -> dict[str, Visit]:
    """A person whose system is light, and one whose system is dark."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    opened: dict[str, Visit] = {}
    for scheme in schemes:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=scheme)
        visit = Visit(context.new_page(), superset_url)
        visit.page.goto(f"{superset_url}/login/", timeout=LIMIT_MS)
        log_in(visit.page, "#username", "#password", instance.environment["LEO_SUPERSET_ADMIN_PASSWORD"])
        visit.page.on("response", visit.watch)
        opened[scheme] = visit
    return opened


@pytest.fixture(scope="module")
def pictures(instance: Instance) -> Path:
    """Where the pictures of this run are kept to be looked at."""
    folder = instance.home / "superset" / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def open_dashboard(visit: Visit, dashboard: Dashboard) -> None:
    visit.page.goto(f"{visit.url}/superset/dashboard/{dashboard.slug}/", timeout=LIMIT_MS)
    visit.page.locator(".ant-tabs-tab").first.wait_for(timeout=LIMIT_MS)


def holders(page: Page) -> Locator:
    return page.locator('[class*="dashboard-chart-id"]:visible')


def problems(visit: Visit, tab: Tab) -> list[str]:
    """What is wrong on the tab that is open; hidden tabs load their charts only when they are opened."""
    page = visit.page
    page.locator(".ant-tabs-tab", has_text=tab.title).first.click(timeout=LIMIT_MS)
    wanted = sum(len(row.charts) for row in tab.rows if isinstance(row, ChartRow))
    holders(page).nth(wanted - 1).wait_for(timeout=LIMIT_MS)
    found = []
    for position in range(holders(page).count()):
        holder = holders(page).nth(position)
        holder.scroll_into_view_if_needed(timeout=LIMIT_MS)
        holder.locator(f'{SHOWN}, [role="alert"], .ant-empty').first.wait_for(timeout=LIMIT_MS)
        if holder.locator(SHOWN).count() == 0:
            found.append(f"{tab.title}: {holder.inner_text()[:200]}")
    if holders(page).count() != wanted:
        found.append(f"{tab.title}: {holders(page).count()} charts where the file has {wanted}")
    complaints = ("No results were returned", "Unexpected error", "There is no chart definition")
    found += [
        f"{tab.title}: {words}" for words in complaints if page.get_by_text(words).locator("visible=true").count()
    ]
    if page.locator('[role="alert"]:visible').count():
        found.append(f"{tab.title}: {page.locator('[role=alert]:visible').first.inner_text()[:200]}")
    found += [f"{tab.title}: {answer}" for answer in visit.refused]
    page.evaluate("window.scrollTo(0, 0)")
    visit.refused.clear()
    return found


@pytest.mark.parametrize("stem", sorted(ASSETS.dashboards))
def test_each_tab_shows_all_of_its_charts(stem: str, visits: dict[str, Visit], pictures: Path) -> None:
    dashboard, visit = ASSETS.dashboards[stem], visits["light"]
    open_dashboard(visit, dashboard)
    found = []
    for number, tab in enumerate(dashboard.tabs, 1):
        found += problems(visit, tab)
        visit.page.screenshot(path=pictures / f"{dashboard.slug}-{number}-light.png", full_page=True)
    assert found == []


@pytest.mark.parametrize("stem", sorted(ASSETS.dashboards))
def test_each_dashboard_is_dark_for_whoever_likes_it_dark(stem: str, visits: dict[str, Visit], pictures: Path) -> None:
    dashboard, visit = ASSETS.dashboards[stem], visits["dark"]
    open_dashboard(visit, dashboard)
    assert problems(visit, dashboard.tabs[0]) == []
    visit.page.screenshot(path=pictures / f"{dashboard.slug}-1-dark.png", full_page=True)
    behind = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in behind.removeprefix("rgb(").removesuffix(")").split(",")[:3])
    assert max(red, green, blue) < 64, behind
