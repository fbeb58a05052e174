"""Databases and users."""

from typing import Any

from sandbox.arangodb import errors
from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.context import Call, Reply
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import SYSTEM
from sandbox.arangodb.users import LEVELS, Level, User


def _result(result: Any, status: int = 200) -> Reply:
    return Reply({"error": False, "code": status, "result": result}, status)


def _in_system_database(call: Call) -> None:
    if call.database.name != SYSTEM:
        raise ArangoError(errors.USE_SYSTEM_DATABASE)


def _list(call: Call) -> Reply:
    _in_system_database(call)
    return _result(call.server.store.names())


def _accessible(call: Call) -> Reply:
    return _result([name for name in call.server.store.names() if call.user.level(name) >= Level.READ])


def _current(call: Call) -> Reply:
    database = call.database
    return _result(
        {
            "name": database.name,
            "id": str(database.number),
            "path": "none",
            "isSystem": database.name == SYSTEM,
            "sharding": "",
            "replicationFactor": 1,
            "writeConcern": 1,
        }
    )


def _create(call: Call) -> Reply:
    _in_system_database(call)
    call.may_change_database()
    body = call.object()
    database = call.server.store.create(body.get("name"))
    for wanted in body.get("users") or []:
        name = str(wanted.get("username") or wanted.get("user") or "")
        known = call.server.users.find(name)
        user = known or call.server.users.add(
            name, str(wanted.get("passwd", "")), active=wanted.get("active") is not False
        )
        user.levels[database.name] = Level.WRITE
    return _result(True, 201)


def _drop(call: Call) -> Reply:
    _in_system_database(call)
    call.may_change_database()
    call.server.store.drop(call.path("name"))
    return _result(True)


def _described(user: User) -> dict[str, Any]:
    return {"user": user.name, "active": user.active, "extra": {}}


def _list_users(call: Call) -> Reply:
    call.may_change_database()
    users = [call.server.users.find(name) for name in call.server.users.names()]
    return _result([_described(user) for user in users if user is not None])


def _create_user(call: Call) -> Reply:
    call.may_change_database()
    body = call.object()
    active = body.get("active") is not False  # python-arango sends null for "as by default"
    user = call.server.users.add(str(body.get("user") or ""), str(body.get("passwd") or ""), active=active)
    return Reply({"error": False, "code": 201, **_described(user)}, 201)


def _drop_user(call: Call) -> Reply:
    call.may_change_database()
    if not call.server.users.remove(call.path("user")):
        raise ArangoError(errors.USER_NOT_FOUND)
    return Reply({"error": False, "code": 202}, 202)


def _grant(call: Call) -> Reply:
    call.may_change_database()
    user = call.server.users.find(call.path("user"))
    if user is None:
        raise ArangoError(errors.USER_NOT_FOUND)
    level = LEVELS.get(str(call.object().get("grant")))
    if level is None:
        raise ArangoError(errors.BAD_PARAMETER)
    user.levels[call.path("name")] = level
    return Reply({"error": False, "code": 200, call.path("name"): str(call.object()["grant"])})


ENDPOINTS = (
    Endpoint("GET", "/_api/database", "database", _list),
    Endpoint("GET", "/_api/database/user", "database", _accessible),
    Endpoint("GET", "/_api/database/current", "database", _current),
    Endpoint("POST", "/_api/database", "database", _create),
    Endpoint("DELETE", "/_api/database/{name}", "database", _drop),
    Endpoint("GET", "/_api/user", "user", _list_users),
    Endpoint("POST", "/_api/user", "user", _create_user),
    Endpoint("DELETE", "/_api/user/{user}", "user", _drop_user),
    Endpoint("PUT", "/_api/user/{user}/database/{name}", "user", _grant),
)
