"""LEO's agents trigger what this program can truly do, once an id, and their secrets go nowhere."""

import json
import logging
from typing import Any

import httpx
import pytest
from psycopg import sql

from leo_activation.desk.api.agents import airflow_run_of
from leo_activation.desk.protection import RateLimit
from leo_activation.segments.leo_rules import keep_key
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from tests.desk.api.conftest import PASSWORD, TENANT, Office
from tests.desk.api.test_requests import error

LEO_KEY = "3oLdrUJGRB8w28poFvE2uE"
CANARY = "canary-8c1f"
SECRETS = {
    "tokenkey": f"{CANARY}-tokenkey",
    "tokenvalue": f"{CANARY}-tokenvalue",
    "smtp_password": f"{CANARY}-smtp",
    "smtp": {"password": f"{CANARY}-nested", f"{CANARY}-name": 1},
    "cdp_hostname": f"{CANARY}.example",
}


@pytest.fixture(autouse=True, scope="module")
def imported(office: Office) -> None:
    keep_key(office.shop.warehouse, TENANT, LEO_KEY, "red_socks")


def trigger(
    office: Office, agent: str, run_id: str | None, segment: str | None = LEO_KEY, **more: Any
) -> httpx.Response:
    """LEO's call: basic auth with a user of Airflow, and everything that it sends along."""
    conf = {"service_id": f"{agent}_service", **SECRETS, **({} if segment is None else {"segmentid": segment})}
    body = {"conf": conf, **({} if run_id is None else {"dag_run_id": run_id})}
    auth = more.pop("auth", ("leo", PASSWORD))
    return httpx.post(f"{office.api}/leo/dags/{agent}/dagRuns", json=body, auth=auth, timeout=40, **more)


@pytest.mark.parametrize(
    ("agent", "dag_id"), [("leo_personalization", "compute_interests"), ("leo_compute_clv", "sync_cdp")]
)
def test_what_is_computed_anew_is_started_in_airflow_as_leos_user_once_an_id(
    office: Office, agent: str, dag_id: str
) -> None:
    first = trigger(office, agent, "of_this_test__2026-11-20T07:00:00+00:00")
    assert first.status_code == 200
    told = first.json()
    assert (told["dag_id"], told["dag_run_id"], told["state"]) == (
        agent,
        "of_this_test__2026-11-20T07:00:00+00:00",
        "queued",
    )
    assert told["conf"] == {"segmentid": LEO_KEY, "service_id": f"{agent}_service"}
    run_id = f"leo.{TENANT}.of_this_test__2026-11-20T07:00:00+00:00"
    assert told["leads_to"] == {"kind": "dag_run", "id": run_id, "dag_id": dag_id}
    assert "Nothing is sent" in told["answer"]
    assert office.airflow.runs[dag_id, run_id]["conf"] == {"tenants": [TENANT]}

    before = len(office.airflow.runs)
    assert trigger(office, agent, "of_this_test__2026-11-20T07:00:00+00:00").json() == told
    assert len(office.airflow.runs) == before
    assert trigger(office, agent, "another", segment=None).status_code == 200
    assert len(office.airflow.runs) == before + 1


def test_an_email_is_a_draft_that_waits_for_people_and_nothing_is_sent(office: Office) -> None:
    shop = office.shop
    answers: list[httpx.Response] = []
    written = shop.written_by(lambda: answers.append(trigger(office, "leo_email_marketing", "mail-1")))
    told = answers[0].json()
    assert (answers[0].status_code, told["state"], told["leads_to"]["kind"]) == (200, "success", "campaign")
    assert "Nothing is sent before an approver says so" in told["answer"]
    campaign_id = told["leads_to"]["id"]
    rows = shop.query(
        "SELECT segment_id, state, channels, requested_by FROM activation.campaign WHERE campaign_id = %s", campaign_id
    )
    assert rows == [("red_socks", "draft", ["email"], "leo")]
    assert written <= {"activation.campaign", "ops.agent_run", "ops.action_call", "audit.pending"}
    before = shop.query("SELECT count(*) FROM activation.campaign")
    assert trigger(office, "leo_email_marketing", "mail-1").json() == told
    assert shop.query("SELECT count(*) FROM activation.campaign") == before
    other = trigger(office, "leo_email_marketing", "mail-2").json()
    assert other["leads_to"]["id"] != campaign_id
    assert shop.query("SELECT count(*) FROM activation.run") == [(0,)]


