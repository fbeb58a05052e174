"""The stand-ins of the SMS providers refuse what the documents of these providers refuse, and keep none of it."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from jsonschema import Draft202012Validator

from sandbox.process import SandboxProcess, running_sandbox
from sandbox.twilio.contract import CONTRACT

SID = "AC" + "0a" * 16
LOGIN = {"Authorization": "Basic " + base64.b64encode(f"{SID}:token".encode()).decode()}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GOOD = {"To": "+84912345678", "From": "+15005550006", "Body": "Hi"}
MESSAGE = {
    "request_id": "r-1",
    "brand": "TATDO",
    "to": "+84912345678",
    "text": "Hi",
    "encoding": "GSM-7",
    "type": "care",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


def test_twilio_refuses_each_by_its_own_code(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.twilio_url}/2010-04-01/Accounts/{SID}/Messages.json"

    def code(form: dict[str, str], headers: dict[str, str]) -> int:
        answer = httpx.post(url, content=urlencode(form), headers=headers)
        return int(answer.json()["code"]) if answer.status_code != 201 else 0

    all_well = {**LOGIN, **FORM}
    assert code(GOOD, {**FORM}) == 20003
    assert code(GOOD, {**LOGIN, "Content-Type": "application/json"}) == 20415
    assert code({**GOOD, "To": "0912345678"}, all_well) == 21211
    assert code({"To": GOOD["To"], "Body": "Hi"}, all_well) == 21603
    assert code({**GOOD, "From": "a name that is too long"}, all_well) == 21212
    assert code({**GOOD, "Body": ""}, all_well) == 21602
    assert code({**GOOD, "Body": "a" * 1_601}, all_well) == 21617
    assert code({**GOOD, "StatusCallback": "nowhere"}, all_well) == 21609
    assert code({**GOOD, "Invented": "1"}, all_well) == 20001
    assert sandbox.journal() == []


def test_what_twilio_answers_is_a_message_by_its_own_schema(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.twilio_url}/2010-04-01/Accounts/{SID}/Messages.json"
    schema = json.loads((CONTRACT / "message.schema.json").read_text(encoding="utf-8"))

    message = httpx.post(url, content=urlencode(GOOD), headers={**LOGIN, **FORM}).json()

    # OpenAPI 3.0 says by `nullable` what JSON Schema says by a type.
    told = {name: value for name, value in message.items() if value is not None}
    assert list(Draft202012Validator({**schema, "additionalProperties": False}).iter_errors(told)) == []
    sandbox.reset()


def test_the_aggregator_refuses_by_the_contract_and_takes_a_request_once(sandbox: SandboxProcess) -> None:
    url, key = f"{sandbox.brandname_url}/v1/messages", {"Authorization": "Bearer key"}

    def status(body: object, headers: dict[str, str] = key) -> int:
        return httpx.post(url, content=json.dumps(body), headers=headers).status_code

    assert status(MESSAGE, {}) == 401
    assert status({**MESSAGE, "to": "0912345678"}) == 422
    assert status({**MESSAGE, "type": "advertising"}) == 422
    assert status({**MESSAGE, "invented": 1}) == 422
    assert sandbox.journal() == []
    assert [status(MESSAGE), status(MESSAGE)] == [202, 409]
    assert httpx.get(f"{url}/r-1", headers=key).json()["status"] == "delivered"
    assert httpx.get(f"{url}/r-2", headers=key).status_code == 404
