"""Tracked links over HTTP: a click is counted and led on, an opening gets a picture, strangers lead nobody anywhere."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from tests.activation.shop import FakeChannel, Shop

PAGE = "https://shop.example/sale?a=1&b=2"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
Event = tuple[str, str, bool, str | None]


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture
def client(shop: Shop) -> TestClient:
    return TestClient(create_app(shop.warehouse, shop.links), follow_redirects=False)


@pytest.fixture
def delivery(shop: Shop) -> UUID:
    """A message that was sent an hour ago."""
    shop.person("a")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    shop.execute(
        "UPDATE activation.attempt SET started_at = started_at - %s WHERE tenant_id = %s",
        timedelta(hours=1),
        shop.tenant_id,
    )
    return shop.delivery_id(run, "a")


def path(url: str) -> str:
    return url.removeprefix("https://shop.example")


def click(shop: Shop, delivery: UUID, url: str = PAGE) -> str:
    return path(shop.links.tracked.click_url(shop.tenant_id, delivery, 3, url))


def opening(shop: Shop, delivery: UUID) -> str:
    return path(shop.links.tracked.open_url(shop.tenant_id, delivery))


def events(shop: Shop) -> list[Event]:
    return shop.execute(
        "SELECT provider, kind, by_machine, detail FROM activation.provider_event WHERE tenant_id = %s ORDER BY kind",
        shop.tenant_id,
    )


def test_a_click_leads_to_the_page_and_is_counted(shop: Shop, client: TestClient, delivery: UUID) -> None:
    answer = client.get(click(shop, delivery), headers=BROWSER)

    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers.get("set-cookie") is None
    assert events(shop) == [("links", "clicked", False, "link 3")]


def test_an_opening_gets_a_picture_and_is_counted(shop: Shop, client: TestClient, delivery: UUID) -> None:
    answer = client.get(opening(shop, delivery), headers=BROWSER)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert events(shop) == [("links", "opened", False, None)]


def test_programs_are_told_apart_from_people_and_both_are_counted(
    shop: Shop, client: TestClient, delivery: UUID
) -> None:
    client.get(opening(shop, delivery), headers={"User-Agent": "Mozilla/5.0"})
    client.get(opening(shop, delivery), headers=BROWSER)

    assert sorted(event[2] for event in events(shop)) == [False, True]


def test_what_is_asked_for_again_and_again_is_counted_a_few_times_at_most(
    shop: Shop, client: TestClient, delivery: UUID
) -> None:
    for _ in range(30):
        assert client.get(click(shop, delivery), headers=BROWSER).status_code == 302

    # One a minute; the minute may turn between two of the thirty.
    assert 1 <= len(events(shop)) <= 2


def test_nobody_can_be_led_elsewhere_by_a_link_of_ours(shop: Shop, client: TestClient, delivery: UUID) -> None:
    token = click(shop, delivery).rpartition("/")[2]
    payload, _, signature = token.rpartition(".")
    stranger = activation.UnsubscribeLinks("https://shop.example", b"z" * 32).tracked
    forged = [
        path(stranger.click_url(shop.tenant_id, delivery, 0, "https://evil.example/")),
        f"/c/{payload}x.{signature}",
        f"/c/{payload}.{signature[:-1]}",
        "/c/https://evil.example/",
        "/c/https%3A%2F%2Fevil.example",
        f"/c/{token}x",
        "/c/" + "x" * 10_000,
        path(shop.links.url(shop.tenant_id, delivery)).replace("/unsubscribe/", "/c/"),
        opening(shop, delivery).replace("/o/", "/c/").removesuffix(".gif"),
    ]
    for link in forged:
        answer = client.get(link, headers=BROWSER)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    honest = client.get(f"/c/{token}?url=https://evil.example/&next=//evil.example", headers=BROWSER)
    assert honest.headers["location"] == PAGE
    assert len(events(shop)) == 1


def test_an_opening_with_a_strangers_token_gets_the_picture_and_changes_nothing(
    shop: Shop, client: TestClient, delivery: UUID
) -> None:
    for link in ("/o/x.gif", opening(shop, delivery).replace(".gif", "x.gif"), opening(shop, uuid4())):
        assert client.get(link, headers=BROWSER).status_code == 200
    assert events(shop) == []


def test_a_delivery_that_is_gone_still_leads_on(shop: Shop, client: TestClient) -> None:
    assert client.get(click(shop, uuid4()), headers=BROWSER).headers["location"] == PAGE
    assert events(shop) == []


def test_who_clicks_is_led_on_while_the_warehouse_is_down(shop: Shop, delivery: UUID) -> None:
    unreachable = Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"})
    client = TestClient(create_app(unreachable, shop.links), follow_redirects=False)

    assert client.get(click(shop, delivery), headers=BROWSER).headers["location"] == PAGE
    assert client.get(opening(shop, delivery), headers=BROWSER).status_code == 200


def test_a_get_does_not_unsubscribe_and_a_post_clicks_nothing(shop: Shop, client: TestClient, delivery: UUID) -> None:
    assert client.post(click(shop, delivery)).status_code == 405
    client.get(click(shop, delivery), headers=BROWSER)
    assert shop.execute("SELECT count(*) FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_the_token_holds_no_address_of_the_person(shop: Shop, delivery: UUID) -> None:
    assert "@" not in click(shop, delivery) + opening(shop, delivery)
