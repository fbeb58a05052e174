"""One campaign and each of its runs: how far it is, who was left out and why, and whether it worked."""

import re
import secrets
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi.responses import Response

from leo_activation.activation.aftermath.campaign_results import campaign_results
from leo_activation.activation.aftermath.comparisons import FEWEST_PEOPLE, GroupComparison, compare_groups
from leo_activation.activation.aftermath.reconciling import ReconcilingLimits
from leo_activation.activation.aftermath.variant_results import variant_results
from leo_activation.activation.runs.reviewer_tests import TEST_CHANNEL
from leo_activation.activation.states import CampaignState, RunState
from leo_activation.desk.app import Desk, Pages, Visit
from leo_activation.desk.identity import Capability
from leo_activation.desk.pages.campaigns.acts import HOLDS, may_hold, may_resume
from leo_activation.desk.pages.campaigns.forest import Axis, axis_over
from leo_activation.desk.pages.campaigns.progress import RUNNING, Progress, progress_of
from leo_activation.desk.pages.stop import stops_now
from leo_activation.desk.reading import Row, page_number, read_rows
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.staff import read_staff

MOST_RUNS = 10
MOST_PROBLEMS = 24
SAMPLE = 500
"""Messages of each state of `TROUBLES` whose answers are looked at."""
TROUBLES = ("rejected", "retry", "unknown")
A_PAGE = 100
STOPS_POLLING = 286
"""htmx polls no more after an answer with this status."""
LONG_NUMBER = re.compile(r"\+?[0-9](?:[ ().-]*[0-9]){6,}")
"""What may be a telephone number in the words of a provider; an answer's e-mail addresses were cut out when it came."""
IN_THE_MIDDLE = {"approved": "review", "sent": "sending"}
"""What a step of a campaign's way is called while it is the one that is waited for."""
RUN_TONES = {
    RunState.APPROVED: "info",
    RunState.SENDING: "info",
    RunState.FINISHED: "good",
    RunState.REJECTED: "bad",
    RunState.STOPPED: "bad",
}
TONES = {
    CampaignState.DRAFT: "warn",
    CampaignState.IN_REVIEW: "info",
    CampaignState.APPROVED: "good",
    CampaignState.FINISHED: "good",
    CampaignState.REJECTED: "bad",
    CampaignState.STOPPED: "bad",
}


