"""Logging in to Superset by OpenID Connect: what a login must prove, and which roles it brings.

Beside what authlib checks of an id token (signature, time, nonce, access token), its audience and issuer must be ours,
and `userinfo` must speak of the same person. A user of Superset is somebody's `sub` at one issuer and never a name or
an e-mail address, which people can be given anew: nobody becomes `admin` by being called so at the provider.
"""

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App
from flask import Response, g, render_template_string, session
from flask_appbuilder import expose
from flask_appbuilder.const import AUTH_OAUTH
from flask_appbuilder.security.views import AuthOAuthView
from openid_settings import PROVIDER, OpenIdSettings
from superset.security import SupersetSecurityManager

TIMEOUT_S = 10
SESSION_S = 12 * 3600
"""Afterwards the provider is asked again, and a group that was left counts no more."""
SESSION_END = "openid_session_end"
USER_PREFIX = "openid:"
NAME_LENGTH = 64
EMAIL_LENGTH = 320

REFUSED = "The identity provider's answer was not accepted, so you are not logged in."
NO_ANSWER = "The identity provider cannot be asked, so nobody can log in at the moment."
NO_GROUP = "You are in none of the groups that may use Superset; ask its administrator for one."
DEACTIVATED = "Your user was deactivated in Superset; ask its administrator."
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Superset</title></head>
<body><p>{{ sentence }}</p><p><a href="{{ login }}">To the login</a></p></body></html>"""


def login_settings(settings: OpenIdSettings) -> dict[str, Any]:
    """What superset_config.py holds where people log in by OpenID Connect."""
    return {
        "AUTH_TYPE": AUTH_OAUTH,
        "AUTH_USER_REGISTRATION": False,  # it would also open forms by which anybody registers
        "AUTH_ROLES_SYNC_AT_LOGIN": True,
        "AUTH_ROLES_MAPPING": dict(settings.roles_of_groups),
        "CUSTOM_SECURITY_MANAGER": OpenIdSecurityManager,
        "OAUTH_PROVIDERS": [
            {
                "name": PROVIDER,
                "icon": "fa-key",
                "token_key": "access_token",
                "remote_app": {
                    "client_cls": OpenIdClient,
                    "issuer": settings.issuer,
                    "redirect_uri": settings.redirect_uri,
                    "client_id": settings.client_id,
                    "client_secret": settings.client_secret,
                    "server_metadata_url": f"{settings.issuer}/.well-known/openid-configuration",
                    "client_kwargs": {
                        "scope": settings.scopes,
                        "code_challenge_method": "S256",
                        "default_timeout": TIMEOUT_S,
                    },
                },
            }
        ],
    }


class OpenIdClient(FlaskOAuth2App):
    """The client at the provider."""

    def __init__(self, framework: Any, name: str, *, issuer: str, redirect_uri: str, **settings: Any) -> None:
        """`redirect_uri` is the registered one, whatever name a browser asked for."""
        super().__init__(framework, name, **settings)
        self._issuer = issuer
        self._redirect_uri = redirect_uri

    def load_server_metadata(self) -> dict[str, Any]:
        """The provider's description. Raises OAuthError where it is another issuer's."""
        metadata: dict[str, Any] = super().load_server_metadata()
        if str(metadata.get("issuer")).rstrip("/") != self._issuer:
            metadata.pop("_loaded_at", None)  # read again, once somebody has mended it
            raise OAuthError("invalid_issuer", f"the description names the issuer {metadata.get('issuer')!r}")
        return metadata

    def authorize_redirect(self, redirect_uri: str | None = None, **parameters: Any) -> Any:
        """To the provider, and from there to the registered address."""
        return super().authorize_redirect(self._redirect_uri, **parameters)

    def authorize_access_token(self, **parameters: Any) -> dict[str, Any]:
        """The tokens, with the claims of the id token as `userinfo`. Raises what says why they do not count."""
        claims_options = {
            "iss": {"essential": True, "value": self.load_server_metadata()["issuer"]},
            "aud": {"essential": True, "value": self.client_id},
        }
        token: dict[str, Any] = super().authorize_access_token(claims_options=claims_options, **parameters)
        if "userinfo" not in token:
            raise OAuthError("invalid_token", "the provider gave no id token")
        return token

    def claims_of(self, token: Mapping[str, Any]) -> dict[str, Any]:
        """What the provider says of somebody, in the id token and by `userinfo`, where it has that."""
        claims = dict(token["userinfo"])
        if "userinfo_endpoint" in self.load_server_metadata():
            told = self.userinfo(token=token)
            if told.get("sub") != claims["sub"]:
                raise OAuthError("invalid_userinfo", "userinfo speaks of somebody else")
            claims |= told
        return claims

    def user_name(self, sub: str) -> str:
        """The name in Superset of whom the provider calls `sub`."""
        return USER_PREFIX + sha256(f"{self._issuer}\n{sub}".encode()).hexdigest()[:32]


class OpenIdView(AuthOAuthView):
    """The login's addresses; where it fails, a page that says why: Superset shows no message that was flashed."""

    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider: str | None = None) -> Any:
        """To the provider."""
        answer = super().login(provider)
        if not g.user.is_authenticated and getattr(answer, "location", None) == self.appbuilder.get_url_for_index:
            return self._refuse(NO_ANSWER, 503)
        return answer

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider: str) -> Any:
        """Back from the provider."""
        answer = super().oauth_authorized(provider)
        if answer.location == self.appbuilder.get_url_for_login:
            return self._refuse(g.get("refusal", REFUSED), 403)
        return answer

    def _refuse(self, sentence: str, status: int) -> Response:
        session.pop("_flashes", None)
        page = render_template_string(PAGE, sentence=sentence, login=self.appbuilder.get_url_for_login)
        return Response(page, status)


