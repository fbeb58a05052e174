"""From a task in Airflow to the page that a person looks at: the Segment desk's, its review's, and the data docs.

Airflow asks for links in its API server, for the task instance on the screen. What the run is about stands in its conf,
and what a mapped task works for in its name (`defaults.OF_TENANT`). Where there is no page, there is no link.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import conf
from airflow.sdk.bases.operatorlink import BaseOperatorLink

from leo_activation.orchestration.data_docs import URL_PREFIX as DATA_DOCS
from leo_activation.warehouse.connections import TENANT_ID

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

DESK = "/segment-desk"
OPEN_RUN = "sync_tenant.open_run"
REVIEW = "review"
ASKED = {"awaiting_input", "success"}
"""The states of a review's task in which its page has something to show."""


@dataclass(frozen=True)
class Shown:
    """The task instance on the screen.

    `conf` is that of its run; `label` its name, None until it began; `was_asked` whether the run's review has begun;
    `sync_run_id` the run that a sync opened for its tenant.
    """

    dag_id: str
    conf: Mapping[str, Any]
    label: str | None = None
    was_asked: bool = False
    sync_run_id: int | None = None


def desk_page(shown: Shown) -> str | None:
    """The path of the Segment desk's page, None where there is none."""
    named = (shown.label or "").split()
    match shown.dag_id:
        case "draft_segment":
            return _below(DESK, shown.conf.get("tenant"), "requests", _number(shown.conf.get("request_id")))
        case "plan_campaign" if len(named) == 2:
            return _below(DESK, named[0], "campaigns", named[1])
        case "run_campaign":
            return _below(DESK, shown.conf.get("tenant"), "review", "runs", _number(shown.conf.get("campaign_run_id")))
        case "refresh_segments" if len(named) == 1:
            return _below(DESK, named[0], "segments")
        case "reconcile_deliveries" if len(named) == 1:
            return _below(DESK, named[0], "campaigns")
        case _:
            return None


def review_page(shown: Shown) -> str | None:
    """The path of the review on the Segment desk, None where nobody was asked."""
    if not shown.was_asked:
        return None
    tenant = shown.conf.get("tenant")
    match shown.dag_id:
        case "draft_segment":
            return _below(DESK, tenant, "review", "requests", _number(shown.conf.get("request_id")))
        case "run_campaign":
            return _below(DESK, tenant, "review", "runs", _number(shown.conf.get("campaign_run_id")))
        case "review_held_refreshes":
            return _below(DESK, tenant, "review", "holds", _number(shown.conf.get("hold_id")))
        case "review_page_posts":
            return _below(DESK, tenant, "review", "posts", _number(shown.conf.get("post_id")))
        case _:
            return None


def data_docs_page(shown: Shown) -> str | None:
    """The path of the data docs of one run of a sync, None before its run was opened."""
    if shown.dag_id != "sync_cdp" or shown.sync_run_id is None:
        return None
    return _below(DATA_DOCS, shown.label, "runs", str(shown.sync_run_id))


def _below(prefix: str, tenant: object, *parts: str | None) -> str | None:
    if not isinstance(tenant, str) or not TENANT_ID.fullmatch(tenant) or None in parts:
        return None
    return "/".join([prefix, tenant, *(quote(str(part), safe="") for part in parts)])


def _number(value: object) -> str | None:
    """A number of a request, run or the like: the desk has no page of another."""
    text = str(value)
    return text if text.isascii() and text.isdigit() and text != "0" else None


def _shown(ti_key: "TaskInstanceKey") -> Shown:
    # Airflow's tables are only at hand in its API server, which is who asks.
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    run = {"dag_id": ti_key.dag_id, "run_id": ti_key.run_id}
    place = {**run, "map_index": ti_key.map_index}
    with create_session() as session:
        values = session.scalar(select(DagRun.conf).filter_by(**run))
        label = session.scalar(select(TaskInstance._rendered_map_index).filter_by(**place, task_id=ti_key.task_id))
        review = session.scalar(select(TaskInstance.state).filter_by(**run, task_id=REVIEW))
        opened = None
        if ti_key.dag_id == "sync_cdp":
            opened = session.scalar(
                select(XComModel.value).filter_by(**place, task_id=OPEN_RUN, key="return_value").limit(1)
            )
    number = _number(opened)
    return Shown(
        dag_id=ti_key.dag_id,
        conf=values if isinstance(values, dict) else {},
        label=None if label is None else str(label),
        was_asked=str(review) in ASKED,
        sync_run_id=None if number is None else int(number),
    )


class _PageLink(BaseOperatorLink):
    """A button that leads to one of these pages; `page` is what finds its path."""

    page: Callable[[Shown], str | None]

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:
        """The page's address, empty where there is none."""
        path = self.page(_shown(ti_key))
        return "" if path is None else f"{conf.get('api', 'base_url', fallback='').rstrip('/')}{path}"


class DeskLink(_PageLink):
    """The page of what the task is about."""

    name = "Segment desk"
    page = staticmethod(desk_page)


class ReviewLink(_PageLink):
    """The page on which the decision that a run waits for is made, or was."""

    name = "Review"
    page = staticmethod(review_page)


class DataDocsLink(_PageLink):
    """What the check of a sync expected and found."""

    name = "Data docs"
    page = staticmethod(data_docs_page)