class CampaignPages:
    """A campaign's page, and the parts of it that are asked for by themselves."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def add_to(self, pages: Pages) -> None:
        """Register them."""
        pages.add("GET", "/campaigns/{campaign_id}", Capability.READ, partial(self._with_one_connection, self.show))
        pages.add(
            "GET",
            "/campaigns/{campaign_id}/runs/{run_id:int}",
            Capability.READ,
            partial(self._with_one_connection, self.show),
        )
        pages.add(
            "GET",
            "/campaigns/{campaign_id}/runs/{run_id:int}/progress",
            Capability.READ,
            partial(self._with_one_connection, self.show_progress),
        )
        pages.add(
            "GET",
            "/campaigns/{campaign_id}/runs/{run_id:int}/unknown",
            Capability.READ,
            partial(self._with_one_connection, self.list_unknown),
        )
        pages.add(
            "GET",
            "/campaigns/{campaign_id}/results",
            Capability.READ,
            partial(self._with_one_connection, self.show_results),
        )

    def _with_one_connection(self, page: Callable[[Visit, Warehouse], Response], visit: Visit) -> Response:
        """A page's statements are many and small: to open a connection for each would take longer than they do."""
        with KeptConnections(self._desk.warehouse) as warehouse:
            return page(visit, warehouse)

    def show(self, visit: Visit, warehouse: Warehouse) -> Response:
        """The campaign with the run that the address names, else its latest."""
        one = self._one(visit, warehouse)
        if one is None:
            return self._desk.missing(visit, "campaign")
        run_id = visit.request.path_params.get("run_id")
        runs = self._runs(visit, warehouse, one, before=page_number(visit.request.query_params.get("before", "")))
        # The latest, whichever page of the runs is shown and however many tests came after it.
        kind = "campaign" if run_id is None else None
        found = self._runs(visit, warehouse, one, only=run_id, kind=kind, most=1)
        if run_id is not None and not found:
            return self._desk.missing(visit, "run")
        run = found[0] if found else None
        watched = self._watched(visit, warehouse, one, run) if run is not None else {}
        named = {"campaign_id": one["campaign_id"]}
        done = visit.request.query_params.get("done", "")
        [waiting] = read_rows(warehouse, visit.tenant_id, "desk/count_open_of_campaign", named)
        return self._desk.page(
            visit,
            "campaign.html",
            tab="campaigns",
            **self._about(visit, one),
            **watched,
            run=run,
            is_latest=run_id is None,
            runs=runs[:MOST_RUNS],
            older=runs[MOST_RUNS - 1]["campaign_run_id"] if len(runs) > MOST_RUNS else None,
            versions=read_rows(warehouse, visit.tenant_id, "activation/campaigns/list_versions", named),
            acts=read_rows(warehouse, visit.tenant_id, "desk/list_interventions", {**named, "most": MOST_RUNS}),
            path=_path(one, run),
            done=done if done in HOLDS else "",
            waiting=waiting["messages"],
            open_runs=[
                row["campaign_run_id"] for row in read_rows(warehouse, visit.tenant_id, "desk/open_runs", named)
            ],
            can_hold=may_hold(visit.person, one["requested_by"]),
            can_resume=may_resume(visit.person, one["paused_by"]),
            is_over=one["state"] in {CampaignState.FINISHED, CampaignState.CANCELLED},
            can_test="ask" in visit.person.may and TEST_CHANNEL in one["channels"] and not one["missing"],
            has_address=bool(read_staff(warehouse, [visit.person.user_id])),
            test_channel=TEST_CHANNEL,
            nonce=secrets.token_hex(8),
        )

    def show_progress(self, visit: Visit, warehouse: Warehouse) -> Response:
        """How far a run is: asked for again and again while it moves, until it is told that nothing moves any more."""
        one = self._one(visit, warehouse)
        if one is None:
            return self._desk.missing(visit, "campaign")
        found = self._runs(visit, warehouse, one, only=visit.request.path_params["run_id"])
        if not found:
            return self._desk.missing(visit, "run")
        watched = self._watched(visit, warehouse, one, found[0])
        template = "campaign_progress.html" if visit.is_fragment else "campaign_progress_page.html"
        status = HTTPStatus.OK if watched["is_moving"] or not visit.is_fragment else STOPS_POLLING
        return self._desk.page(
            visit, template, status=status, tab="campaigns", **self._about(visit, one), **watched, run=found[0]
        )

    def list_unknown(self, visit: Visit, warehouse: Warehouse) -> Response:
        """The messages of a run whose end is not known, by id, and what happens to them."""
        one = self._one(visit, warehouse)
        if one is None:
            return self._desk.missing(visit, "campaign")
        found = self._runs(visit, warehouse, one, only=visit.request.path_params["run_id"])
        if not found:
            return self._desk.missing(visit, "run")
        named = {"campaign_run_id": found[0]["campaign_run_id"]}
        after = visit.request.query_params.get("after", "")
        rows = read_rows(
            warehouse,
            visit.tenant_id,
            "desk/list_unknown",
            {**named, "after": after if re.fullmatch(r"[0-9a-f-]{36}", after) else None, "most": A_PAGE + 1},
        )
        return self._desk.page(
            visit,
            "campaign_unknown.html",
            tab="campaigns",
            one=one,
            run=found[0],
            rows=rows[:A_PAGE],
            next=rows[A_PAGE - 1]["delivery_id"] if len(rows) > A_PAGE else None,
            sums=read_rows(warehouse, visit.tenant_id, "desk/sum_unknown", named),
            deadline=ReconcilingLimits().deadline,
        )

    def show_results(self, visit: Visit, warehouse: Warehouse) -> Response:
        """Whether it worked: over all runs first, then in the run that is asked for, then what it cost."""
        one = self._one(visit, warehouse)
        if one is None:
            return self._desk.missing(visit, "campaign")
        run_id = page_number(visit.request.query_params.get("run", ""))
        campaign_id = one["campaign_id"]
        totals = campaign_results(warehouse, visit.tenant_id, campaign_id).totals
        pooled = compare_groups(warehouse, visit.tenant_id, campaign_id)
        runs = self._runs(visit, warehouse, one, kind="campaign", most=2)
        # The only run says nothing that all of them do not.
        is_one_of_several = run_id is not None and len(runs) > 1
        alone = compare_groups(warehouse, visit.tenant_id, campaign_id, run_id) if is_one_of_several else []
        lines = _lines(pooled, alone)
        template = "campaign_results.html" if visit.is_fragment else "campaign_results_page.html"
        return self._desk.page(
            visit,
            template,
            tab="campaigns",
            **self._about(visit, one),
            totals=totals,
            lines=lines,
            axis=axis_over([(each.low, each.high) for _, each in lines]) if lines else Axis(0, 1, ()),
            run_id=run_id,
            variants=variant_results(warehouse, visit.tenant_id, campaign_id) if one["variants"] else [],
            fewest=FEWEST_PEOPLE,
        )

    def _one(self, visit: Visit, warehouse: Warehouse) -> Row | None:
        named = {"campaign_id": str(visit.request.path_params["campaign_id"])}
        rows = read_rows(warehouse, visit.tenant_id, "desk/read_campaign", named)
        return rows[0] if rows else None

    def _runs(
        self,
        visit: Visit,
        warehouse: Warehouse,
        one: Row,
        *,
        before: int | None = None,
        only: int | None = None,
        kind: str | None = None,
        most: int = MOST_RUNS + 1,
    ) -> list[Row]:
        values = {"campaign_id": one["campaign_id"], "before": before, "only": only, "kind": kind, "most": most}
        return read_rows(warehouse, visit.tenant_id, "desk/list_campaign_runs", values)

    def _about(self, visit: Visit, one: Row) -> dict[str, Any]:
        """What every part of the page says the campaign by."""
        return {
            "one": one,
            "tone": "warn" if one["paused_at"] else TONES.get(one["state"], ""),
            "run_tones": RUN_TONES,
            "at": f"{self._desk.root}/{visit.tenant_id}/campaigns/{one['campaign_id']}",
        }

    def _watched(self, visit: Visit, warehouse: Warehouse, one: Row, run: Row) -> dict[str, Any]:
        """A run in numbers."""
        tenant_id = visit.tenant_id
        named = {"campaign_run_id": run["campaign_run_id"]}
        steps = read_rows(warehouse, tenant_id, "activation/audience/read_audience_steps", named)
        kind = "customer" if run["kind"] == "campaign" else "reviewer"
        counted = read_rows(warehouse, tenant_id, "desk/count_outcomes", {**named, "kind": kind})
        progress = progress_of(counted, steps, one["now"])
        is_paused = one["paused_at"] is not None and run["kind"] == "campaign"
        stops = stops_now(warehouse, tenant_id) if run["state"] in RUNNING else ()
        is_troubled = any(map(progress.all.of, TROUBLES))
        asked = {**named, "sample": SAMPLE, "most": MOST_PROBLEMS}
        problems = read_rows(warehouse, tenant_id, "desk/list_run_problems", asked) if is_troubled else []
        return {
            "steps": _shown(steps),
            "quiet_steps": [step["step"] for step in steps if _is_quiet(step)],
            "progress": progress,
            "is_moving": progress.is_moving(run["state"], one["now"], is_held=is_paused or bool(stops)),
            "is_running": run["state"] in RUNNING and progress.all.to_come > 0,
            "is_paused": is_paused,
            "problems": _by_channel(problems, progress),
            "deadline": ReconcilingLimits().deadline,
            "stops": stops,
            "coarse": _coarse(progress),
            # A test has no run of its own: the next look for what is due sends it.
            "airflow_run": f"{self._desk.root.rpartition('/')[0]}/dags/run_campaign/runs/"
            f"campaign-{tenant_id}-{run['campaign_run_id']}"
            if run["kind"] == "campaign"
            else None,
        }