class OpenIdSecurityManager(SupersetSecurityManager):
    """Superset's users and roles, by what the provider says."""

    authoauthview = OpenIdView

    def set_oauth_session(self, provider: str, oauth_response: Mapping[str, Any]) -> None:
        """Keep no token: the session is a cookie, and after the login nothing is asked with it."""

    def get_oauth_user_info(self, provider: str, token: Mapping[str, Any]) -> dict[str, Any]:
        """Who somebody is, in the names of a user of Superset."""
        client = self.oauth_remotes[provider]
        claims = client.claims_of(token)
        groups = claims.get("groups")
        return {
            "username": client.user_name(claims["sub"]),
            "first_name": str(claims.get("given_name") or claims.get("preferred_username") or "")[:NAME_LENGTH],
            "last_name": str(claims.get("family_name") or "")[:NAME_LENGTH],
            "email": str(claims.get("email") or "")[:EMAIL_LENGTH],
            "role_keys": [group for group in groups if isinstance(group, str)] if isinstance(groups, list) else [],
        }

    def auth_user_oauth(self, userinfo: Mapping[str, Any]) -> Any:
        """The user of whoever is in a known group, with the roles of their groups; None, and no roles, for others."""
        user = self.find_user(userinfo["username"])
        if user is not None and not user.is_active:
            g.refusal = DEACTIVATED
            return None
        if not self.get_roles_from_keys(userinfo["role_keys"]):
            if user is not None:
                user.roles = []
                self.update_user(user)
            g.refusal = NO_GROUP
            return None
        if user is None:
            self._add_user(userinfo)
        session[SESSION_END] = time.time() + SESSION_S
        return super().auth_user_oauth(userinfo)

    def _add_user(self, userinfo: Mapping[str, Any]) -> None:
        """Somebody new. An address that another user has stays theirs: it says nothing of who somebody is."""
        name, email = userinfo["username"], userinfo["email"]
        if not email or self.find_user(email=email) is not None:
            email = f"{name.removeprefix(USER_PREFIX)}@openid.invalid"
        self.add_user(name, userinfo["first_name"], userinfo["last_name"], email)

    def load_user(self, pk: int) -> Any:
        """The user of a session, until it ends."""
        user = super().load_user(pk)
        if user is not None and user.username.startswith(USER_PREFIX) and session.get(SESSION_END, 0) < time.time():
            return None
        return user
