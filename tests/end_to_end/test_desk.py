"""The Segment desk in a real browser, inside Airflow: logged in by Airflow, on what the demo left behind.

Every page is looked at in both themes, both languages, wide and at 360 pixels: no serious or critical fault by axe, no
scrolling sideways, no request to the outside, nothing on the console. The pictures stay in the instance's folder
`desk/`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from embedded.screenshots import CHROMIUM, CHROMIUM_OPTIONS
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900, func_only=True)]

TENANT = "retail"
NARROW = 360
LIMIT_MS = 90_000
A_NUMBER = re.compile(r"^\s*[\d,]+\s*$")
GRAVE = {"serious", "critical"}
ASKED = "Customers in Hanoi who bought shoes in the last 365 days"


@dataclass
class Visitor:
    """Somebody's browser: where it is, what it asked for elsewhere, and what it complained of."""

    context: BrowserContext
    url: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str = "") -> Page:
        """A new page of the desk."""
        page = self.context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)
        if path:
            page.goto(f"{self.url}/segment-desk/{TENANT}/{path}", wait_until="networkidle")
        return page

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)


@pytest.fixture(scope="module")
def browser(instance: Instance) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def url(instance: Instance) -> str:
    return f"http://127.0.0.1:{instance.environment['LEO_AIRFLOW_PORT']}"


def log_in(browser: Browser, instance: Instance, url: str, name: str) -> Visitor:
    """Somebody who opened the desk, was sent to Airflow's login, and came back."""
    passwords = json.loads((instance.home / "airflow" / "passwords.json").read_text())
    visitor = Visitor(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB"), url)
    page = visitor.page()
    page.goto(f"{url}/segment-desk/{TENANT}/ask")
    page.wait_for_load_state("networkidle")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", passwords[name])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/segment-desk/{TENANT}/ask", timeout=LIMIT_MS)
    page.close()
    visitor.complaints.clear()
    visitor.elsewhere.clear()
    return visitor


@pytest.fixture(scope="module")
def marketer(browser: Browser, instance: Instance, url: str) -> Visitor:
    return log_in(browser, instance, url, "marketer")


@pytest.fixture(scope="module")
def reviewer(browser: Browser, instance: Instance, url: str) -> Visitor:
    return log_in(browser, instance, url, "reviewer")


@pytest.fixture(scope="module")
def admin(browser: Browser, instance: Instance, url: str) -> Visitor:
    return log_in(browser, instance, url, "admin")


@pytest.fixture(scope="module")
def paths(instance: Instance) -> dict[str, str]:
    """Every kind of page, by the name of its picture."""
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        requests = dict(
            connection.execute("SELECT state, max(request_id) FROM segment.request GROUP BY state ORDER BY state")
        )
        [(segment,)] = connection.execute(
            "SELECT segment_id FROM segment.definition WHERE state = 'active' ORDER BY created_at LIMIT 1"
        )
        [(campaign, run)] = connection.execute(
            "SELECT campaign_id, campaign_run_id FROM activation.run ORDER BY "
            "(SELECT count(*) FROM activation.delivery AS d WHERE d.campaign_run_id = run.campaign_run_id) DESC LIMIT 1"
        )
        [(member,)] = connection.execute(
            "SELECT customer_id FROM segment.membership WHERE segment_id = %s ORDER BY 1 LIMIT 1", [segment]
        )
    approved = requests["approved"]
    return {
        "ask": "ask",
        "ask-understood": f"ask?text={ASKED}",
        "ask-lost": "ask?text=Customers who adore quuxly things",
        "requests": "requests?whose=all",
        "requests-mine": "requests?whose=mine&state=failed",
        **{f"request-{state}": f"requests/{request_id}" for state, request_id in requests.items()},
        "request-missing": "requests/999999",
        "review": "review",
        "review-request": f"review/requests/{approved}",
        "review-run": f"review/runs/{run}",
        "segments": "segments",
        "segments-none": "segments?state=retired",
        "segment": f"segments/{segment}",
        "segment-why": f"segments/{segment}/why?customer={member}",
        "segment-as-of": f"segments/{segment}/as-of",
        "campaigns": "campaigns",
        "campaign-new": "campaigns/new",
        "campaign": f"campaigns/{campaign}",
        "campaign-run": f"campaigns/{campaign}/runs/{run}",
        "campaign-edit": f"campaigns/{campaign}/edit",
        "copy": "campaigns/copy",
        "people": "people",
        "stop": "stop",
    }


