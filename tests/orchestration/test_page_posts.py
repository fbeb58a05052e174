"""Posts on a Page by Airflow's connections: who may decide, and what one round does."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import Connection

from leo_activation.activation import allow_addresses
from leo_activation.activation.channels.facebook.messenger import MarketingSettings, MessengerChannel
from leo_activation.activation.page_posts.approval import posts_to_review
from leo_activation.activation.page_posts.post import NewPost
from leo_activation.activation.page_posts.submission import list_posts, submit_post
from leo_activation.errors import Configuration, Transient
from leo_activation.orchestration.page_post_review import PagePostReview
from leo_activation.orchestration.page_posts import bring_posts_on
from leo_activation.orchestration.providers import KINDS
from leo_activation.orchestration.providers.messenger import messenger_settings
from leo_activation.orchestration.reviews import NOBODY, Answer, NotCounted, Option
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.channels.servers import Asked, HttpServer, Said, http

NOW = datetime.now(UTC)
PAGE = "1029384756"
POST = NewPost("autumn", PAGE, "Tất đỏ đã về.", NOW - timedelta(hours=1), NOW + timedelta(hours=9))


def connection(**extra: Any) -> Connection:
    return Connection(
        conn_id="leo_messenger",
        conn_type="http",
        login=PAGE,
        password="EAApage",
        extra=json.dumps({"app_secret": "s", **extra}),
    )


@pytest.fixture
def airflow(
    warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    monkeypatch.setenv("LEO_PSEUDONYM_KEY", pseudonym_key.decode())
    allow_addresses(warehouse, tenant.tenant_id, "messenger", [PAGE], "test", pseudonym_key)
    return monkeypatch


def test_a_post_is_shown_decided_once_by_somebody_else_and_then_published(
    warehouse: Warehouse, tenant: Tenant, airflow: pytest.MonkeyPatch
) -> None:
    post_id = submit_post(warehouse, tenant.tenant_id, POST, "linh").post_id
    review = PagePostReview(task_id="review", tenant=tenant.tenant_id, post_id=str(post_id), version="1")
    assert review.recorded() is None
    sheet = review.sheet({})
    assert (sheet.subject, sheet.requested_by, sheet.hash) == ("Post “autumn” on Facebook", "linh", POST.hash)
    assert "Tất đỏ đã về." in sheet.body
    for by, shown in (("linh", POST.hash), ("petr", "of other words"), ("petr", None)):
        with pytest.raises(NotCounted):
            review.decide({}, Answer(Option.APPROVE, by, NOW, None, shown))
    assert bring_posts_on(tenant.tenant_id, "test") == {"unknown": 0, "expired": 0}

    told = {"tenant": tenant.tenant_id, "post_id": str(post_id), "state": "approved"}
    assert review.decide({}, Answer(Option.APPROVE, "petr", NOW, "fine", POST.hash)) == told
    assert review.recorded() == told
    assert review.decide({}, Answer(Option.REJECT, NOBODY, NOW, None, POST.hash)) == told

    def answer(asked: Asked) -> Said:
        said = {"id": PAGE} if asked.method == "GET" else {"id": f"{PAGE}_77"}
        return http("200 OK", json.dumps(said).encode())

    with HttpServer(answer) as server:
        uri = {"conn_type": "http", "host": server.url, "login": PAGE, "password": "EAA", "extra": {"app_secret": "s"}}
        airflow.setenv(f"AIRFLOW_CONN_LEO_MESSENGER_{tenant.tenant_id.upper()}", json.dumps(uri))
        done = bring_posts_on(tenant.tenant_id, "test")

    assert {name: count for name, count in done.items() if count} == {"published": 1}
    (listed,) = list_posts(warehouse, tenant.tenant_id)
    assert (listed.state, listed.facebook_id, listed.decided_by) == ("published", f"{PAGE}_77", "petr")


def test_a_feed_that_cannot_be_read_keeps_back_no_post(
    warehouse: Warehouse, tenant: Tenant, airflow: pytest.MonkeyPatch
) -> None:
    def submit(name: str) -> None:
        post = replace(POST, name=name, message=name)
        post_id = submit_post(warehouse, tenant.tenant_id, post, "linh").post_id
        review = PagePostReview(task_id="review", tenant=tenant.tenant_id, post_id=str(post_id), version="1")
        review.decide({}, Answer(Option.APPROVE, "petr", NOW, None, post.hash))

    def answer(asked: Asked) -> Said:
        if asked.method == "POST":
            return http("500 Error") if b"lost" in asked.body else http("200 OK", b'{"id": "%b_78"}' % PAGE.encode())
        return http("200 OK", json.dumps({"id": PAGE}).encode()) if "/me" in asked.path else http("503 Busy")

    with HttpServer(answer) as server:
        uri = {"conn_type": "http", "host": server.url, "login": PAGE, "password": "EAA", "extra": {"app_secret": "s"}}
        airflow.setenv(f"AIRFLOW_CONN_LEO_MESSENGER_{tenant.tenant_id.upper()}", json.dumps(uri))
        submit("lost")
        bring_posts_on(tenant.tenant_id, "test")
        submit("next")
        with pytest.raises(Transient):
            bring_posts_on(tenant.tenant_id, "test")

    states = {listed.name: listed.state for listed in list_posts(warehouse, tenant.tenant_id)}
    assert states == {"lost": "unknown", "next": "published"}


def test_a_review_of_a_version_that_was_written_anew_ends_without_a_decision(
    warehouse: Warehouse, tenant: Tenant, airflow: pytest.MonkeyPatch
) -> None:
    post_id = submit_post(warehouse, tenant.tenant_id, POST, "linh").post_id
    changed = NewPost("autumn", PAGE, "Other words", POST.not_before, POST.publish_by)
    submit_post(warehouse, tenant.tenant_id, changed, "linh")
    review = PagePostReview(task_id="review", tenant=tenant.tenant_id, post_id=str(post_id), version="1")

    assert review.recorded() == {"tenant": tenant.tenant_id, "post_id": str(post_id), "state": "withdrawn"}
    assert posts_to_review(warehouse, tenant.tenant_id) == [(post_id, 2)]


def test_nobody_s_silence_is_a_rejection(warehouse: Warehouse, tenant: Tenant, airflow: pytest.MonkeyPatch) -> None:
    post_id = submit_post(warehouse, tenant.tenant_id, POST, "linh").post_id
    review = PagePostReview(task_id="review", tenant=tenant.tenant_id, post_id=str(post_id), version="1")

    assert review.decide({}, Answer(Option.REJECT, NOBODY, NOW, None, POST.hash))["state"] == "rejected"


def test_the_page_is_reached_by_what_its_connection_says() -> None:
    found = messenger_settings(connection())
    assert (found.graph.page_id, found.graph.page_token, found.graph.app_secret) == (PAGE, "EAApage", "s")
    assert (found.graph.base_url, found.graph.timeout_s, found.marketing) == ("https://graph.facebook.com", 30.0, None)

    paid = {"ad_account_id": "act_55", "message_campaign_id": 77, "system_user_token": "EAAsystem"}
    assert messenger_settings(connection(**paid)).marketing == MarketingSettings("55", "77", "EAAsystem")
    kind = next(kind for kind in KINDS if kind.name == "messenger")
    assert kind.channels == {"messenger"}
    assert isinstance(kind.channel(connection(), "retail"), MessengerChannel)


@pytest.mark.parametrize(
    "wrong",
    [
        Connection(conn_id="leo_messenger", conn_type="http", login=PAGE, extra='{"app_secret": "s"}'),
        Connection(conn_id="leo_messenger", conn_type="http", password="EAA", extra='{"app_secret": "s"}'),
        connection(app_secret=""),
        connection(ad_account_id="55"),
        connection(clear_text="yes"),
    ],
)
def test_a_connection_that_lacks_something_says_so(wrong: Connection) -> None:
    with pytest.raises(Configuration):
        messenger_settings(wrong)
