"""Whatever a provider answers: reading it raises nothing, and only what is documented counts as accepted."""

import json
from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leo_activation.activation.channels.http import HttpAnswer
from leo_activation.activation.channels.sendgrid.answers import LONGEST_WAIT, read_answer
from leo_activation.activation.channels.smtp.replies import read_reply, refusal
from leo_activation.activation.states import Outcome

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["errors", "field", "message"]), inner),
    max_leaves=10,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["X-Message-Id", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date"]),
    st.text(max_size=40) | st.floats().map(str) | st.integers().map(str),
)


@settings(max_examples=300, deadline=None)
@given(status=st.integers(100, 599), headers=HEADERS, body=BODIES, only_check=st.booleans())
@example(
    status=202,
    headers={"X-RateLimit-Remaining": "9" * 12, "X-RateLimit-Reset": "1800000060"},
    body=b"",
    only_check=False,
)
def test_any_answer_over_http_is_read(status: int, headers: dict[str, str], body: bytes, only_check: bool) -> None:
    answer = read_answer(HttpAnswer(status, headers, body, at=1_800_000_000.0), only_check=only_check)

    assert (answer.outcome is Outcome.ACCEPTED) == (status == 202 and bool(headers.get("X-Message-Id")))
    assert (answer.outcome is Outcome.UNKNOWN) >= (status >= 500 or 300 <= status < 400)
    assert answer.pause is None or answer.outcome is not Outcome.REJECTED
    assert not answer.address_is_dead or answer.outcome is Outcome.REJECTED
    assert answer.detail.startswith(str(status))
    assert "\n" not in answer.detail
    if answer.limits is not None:
        assert timedelta(0) <= answer.limits.resets_in <= LONGEST_WAIT
        assert 0 <= answer.limits.remaining < 2**31


@settings(max_examples=300, deadline=None)
@given(
    code=st.integers(400, 599),
    text=st.binary(max_size=100),
    status=st.sampled_from(["", "5.1.1 ", "4.7.0 "]),
    about_sender=st.booleans(),
)
def test_any_refusal_over_smtp_is_read(code: int, text: bytes, status: str, about_sender: bool) -> None:
    reply = read_reply((code, status.encode() + text))
    answer = refusal("rcpt", reply, about_sender=about_sender)

    assert answer.outcome in {Outcome.REJECTED, Outcome.RETRY}
    assert answer.outcome is Outcome.RETRY or code >= 500
    assert answer.pause is None or answer.outcome is Outcome.RETRY
    assert not answer.address_is_dead or (answer.outcome is Outcome.REJECTED and status == "5.1.1 ")
    assert answer.detail.startswith(str(code))
