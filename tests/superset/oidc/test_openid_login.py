"""People log in to Superset by OpenID Connect, and see the rows that their groups are for."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import psycopg
import pytest
from itsdangerous import URLSafeTimedSerializer

from sandbox.openid_provider import OpenIdProvider
from tests.openid import be
from tests.superset.oidc.conftest import CLIENT_ID, CLIENT_SECRET, Superset

pytestmark = [pytest.mark.oidc, pytest.mark.timeout(300, func_only=True)]

MOST_REDIRECTS = 10
WELCOME = "/superset/welcome/"
NOT_ACCEPTED = "answer was not accepted"
IN_NO_GROUP = "none of the groups"
COUNT = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "rows"}


class Browser:
    """Somebody's browser: keeps cookies and follows redirects."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def to_provider(self, username: str) -> str:
        """Ask for the login and be `username` at the provider; the address that leads back to Superset."""
        sent = self.get("/login/openid")
        assert sent.status_code == 302, sent.text[:500]
        return str(be(self.client, sent.headers["location"], username).headers["location"])

    def come_back(self, address: str) -> httpx.Response:
        answer = self.client.get(address)
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                break
            answer = self.client.get(urljoin(str(answer.url), answer.headers["location"]))
        return answer

    def log_in(self, username: str) -> httpx.Response:
        return self.come_back(self.to_provider(username))

    @property
    def is_logged_in(self) -> bool:
        """Whether Superset's first page is shown, and not the way to the login."""
        return self.get(WELCOME).status_code == 200

    def tenants(self) -> list[str]:
        """The tenants of which a chart on the data set of tenants gives rows."""
        found = self.get("/api/v1/dataset/?q=(page_size:100)").raise_for_status().json()["result"]
        [dataset] = [one["id"] for one in found if one["table_name"] == "tenant"]
        token = self.get("/api/v1/security/csrf_token/").raise_for_status().json()["result"]
        query = {"columns": ["tenant_id"], "metrics": [COUNT], "row_limit": 1000}
        asked = {"datasource": {"id": dataset, "type": "table"}, "queries": [query]}
        answer = self.client.post("/api/v1/chart/data", json=asked, headers={"X-CSRFToken": token}).raise_for_status()
        return sorted(row["tenant_id"] for row in answer.json()["result"][0]["data"])


@pytest.fixture
def open_browser(superset: Superset) -> Iterator[Callable[[], Browser]]:
    """Browsers that are closed at the end."""
    opened: list[Browser] = []

    def one() -> Browser:
        opened.append(Browser(superset.url))
        return opened[-1]

    yield one
    for browser in opened:
        browser.client.close()


@pytest.fixture
def browser(open_browser: Callable[[], Browser]) -> Browser:
    return open_browser()


@contextmanager
def lying(provider: OpenIdProvider, **claims: object) -> Iterator[None]:
    """The provider's id tokens say this in the place of the truth."""
    provider.lies = claims
    try:
        yield
    finally:
        provider.lies = {}


@contextmanager
def in_groups(provider: OpenIdProvider, username: str, *groups: str) -> Iterator[None]:
    """Somebody is in other groups."""
    before = provider.accounts[username]
    provider.accounts[username] = replace(before, groups=groups)
    try:
        yield
    finally:
        provider.accounts[username] = before


def ask(superset: Superset, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of Superset's own database."""
    with psycopg.connect(superset.database, autocommit=True) as connection:
        return connection.execute(query.encode(), values).fetchall()


def roles_of(superset: Superset, email: str) -> set[str]:
    rows = ask(
        superset,
        "SELECT r.name FROM ab_user u JOIN ab_user_role x ON x.user_id = u.id JOIN ab_role r ON r.id = x.role_id"
        " WHERE u.email = %s",
        email,
    )
    return {str(name) for (name,) in rows}


def test_somebody_of_one_tenant_sees_its_rows_only(browser: Browser, superset: Superset) -> None:
    answer = browser.log_in("linh")
    assert (answer.status_code, answer.url.path) == (200, WELCOME)
    assert browser.tenants() == [superset.retail]
    assert browser.get("/api/v1/dashboard/").json()["count"] > 0
    assert browser.get("/api/v1/security/users/").status_code == 403
    assert roles_of(superset, "linh@shop.example") == {"Business", f"Tenant: {superset.retail}"}


def test_somebody_of_all_tenants_sees_all_rows(browser: Browser, superset: Superset) -> None:
    browser.log_in("anna")
    assert browser.tenants() == sorted([superset.retail, superset.discovery])
    assert browser.get("/api/v1/security/users/").status_code == 403


def test_two_groups_add_up(browser: Browser, superset: Superset) -> None:
    browser.log_in("petr")
    assert browser.tenants() == sorted([superset.retail, superset.discovery])


def test_a_group_may_administer(browser: Browser, superset: Superset) -> None:
    browser.log_in("ines")
    assert browser.tenants() == sorted([superset.retail, superset.discovery])
    assert browser.get("/api/v1/security/users/").status_code == 200


def test_somebody_in_no_known_group_is_told_so_and_gets_no_user(browser: Browser, superset: Superset) -> None:
    answer = browser.log_in("sam")
    assert answer.status_code == 403
    assert IN_NO_GROUP in answer.text
    assert not browser.is_logged_in
    assert ask(superset, "SELECT 1 FROM ab_user WHERE email = %s", "sam@shop.example") == []


def test_whoever_is_called_like_the_administrator_is_somebody_else(browser: Browser, superset: Superset) -> None:
    browser.log_in("admin")
    assert browser.tenants() == [superset.retail]
    assert browser.get("/api/v1/security/users/").status_code == 403
    assert roles_of(superset, "admin@example.com") == {"Admin"}


def test_roles_follow_the_groups_at_each_login(
    open_browser: Callable[[], Browser], superset: Superset, provider: OpenIdProvider
) -> None:
    before = open_browser()
    before.log_in("linh")
    with in_groups(provider, "linh", "discovery-team"):
        moved = open_browser()
        moved.log_in("linh")
        assert moved.tenants() == [superset.discovery]
    with in_groups(provider, "linh", "everybody"):
        assert IN_NO_GROUP in open_browser().log_in("linh").text
    # Whoever is in none any more sees nothing in the sessions that are open, either.
    assert roles_of(superset, "linh@shop.example") == set()
    assert before.get("/api/v1/dataset/").status_code == 403
    assert ask(superset, "SELECT count(*) FROM ab_user WHERE first_name = 'Linh'") == [(1,)]


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "another client"},
        {"aud": "another client", "azp": CLIENT_ID},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_700_000_000},
        {"nonce": "of another login"},
        {"sub": "somebody else"},
    ],
    ids="-".join,
)
def test_an_id_token_for_another_purpose_logs_nobody_in(
    browser: Browser, provider: OpenIdProvider, lie: dict[str, object]
) -> None:
    with lying(provider, **lie):
        answer = browser.log_in("linh")
    assert answer.status_code == 403
    assert NOT_ACCEPTED in answer.text
    assert not browser.is_logged_in


