"""The stand-in of an OpenID provider refuses what OpenID Connect Core and RFC 6749 and 7636 say it has to."""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from fastapi.testclient import TestClient

from sandbox.openid_provider import CODE_S, Account, Client, OpenIdProvider, openid_app

ISSUER, BACK = "http://testserver", "https://airflow.example/back"
SECRET = "it's: secret"
VERIFIER = "a verifier of 43 characters or more, as it must"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "airflow",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid groups",
    "state": "s&1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def browser(clock: Clock) -> TestClient:
    linh = Account("linh", "Linh", "Trần", "linh@shop.example", ("marketing",))
    provider = OpenIdProvider(ISSUER, Client("airflow", SECRET, BACK), [linh], clock)
    return TestClient(openid_app(provider), follow_redirects=False)


def code_of(browser: TestClient) -> str:
    answer = browser.post("/authorize", data={**ASKED, "username": "linh"})
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    found = parse_qs(back.query)
    assert found["state"] == ["s&1"]
    return found["code"][0]


def exchange(browser: TestClient, code: str, secret: str = SECRET, **changed: str) -> tuple[int, dict[str, str]]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    answer = browser.post("/token", data=form, auth=("airflow", secret))
    return answer.status_code, answer.json()


def test_a_code_gives_an_id_token_that_the_published_key_signed(browser: TestClient) -> None:
    assert "Linh Trần" in browser.get("/authorize", params=ASKED).text
    status, tokens = exchange(browser, code_of(browser))
    assert status == 200
    [key] = browser.get(browser.get("/.well-known/openid-configuration").json()["jwks_uri"]).json()["keys"]
    claims = jwt.decode(
        tokens["id_token"], jwt.PyJWK(key), audience="airflow", issuer=ISSUER, options={"verify_iat": False}
    )
    assert (claims["nonce"], claims["groups"]) == ("n1", ["marketing"])
    about = browser.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert about == {name: claims[name] for name in about}
    assert browser.get("/userinfo", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "other"},
        {"redirect_uri": f"{BACK}/else"},
        {"response_type": "token"},
        {"scope": "groups"},
        {"code_challenge_method": "plain"},
    ],
)
def test_nobody_is_sent_back_to_where_it_was_not_registered(browser: TestClient, changed: dict[str, str]) -> None:
    asked = {**ASKED, **changed}
    assert browser.get("/authorize", params=asked).status_code == 400
    assert browser.post("/authorize", data={**asked, "username": "linh"}).status_code == 400


def test_a_code_counts_once_in_time_and_for_who_asked(browser: TestClient, clock: Clock) -> None:
    code = code_of(browser)
    assert exchange(browser, code, secret="guessed")[0] == 401
    assert exchange(browser, code)[0] == 200
    assert exchange(browser, code)[0] == 400
    assert exchange(browser, code_of(browser), code_verifier="another")[0] == 400
    assert exchange(browser, code_of(browser), redirect_uri=f"{BACK}/else")[0] == 400
    late = code_of(browser)
    clock.now += CODE_S + 1
    assert exchange(browser, late)[0] == 400
