"""Requests by a program take the way of a row that was inserted by SQL, and every error has the one form."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from leo_activation.desk.protection import HEADERS, TOKEN_HEADER, RateLimit
from leo_activation.segments.requests import collect_requests
from tests.actions.conftest import RED_SOCKS
from tests.desk.api.conftest import TENANT, Office
from tests.desk.conftest import ROOT

TEXT = "Customers who bought red socks in the last 30 days"


def error(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of an error, which has to have the one form."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "request_id"}
    return answer.status_code, body["error"]["code"]


def test_a_submitted_request_is_a_row_of_the_inbox_and_nothing_else(office: Office) -> None:
    shop, client = office.shop, office.as_("marketer")
    answers: list[httpx.Response] = []
    written = shop.written_by(lambda: answers.append(client.post("/requests", json={"text": TEXT})))
    told = answers[0].json()
    assert answers[0].status_code == 201
    insert = "INSERT INTO segment.request (tenant_id, text, requested_by) VALUES (%s, %s, 'marketer')"
    assert written == shop.written_by(lambda: shop.query(insert, TENANT, TEXT))
    # The audit log is written by the table itself.
    assert written == {"segment.request", "audit.pending"}
    [(by_sql,)] = shop.query("SELECT max(request_id) FROM segment.request")
    columns = "text, requested_by, state, as_of, collected_at, revises_request_id, edited_by, planner, activation"
    rows = shop.query(f"SELECT {columns} FROM segment.request WHERE request_id IN (%s, %s)", told["request_id"], by_sql)
    assert rows[0] == rows[1]
    assert {told["request_id"], by_sql} <= set(collect_requests(shop.warehouse, shop.tenant_id))
    assert (told["state"], told["waits_for"], told["requested_by"]) == ("submitted", "draft_segment", "marketer")
    where = answers[0].headers["location"]
    assert where == f"{ROOT}/{TENANT}/api/requests/{told['request_id']}"
    assert httpx.get(office.base + where, headers=client.headers).json() == told

    # Handled by the same function as any row, it goes the same way to its review.
    assert shop.handle(told["request_id"]).state == shop.handle(by_sql).state == "drafted"
    told = client.get(f"/requests/{told['request_id']}").json()
    assert (told["state"], told["waits_for"], told["member_count"]) == ("drafted", "approver", 3)
    assert told["answer"]


def test_requests_are_listed_page_by_page_the_newest_first(office: Office) -> None:
    client = office.as_("editor")
    mine = [client.post("/requests", json={"text": f"{TEXT} {number}"}).json()["request_id"] for number in range(3)]
    first = client.get("/requests", params={"mine": True, "limit": 2}).json()
    assert [each["request_id"] for each in first["requests"]] == mine[:0:-1]
    rest = client.get("/requests", params={"mine": True, "limit": 2, "before": first["next_before"]}).json()
    assert ([each["request_id"] for each in rest["requests"]], rest["next_before"]) == (mine[:1], None)
    approved = client.get("/requests", params={"state": "approved"}).json()["requests"]
    assert {each["state"] for each in approved} == {"approved"}
    assert "red_socks" in {each["segment_id"] for each in approved}


def test_words_are_told_without_contact_data(office: Office) -> None:
    told = office.as_("marketer").post("/requests", json={"text": "Write to ann@example.com or +84 912 345 678"})
    assert told.status_code == 201
    assert "ann@example.com" not in told.text
    assert "912" not in told.text


def test_who_may_not_is_told_so_in_json_before_the_body_is_read(office: Office) -> None:
    bad = {"content": b"{not json", "headers": {"Content-Type": "application/json"}}
    assert error(office.as_(None).post("/requests", **bad)) == (401, "not_logged_in")  # type: ignore[arg-type]
    assert error(office.as_("nobody").get("/requests")) == (401, "not_logged_in")
    assert error(office.as_("stranger").get("/requests")) == (404, "no_tenant")
    elsewhere = f"{office.base}{ROOT}/another/api/requests"
    assert error(httpx.get(elsewhere, headers=office.as_("marketer").headers)) == (404, "no_tenant")
    assert error(office.as_("marketer").get("/requests/999999")) == (404, "not_found")
    assert error(office.as_("marketer").get("/nothing")) == (404, "not_found")
    assert error(office.as_("marketer").delete("/requests")) == (405, "method_not_allowed")
    # A password is for LEO's trigger call alone.
    assert error(httpx.get(f"{office.api}/requests", auth=("leo", "x"))) == (401, "not_logged_in")


def test_a_write_by_the_cookie_of_a_login_needs_the_token_against_forged_writes(office: Office) -> None:
    client = office.as_(None)
    client.cookies.set("_token", "token-of-marketer")
    body = {"text": TEXT}
    assert client.get("/requests").status_code == 200
    assert error(client.post("/requests", json=body)) == (403, "no_token")
    theirs = {TOKEN_HEADER: office.desk.tokens.make("colleague")}
    assert error(client.post("/requests", json=body, headers=theirs)) == (403, "no_token")
    mine = {TOKEN_HEADER: office.desk.tokens.make("marketer")}
    assert client.post("/requests", json=body, headers=mine).status_code == 201


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{", {}, (422, "invalid")),
        (b'{"text": "\xff"}', {}, (400, "bad_request")),
        (b'{"text": "a\\u0000b"}', {}, (422, "invalid")),
        (b'{"text": "\\ud800"}', {}, (422, "invalid")),
        (b'{"text": "  "}', {}, (422, "invalid")),
        (b'{"text": "x", "canary": "canary"}', {}, (422, "invalid")),
        (b'{"text": "x", "revises_request_id": 99999999999999999999}', {}, (422, "invalid")),
        (b'{"text": "x", "revises_request_id": 987654}', {}, (422, "refused")),
        (b"[" * 60_000, {}, (400, "bad_request")),
        (b'{"text": "' + b"x" * 70_000 + b'"}', {}, (413, "too_large")),
        (b"text=canary", {"Content-Type": "application/x-www-form-urlencoded"}, (415, "not_json")),
        (b'{"text": "x"}', {"Content-Type": "text/plain"}, (415, "not_json")),
    ],
)
def test_what_cannot_be_taken_is_said_without_repeating_it(
    office: Office, content: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    before = office.shop.query("SELECT count(*) FROM segment.request")
    answer = office.as_("marketer").post(
        "/requests", content=content, headers={"Content-Type": "application/json", **headers}
    )
    assert error(answer) == expected
    assert "canary" not in answer.text
    assert office.shop.query("SELECT count(*) FROM segment.request") == before


def test_a_body_of_unknown_length_is_not_read(office: Office) -> None:
    def parts() -> object:
        yield b'{"text": "x"}'

    client = office.as_("marketer", **{"Content-Type": "application/json"})
    assert error(client.post("/requests", content=parts())) == (411, "length_required")  # type: ignore[arg-type]


def test_whoever_calls_too_often_waits_and_every_answer_has_the_headers_of_security(office: Office) -> None:
    client, usual = office.as_("reviewer"), office.desk.limit
    office.desk.limit = RateLimit(per_second=0.001, burst=1)
    try:
        assert client.get("/requests").status_code == 200
        answer = client.get("/requests")
    finally:
        office.desk.limit = usual
    assert error(answer) == (429, "too_many")
    assert int(answer.headers["retry-after"]) > 1
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_api_is_what_its_description_says(office: Office, tmp_path: Path) -> None:
    """By schemathesis, from outside, as somebody who may ask: documented answers only, and none without a login."""
    where = f"{office.base}{ROOT}/api/openapi.json"
    described = httpx.get(where).json()
    paths = described["paths"]
    # Whatever is served was registered with the capability that it needs.
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods if method != "parameters"}
    assert served == {(route.method, "/{tenant}" + route.path) for route in office.desk.routes}
    for path in paths.values():
        # A random tenant is none: the tests of the routes themselves need one that is there.
        path["parameters"][0]["schema"] = {"const": TENANT}
    described["servers"] = [{"url": f"{office.base}{ROOT}"}]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described))
    # A body that is too large is refused for that; schemathesis would have it refused for its content.
    (tmp_path / "schemathesis.toml").write_text(
        "[checks.negative_data_rejection]\n"
        'expected-statuses = ["400", "401", "403", "404", "411", "413", "415", "422"]\n'
    )
    command = [
        str(Path(sys.executable).with_name("st")), "run", str(file), "--url", f"{office.base}{ROOT}",
        "--header", "Authorization: Bearer token-of-leo", "--phases", "examples,coverage,fuzzing",
        "--max-examples", "2", "--seed", "1", "--request-timeout", "30", "--suppress-health-check", "all",
        "--warnings", "off", "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
        "response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    assert f"Tested: {len(served)}\n" in done.stdout


def test_a_segment_that_is_asked_for_here_waits_for_somebody_else(office: Office) -> None:
    told = office.as_("marketer").post("/chat", json={"prompt": RED_SOCKS.replace("60", "50")}).json()
    assert told["debug"]["data"]["waits_for"] == "approver"
