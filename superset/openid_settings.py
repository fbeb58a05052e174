"""Superset's settings for logging in by OpenID Connect, as the environment gives them.

They hold only where one of the variables of Superset's own client is set; without them people log in by passwords.
Issuer and scopes are Airflow's too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from people import GROUPS_VARIABLE, named_groups

ISSUER_VARIABLE = "LEO_OIDC_ISSUER"
SCOPES_VARIABLE = "LEO_OIDC_SCOPES"
CLIENT_ID_VARIABLE = "LEO_SUPERSET_OIDC_CLIENT_ID"
CLIENT_SECRET_VARIABLE = "LEO_SUPERSET_OIDC_CLIENT_SECRET"  # noqa: S105 - a name
ADDRESS_VARIABLE = "LEO_SUPERSET_URL"
OF_THE_CLIENT = (CLIENT_ID_VARIABLE, CLIENT_SECRET_VARIABLE, GROUPS_VARIABLE)
NEEDED = (ISSUER_VARIABLE, *OF_THE_CLIENT, ADDRESS_VARIABLE)
SCOPES = "openid profile email"
PROVIDER = "openid"
"""Stands in the address that the provider sends people back to."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class OpenIdSettings:
    """The provider, Superset's client there, and the names of the roles of each group."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    redirect_uri: str
    roles_of_groups: Mapping[str, list[str]]


def read_openid(environment: Mapping[str, str]) -> OpenIdSettings | None:
    """The settings; None where people log in by passwords.

    Raises:
        SystemExit: one of the variables is missing or cannot be what it should.
    """
    if not any(environment.get(name) for name in OF_THE_CLIENT):
        return None
    if missing := [name for name in NEEDED if not environment.get(name)]:
        raise SystemExit(f"Superset cannot log people in by OpenID Connect; not set: {', '.join(missing)}.")
    issuer = _address(environment, ISSUER_VARIABLE)
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SystemExit(f"{ISSUER_VARIABLE}={issuer} must begin with https://.")
    scopes = environment.get(SCOPES_VARIABLE) or SCOPES
    if "openid" not in scopes.split():
        raise SystemExit(f"{SCOPES_VARIABLE} must name the scope openid.")
    groups = named_groups(environment)
    if not groups:
        raise SystemExit(f"{GROUPS_VARIABLE} names no group: nobody could log in.")
    return OpenIdSettings(
        issuer=issuer,
        client_id=environment[CLIENT_ID_VARIABLE],
        client_secret=environment[CLIENT_SECRET_VARIABLE],
        scopes=scopes,
        redirect_uri=f"{_address(environment, ADDRESS_VARIABLE)}/oauth-authorized/{PROVIDER}",
        roles_of_groups=groups,
    )


def _address(environment: Mapping[str, str], name: str) -> str:
    """An http(s) address without a slash at its end."""
    address = environment[name].rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
    except ValueError:
        usable = False
    if not usable or parts.username is not None:
        raise SystemExit(f"{name} must be an address such as https://login.example.com, without a query.")
    return address
