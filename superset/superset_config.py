"""Superset's settings. Everything secret comes from the environment; nothing here reaches outside the machine."""

import os
from pathlib import Path
from urllib.parse import urlsplit

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["LEO_SUPERSET_DATABASE_URI"]
DATA_DIR = str(Path(os.environ["SUPERSET_HOME"]))

APP_NAME = "LEO Activation"
FAVICONS = [{"href": "/static/assets/images/favicon.png"}]
LOGO_TARGET_PATH = "/superset/welcome/"

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "ENABLE_TEMPLATE_PROCESSING": True,
    "RLS_IN_SQLLAB": True,
    "ALERT_REPORTS": False,
}

WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
ROW_LIMIT = 5000
SUPERSET_WEBSERVER_TIMEOUT = 60
CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 60}
DATA_CACHE_CONFIG = CACHE_CONFIG
# The scheduler of reports and alerts needs Redis; without it nothing may wait for Celery.
RESULTS_BACKEND = None
CELERY_CONFIG = None

# The stock policy also admits a telemetry host and map tiles; these dashboards need neither.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

_REPORTER = urlsplit(os.environ["LEO_REPORTER_URL"])


def warehouse_password(url: object) -> str | None:
    """The warehouse's password, so that neither a file nor Superset's own database holds it."""
    if getattr(url, "username", None) == _REPORTER.username:
        return os.environ["LEO_REPORTER_PASSWORD"]
    return getattr(url, "password", None)


SQLALCHEMY_CUSTOM_PASSWORD_STORE = warehouse_password
