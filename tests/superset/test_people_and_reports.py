"""What the environment says of Superset's people and of the recipients of reports, as it is read."""

import pytest
from report_settings import WITHOUT_REDIS, report_settings
from reports import named_recipients

from people import named_people


def test_people_are_named_with_their_tenants() -> None:
    environment = {
        "LEO_SUPERSET_PEOPLE": '{"anna": ["*"], "linh": ["retail", "discovery"], "petr": []}',
        **{f"LEO_SUPERSET_{name}_PASSWORD": "secret" for name in ("ANNA", "LINH", "PETR")},
    }
    assert named_people(environment) == {"anna": ["*"], "linh": ["retail", "discovery"], "petr": []}
    assert named_people({}) == {}


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("anna", "must look like"),
        ('["anna"]', "must look like"),
        ('{"anna": "retail"}', "must look like"),
        ('{"admin": ["*"]}', "cannot be a name"),
        ('{"Anna B": ["*"]}', "cannot be a name"),
        ("""{"anna": ["retail' OR true"]}""", "is no tenant's id"),
        ('{"anna": [7]}', "is no tenant's id"),
        ('{"linh": ["retail"]}', "LEO_SUPERSET_LINH_PASSWORD is not set"),
    ],
)
def test_people_that_cannot_be_read_let_nobody_in(people: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        named_people({"LEO_SUPERSET_PEOPLE": people, "LEO_SUPERSET_ANNA_PASSWORD": "secret"})


def test_recipients_are_named_by_tenant() -> None:
    named = '{"*": ["head@example.com"], "retail": ["linh@example.com", "petr@example.com"], "discovery": []}'
    assert named_recipients({"LEO_SUPERSET_REPORT_RECIPIENTS": named}) == {
        "*": ["head@example.com"],
        "retail": ["linh@example.com", "petr@example.com"],
    }
    assert named_recipients({}) == {}


@pytest.mark.parametrize(
    "recipients",
    [
        "head@example.com",
        '["head@example.com"]',
        '{"*": "head@example.com"}',
        '{"*": ["head"]}',
        '{"a b": ["x@example.com"]}',
    ],
)
def test_recipients_that_cannot_be_read_stop_the_bootstrap(recipients: str) -> None:
    with pytest.raises(SystemExit, match="LEO_SUPERSET_REPORT_RECIPIENTS must look like"):
        named_recipients({"LEO_SUPERSET_REPORT_RECIPIENTS": recipients})


def test_without_redis_nothing_waits_for_a_worker() -> None:
    assert report_settings({"LEO_SUPERSET_SMTP_HOST": "mail.example.com"}) is WITHOUT_REDIS
    assert WITHOUT_REDIS["CELERY_CONFIG"] is None


def test_reports_without_a_mail_server_are_refused() -> None:
    with pytest.raises(SystemExit, match="names no mail server"):
        report_settings({"LEO_SUPERSET_REDIS_URL": "redis://127.0.0.1:6379/0"})