def test_keys_may_be_renewed_and_a_forged_id_token_logs_nobody_in(
    open_browser: Callable[[], Browser], provider: OpenIdProvider
) -> None:
    provider.keys.renew()
    renewed = open_browser()
    renewed.log_in("anna")
    assert renewed.is_logged_in
    provider.keys.forge()
    forged = open_browser()
    try:
        assert NOT_ACCEPTED in forged.log_in("anna").text
    finally:
        provider.keys.renew()
    assert not forged.is_logged_in


def test_an_answer_to_a_login_that_nobody_asked_for_is_refused(open_browser: Callable[[], Browser]) -> None:
    asked, other = open_browser(), open_browser()
    address = asked.to_provider("anna")
    assert NOT_ACCEPTED in other.come_back(address).text  # a stranger's answer, slipped to somebody
    assert not other.is_logged_in
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert NOT_ACCEPTED in asked.come_back(address.replace(state, f"{state}x")).text
    assert not asked.is_logged_in


def test_a_login_that_was_broken_off_at_the_provider_says_so(browser: Browser) -> None:
    answer = browser.get("/oauth-authorized/openid?error=access_denied&state=x")
    assert answer.status_code == 403
    assert NOT_ACCEPTED in answer.text


def test_a_provider_that_describes_another_issuer_is_not_asked(superset: Superset) -> None:
    assert superset.before.status_code == 503
    assert "cannot be asked" in superset.before.text
    assert "https://elsewhere.example" in superset.log.read_text()


def test_whoever_was_deactivated_is_out(open_browser: Callable[[], Browser], superset: Superset) -> None:
    browser = open_browser()
    browser.log_in("petr")
    ask_active = "UPDATE ab_user SET active = %s WHERE email = 'petr@shop.example' RETURNING 1"
    assert ask(superset, ask_active, False)
    try:
        assert not browser.is_logged_in
        assert "deactivated" in open_browser().log_in("petr").text
    finally:
        ask(superset, ask_active, True)


def test_a_session_ends_although_its_cookie_is_kept(browser: Browser, superset: Superset) -> None:
    browser.log_in("anna")
    assert browser.is_logged_in
    sealed = URLSafeTimedSerializer(
        superset.environment["SUPERSET_SECRET_KEY"],
        salt="cookie-session",
        signer_kwargs={"key_derivation": "hmac"},
    )
    content = sealed.loads(browser.client.cookies["session"])
    assert not {"oauth", "oauth_provider"} & content.keys()  # no token of the provider
    browser.client.cookies.clear()
    browser.client.cookies["session"] = str(sealed.dumps({**content, "openid_session_end": 1}))
    assert not browser.is_logged_in


def test_passwords_open_no_other_door(browser: Browser, superset: Superset) -> None:
    known = {"username": "admin", "password": superset.environment["LEO_SUPERSET_ADMIN_PASSWORD"]}
    assert browser.client.post("/login/", data=known).status_code in {400, 405}
    answer = browser.client.post("/api/v1/security/login", json={**known, "provider": "db"})
    assert answer.status_code == 400
    assert "access_token" not in answer.text
    assert not browser.is_logged_in
    assert browser.get("/register/form").status_code == 404


def test_the_log_holds_no_secret_no_token_and_nobodys_address(browser: Browser, superset: Superset) -> None:
    browser.log_in("anna")
    log = superset.log.read_text()
    assert CLIENT_SECRET not in log
    assert not re.search(r"eyJ[\w-]+\.|@shop\.example|code=", log)
