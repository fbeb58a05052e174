"""Single documents, many at a time, and the import."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import msgspec

from sandbox.arangodb import errors
from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.context import Call, Reply
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import Collection, OnDuplicate, Written

_WRITTEN, _SYNCED = 202, 201
Write = Callable[[Any], Written]


def _found(call: Call) -> Collection:
    return call.database.collection(call.path("collection"))


def _revision(call: Call, document: Any = None) -> str | None:
    """The revision that a write or read depends on, or None."""
    header = call.request.headers.get("if-match")
    if header:
        return header.strip('"')
    if not call.flag("ignoreRevs", True) and isinstance(document, dict) and isinstance(document.get("_rev"), str):
        return str(document["_rev"])
    return None


def _meta(call: Call, written: Written) -> dict[str, Any]:
    state = written.new or written.old
    if state is None:
        raise TypeError("a write has a state before or after it")
    body = state.meta()
    if written.new is not None and written.old is not None:
        body["_oldRev"] = written.old.rev
    if call.flag("returnNew") and written.new is not None:
        body["new"] = written.new.whole()
    if call.flag("returnOld") and written.old is not None:
        body["old"] = written.old.whole()
    return body


def _one(call: Call, write: Write, document: Any) -> Reply:
    body = _meta(call, write(document))
    status = _SYNCED if call.flag("waitForSync") else _WRITTEN
    return Reply({} if call.flag("silent") else body, status, {"Etag": f'"{body["_rev"]}"'}, rows=1)


def _many(call: Call, write: Write, documents: list[Any]) -> Reply:
    answers: list[dict[str, Any]] = []
    refused: Counter[int] = Counter()
    for document in documents:
        try:
            answers.append(_meta(call, write(document)))
        except ArangoError as error:
            answers.append(error.part())
            refused[error.number] += 1
    codes = ",".join(f"{number}:{count}" for number, count in sorted(refused.items()))
    headers = {"X-Arango-Error-Codes": codes} if codes else {}
    body = [each for each in answers if "error" in each] if call.flag("silent") else answers
    return Reply(body, _SYNCED if call.flag("waitForSync") else _WRITTEN, headers, len(answers) - sum(refused.values()))


def _written(call: Call, write: Write) -> Reply:
    body = call.body()
    return _many(call, write, body) if isinstance(body, list) else _one(call, write, body)


def _on_duplicate(call: Call) -> OnDuplicate:
    default = OnDuplicate.REPLACE if call.flag("overwrite") else OnDuplicate.CONFLICT
    try:
        return OnDuplicate(call.text("overwriteMode", default))
    except ValueError:
        raise ArangoError(errors.BAD_PARAMETER) from None


def _insert(call: Call) -> Reply:
    call.may_write()
    collection, on_duplicate = _found(call), _on_duplicate(call)
    keep_null, merge = call.flag("keepNull", True), call.flag("mergeObjects", True)

    def insert(document: Any) -> Written:
        return collection.insert(document, on_duplicate, keep_null=keep_null, merge=merge)

    return _written(call, insert)


def _read(call: Call) -> Reply:
    document = _found(call).get(call.path("key"), _revision(call))
    if call.request.headers.get("if-none-match", "").strip('"') == document.rev:
        return Reply(None, 304, {"Etag": f'"{document.rev}"'})
    return Reply(document.whole(), 200, {"Etag": f'"{document.rev}"'}, rows=1)


def _key(document: Any) -> str:
    if isinstance(document, str):
        return document.rpartition("/")[2]
    key = document.get("_key") if isinstance(document, dict) else None
    if not isinstance(key, str):
        raise ArangoError(errors.DOCUMENT_KEY_BAD)
    return key


def _replace(call: Call) -> Reply:
    call.may_write()
    document = call.body()
    return _one(call, lambda it: _found(call).replace(call.path("key"), it, _revision(call, it)), document)


def _update(call: Call) -> Reply:
    call.may_write()
    return _one(call, _updating(call, lambda _: call.path("key")), call.body())


def _updating(call: Call, key: Callable[[Any], str]) -> Write:
    collection = _found(call)
    keep_null, merge = call.flag("keepNull", True), call.flag("mergeObjects", True)
    return lambda it: collection.update(key(it), it, _revision(call, it), keep_null=keep_null, merge=merge)


def _remove(call: Call) -> Reply:
    call.may_write()
    return _one(call, lambda _: _found(call).remove(call.path("key"), _revision(call)), None)


def _replace_many_or_read(call: Call) -> Reply:
    documents = call.body()
    if not isinstance(documents, list):
        raise ArangoError(errors.BAD_PARAMETER, "expecting a JSON array")
    if call.flag("onlyget"):
        return _read_many(call, documents)
    call.may_write()
    collection = _found(call)
    return _many(call, lambda it: collection.replace(_key(it), it, _revision(call, it)), documents)


def _read_many(call: Call, documents: list[Any]) -> Reply:
    collection = _found(call)
    answers = []
    for document in documents:
        try:
            answers.append(collection.get(_key(document)).whole())
        except ArangoError as error:
            answers.append(error.part())
    return Reply(answers, 200, rows=len(answers))


def _update_many(call: Call) -> Reply:
    call.may_write()
    documents = call.body()
    if not isinstance(documents, list):
        raise ArangoError(errors.BAD_PARAMETER, "expecting a JSON array")
    return _many(call, _updating(call, _key), documents)


def _remove_many(call: Call) -> Reply:
    call.may_write()
    documents = call.body()
    if not isinstance(documents, list):
        raise ArangoError(errors.BAD_PARAMETER, "expecting a JSON array")
    collection = _found(call)
    return _many(call, lambda it: collection.remove(_key(it), _revision(call, it)), documents)


def _import(call: Call) -> Reply:
    call.may_write()
    collection = call.database.collection(call.text("collection"))
    lines = _lines(call)
    complete = call.flag("complete")
    with collection.all_or_nothing() if complete else nullcontext():
        if call.flag("overwrite"):
            collection.truncate()
        collection.expect_many(len(lines))
        done, details = _import_lines(call, collection, lines, complete=complete)
    body: dict[str, Any] = {"error": False, **done}
    if call.flag("details"):
        body["details"] = details
    return Reply(body, 201, rows=done["created"] + done["updated"])


def _import_lines(
    call: Call, collection: Collection, lines: list[Any], *, complete: bool
) -> tuple[Counter[str], list[str]]:
    """The numbers that an import is answered with, and a sentence for each document that was refused.

    Raises:
        ArangoError: it must be complete, and a document was refused.
    """
    wanted = call.text("onDuplicate")
    on_duplicate = OnDuplicate(wanted) if wanted in list(OnDuplicate) else OnDuplicate.CONFLICT
    done = Counter(created=0, errors=0, empty=0, updated=0, ignored=0)
    details = []
    for at, line in enumerate(lines):
        if line is None:
            done["empty"] += 1
            continue
        try:
            document = _of_import(call, line)
            known = collection.find(document.get("_key")) is not None
            collection.insert(document, on_duplicate)
        except ArangoError as error:
            if complete:
                raise
            done["errors"] += 1
            details.append(f"at position {at}: creating document failed with error '{error.message}'")
        else:
            ignored = known and on_duplicate is OnDuplicate.IGNORE
            done["ignored" if ignored else "updated" if known else "created"] += 1
    return done, details


def _lines(call: Call) -> list[Any]:
    """The documents of an import; None for an empty line, and what is no JSON as text."""
    kind = call.text("type")
    if kind in ("array", "list") or (kind == "auto" and call.raw.lstrip()[:1] == b"["):
        documents = call.body()
        if not isinstance(documents, list):
            raise ArangoError(errors.BAD_PARAMETER, "expecting a JSON array in the request")
        return documents
    return [_line(each) for each in call.raw.split(b"\n")[: None if not call.raw.endswith(b"\n") else -1]]


def _line(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return ""


def _of_import(call: Call, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
    for end, prefix in (("_from", call.text("fromPrefix")), ("_to", call.text("toPrefix"))):
        if prefix and isinstance(document.get(end), str) and "/" not in document[end]:
            document[end] = f"{prefix.rstrip('/')}/{document[end]}"
    return document


ENDPOINTS = (
    Endpoint("POST", "/_api/document/{collection}", "document", _insert),
    Endpoint("PUT", "/_api/document/{collection}", "document", _replace_many_or_read),
    Endpoint("PATCH", "/_api/document/{collection}", "document", _update_many),
    Endpoint("DELETE", "/_api/document/{collection}", "document", _remove_many),
    Endpoint("GET", "/_api/document/{collection}/{key}", "document", _read),
    Endpoint("PUT", "/_api/document/{collection}/{key}", "document", _replace),
    Endpoint("PATCH", "/_api/document/{collection}/{key}", "document", _update),
    Endpoint("DELETE", "/_api/document/{collection}/{key}", "document", _remove),
    Endpoint("POST", "/_api/import", "import", _import),
)
