"""The API on a real socket: over the tests' warehouse, with a stand-in of Airflow that keeps to Airflow's own answers.

Who calls is told by the bearer token `token-of-<user>`, or by one that Airflow's simple auth manager made for a name
and a password; a cookie of a login is `_token`.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.core_api.datamodels.dag_run import TriggerDAGRunPostBody
from fastapi import FastAPI, HTTPException, Request

from leo_activation.desk.api.admission import Door
from leo_activation.desk.api.chat import PATIENCE_S
from leo_activation.desk.api.serving import mount_api
from leo_activation.desk.app import Desk, create_app
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.protection import RateLimit
from leo_activation.embedding import Encoder
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.actions.conftest import Shop
from tests.conftest import PSEUDONYM_KEY, fresh_warehouse
from tests.desk.conftest import PEOPLE, ROOT
from tests.profiles.people import NOW
from tests.segments.shop import open_shop

TENANT = "tdeskapi"
AGENT = Person("leo", "LEO's agents", frozenset({Capability.READ, Capability.ASK}))
KNOWN = {**PEOPLE, AGENT.user_id: AGENT}
PASSWORD = "canary-password-of-leo"
MAY_START = {"leo", "admin"}
"""Who has Airflow's role User or more."""


@dataclass
class AirflowStandIn:
    """Airflow as far as it is asked: the login is its own simple auth manager's, starting a run follows its API.

    After `airflow/api_fastapi/core_api/routes/public/dag_run.py`, 3.3.2: the body is checked by Airflow's own model, a
    second run of the same id is a conflict.
    """

    runs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    is_down: bool = False

    def __post_init__(self) -> None:
        self.app = FastAPI()
        manager = create_auth_manager()
        login = manager.get_fastapi_app()
        assert login is not None
        self.app.mount("/auth", login)
        self.app.post("/api/v2/dags/{dag_id}/dagRuns")(self.start)

    async def start(self, dag_id: str, body: dict[str, Any], request: Request) -> dict[str, Any]:
        if self.is_down:
            raise HTTPException(500, "down")
        user = user_of(request)
        if user is None:
            raise HTTPException(401, "Not authenticated")
        if user not in MAY_START:
            raise HTTPException(403, "Forbidden")
        checked = TriggerDAGRunPostBody.model_validate(body)
        key = (dag_id, str(checked.dag_run_id))
        if key in self.runs:
            raise HTTPException(409, "A run of this id exists.")
        self.runs[key] = body
        return {"dag_id": dag_id, "dag_run_id": checked.dag_run_id, "state": "queued"}


def user_of(request: Request) -> str | None:
    """Whose token it is."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        token = request.cookies.get("_token", "")
    if token.startswith("token-of-"):
        return token.removeprefix("token-of-")
    try:
        # The test has no database of Airflow's, in which a token is looked up after its signature was checked.
        return str(jwt.decode(token, options={"verify_signature": False})["sub"])
    except jwt.InvalidTokenError:
        return None


@dataclass
class Office:
    """The served desk and what stands around it."""

    shop: Shop
    desk: Desk
    door: Door
    airflow: AirflowStandIn
    base: str = ""
    has_model: bool = False

    @property
    def api(self) -> str:
        """The address below which the tenant's API stands."""
        return f"{self.base}{ROOT}/{TENANT}/api"

    def as_(self, user: str | None, **headers: str) -> httpx.Client:
        """A client with the bearer token of a person."""
        if user is not None:
            headers["Authorization"] = f"Bearer token-of-{user}"
        return httpx.Client(base_url=self.api, headers=headers, timeout=40)


@contextmanager
def on_a_socket(app: FastAPI) -> Iterator[str]:
    """Serve an app; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
    assert not thread.is_alive()


@contextmanager
def opened(
    warehouse: Warehouse, shop: Shop, airflow: AirflowStandIn, encoder: Encoder, patience_s: float = PATIENCE_S
) -> Iterator[Office]:
    """The desk with its API over a shop."""

    async def identify(request: Request) -> Person | None:
        return KNOWN.get(user_of(request) or "")

    async def may_see(person: Person) -> dict[str, str]:
        return {shop.tenant_id: "A test's own"} if person.may else {}

    limit = RateLimit(per_second=10_000, burst=10_000)
    desk = Desk(warehouse, identify, may_see, PSEUDONYM_KEY, lambda path: f"/login?next={path}", limit)
    app = create_app(desk, lambda pages: None)

    def carry() -> httpx.AsyncBaseTransport:
        return httpx.ASGITransport(airflow.app, raise_app_exceptions=False)

    door = mount_api(app, desk, encoder, airflow=carry, has_model=lambda: here.has_model, patience_s=patience_s)
    door.tries = limit  # a test that is quick enough would use the usual ones up
    here = Office(shop, desk, door, airflow)
    outer = FastAPI()
    outer.mount(ROOT, app)
    with on_a_socket(outer) as base:
        here.base = base
        yield here


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """One of the folder's own, whose every table is looked at."""
    with fresh_warehouse() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def api_shop(warehouse: Warehouse) -> Shop:
    """A tenant with customers, a sync that was complete, and an active segment “Red socks”."""
    tenant = Tenant(TENANT, "A test's own", "EUR", interest_model="event_weight", luxury_threshold_minor=80_000)
    register_tenant(warehouse, tenant)
    shop = Shop(warehouse, TENANT, open_shop(warehouse, tenant))
    with warehouse.connect(DatabaseRole.LOADER, TENANT) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, as_of, finished_at) "
            "VALUES (%s, 'test', 'projected', %s, %s)",
            [TENANT, NOW, NOW],
        )
    shop.approved()
    return shop


@pytest.fixture(scope="session")
def airflow_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Airflow's simple auth manager knows LEO's user by a password."""
    passwords: Path = tmp_path_factory.mktemp("airflow") / "passwords.json"
    passwords.write_text(json.dumps({"leo": PASSWORD, "colleague": "x"}))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "leo:user,colleague:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of the tests, long enough for HS512" * 2,
        }.items():
            patched.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def office(warehouse: Warehouse, api_shop: Shop, airflow_login: None) -> Iterator[Office]:
    """The desk and its API, served."""
    with opened(warehouse, api_shop, AirflowStandIn(), api_shop.encoder) as served:
        yield served
