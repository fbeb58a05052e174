"""People log in to Airflow's FAB auth manager by OpenID Connect, and the desk gives them what their groups are for."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import psycopg
import pytest

from leo_activation.desk.protection import TOKEN_FIELD
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenant_access import EVERYBODY, allow_users
from leo_activation.warehouse.tenants import Tenant
from sandbox.openid_provider import OpenIdProvider
from tests.desk.oidc.conftest import FIRST_USER_ID, Airflow
from tests.openid import HiddenFields, be

pytestmark = [pytest.mark.oidc, pytest.mark.timeout(300, func_only=True)]
MOST_REDIRECTS = 10


class Browser:
    """Somebody's browser: keeps cookies, follows redirects, and logs in where a login is asked for."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._client = httpx.Client(timeout=60, follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> httpx.Response:
        return self._client.get(urljoin(self._airflow.url, path))

    def post(self, path: str, **form: str) -> httpx.Response:
        return self._client.post(urljoin(self._airflow.url, path), data=form)

    def forget(self, cookie: str) -> None:
        """As if a cookie's time were over."""
        self._client.cookies.delete(cookie)

    def log_in(self, path: str, username: str) -> httpx.Response:
        """Ask for a page, be sent to the login, choose the provider, be `username` there, and come back."""
        sent = self.get(path)
        assert sent.status_code == 303, sent.text
        asked = urlsplit(sent.headers["location"])
        assert (asked.path, parse_qs(asked.query)) == ("/auth/login/", {"next": [path]})
        to_provider = self.get(f"/auth/login/openid?{asked.query}")
        answer = be(self._client, to_provider.headers["location"], username)
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                break
            answer = self._client.get(urljoin(str(answer.url), answer.headers["location"]))
        return answer


@pytest.fixture
def browser(airflow: Airflow) -> Iterator[Browser]:
    opened = Browser(airflow)
    yield opened
    opened.close()


@pytest.fixture
def requests_page(warehouse: Warehouse, tenant: Tenant) -> str:
    """The page of the requests of a tenant that everybody may see."""
    allow_users(warehouse, tenant.tenant_id, [EVERYBODY], allowed_by="test")
    return f"/segment-desk/{tenant.tenant_id}/requests"


def user_id(airflow: Airflow, username: str) -> str:
    with psycopg.connect(airflow.database) as connection:
        [(found,)] = connection.execute("SELECT id FROM ab_user WHERE username = %s", [username]).fetchall()
    return str(found)


def set_active(airflow: Airflow, username: str, *, active: bool) -> None:
    with psycopg.connect(airflow.database) as connection:
        connection.execute("UPDATE ab_user SET active = %s WHERE username = %s", [active, username])


def test_groups_of_the_provider_are_roles_of_airflow_and_capabilities_of_the_desk(
    browser: Browser, airflow: Airflow, warehouse: Warehouse, requests_page: str
) -> None:
    retire = requests_page.replace("requests", "segments/s1/retire")

    reviewed = browser.log_in(requests_page, "petr")
    assert (reviewed.status_code, reviewed.url.path) == (200, requests_page)
    assert user_id(airflow, "petr") == FIRST_USER_ID
    token = HiddenFields(reviewed.text).values[TOKEN_FIELD]
    # A reviewer may; there is only no such segment.
    assert browser.post(retire, **{TOKEN_FIELD: token}).status_code == 422

    other = Browser(airflow)
    asked = other.log_in(requests_page, "linh")
    assert (asked.status_code, asked.url.path) == (200, requests_page)
    own = HiddenFields(asked.text).values[TOKEN_FIELD]
    assert other.post(retire, **{TOKEN_FIELD: own}).status_code == 403
    # Asking is a marketer's; a reviewer's token is not theirs.
    ask = requests_page.replace("requests", "ask")
    assert other.post(ask, text="Customers from Poland", **{TOKEN_FIELD: token}).status_code == 403
    done = other.post(ask, text="Customers from Poland", **{TOKEN_FIELD: own})
    assert done.status_code == 303
    assert other.get(done.headers["location"]).status_code == 200
    other.close()

    tenant_id = requests_page.split("/")[2]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute("SELECT text, requested_by FROM segment.request").fetchall()
    assert rows == [("Customers from Poland", user_id(airflow, "linh"))]


def test_somebody_in_no_group_of_the_desk_logs_in_and_sees_nothing(browser: Browser, requests_page: str) -> None:
    answer = browser.log_in(requests_page, "sam")
    assert (answer.status_code, answer.url.path) == (404, requests_page)
    assert browser.get("/segment-desk/").status_code == 403


def test_a_tenant_is_seen_by_whom_it_was_opened_to(
    browser: Browser, airflow: Airflow, warehouse: Warehouse, tenant: Tenant
) -> None:
    page = f"/segment-desk/{tenant.tenant_id}/requests"
    assert browser.log_in(page, "linh").status_code == 404
    allow_users(warehouse, tenant.tenant_id, [user_id(airflow, "linh")], allowed_by="test")
    assert browser.get(page).status_code == 200


def test_a_group_that_was_left_counts_no_more_at_the_next_login(
    browser: Browser, airflow: Airflow, provider: OpenIdProvider, requests_page: str
) -> None:
    assert browser.log_in(requests_page, "linh").status_code == 200
    before = provider.accounts["linh"]
    provider.accounts["linh"] = replace(before, groups=())
    try:
        again = Browser(airflow)
        assert again.log_in(requests_page, "linh").status_code == 404
        again.close()
    finally:
        provider.accounts["linh"] = before


def test_a_session_that_ended_leads_to_the_login_and_back(browser: Browser, requests_page: str) -> None:
    assert browser.log_in(requests_page, "petr").status_code == 200
    browser.forget("_token")
    browser.forget("session")
    assert browser.get(requests_page).status_code == 303
    assert browser.log_in(requests_page, "petr").url.path == requests_page


def test_a_user_who_was_deactivated_is_out_at_the_next_request(
    browser: Browser, airflow: Airflow, requests_page: str
) -> None:
    assert browser.log_in(requests_page, "sam").status_code == 404
    set_active(airflow, "sam", active=False)
    try:
        assert browser.get(requests_page).status_code == 303
    finally:
        set_active(airflow, "sam", active=True)


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "another client"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_700_000_000},
        {"nonce": "of another login"},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_an_id_token_for_another_purpose_logs_nobody_in(
    browser: Browser, provider: OpenIdProvider, requests_page: str, lie: dict[str, object]
) -> None:
    provider.lies = lie
    try:
        assert browser.log_in(requests_page, "petr").url.path == "/auth/login/"
    finally:
        provider.lies = {}
    assert browser.get(requests_page).status_code == 303


def test_keys_may_be_renewed_and_a_forged_id_token_logs_nobody_in(
    airflow: Airflow, provider: OpenIdProvider, requests_page: str
) -> None:
    renewed, forged = Browser(airflow), Browser(airflow)
    provider.keys.renew()
    assert renewed.log_in(requests_page, "linh").status_code == 200
    provider.keys.forge()
    try:
        answer = forged.log_in(requests_page, "petr")
        assert answer.url.path == "/auth/login/"
        assert forged.get(requests_page).status_code == 303
    finally:
        provider.keys.renew()
        renewed.close()
        forged.close()
