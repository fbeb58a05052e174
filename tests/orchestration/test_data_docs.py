"""The data docs in Airflow: for whoever is logged in, and nothing beside the pages."""

import ast
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from leo_activation.settings import REPOSITORY

# In a process of its own: Airflow reads its settings once. The user's token is real, and so is its check.
SCRIPT = """
import asyncio, json, sys
from pathlib import Path

from airflow import settings
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.revoked_token import RevokedToken
from airflow.plugins_manager import get_fastapi_plugins
from fastapi import FastAPI
from fastapi.testclient import TestClient

RevokedToken.__table__.create(settings.engine)
token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="eva", role="viewer"))
(plugin,) = [each for each in get_fastapi_plugins()[0] if each["name"] == "Data docs"]
app = FastAPI()
app.mount(plugin["url_prefix"], plugin["app"])
client = TestClient(app, follow_redirects=False)
answers = {}
for who, headers in (
    ("stranger", {}), ("forger", {"Authorization": "Bearer x.y.z"}), ("eva", {"Authorization": f"Bearer {token}"}),
):
    for path in json.loads(sys.argv[1]):
        answer = client.get(path, headers=headers)
        answers[f"{who} {path}"] = [answer.status_code, answer.text, dict(answer.headers)]
client.cookies.set("_token", token)
answers["cookie /data-docs/"] = [client.get("/data-docs/").status_code, "", {}]
print("ANSWERS" + json.dumps(answers))
"""
PATHS = (
    "/data-docs/",
    "/data-docs/mine/site/index.html",
    "/data-docs/mine/site/validations/cdp_profile/run-1/t/cdp_profile.html",
    "/data-docs/mine/runs/1",
    # Beside the pages.
    "/data-docs/mine/runs/2",
    "/data-docs/..%2Fmine/runs/1",
    "/data-docs/mine/site/missing.html",
    "/data-docs/mine/site/..%2Fresults%2Fsecret.html",
    "/data-docs/mine/site/%2e%2e/%2e%2e/outside.html",
    "/data-docs/mine/results/secret.html",
    "/data-docs/mine/site/notes.txt",
    "/data-docs/mine/site/link.html",
    "/data-docs/..%2Fmine/site/index.html",
    "/data-docs/%2e%2e/site/index.html",
    "/data-docs/openapi.json",
    "/data-docs/docs",
)
SHOWN = PATHS[:4]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """{who path: [status, text, headers]} of every path above, for a stranger, a forger and a user."""
    home = tmp_path_factory.mktemp("home")
    site = home / "data-docs" / "mine" / "site"
    for page in ("index.html", "validations/cdp_profile/run-1/t/cdp_profile.html", "notes.txt"):
        (site / page).parent.mkdir(parents=True, exist_ok=True)
        (site / page).write_text(f"the page {page}")
    for secret in (home / "data-docs" / "mine" / "results" / "secret.html", home / "data-docs" / "outside.html"):
        secret.parent.mkdir(exist_ok=True)
        secret.write_text("a secret")
    (site / "link.html").symlink_to(home / "data-docs" / "outside.html")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO"))},
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__API_AUTH__JWT_SECRET": "x" * 64,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "LEO_HOME": str(home),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    (home / "airflow").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(PATHS)],
        env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("ANSWERS") + len("ANSWERS") :])
    return found


@pytest.mark.parametrize("path", PATHS)
def test_nobody_sees_anything_without_being_logged_in(answers: dict[str, Any], path: str) -> None:
    for who in ("stranger", "forger"):
        status, text, _ = answers[f"{who} {path}"]
        assert status in (401, 403, 404)
        assert "the page" not in text
        assert "a secret" not in text
        if path in SHOWN:
            assert status != 404


def test_a_logged_in_user_sees_the_tenants_and_their_pages(answers: dict[str, Any]) -> None:
    status, front, _ = answers["eva /data-docs/"]
    assert status == 200
    assert 'href="mine/site/index.html"' in front
    assert answers["cookie /data-docs/"][0] == 200
    for path in SHOWN[1:3]:
        status, text, headers = answers[f"eva {path}"]
        assert (status, text.startswith("the page")) == (200, True)
        assert headers["content-type"].startswith("text/html")


def test_a_run_of_a_sync_leads_to_what_was_found_of_each_collection(answers: dict[str, Any]) -> None:
    status, text, _ = answers["eva /data-docs/mine/runs/1"]
    assert status == 200
    assert '<a href="../site/validations/cdp_profile/run-1/t/cdp_profile.html">cdp_profile</a>' in text


def test_a_browser_is_told_to_fetch_and_to_run_nothing(answers: dict[str, Any]) -> None:
    for path in SHOWN:
        policy = answers[f"eva {path}"][2]["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("path", [path for path in PATHS if path not in SHOWN])
def test_nothing_but_the_pages_is_served(answers: dict[str, Any], path: str) -> None:
    status, text, _ = answers[f"eva {path}"]
    assert status == 404
    assert "secret" not in text


def test_the_plugin_registers_and_nothing_else() -> None:
    tree = ast.parse((REPOSITORY / "plugins" / "data_docs.py").read_text(encoding="utf-8"))
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported == ["airflow.plugins_manager", "leo_activation.orchestration.data_docs"]
    assert [type(node) for node in tree.body] == [ast.Expr, ast.ImportFrom, ast.ImportFrom, ast.ClassDef]
