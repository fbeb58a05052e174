"""The unsubscribe page over HTTP: GET asks, POST does, and a stranger's token says nothing."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.words import words_for
from tests.activation.shop import FakeChannel, Shop

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture
def client(shop: Shop) -> TestClient:
    return TestClient(create_app(shop.warehouse, shop.links))


@pytest.fixture
def path(shop: Shop) -> str:
    """The path of the link in a message that was sent."""
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel()
    shop.dispatch(run, channel)
    url = channel.sent[0].unsubscribe_url
    assert url is not None
    return url.removeprefix("https://shop.example")


def suppressed(shop: Shop) -> int:
    return int(shop.execute("SELECT count(*) FROM core.suppression WHERE tenant_id = %s", shop.tenant_id)[0][0])


def test_a_get_shows_a_page_and_changes_nothing(shop: Shop, client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert "Unsubscribe from A test&#39;s own?" in answer.text
    assert '<form method="post">' in answer.text
    assert suppressed(shop) == 0


def test_one_click_unsubscribes_without_a_cookie_and_the_next_run_skips(
    shop: Shop, client: TestClient, path: str
) -> None:
    answer = client.post(path, data=ONE_CLICK)

    assert answer.status_code == 200
    assert answer.headers.get("set-cookie") is None
    assert "You are unsubscribed" in answer.text
    shop.campaign(campaign_id="next")
    assert shop.skip_reasons(shop.plan(campaign_id="next")) == {"a": "suppressed"}
    assert shop.execute("SELECT source FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [("one_click",)]


def test_the_pages_button_unsubscribes_too(shop: Shop, client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 200

    sources = shop.execute("SELECT source FROM core.suppression WHERE tenant_id = %s", shop.tenant_id)
    assert sources == [("unsubscribe_page",)]


def test_a_second_post_is_as_good_as_the_first(shop: Shop, client: TestClient, path: str) -> None:
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert suppressed(shop) == 1
    assert "You are unsubscribed" in client.get(path).text


def test_a_forged_token_and_one_of_no_delivery_get_the_same_404(shop: Shop, client: TestClient) -> None:
    nothing = shop.links.url(shop.tenant_id, uuid4()).removeprefix("https://shop.example")
    other_key = activation.UnsubscribeLinks("", b"z" * 32).url(shop.tenant_id, uuid4())

    for method in ("GET", "POST"):
        pages = [client.request(method, path) for path in (nothing, other_key, "/unsubscribe/x")]
        assert [page.status_code for page in pages] == [404, 404, 404]
        bodies = {page.text.split("</style>")[1] for page in pages}
        assert len(bodies) == 1
    assert suppressed(shop) == 0


def test_the_token_and_the_page_hold_no_address(client: TestClient, path: str) -> None:
    assert "@" not in path
    assert "a@example.com" not in client.get(path).text


def test_the_page_is_private_and_runs_nothing(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_page_speaks_vietnamese_where_it_is_asked_to(client: TestClient, path: str) -> None:
    page = client.get(path, headers={"Accept-Language": "vi-VN,vi;q=0.9,en;q=0.8"})

    assert '<html lang="vi">' in page.text
    assert "Hủy đăng ký" in page.text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "en"),
        ("vi", "vi"),
        ("en;q=0.5,vi;q=0.6", "vi"),
        ("vi;q=0,en", "en"),
        ("vi;q=x", "en"),
    ],
)
def test_the_language_with_the_highest_weight_is_taken(header: str | None, language: str) -> None:
    assert words_for(header).language == language


def test_a_huge_body_does_not_stop_an_opt_out(shop: Shop, client: TestClient, path: str) -> None:
    assert client.post(path, content=b"x" * 1_000_000).status_code == 200
    assert suppressed(shop) == 1


def test_health_says_whether_the_warehouse_answers(client: TestClient, shop: Shop) -> None:
    assert client.get("/health").status_code == 200

    unreachable = Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"})
    assert TestClient(create_app(unreachable, shop.links)).get("/health").status_code == 503


def test_an_opt_out_that_cannot_be_recorded_says_so(shop: Shop, path: str) -> None:
    unreachable = Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"})

    answer = TestClient(create_app(unreachable, shop.links)).post(path, data=ONE_CLICK)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"


def test_other_addresses_of_the_app_are_not_there(client: TestClient) -> None:
    assert [client.get(path).status_code for path in ("/", "/docs", "/openapi.json")] == [404, 404, 404]
