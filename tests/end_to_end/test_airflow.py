"""Airflow tells an engineer who is new to it what happened and why, from its own pages alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from embedded.pools import sizes
from embedded.screenshots import CHROMIUM, CHROMIUM_OPTIONS, log_in
from leo_activation import errors
from leo_activation.llm import budget, failures
from leo_activation.segments import agreement
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300, func_only=True)]

LIMIT_MS = 60_000
UNCLEAR = "Customers who are about to churn and love our brand"
WHY = "needs clarification: these words were not placed: «are about to churn»."


@pytest.fixture(scope="module")
def client(instance: Instance) -> Iterator[httpx.Client]:
    """Airflow's API, and its pages, as the administrator."""
    environment = instance.environment
    with httpx.Client(base_url=environment["LEO_AIRFLOW_URL"], timeout=60, follow_redirects=True) as session:
        answer = session.post(
            "/auth/token", json={"username": "admin", "password": environment["LEO_AIRFLOW_ADMIN_PASSWORD"]}
        )
        token = answer.raise_for_status().json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        session.cookies.set("_token", token)
        yield session


@pytest.fixture(scope="module")
def page(instance: Instance) -> Iterator[Page]:
    url = instance.environment["LEO_AIRFLOW_URL"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        opened = browser.new_page(viewport={"width": 1440, "height": 1000})
        opened.set_default_timeout(LIMIT_MS)
        opened.goto(f"{url}/auth/login/")
        log_in(
            opened,
            "input[name=username]",
            "input[name=password]",
            instance.environment["LEO_AIRFLOW_ADMIN_PASSWORD"],
        )
        yield opened
        browser.close()


def asked(client: httpx.Client, path: str, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v2{path}", params=params).raise_for_status().json()
    return answer


def newest_run(client: httpx.Client, dag_id: str) -> str:
    """The id of the last run of a DAG that succeeded."""
    [run] = asked(client, f"/dags/{dag_id}/dagRuns", state="success", order_by="-run_after", limit=1)["dag_runs"]
    return str(run["dag_run_id"])


@pytest.fixture(scope="module")
def unclear(instance: Instance) -> str:
    """The run of the request that was asked back."""
    with instance.warehouse.connect(DatabaseRole.WRITER, "discovery") as connection:
        [(number,)] = connection.execute(
            "SELECT request_id FROM segment.request WHERE text = %s AND revises_request_id IS NULL LIMIT 1", [UNCLEAR]
        ).fetchall()
    return f"request-discovery-{number}"


def test_from_the_list_of_dags_one_comes_to_why_a_request_has_no_segment(
    page: Page, instance: Instance, unclear: str
) -> None:
    url = instance.environment["LEO_AIRFLOW_URL"]
    page.goto(f"{url}/dags")
    page.get_by_role("link", name="draft_segment", exact=True).first.click()
    expect(page.get_by_role("heading", name="draft_segment")).to_be_visible()
    # What every engineer knows of Airflow: the runs of a DAG, the tasks of a run, the log of a task.
    page.goto(f"{url}/dags/draft_segment/runs?run_id_pattern={unclear}")
    page.get_by_role("link", name=re.compile(unclear)).first.wait_for()
    page.goto(f"{url}/dags/draft_segment/runs/{unclear}")
    page.locator(f'a[href$="/{unclear}/tasks/draft"]').first.click()
    page.get_by_text(WHY).first.wait_for()
    page.get_by_role("link", name="Details", exact=True).first.click()
    page.get_by_role("link", name="Segment desk").first.wait_for()


def test_a_dags_page_shows_its_documentation(page: Page, instance: Instance) -> None:
    page.goto(f"{instance.environment['LEO_AIRFLOW_URL']}/dags/sync_cdp")
    page.get_by_role("button", name=re.compile("Dag Docs", re.IGNORECASE)).first.click()
    expect(page.get_by_role("heading", name="Bring the customer data platform into the warehouse")).to_be_visible()
    expect(page.get_by_text("Why a rerun is safe").first).to_be_visible()


def test_the_log_of_the_last_collection_lists_what_is_open(client: httpx.Client, unclear: str) -> None:
    run_id = newest_run(client, "collect_segment_requests")
    log = client.get(
        f"/api/v2/dags/collect_segment_requests/dagRuns/{run_id}/taskInstances/say_what_is_open/logs/1",
        params={"full_content": True},
        headers={"Accept": "application/x-ndjson"},
    ).raise_for_status()
    number = unclear.rpartition("-")[2]
    assert f"Request {number} of discovery {WHY}" in log.text


def test_tasks_lead_to_pages_that_are_there(client: httpx.Client, unclear: str) -> None:
    for dag_id, run_id, task_id, index, names in (
        ("draft_segment", unclear, "draft", -1, {"Segment desk"}),
        ("draft_segment", "request-discovery-1", "review", -1, {"Segment desk", "Review"}),
        ("run_campaign", "campaign-retail-3", "send", 0, {"Segment desk", "Review"}),
        ("refresh_segments", newest_run(client, "refresh_segments"), "refresh", 0, {"Segment desk"}),
        ("sync_cdp", newest_run(client, "sync_cdp"), "sync_tenant.check", 0, {"Data docs"}),
        ("seal_audit", newest_run(client, "seal_audit"), "list_tenants", -1, set()),
    ):
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/links"
        links = {name: link for name, link in asked(client, path, map_index=index)["extra_links"].items() if link}
        links.pop("Triggered DAG", None)
        assert set(links) == names, f"{dag_id}.{task_id}"
        for link in links.values():
            shown = client.get(link)
            assert shown.status_code == 200, link


def test_mapped_tasks_are_called_by_what_they_work_for(client: httpx.Client) -> None:
    for dag_id, task_id, names in (
        ("sync_cdp", "sync_tenant.merge", {"discovery", "retail"}),
        ("refresh_segments", "refresh", {"discovery", "retail"}),
        ("plan_campaign", "one_campaign.plan", {"retail weekend_trails"}),
        ("run_campaign", "send", {"worker 1", "worker 2"}),
    ):
        tasks = asked(client, f"/dags/{dag_id}/dagRuns/~/taskInstances", task_id=task_id, limit=200)["task_instances"]
        called = {one["rendered_map_index"] for one in tasks if one["task_id"] == task_id}
        assert names <= called, f"{dag_id}.{task_id}: {called}"


def test_the_pools_are_there_in_their_sizes_and_no_dag_misses_one(client: httpx.Client) -> None:
    pools = {pool["name"]: pool["slots"] for pool in asked(client, "/pools")["pools"]}
    assert pools.items() >= sizes({}).items()
    assert asked(client, "/dagWarnings")["dag_warnings"] == []
    assert asked(client, "/importErrors")["import_errors"] == []


def test_deadlines_are_counted_from_the_moment_at_which_a_run_is_queued(client: httpx.Client) -> None:
    for dag_id, minutes in (("sync_cdp", 120), ("refresh_segments", 60), ("reconcile_deliveries", 45)):
        [alert] = client.get(f"/ui/dags/{dag_id}/deadlineAlerts").raise_for_status().json()["deadline_alerts"]
        assert alert["interval"] == minutes * 60


def test_no_expected_refusal_has_a_stack_trace(instance: Instance) -> None:
    expected = {
        one.__name__
        for module in (errors, failures, budget, agreement)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, errors.LeoError)
    }
    assert {"Permanent", "Transient", "Configuration", "Disagreement"} <= expected
    traced, read = [], 0
    for file in (instance.home / "airflow" / "logs").rglob("attempt=*.log"):
        for event in _events(file):
            read += 1
            traced += [
                f"{file}: {each['exc_value']}"
                for each in event.get("error_detail") or ()
                if each["exc_type"] in expected and each["frames"]
            ]
    assert read > 1_000
    assert traced == []


def _events(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)
