"""Collections and their indexes."""

from typing import Any

from sandbox.arangodb import errors
from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.context import Call, Reply
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.revisions import age_order
from sandbox.arangodb.store import DOCUMENTS, Collection, Index

_LOADED = {"status": 3, "statusString": "loaded"}


def _described(collection: Collection) -> dict[str, Any]:
    return {
        "id": str(collection.number),
        "name": collection.name,
        "type": collection.kind,
        **_LOADED,
        "isSystem": collection.name.startswith("_"),
        "globallyUniqueId": f"h{collection.number:X}/{collection.number}",
    }


def _properties_of(collection: Collection) -> dict[str, Any]:
    return {
        **_described(collection),
        "waitForSync": collection.wait_for_sync,
        "keyOptions": dict(collection.key_options),
        "schema": collection.schema,
        "computedValues": None,
        "cacheEnabled": False,
        "syncByRevision": True,
        "usesRevisionsAsDocumentIds": True,
        "isSmartChild": False,
        "internalValidatorType": 0,
        "writeConcern": 1,
    }


def _answer(body: dict[str, Any], **more: Any) -> Reply:
    return Reply({"error": False, "code": 200, **body, **more})


def _found(call: Call) -> Collection:
    return call.database.collection(call.path("collection"))


def _list(call: Call) -> Reply:
    system_too = not call.flag("excludeSystem")
    shown = [each for each in call.database.collections() if system_too or not each.name.startswith("_")]
    return _answer({"result": [_described(each) for each in shown]})


def _create(call: Call) -> Reply:
    call.may_change_database()
    body = call.object()
    collection = call.database.create(body.get("name"), body.get("type") or DOCUMENTS)
    collection.wait_for_sync = bool(body.get("waitForSync", False))
    collection.schema = body.get("schema")
    options = body.get("keyOptions")
    if isinstance(options, dict):
        collection.key_options |= {name: options[name] for name in ("allowUserKeys", "type") if name in options}
    return _answer(_properties_of(collection))


def _show(call: Call) -> Reply:
    return _answer(_described(_found(call)))


def _properties(call: Call) -> Reply:
    return _answer(_properties_of(_found(call)))


def _count(call: Call) -> Reply:
    collection = _found(call)
    return _answer(_properties_of(collection), count=len(collection))


def _revision(call: Call) -> Reply:
    collection = _found(call)
    latest = max((each.rev for each in collection), key=age_order, default="0")
    return _answer(_properties_of(collection), revision=latest)


def _truncate(call: Call) -> Reply:
    call.may_write()
    collection = _found(call)
    collection.truncate()
    return _answer(_described(collection))


def _drop(call: Call) -> Reply:
    call.may_change_database()
    collection = call.database.drop(call.path("collection"))
    return _answer({"id": str(collection.number)})


def _list_indexes(call: Call) -> Reply:
    collection = call.database.collection(call.text("collection"))
    shown = [each.answer(collection.name) for each in collection.indexes]
    return _answer({"indexes": shown, "identifiers": {each["id"]: each for each in shown}})


def _show_index(call: Call) -> Reply:
    collection, index = _index(call)
    return _answer(index.answer(collection.name))


def _create_index(call: Call) -> Reply:
    call.may_change_database()
    collection = call.database.collection(call.text("collection"))
    body = call.object()
    fields = body.get("fields")
    kind = {"hash": "persistent", "skiplist": "persistent"}.get(str(body.get("type")), str(body.get("type")))
    if kind not in ("persistent", "ttl") or not isinstance(fields, list) or not fields:
        raise ArangoError(errors.BAD_PARAMETER, "invalid index type or fields: this server has persistent and ttl")
    number = call.server.store.revisions.tick()
    details: dict[str, Any] = {"deduplicate": bool(body.get("deduplicate", True)), "estimates": True}
    details |= {"cacheEnabled": bool(body.get("cacheEnabled", False))} if kind == "persistent" else {}
    details |= {"expireAfter": body["expireAfter"]} if "expireAfter" in body else {}
    index, created = collection.add_index(
        Index(
            number,
            kind,
            tuple(str(each) for each in fields),
            str(body.get("name") or f"idx_{number}"),
            unique=bool(body.get("unique", False)),
            sparse=bool(body.get("sparse", kind == "ttl")),
            details=details,
        )
    )
    status = 201 if created else 200
    answer = {**index.answer(collection.name), "isNewlyCreated": created, "error": False, "code": status}
    return Reply(answer, status)


def _drop_index(call: Call) -> Reply:
    call.may_change_database()
    collection, index = _index(call)
    if index.kind in ("primary", "edge"):
        raise ArangoError(errors.FORBIDDEN)
    collection.indexes.remove(index)
    return _answer({"id": f"{collection.name}/{index.number}"})


def _index(call: Call) -> tuple[Collection, Index]:
    collection = _found(call)
    for index in collection.indexes:
        if call.path("index") in (str(index.number), index.name):
            return collection, index
    raise ArangoError(errors.INDEX_NOT_FOUND)


ENDPOINTS = (
    Endpoint("GET", "/_api/collection", "collections", _list),
    Endpoint("POST", "/_api/collection", "collection", _create),
    Endpoint("GET", "/_api/collection/{collection}", "collection", _show),
    Endpoint("GET", "/_api/collection/{collection}/properties", "collection", _properties),
    Endpoint("GET", "/_api/collection/{collection}/count", "count", _count),
    Endpoint("GET", "/_api/collection/{collection}/revision", "collection", _revision),
    Endpoint("PUT", "/_api/collection/{collection}/truncate", "truncate", _truncate),
    Endpoint("DELETE", "/_api/collection/{collection}", "collection", _drop),
    Endpoint("GET", "/_api/index", "index", _list_indexes),
    Endpoint("POST", "/_api/index", "index", _create_index),
    Endpoint("GET", "/_api/index/{collection}/{index}", "index", _show_index),
    Endpoint("DELETE", "/_api/index/{collection}/{index}", "index", _drop_index),
)
