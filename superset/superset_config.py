"""Superset's settings. Everything secret comes from the environment; nothing here reaches outside the machine."""

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))

from openid_settings import read_openid
from report_settings import REDIS_VARIABLE, report_settings

import look

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["LEO_SUPERSET_DATABASE_URI"]
DATA_DIR = str(Path(os.environ["SUPERSET_HOME"]))

APP_NAME = "LEO Activation"
FAVICONS = [{"href": "/static/assets/images/favicon.png"}]
LOGO_TARGET_PATH = "/superset/welcome/"
# Two themes: people switch between them, and may follow their system.
THEME_DEFAULT = look.light(APP_NAME)
THEME_DARK = look.dark(APP_NAME)
EXTRA_CATEGORICAL_COLOR_SCHEMES = [look.SERIES]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [look.STEPS]

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "ENABLE_TEMPLATE_PROCESSING": True,
    "RLS_IN_SQLLAB": True,
    "ALERT_REPORTS": bool(os.environ.get(REDIS_VARIABLE)),
}

WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
ROW_LIMIT = 5000
SUPERSET_WEBSERVER_TIMEOUT = 60
# Caches, Celery, mail and pictures of reports and alerts
globals().update(report_settings(os.environ))

if (_openid := read_openid(os.environ)) is not None:
    from openid_login import login_settings

    globals().update(login_settings(_openid))

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


def desk_url() -> str:
    """The address of the Segment desk, without a slash at its end; empty where LEO_AIRFLOW_URL is not set."""
    airflow = os.environ.get("LEO_AIRFLOW_URL", "").rstrip("/")
    return f"{airflow}/segment-desk" if airflow else ""


INNER_SQL = re.compile(r"_to_xml|\bts_(stat|rewrite)\b|\bpg_\w|\bdblink|\bset_config\b|\bu&[\"']", re.IGNORECASE)
"""Functions that run SQL given to them as text, look into the server or hold it up, and names spelt in escapes."""


def refuse_inner_sql(sql: str, **_: object) -> str:
    """The SQL as it is, unless it calls what no chart needs.

    A person may send SQL expressions of their own with a chart's query. Superset puts its row filters around them and
    refuses sub-queries, but it looks for functions that run a query of their own in SQL Lab only (6.1).

    Raises:
        QueryObjectValidationError: it does; the answer is 400.
    """
    if found := INNER_SQL.search(sql):
        from superset.exceptions import QueryObjectValidationError

        raise QueryObjectValidationError(f"{found[0]!r} may not stand in a query.")
    return sql


SQL_QUERY_MUTATOR = refuse_inner_sql

# What the SQL of data sets may ask for in double braces.
JINJA_CONTEXT_ADDONS = {"desk_url": desk_url}

_REPORTER = urlsplit(os.environ["LEO_REPORTER_URL"])


def warehouse_password(url: object) -> str | None:
    """The warehouse's password, so that neither a file nor Superset's own database holds it."""
    if getattr(url, "username", None) == _REPORTER.username:
        return os.environ["LEO_REPORTER_PASSWORD"]
    return getattr(url, "password", None)


SQLALCHEMY_CUSTOM_PASSWORD_STORE = warehouse_password
