"""What the environment says of logging in to Superset by OpenID Connect, as it is read."""

import pytest
from openid_settings import read_openid

from people import named_groups

ENVIRONMENT = {
    "LEO_OIDC_ISSUER": "https://login.example.com/realms/shop/",
    "LEO_SUPERSET_OIDC_CLIENT_ID": "superset",
    "LEO_SUPERSET_OIDC_CLIENT_SECRET": "never shown",
    "LEO_SUPERSET_OIDC_ROLES": '{"marketing": ["*"]}',
    "LEO_SUPERSET_URL": "https://dashboards.example.com/",
}


def test_groups_become_roles() -> None:
    named = '{"bi-admins": "Admin", "marketing": ["*"], "shop-team": ["retail", "discovery"], "guests": []}'
    assert named_groups({"LEO_SUPERSET_OIDC_ROLES": named}) == {
        "bi-admins": ["Admin"],
        "marketing": ["Business", "All tenants"],
        "shop-team": ["Business", "Tenant: retail", "Tenant: discovery"],
        "guests": ["Business"],
    }
    assert named_groups({}) == {}


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("marketing", "LEO_SUPERSET_OIDC_ROLES must look like .* it is no JSON"),
        ('["marketing"]', "LEO_SUPERSET_OIDC_ROLES must look like"),
        ('{"marketing": "Viewer"}', "LEO_SUPERSET_OIDC_ROLES must look like"),
        ('{"marketing": {"role": "Admin"}}', "LEO_SUPERSET_OIDC_ROLES must look like"),
        ("""{"marketing": ["retail' OR true"]}""", "LEO_SUPERSET_OIDC_ROLES: .* of marketing is no tenant's id"),
        ('{"marketing": [7]}', "LEO_SUPERSET_OIDC_ROLES: 7 of marketing is no tenant's id"),
    ],
)
def test_groups_that_cannot_be_read_are_refused(groups: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        named_groups({"LEO_SUPERSET_OIDC_ROLES": groups})


def test_people_log_in_by_passwords_until_superset_has_a_client() -> None:
    airflows = {
        "LEO_OIDC_ISSUER": "https://login.example.com",
        "LEO_OIDC_CLIENT_ID": "airflow",
        "LEO_OIDC_ROLES": '{"marketing": ["Viewer"]}',
    }
    assert read_openid(airflows) is None
    assert read_openid({**airflows, "LEO_SUPERSET_OIDC_CLIENT_ID": "", "LEO_SUPERSET_URL": "http://x"}) is None


def test_the_provider_sends_people_back_to_one_registered_address() -> None:
    settings = read_openid(ENVIRONMENT)
    assert settings is not None
    assert settings.issuer == "https://login.example.com/realms/shop"
    assert settings.redirect_uri == "https://dashboards.example.com/oauth-authorized/openid"
    assert settings.scopes == "openid profile email"
    assert "never shown" not in repr(settings)


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(SystemExit, match=f"not set: {name}"):
        read_openid({**ENVIRONMENT, name: ""})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LEO_OIDC_ISSUER", "login.example.com", "LEO_OIDC_ISSUER must be an address"),
        ("LEO_OIDC_ISSUER", "http://login.example.com", "must begin with https"),
        ("LEO_OIDC_ISSUER", "https://login.example.com/?realm=shop", "LEO_OIDC_ISSUER must be an address"),
        ("LEO_OIDC_ISSUER", "https://me:word@login.example.com", "LEO_OIDC_ISSUER must be an address"),
        ("LEO_OIDC_ISSUER", "https://[login", "LEO_OIDC_ISSUER must be an address"),
        ("LEO_SUPERSET_URL", "dashboards.example.com", "LEO_SUPERSET_URL must be an address"),
        ("LEO_OIDC_SCOPES", "profile email", "LEO_OIDC_SCOPES must name the scope openid"),
        ("LEO_SUPERSET_OIDC_ROLES", "{}", "LEO_SUPERSET_OIDC_ROLES names no group"),
    ],
)
def test_what_cannot_be_right_is_refused_at_the_start(name: str, value: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said) as refused:
        read_openid({**ENVIRONMENT, name: value})
    assert "never shown" not in str(refused.value)
    assert "word" not in str(refused.value)


def test_a_provider_on_this_machine_needs_no_certificate() -> None:
    assert read_openid({**ENVIRONMENT, "LEO_OIDC_ISSUER": "http://127.0.0.1:9000"}) is not None