@pytest.fixture(scope="module")
def pictures(instance: Instance) -> Path:
    folder = instance.home / "desk"
    folder.mkdir(exist_ok=True)
    return folder


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with where it is."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found if one["impact"] in GRAVE for node in one["nodes"]]


def test_every_page_is_sound_wide_and_narrow_light_and_dark_in_both_languages(
    admin: Visitor, paths: dict[str, str], pictures: Path
) -> None:
    wrong: dict[str, list[str]] = {}
    looks = (("light", 1280, "en"), ("dark", NARROW, "vi"))
    page = admin.page()
    for theme, width, language in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light" if theme == "light" else "dark")
        admin.context.add_cookies([{"name": "leo_desk_language", "value": language, "url": admin.url}])
        for name, path in paths.items():
            admin.complaints.clear()
            answer = page.goto(f"{admin.url}/segment-desk/{TENANT}/{path}", wait_until="networkidle")
            assert answer is not None
            found = faults(page)
            # A campaign that is over cannot be changed, and a missing request is missing: pages that say so.
            found += [f"status {answer.status}"] if answer.status not in (200, 404, 422) else []
            found += [f"language {shown}"] if (shown := page.locator("html").get_attribute("lang")) != language else []
            wide = int(page.evaluate("document.documentElement.scrollWidth"))
            found += [f"{wide} pixels wide"] if wide > width else []
            found += admin.complaints if answer.status == 200 else []
            if found:
                wrong[f"{name}, {theme}, {width}, {language}"] = found
            page.screenshot(path=pictures / f"{name}-{theme}-{width}-{language}.png", full_page=True)
    admin.context.clear_cookies(name="leo_desk_language")
    page.close()
    assert wrong == {}
    assert admin.elsewhere == []


def test_the_desk_stands_in_airflows_navigation(admin: Visitor, pictures: Path) -> None:
    page = admin.page()
    page.goto(f"{admin.url}/", wait_until="networkidle")
    page.locator("a[href='/plugin/segments']").first.click()
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_role("heading", level=1)).to_be_visible(timeout=LIMIT_MS)
    page.wait_for_timeout(500)
    page.screenshot(path=pictures / "inside-airflow.png")
    page.close()


def test_a_request_goes_from_words_to_members_without_leaving_the_desk(
    marketer: Visitor, reviewer: Visitor, pictures: Path
) -> None:
    """By keyboard: typed, understood and counted while it is typed, submitted; then approved by somebody else."""
    page = marketer.page("ask")
    box = page.locator("#text")
    expect(box).to_be_focused()
    page.keyboard.type(ASKED, delay=5)
    expect(page.locator("ol.conds li")).to_have_count(3)
    expect(page.locator("#members .figure")).to_have_text(A_NUMBER, timeout=LIMIT_MS)
    page.screenshot(path=pictures / "typed.png", full_page=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/requests/*", timeout=LIMIT_MS)
    number = int(page.url.rpartition("/")[2].partition("?")[0])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    # The pipeline drafts it within a minute or so; the page looks by itself.
    expect(page.locator("#request .badge").first).to_have_text("in review", timeout=240_000)

    decides = reviewer.page(f"review/requests/{number}")
    decides.get_by_role("button", name="Approve").first.wait_for(timeout=240_000)
    decides.screenshot(path=pictures / "to-approve.png", full_page=True)
    assert faults(decides) == []
    decides.get_by_role("button", name="Approve").first.click()
    expect(page.locator("#request .badge").first).to_have_text("approved", timeout=240_000)
    page.screenshot(path=pictures / "approved.png", full_page=True)
    assert (marketer.complaints, reviewer.complaints) == ([], [])
