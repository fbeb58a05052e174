"""How people log in to Airflow by OpenID Connect, as its FAB auth manager reads it ([fab] config_file).

Whoever the provider knows gets a user of Airflow at their first login, and at every login the roles of the groups that
they are in then: LEO_OIDC_ROLES as JSON, {"group": ["Role", …]}. Somebody in none of these groups gets FAB's role
Public, which may see nothing.
"""

import json
import os

from flask_appbuilder.const import AUTH_OAUTH

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Public"
AUTH_ROLES_SYNC_AT_LOGIN = True
AUTH_ROLES_MAPPING = json.loads(os.environ["LEO_OIDC_ROLES"])

# The name "openid" stands in the address that the provider sends people back to:
# <base URL of Airflow>/auth/oauth-authorized/openid
OAUTH_PROVIDERS = [
    {
        "name": "openid",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": os.environ["LEO_OIDC_CLIENT_ID"],
            "client_secret": os.environ["LEO_OIDC_CLIENT_SECRET"],
            # With it Authlib checks issuer, audience, time, nonce and signature of each id token.
            "server_metadata_url": os.environ["LEO_OIDC_ISSUER"].rstrip("/") + "/.well-known/openid-configuration",
            "client_kwargs": {
                "scope": os.environ.get("LEO_OIDC_SCOPES") or "openid profile email",
                "code_challenge_method": "S256",
                "default_timeout": 10,
            },
        },
    }
]