def test_without_an_id_it_is_one_run_an_hour_and_segment(office: Office) -> None:
    before = office.shop.query("SELECT count(*) FROM ops.agent_run")[0][0]
    told = [trigger(office, "leo_compute_clv", None).json()["dag_run_id"] for _ in range(3)]
    # Two hours where the test runs over a full one.
    assert len(set(told)) in (1, 2)
    assert office.shop.query("SELECT count(*) FROM ops.agent_run")[0][0] == before + len(set(told))
    assert trigger(office, "leo_compute_clv", None, segment=None).json()["dag_run_id"] not in told


def test_a_segment_that_is_not_fit_is_said_to_be_so(office: Office) -> None:
    shop = office.shop
    shop.said("Create a segment named 'Not yet': customers from Poland")
    for agent in ("leo_personalization", "leo_email_marketing"):
        assert error(trigger(office, agent, "unfit", segment="nobodyImportedThis")) == (404, "not_found")
        assert error(trigger(office, agent, "unfit", segment="not_yet")) == (409, "conflict")
        assert error(trigger(office, agent, "unfit", segment="<script>")) == (422, "invalid")
    assert error(trigger(office, "leo_email_marketing", "unfit", segment=None)) == (404, "not_found")
    assert shop.query("SELECT count(*) FROM ops.agent_run WHERE dag_run_id = 'unfit'") == [(0,)]
    assert trigger(office, "leo_email_marketing", "once").status_code == 200
    shop.query("INSERT INTO segment.leo_key (tenant_id, leo_key, segment_id) VALUES (%s, 'other', 'other')", TENANT)
    assert error(trigger(office, "leo_email_marketing", "once", segment="other")) == (404, "not_found")
    shop.approved("Create a segment named 'Other': customers from Austria")
    assert error(trigger(office, "leo_email_marketing", "once", segment="other")) == (409, "conflict")
    assert error(trigger(office, "leo_unknown", "unfit")) == (422, "invalid")


def test_airflow_says_who_may_and_what_failed_is_asked_for_again(office: Office) -> None:
    assert error(trigger(office, "leo_compute_clv", "rights", auth=("leo", "wrong"))) == (401, "not_logged_in")
    assert error(trigger(office, "leo_compute_clv", "rights", auth=("nobody", PASSWORD))) == (401, "not_logged_in")
    # Airflow's Viewer may ask for segments and start nothing.
    assert error(trigger(office, "leo_compute_clv", "rights", auth=("colleague", "x"))) == (403, "not_allowed")
    office.airflow.is_down = True
    try:
        assert error(trigger(office, "leo_compute_clv", "rights")) == (503, "unavailable")
    finally:
        office.airflow.is_down = False
    told = trigger(office, "leo_compute_clv", "rights")
    assert told.status_code == 200
    assert office.shop.query("SELECT asked_by FROM ops.agent_run WHERE dag_run_id = 'rights'") == [("leo",)]
    by_token = {"Authorization": "Bearer token-of-leo"}
    assert trigger(office, "leo_compute_clv", "rights", auth=None, headers=by_token).json() == told.json()


def test_no_id_makes_a_run_of_one_tenant_that_of_another() -> None:
    assert airflow_run_of("corner", "shop__daily") != airflow_run_of("corner__shop", "daily")
    assert airflow_run_of("corner", "shop.daily") != airflow_run_of("corner_shop", "daily")


