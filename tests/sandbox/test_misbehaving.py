"""What every HTTP stand-in can be told to do, it can do: none starts without an answer to each of its scenarios."""

from pathlib import Path

import pytest

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import COMMON, WITHOUT_ERROR, ErrorAnswer, Misbehaving
from sandbox.scenarios import SCENARIOS, HttpFault, Switchboard

HTTP_PROVIDERS = ("sendgrid", "zalo", "messenger", "messenger_marketing", "fcm", "webpush", "twilio", "brandname")


@pytest.mark.parametrize("channel", HTTP_PROVIDERS)
def test_each_provider_has_the_shared_faults_and_what_has_no_answer_is_found_at_the_start(
    channel: str, tmp_path: Path
) -> None:
    names = {str(scenario) for scenario in SCENARIOS[channel]}
    assert {str(fault) for fault in HttpFault} <= names
    journal = Journal(tmp_path / "journal.jsonl")
    answered = {name: ErrorAnswer(400) for name in names - WITHOUT_ERROR - set(COMMON)}
    Misbehaving(channel, journal, Switchboard(), Connections(), answered)
    for name in answered:
        less = {each: answer for each, answer in answered.items() if each != name}
        with pytest.raises(ValueError, match=name):
            Misbehaving(channel, journal, Switchboard(), Connections(), less)
    journal.close()


def test_an_error_that_comes_with_a_taken_message_says_so() -> None:
    refusal = ErrorAnswer(400, {"error": 1}, {"Retry-After": "1"}, taken=True)
    answer = refusal.response({"X-Limit": "2"})
    assert (answer.status_code, answer.body) == (400, b'{"error":1}')
    assert (answer.headers["Retry-After"], answer.headers["X-Limit"]) == ("1", "2")
    assert ErrorAnswer(204).response().body == b""
