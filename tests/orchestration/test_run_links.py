"""From a task in Airflow a link leads to the page of what it is about, and to none where there is no page."""

import pytest

from leo_activation.orchestration.run_links import Shown, data_docs_page, desk_page, review_page

REQUEST = {"tenant": "retail", "request_id": 9}


@pytest.mark.parametrize(
    ("shown", "path"),
    [
        (Shown("draft_segment", REQUEST), "/segment-desk/retail/requests/9"),
        (Shown("draft_segment", {"tenant": "retail"}), None),
        (Shown("draft_segment", {"tenant": "../x", "request_id": 9}), None),
        (Shown("draft_segment", {"tenant": "retail", "request_id": "9/../8"}), None),
        (Shown("run_campaign", {"tenant": "retail", "campaign_run_id": 3}), "/segment-desk/retail/review/runs/3"),
        (Shown("plan_campaign", {}, "retail weekend_trails"), "/segment-desk/retail/campaigns/weekend_trails"),
        (Shown("plan_campaign", {}), None),
        (Shown("refresh_segments", {}, "retail"), "/segment-desk/retail/segments"),
        (Shown("refresh_segments", {}, "0"), None),
        (Shown("reconcile_deliveries", {}, "retail"), "/segment-desk/retail/campaigns"),
        (Shown("seal_audit", {}, "retail"), None),
    ],
)
def test_a_task_leads_to_the_page_of_the_segment_desk(shown: Shown, path: str | None) -> None:
    assert desk_page(shown) == path


@pytest.mark.parametrize(
    ("dag_id", "conf", "path"),
    [
        ("draft_segment", {"request_id": 9}, "/segment-desk/retail/review/requests/9"),
        ("run_campaign", {"campaign_run_id": "3"}, "/segment-desk/retail/review/runs/3"),
        ("review_held_refreshes", {"hold_id": 2}, "/segment-desk/retail/review/holds/2"),
        ("review_page_posts", {"post_id": 4, "version": 1}, "/segment-desk/retail/review/posts/4"),
        ("sync_cdp", {}, None),
    ],
)
def test_a_run_leads_to_its_review_once_somebody_was_asked(dag_id: str, conf: dict[str, object], path: str) -> None:
    conf = {"tenant": "retail", **conf}
    assert review_page(Shown(dag_id, conf, was_asked=True)) == path
    assert review_page(Shown(dag_id, conf)) is None


def test_a_sync_leads_to_the_data_docs_of_its_run() -> None:
    assert data_docs_page(Shown("sync_cdp", {}, "retail", sync_run_id=7)) == "/data-docs/retail/runs/7"
    assert data_docs_page(Shown("sync_cdp", {}, "retail")) is None
    assert data_docs_page(Shown("refresh_segments", {}, "retail", sync_run_id=7)) is None
