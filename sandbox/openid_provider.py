"""An OpenID provider: who somebody is, by the authorization code flow of OpenID Connect Core 1.0.

One client with a secret. Instead of a password, the login page offers the people there are. What the documents refuse
is refused: another client or secret, a redirect address that was not registered, a code that was used or is too old.
"""

import hashlib
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jwt.algorithms import RSAAlgorithm

CODE_S = 60
TOKEN_S = 300
ALGORITHM = "RS256"


@dataclass(frozen=True)
class Account:
    """Somebody known to the provider; `groups` goes out as the claim that clients map to roles."""

    username: str
    given_name: str
    family_name: str
    email: str
    groups: tuple[str, ...] = ()

    def claims(self) -> dict[str, object]:
        """What the provider says of them."""
        return {
            "sub": hashlib.sha256(self.username.encode()).hexdigest()[:16],
            "preferred_username": self.username,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "email": self.email,
            "groups": list(self.groups),
        }


@dataclass(frozen=True)
class Client:
    """Who may ask: id, secret, and the one address that people are sent back to."""

    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True)
class _Asked:
    """A request to log somebody in, as it stands in the address of the login page."""

    client_id: str
    redirect_uri: str
    response_type: str
    scope: str
    state: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "_Asked":
        return cls(**{name: values.get(name, "") for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class _Granted:
    """What a code or an access token stands for."""

    username: str
    asked: _Asked
    until: float


class SigningKeys:
    """The key that id tokens are signed with, and the public keys that are published."""

    def __init__(self) -> None:
        """Make a key and publish it."""
        self._key_id, self._key = _new_key()
        self.published = [self._jwk()]

    def sign(self, claims: Mapping[str, object]) -> str:
        """An id token."""
        return jwt.encode(dict(claims), self._key, algorithm=ALGORITHM, headers={"kid": self._key_id})

    def forge(self) -> None:
        """From now on sign with another key under the published one's name: what a forger could do."""
        _, self._key = _new_key()

    def renew(self) -> None:
        """Sign with a new key and publish it beside those before, as providers do now and then."""
        self._key_id, self._key = _new_key()
        self.published.append(self._jwk())

    def _jwk(self) -> dict[str, object]:
        public: dict[str, object] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**public, "kid": self._key_id, "use": "sig", "alg": ALGORITHM}


class OpenIdProvider:
    """One provider: its people may be changed while it runs."""

    def __init__(
        self, issuer: str, client: Client, accounts: Iterable[Account], clock: Callable[[], float] = time.time
    ) -> None:
        """`issuer` is the address that it is reached at; `clock` gives seconds since 1970."""
        self.issuer = issuer
        self.client = client
        self.accounts = {account.username: account for account in accounts}
        self.keys = SigningKeys()
        # What id tokens say in the place of the truth, to see whether a client looks.
        self.lies: dict[str, object] = {}
        self._clock = clock
        self._codes: dict[str, _Granted] = {}
        self._tokens: dict[str, _Granted] = {}

    def check(self, asked: _Asked) -> None:
        """Refuse what must not lead back to the address that was named."""
        if asked.client_id != self.client.client_id or asked.redirect_uri != self.client.redirect_uri:
            raise HTTPException(400, "unknown client or redirect_uri")
        if asked.response_type != "code" or "openid" not in asked.scope.split():
            raise HTTPException(400, "only response_type=code with the scope openid")
        if asked.code_challenge and asked.code_challenge_method != "S256":
            raise HTTPException(400, "only code_challenge_method=S256")

    def grant(self, asked: _Asked, username: str) -> str:
        """The address that somebody who logged in is sent back to."""
        if username not in self.accounts:
            raise HTTPException(400, "unknown account")
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Granted(username, asked, self._clock() + CODE_S)
        return f"{asked.redirect_uri}?{urlencode({'code': code, 'state': asked.state})}"

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """The tokens for a code, once."""
        granted = self._codes.pop(code, None)
        if granted is None or granted.until < self._clock() or granted.asked.redirect_uri != redirect_uri:
            raise HTTPException(400, {"error": "invalid_grant"})
        if granted.asked.code_challenge and granted.asked.code_challenge != _challenge(verifier):
            raise HTTPException(400, {"error": "invalid_grant"})
        now = int(self._clock())
        access = secrets.token_urlsafe(24)
        self._tokens[access] = _Granted(granted.username, granted.asked, now + TOKEN_S)
        about = self.accounts[granted.username].claims()
        claims = {"iss": self.issuer, "aud": self.client.client_id, "iat": now, "exp": now + TOKEN_S, **about}
        if granted.asked.nonce:
            claims["nonce"] = granted.asked.nonce
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": granted.asked.scope,
            "id_token": self.keys.sign({**claims, **self.lies}),
        }

    def about(self, access: str) -> dict[str, object]:
        """What an access token lets its holder know."""
        granted = self._tokens.get(access)
        if granted is None or granted.until < self._clock():
            raise HTTPException(401, "invalid_token", {"WWW-Authenticate": "Bearer"})
        return self.accounts[granted.username].claims()


def openid_app(provider: OpenIdProvider) -> FastAPI:
    """The provider's addresses."""
    app = FastAPI(title="OpenID provider", docs_url=None, redoc_url=None, openapi_url=None)
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    page = Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("openid.html")

    @app.get("/.well-known/openid-configuration")
    def describe() -> dict[str, object]:
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "userinfo_endpoint": f"{provider.issuer}/userinfo",
            "jwks_uri": f"{provider.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email", "groups"],
        }

    @app.get("/jwks")
    def show_keys() -> dict[str, object]:
        return {"keys": provider.keys.published}

    @app.get("/authorize")
    def ask_who(request: Request) -> HTMLResponse:
        asked = _Asked.of(request.query_params)
        provider.check(asked)
        return HTMLResponse(page.render(asked=vars(asked), accounts=provider.accounts.values()))

    @app.post("/authorize")
    async def log_in(request: Request) -> RedirectResponse:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        asked = _Asked.of(form)
        provider.check(asked)
        return RedirectResponse(provider.grant(asked, form.get("username", "")), 303)

    @app.post("/token")
    def give_tokens(
        request: Request,
        grant_type: str = Form(),
        code: str = Form(),
        redirect_uri: str = Form(),
        client_id: str = Form(""),
        client_secret: str = Form(""),
        code_verifier: str = Form(""),
    ) -> dict[str, object]:
        given = _basic(request.headers.get("authorization", "")) or (client_id, client_secret)
        known = (provider.client.client_id, provider.client.secret)
        if not all(
            secrets.compare_digest(one.encode(), other.encode()) for one, other in zip(given, known, strict=True)
        ):
            raise HTTPException(401, {"error": "invalid_client"})
        if grant_type != "authorization_code":
            raise HTTPException(400, {"error": "unsupported_grant_type"})
        return provider.exchange(code, redirect_uri, code_verifier)

    @app.get("/userinfo")
    def tell(request: Request) -> dict[str, object]:
        scheme, _, access = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise HTTPException(401, "no token", {"WWW-Authenticate": "Bearer"})
        return provider.about(access)

    return app


def _new_key() -> tuple[str, rsa.RSAPrivateKey]:
    return secrets.token_hex(4), rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(header: str) -> tuple[str, str] | None:
    """Client id and secret of a header of HTTP Basic, form-encoded as RFC 6749 (2.3.1) wants them."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return unquote(name), unquote(secret)
