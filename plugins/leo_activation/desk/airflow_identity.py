"""People and what they may do, as Airflow's auth manager tells: simple, FAB, or any other behind the same interface.

read     may see the DAG that drafts segments: Airflow's Viewer
ask      the same; a request changes nothing until somebody else has approved it
review   may answer its waiting tasks, and is named in LEO_APPROVERS: who may answer is checked by the review itself
content, privacy, stop   named in LEO_CONTENT_APPROVERS, LEO_PRIVACY_OFFICERS, LEO_ADMINS
"""

from collections.abc import Awaitable, Callable

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials

from leo_activation.desk.identity import Capability, Person
from leo_activation.settings import Settings

DRAFTING = DagDetails(id="draft_segment")
NAMED = {
    Capability.CONTENT: "LEO_CONTENT_APPROVERS",
    Capability.PRIVACY: "LEO_PRIVACY_OFFICERS",
    Capability.STOP: "LEO_ADMINS",
}
"""Capabilities beyond Airflow's own roles, and where their people are named by user id, with commas."""


def identify(settings: Settings) -> Callable[[Request], Awaitable[Person | None]]:
    """Who a request is from, by Airflow's bearer token or login cookie."""
    named = {capability: _ids(settings.optional(variable)) for capability, variable in NAMED.items()}

    async def person(request: Request) -> Person | None:
        try:
            user = await get_user(request, None, _bearer(request))
        except HTTPException:
            return None
        # FAB may let in who is not logged in, under a public role; here somebody is always answerable.
        if not user.get_id():
            return None
        return await run_in_threadpool(_person, user, frozenset(settings.approvers), named)

    return person


def login_url(path: str) -> str:
    """Where somebody logs in, to come back to the path."""
    return str(get_auth_manager().get_url_login(next_url=path))


def _person(user: BaseUser, approvers: frozenset[str], named: dict[Capability, frozenset[str]]) -> Person:
    manager = get_auth_manager()
    user_id = user.get_id()
    may: set[Capability] = set()
    if manager.is_authorized_dag(method="GET", user=user, details=DRAFTING):
        may |= {Capability.READ, Capability.ASK}
    answers = manager.is_authorized_dag(
        method="PUT", user=user, details=DRAFTING, access_entity=DagAccessEntity.HITL_DETAIL
    )
    if answers and user_id in approvers:
        may.add(Capability.REVIEW)
    may |= {capability for capability, ids in named.items() if user_id in ids and Capability.READ in may}
    return Person(user_id, user.get_name(), frozenset(may))


def _bearer(request: Request) -> HTTPAuthorizationCredentials | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if token else None


def _ids(names: str | None) -> frozenset[str]:
    return frozenset(name.strip() for name in (names or "").split(",") if name.strip())
