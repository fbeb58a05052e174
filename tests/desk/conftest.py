"""The desk over the tests' warehouse: each person of the house asks as themselves, by a header instead of a login."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from leo_activation.desk.app import Desk, Pages, create_app
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.protection import TOKEN_HEADER, RateLimit
from leo_activation.warehouse.connections import Warehouse
from tests.conftest import PSEUDONYM_KEY

WHO = "x-test-user"
ROOT = "/segment-desk"
_READS = {Capability.READ, Capability.ASK}
PEOPLE = {
    person.user_id: person
    for person in (
        Person("marketer", "Linh", frozenset(_READS)),
        Person("colleague", "Minh", frozenset(_READS)),
        Person("reviewer", "Petr", frozenset(_READS | {Capability.REVIEW})),
        Person("editor", "Eva", frozenset(_READS | {Capability.CONTENT})),
        Person("officer", "Oanh", frozenset(_READS | {Capability.PRIVACY})),
        Person("admin", "Anna", frozenset(Capability)),
        Person("stranger", "Sam", frozenset()),
    )
}

Register = Callable[[Desk, Pages], None]


@dataclass
class House:
    """A desk with the people who use it; `tenants` are those that everybody may see."""

    desk: Desk
    app: FastAPI
    tenants: list[str] = field(default_factory=list)

    def as_(self, user_id: str | None, *, fragment: bool = False) -> TestClient:
        """A client of one person, whose writes carry their token; None is nobody. `fragment`: as htmx asks."""
        client = TestClient(self.app, follow_redirects=False)
        if user_id is not None:
            client.headers[WHO] = user_id
            client.headers[TOKEN_HEADER] = self.desk.tokens.make(user_id)
        if fragment:
            client.headers["hx-request"] = "true"
        return client


@pytest.fixture
def house(warehouse: Warehouse) -> Callable[[Register], House]:
    """Builds a desk of the pages that a test registers; its address is that of production."""
    return partial(build_house, warehouse)


def build_house(warehouse: Warehouse, register: Register) -> House:
    """A desk of some pages over a warehouse."""
    tenants: list[str] = []

    async def identify(request: Request) -> Person | None:
        return PEOPLE.get(request.headers.get(WHO, ""))

    async def may_see(person: Person) -> dict[str, str]:
        return {tenant_id: tenant_id.title() for tenant_id in tenants} if person.may else {}

    limit = RateLimit(per_second=1000, burst=1000)
    desk = Desk(warehouse, identify, may_see, PSEUDONYM_KEY, lambda path: f"/login?next={path}", limit)
    app = FastAPI()
    app.mount(ROOT, create_app(desk, lambda pages: register(desk, pages)))
    return House(desk, app, tenants)