def test_a_header_that_holds_no_password_is_the_callers_mistake(office: Office) -> None:
    for given in (b"Basic \xe9\xe9\xe9\xe9", b"Basic %%%", b"Basic /////w==", b"Basic bGVv"):
        answer = trigger(office, "leo_compute_clv", "header", auth=None, headers={b"Authorization": given})
        assert error(answer) == (401, "not_logged_in"), given


def test_passwords_cannot_be_tried_without_end(office: Office) -> None:
    usual = office.door.tries
    office.door.tries = RateLimit(per_second=0.001, burst=2)
    try:
        answers = [error(trigger(office, "leo_compute_clv", "tries", auth=("victim", "x"))) for _ in range(3)]
        other = trigger(office, "leo_compute_clv", "tries", segment="unknown")
    finally:
        office.door.tries = usual
    assert answers == [(401, "not_logged_in")] * 2 + [(429, "too_many")]
    assert error(other) == (404, "not_found")


def test_the_secrets_that_leo_sends_are_in_no_answer_log_or_table(
    office: Office, warehouse: Warehouse, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"{office.api}/leo/dags/leo_personalization/dagRuns"
    headers = {"Authorization": "Bearer token-of-leo", "Content-Type": "application/json"}
    answers = [trigger(office, agent, "canary") for agent in ("leo_personalization", "leo_compute_clv")]
    answers.append(trigger(office, "leo_email_marketing", "canary"))
    answers.append(trigger(office, "leo_email_marketing", "canary-2", segment="unknown"))
    answers.append(trigger(office, "leo_compute_clv", "canary-3", auth=("colleague", "x")))
    answers.append(trigger(office, "leo_compute_clv", "canary-4", auth=("leo", f"{CANARY}-password")))
    office.airflow.is_down = True
    answers.append(trigger(office, "leo_compute_clv", "canary-5"))
    office.airflow.is_down = False
    wrong: tuple[object, ...] = (
        {"conf": {**SECRETS, "segmentid": {CANARY: CANARY}}},
        {"conf": {**SECRETS, "segmentid": f"{CANARY} {CANARY}"}},
        {"conf": [CANARY]},
        {"conf": CANARY},
        {CANARY: CANARY, "conf": SECRETS, "dag_run_id": f"{CANARY} with a blank"},
        [CANARY],
    )
    answers.extend(httpx.post(url, json=each, headers=headers) for each in wrong)
    answers.append(httpx.post(url, content=f'{{"conf": {{"tokenvalue": "{CANARY}"', headers=headers))
    answers.append(httpx.post(url, content=CANARY.encode() + b"\xff", headers=headers))

    assert {answer.status_code for answer in answers} == {200, 400, 401, 403, 404, 422, 503}
    assert [answer.text for answer in answers if "canary-8c1f" in answer.text or PASSWORD in answer.text] == []
    streams = capfd.readouterr()
    said = caplog.text + streams.out + streams.err + "".join(repr(vars(record)) for record in caplog.records)
    assert "Airflow answered 500" in said, "the log was not looked at"
    assert CANARY not in said
    assert PASSWORD not in said
    assert CANARY not in json.dumps(list(office.airflow.runs.values()), default=str)
    assert tables_that_hold(warehouse, TENANT) != []
    assert tables_that_hold(warehouse, CANARY) == []
    assert tables_that_hold(warehouse, PASSWORD) == []


def tables_that_hold(warehouse: Warehouse, words: str) -> list[str]:
    """Every table of every schema of the program in which some row says `words`."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.autocommit = True  # each table by itself: the locks of all of them are more than PostgreSQL keeps
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'ag_catalog')"
        ).fetchall()
        question = sql.SQL("SELECT EXISTS (SELECT FROM {}.{} AS row WHERE strpos(row::text, %s) > 0)")
        return [
            f"{schema}.{table}"
            for schema, table in tables
            if connection.execute(question.format(sql.Identifier(schema), sql.Identifier(table)), [words]).fetchone()[0]  # type: ignore[index]
        ]
