"""What Airflow's simple auth manager says of somebody is what they may do on the desk."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leo_activation.desk.identity import Capability
from leo_activation.settings import REPOSITORY

LIMIT_S = 120
READS = ["ask", "read"]
ASKED = {
    "a viewer": {"authorization": "Bearer <token of viewer>"},
    "a viewer by cookie": {"cookie": "_token=<token of viewer>"},
    "a user on no list": {"authorization": "Bearer <token of user>"},
    "a user on the list of approvers": {"authorization": "Bearer <token of named>"},
    "a viewer on every list": {"authorization": "Bearer <token of watching>"},
    "an admin on every list": {"authorization": "Bearer <token of admin>"},
    "an operator on no list": {"authorization": "bearer <token of op>"},
    "nobody": {},
    "an old token": {"authorization": "Bearer <old token of viewer>"},
    "an old cookie": {"cookie": "_token=<old token of viewer>"},
    "a made-up token": {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."},
    "a made-up token beside a good cookie": {"authorization": "Bearer x", "cookie": "_token=<token of admin>"},
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO_"))} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API_AUTH__JWT_SECRET": "only the tests know this secret, which is 64 characters long at least",
        "AIRFLOW__API__BASE_URL": "https://airflow.example",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "LEO_APPROVERS": "named, watching,admin",
        "LEO_CONTENT_APPROVERS": "watching,admin",
        "LEO_PRIVACY_OFFICERS": "admin , watching",
        "LEO_ADMINS": "admin,watching",
        "PYTHONPATH": f"{REPOSITORY / 'plugins'}:{REPOSITORY}",
    }
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "asking_airflow.py")],
        input=json.dumps(ASKED),
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("seen ")]
    found: dict[str, Any] = json.loads(line.removeprefix("seen "))
    return found


def test_roles_and_lists_together_say_what_somebody_may(seen: dict[str, Any]) -> None:
    assert seen["a viewer"] == seen["a viewer by cookie"] == ["viewer", READS]
    assert seen["a user on no list"] == ["user", READS]
    assert seen["an operator on no list"] == ["op", READS]
    assert seen["a user on the list of approvers"] == ["named", [*READS, "review"]]
    assert seen["an admin on every list"] == ["admin", sorted(Capability)]


def test_no_list_lets_somebody_approve_whom_airflow_lets_only_look(seen: dict[str, Any]) -> None:
    assert seen["a viewer on every list"] == ["watching", sorted(set(Capability) - {Capability.REVIEW})]


def test_a_token_that_airflow_does_not_believe_is_nobody(seen: dict[str, Any]) -> None:
    nobody = [name for name in ASKED if seen[name] is None]
    assert nobody == [
        "nobody",
        "an old token",
        "an old cookie",
        "a made-up token",
        "a made-up token beside a good cookie",
    ]


def test_the_login_leads_back_to_the_very_page(seen: dict[str, Any]) -> None:
    login = urlsplit(seen["login"])
    assert login.path == "/auth/login"
    assert parse_qs(login.query) == {"next": ["/segment-desk/retail/ask?text=a b&c"]}
