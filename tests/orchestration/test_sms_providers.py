"""What the connections of the SMS providers must say, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Connection

from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameLog, BrandnameSettings
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers import Providers
from leo_activation.orchestration.providers.brandname import brandname_settings
from leo_activation.orchestration.providers.twilio import twilio_settings

SID = "AC" + "0a" * 16
TWILIO = {"conn_id": "leo_twilio", "conn_type": "http", "login": SID, "password": "token"}
BRANDNAME = {"conn_id": "leo_brandname", "conn_type": "http", "host": "https://sms.example", "password": "key"}


def connection(parts: dict[str, Any], **more: Any) -> Connection:
    return Connection(**{**parts, **more})


def test_sms_goes_by_the_provider_that_the_tenant_named_and_only_an_aggregator_s_log_is_asked() -> None:
    set_up = {"leo_twilio": connection(TWILIO), "leo_brandname": connection(BRANDNAME)}
    providers = Providers("retail", set_up.get, Path("/outbox"))

    assert isinstance(providers.channels({"sms": "twilio"})["sms"], TwilioChannel)
    assert isinstance(providers.channels({"sms": "brandname"})["sms"], BrandnameChannel)
    assert [type(log) for log in providers.logs({"sms": "twilio"})][1:] == [BrandnameLog]
    with pytest.raises(Configuration, match="'twilio' does not carry email"):
        providers.channels({"email": "twilio"})


def test_a_connection_says_where_and_as_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEO_PUBLIC_URL", "https://shop.example")
    extra = {"api_key": "SK1", "clear_text": True, "timeout_s": 5}

    assert twilio_settings(
        connection(TWILIO, host="http://sandbox:8090/twilio", extra=json.dumps(extra)), "retail"
    ) == (
        TwilioSettings(
            SID,
            "token",
            "retail",
            "https://shop.example",
            user="SK1",
            base_url="http://sandbox:8090/twilio",
            timeout_s=5,
            clear_text=True,
        )
    )
    assert brandname_settings(connection(BRANDNAME), "retail") == BrandnameSettings(
        "key", "retail", "https://sms.example"
    )


@pytest.mark.parametrize(
    ("read", "parts", "words"),
    [
        (twilio_settings, {**TWILIO, "login": None}, "has no login"),
        (twilio_settings, {**TWILIO, "password": None}, "has no password"),
        (twilio_settings, {**TWILIO, "extra": json.dumps({"clear_text": "yes"})}, "must be true or false"),
        (brandname_settings, {**BRANDNAME, "host": None}, "names no host"),
        (brandname_settings, {**BRANDNAME, "password": None}, "has no password"),
    ],
)
def test_a_connection_that_lacks_something_is_refused(read: Any, parts: dict[str, Any], words: str) -> None:
    with pytest.raises(Configuration, match=words):
        read(connection(parts), "retail")
