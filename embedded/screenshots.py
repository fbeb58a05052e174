"""The pictures of README and docs, taken from the running services: `make screenshots`, after `make demo`."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, FloatRect, Page, sync_playwright

from embedded.places import REPOSITORY

FOLDER = REPOSITORY / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LIMIT_MS = 60_000
ASKED = "Customers in Hanoi who bought shoes in the last 365 days"
FOLLOW_UP = 15
"""The request in which the demo drops a condition of an earlier one."""
DASHBOARDS = ("customer-360", "segments", "activation", "operations")
LOG_IN_ATTEMPTS = 3
SETTLE_MS = 4_000
HEIGHT = 900
MARGIN = 24


@dataclass(frozen=True)
class Shot:
    """One picture: its file, the page's address, what to do before it is taken, and which elements it is cut to."""

    name: str
    address: str
    prepare: Callable[[Page], None] | None = None
    around: str | None = None
    width: int = 1440
    height: int = HEIGHT


def airflow_shots(url: str) -> list[Shot]:
    """The engineers' view."""
    # The demo's first follow-up: its twelve requests come before it.
    follow_up = f"{url}/dags/draft_segment/runs/request-discovery-13/tasks/review"
    return [
        Shot("airflow-dags", f"{url}/dags"),
        Shot("airflow-assets", f"{url}/assets/1", _show_assets, around=".react-flow__node", width=3000),
        Shot("airflow-required-actions", f"{url}/required_actions?response_received=all"),
        Shot("airflow-review", f"{follow_up}/required_actions", height=1300),
        # The demo's own campaign is the third that is planned.
        Shot(
            "airflow-campaign-review",
            f"{url}/dags/run_campaign/runs/campaign-retail-3/tasks/review/required_actions",
            height=1300,
        ),
        Shot("airflow-data-quality", f"{url}/data-docs/retail/site/index.html", _show_check),
    ]


def desk_shots(url: str) -> list[Shot]:
    """The marketers' view."""
    desk = f"{url}/segment-desk/retail"
    return [
        Shot("desk-ask", f"{desk}/ask?text={ASKED}", height=1080),
        Shot("desk-review", f"{desk}/review/requests/{FOLLOW_UP}", height=1180),
        Shot("desk-segments", f"{desk}/segments"),
        Shot("desk-campaign", f"{desk}/campaigns/weekend_trails", height=1500),
    ]


def superset_shots(url: str) -> list[Shot]:
    """The business teams' view: the first tab of each dashboard."""
    return [
        Shot(f"superset-{slug}", f"{url}/superset/dashboard/{slug}/?standalone=1", height=1100) for slug in DASHBOARDS
    ]


def take(page: Page, shots: list[Shot], folder: Path) -> None:
    """Take each picture; raises playwright's Error where a page does not come."""
    for shot in shots:
        page.set_viewport_size({"width": shot.width, "height": shot.height})
        page.goto(shot.address, timeout=LIMIT_MS)
        page.wait_for_load_state("load", timeout=LIMIT_MS)
        page.wait_for_timeout(SETTLE_MS)
        if shot.prepare is not None:
            shot.prepare(page)
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=folder / f"{shot.name}.png", clip=_box(page, shot.around) if shot.around else None)
        print(f"{shot.name}.png")


def main() -> int:
    """Log in to each service and take its pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    airflow, superset = os.environ["LEO_AIRFLOW_URL"], os.environ["LEO_SUPERSET_URL"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1440, "height": HEIGHT})
        try:
            page.goto(f"{airflow}/auth/login/", timeout=LIMIT_MS)
            log_in(page, "input[name=username]", "input[name=password]", os.environ["LEO_AIRFLOW_ADMIN_PASSWORD"])
            take(page, airflow_shots(airflow), FOLDER)
            take(page, desk_shots(airflow), FOLDER)
            page.goto(f"{superset}/login/", timeout=LIMIT_MS)
            log_in(page, "#username", "#password", os.environ["LEO_SUPERSET_ADMIN_PASSWORD"])
            take(page, superset_shots(superset), FOLDER)
            take(page, [Shot("sandbox-inbox", f"http://127.0.0.1:{os.environ['LEO_SANDBOX_PORT']}/")], FOLDER)
        except Error as error:
            print(f"A page did not come: {error.message.splitlines()[0]}", file=sys.stderr)
            return 1
        finally:
            browser.close()
    return 0


def log_in(page: Page, user_field: str, password_field: str, password: str) -> None:
    """Log in as admin on the page at hand; raises playwright's Error where that does not work.

    On a busy machine the page's script may come after the first key and empty the fields again: what does not get in
    is tried once more.
    """
    for attempt in range(LOG_IN_ATTEMPTS):
        page.wait_for_load_state("networkidle", timeout=LIMIT_MS)
        page.fill(user_field, "admin", timeout=LIMIT_MS)
        page.fill(password_field, password)
        page.keyboard.press("Enter")
        try:
            page.wait_for_url(lambda address: "login" not in address, timeout=LIMIT_MS // LOG_IN_ATTEMPTS)
        except Error:
            if attempt + 1 == LOG_IN_ATTEMPTS:
                raise
        else:
            return


def _box(page: Page, selector: str) -> FloatRect:
    """The rectangle around all elements of the selector, with a margin."""
    boxes = [box for element in page.locator(selector).all() if (box := element.bounding_box())]
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    return {"x": max(left, 0), "y": max(top, 0), "width": right - left, "height": bottom - top}


def _show_check(page: Page) -> None:
    page.locator("tr", has_text="cdp_profile").locator("a").last.click()
    page.wait_for_load_state("load", timeout=LIMIT_MS)


def _show_assets(page: Page) -> None:
    page.wait_for_selector(".react-flow__node", timeout=LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
