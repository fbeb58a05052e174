"""Superset's settings for reports and alerts by e-mail: Redis, Celery, a browser for pictures, and the mail server.

They hold only where LEO_SUPERSET_REDIS_URL is set; without it nothing may wait for Celery.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

REDIS_VARIABLE = "LEO_SUPERSET_REDIS_URL"
CHROMEDRIVER = "/usr/bin/chromedriver"
CACHED_S = 60
FIGURES_CACHED_S = 300
"""A figure over all events costs seconds and changes with a sync or a refresh; *Refresh dashboard* asks at once."""
LATE = timedelta(hours=1)
"""What the schedule asked for and no worker took up within this time is left out."""
WITHOUT_REDIS: dict[str, Any] = {
    "CACHE_CONFIG": {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": CACHED_S},
    "DATA_CACHE_CONFIG": {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": FIGURES_CACHED_S},
    "RESULTS_BACKEND": None,
    "CELERY_CONFIG": None,
}


def report_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings by their names in superset_config.py.

    Raises:
        SystemExit: LEO_SUPERSET_SMTP_HOST is missing where Redis is named.
    """
    redis = environment.get(REDIS_VARIABLE)
    if not redis:
        return WITHOUT_REDIS
    if not environment.get("LEO_SUPERSET_SMTP_HOST"):
        raise SystemExit(f"{REDIS_VARIABLE} switches reports on, but LEO_SUPERSET_SMTP_HOST names no mail server.")
    return {**_queue_and_caches(redis), **_mail(environment), **_pictures(environment)}


def _queue_and_caches(redis: str) -> dict[str, Any]:
    from celery.schedules import crontab
    from flask_caching.backends.rediscache import RedisCache
    from redis import Redis
    from superset.tasks.types import ExecutorType

    def cache(prefix: str, seconds: int = CACHED_S) -> dict[str, Any]:
        return {
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": redis,
            "CACHE_KEY_PREFIX": f"superset_{prefix}_",
            "CACHE_DEFAULT_TIMEOUT": seconds,
        }

    celery = {
        "broker_url": redis,
        "result_backend": redis,
        "imports": ("superset.sql_lab", "superset.tasks.scheduler", "superset.tasks.cache"),
        "worker_prefetch_multiplier": 1,
        "task_acks_late": False,
        "broker_connection_retry_on_startup": True,
        "result_expires": timedelta(days=1),
        "beat_schedule": {
            "reports.scheduler": {
                "task": "reports.scheduler",
                "schedule": crontab(minute="*"),
                "options": {"expires": int(LATE.total_seconds())},
            },
            "reports.prune_log": {"task": "reports.prune_log", "schedule": crontab(minute="0", hour="0")},
        },
    }
    state = int(timedelta(days=90).total_seconds())
    return {
        "CACHE_CONFIG": cache("metadata"),
        "DATA_CACHE_CONFIG": cache("data", FIGURES_CACHED_S),
        "FILTER_STATE_CACHE_CONFIG": {**cache("filters", state), "REFRESH_TIMEOUT_ON_RETRIEVAL": True},
        "EXPLORE_FORM_DATA_CACHE_CONFIG": {**cache("explore", state), "REFRESH_TIMEOUT_ON_RETRIEVAL": True},
        "RESULTS_BACKEND": RedisCache(Redis.from_url(redis), key_prefix="superset_results_"),
        "CELERY_CONFIG": celery,
        "CELERY_BEAT_SCHEDULER_EXPIRES": LATE,
        # A report is made by its own user (reports.py), who sees the rows of its recipients' tenants and no other;
        # its owner, the administrator, hears of errors.
        "ALERT_REPORTS_EXECUTORS": [ExecutorType.CREATOR],
    }


def _mail(environment: Mapping[str, str]) -> dict[str, Any]:
    def is_on(name: str) -> bool:
        return environment.get(name, "").lower() in {"1", "true", "yes"}

    return {
        "SMTP_HOST": environment["LEO_SUPERSET_SMTP_HOST"],
        "SMTP_PORT": int(environment.get("LEO_SUPERSET_SMTP_PORT") or 587),
        "SMTP_USER": environment.get("LEO_SUPERSET_SMTP_USER", ""),
        "SMTP_PASSWORD": environment.get("LEO_SUPERSET_SMTP_PASSWORD", ""),
        "SMTP_STARTTLS": is_on("LEO_SUPERSET_SMTP_STARTTLS"),
        "SMTP_SSL": is_on("LEO_SUPERSET_SMTP_SSL"),
        "SMTP_SSL_SERVER_AUTH": True,  # who answers shows a certificate
        "SMTP_MAIL_FROM": environment.get("LEO_SUPERSET_SMTP_FROM") or "dashboards@leo.example",
        "EMAIL_REPORTS_SUBJECT_PREFIX": "",
        "EMAIL_REPORTS_CTA": "Open in Superset",
    }


def _pictures(environment: Mapping[str, str]) -> dict[str, Any]:
    inside = environment.get("LEO_SUPERSET_INTERNAL_URL") or f"http://127.0.0.1:{environment['LEO_SUPERSET_PORT']}"
    outside = environment.get("LEO_SUPERSET_URL") or inside
    return {
        "WEBDRIVER_BASEURL": inside.rstrip("/") + "/",
        "WEBDRIVER_BASEURL_USER_FRIENDLY": outside.rstrip("/") + "/",
        "WEBDRIVER_TYPE": "chrome",
        "WEBDRIVER_CONFIGURATION": {"service": {"executable_path": CHROMEDRIVER}},
        "WEBDRIVER_OPTION_ARGS": [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
            *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
        ],
        "WEBDRIVER_WINDOW": {"dashboard": (1440, 2000), "slice": (1440, 1200), "pixel_density": 1},
        "SCREENSHOT_LOCATE_WAIT": 150,
        "SCREENSHOT_LOAD_WAIT": 150,
    }