def _is_quiet(step: Row) -> bool:
    return not step["dropped"] and step["step"] not in {"matched", "to_send"}


def _shown(steps: list[Row]) -> list[Row]:
    """The waterfall less the steps that dropped nobody, each with how many came to it."""
    return [{**step, "before": step["kept"] + step["dropped"]} for step in steps if not _is_quiet(step)]


def _coarse(progress: Progress) -> int:
    """How far it is in steps of ten percent: what is read out does not change with every message."""
    return 100 if not progress.all.to_come else 10 * (10 * progress.all.tried // max(progress.all.planned, 1))


def _by_channel(problems: list[Row], progress: Progress) -> dict[str, list[Row]]:
    """What providers said, by channel, without what may be a number of somebody's.

    Where more messages are in a state than were looked at, how many have which answer is not known, and not told.
    """
    told: dict[str, list[Row]] = {}
    for row in problems:
        messages = row["messages"] if progress.all.of(row["state"]) <= SAMPLE else None
        answer = LONG_NUMBER.sub("…", row["answer"])[:90]
        told.setdefault(row["channel"], []).append({**row, "answer": answer, "messages": messages})
    return {channel: rows[:3] for channel, rows in told.items()}


def _lines(pooled: list[GroupComparison], alone: list[GroupComparison]) -> list[tuple[str, GroupComparison]]:
    """All runs first, then the one run, then what it cost: whose groups are those of all runs."""
    bought = [("all", each) for each in pooled if each.measure == "bought"]
    this = [("run", each) for each in alone if each.measure == "bought" and each not in pooled]
    return bought + this + [("harm", each) for each in pooled if each.measure == "left"]


def _path(one: Row, run: Row | None) -> list[tuple[str, str]]:
    """How far the campaign, or this run of it, has come: (step, done | now | ahead | failed)."""
    state = run["state"] if run is not None else None
    reached = {
        "built": one["state"] != CampaignState.DRAFT,
        "planned": run is not None,
        "approved": state in {RunState.APPROVED, RunState.SENDING, RunState.FINISHED},
        "sent": state == RunState.FINISHED,
    }
    ended = state in {RunState.REJECTED, RunState.STOPPED} or one["state"] == CampaignState.CANCELLED
    steps: list[tuple[str, str]] = []
    for name, done in reached.items():
        is_next = not done and all(before == "done" for _, before in steps)
        word = IN_THE_MIDDLE.get(name, name) if is_next and not ended else name
        steps.append((word, "done" if done else ("failed" if ended else "now") if is_next else "ahead"))
    return [*steps, ("results", "now" if state == RunState.FINISHED else "ahead")]
