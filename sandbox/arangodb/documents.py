"""A stored document: its bytes, parsed only when more than its key or revision is asked for."""

from typing import Any

import msgspec

from sandbox.arangodb.errors import CORRUPTED_JSON, ArangoError


class Stored:
    """One state of a document. A write makes a new one, so a reader's rows never change under it."""

    __slots__ = ("collection", "key", "raw", "rev")

    def __init__(self, collection: str, key: str, rev: str, raw: bytes) -> None:
        """`raw` is the JSON of the attributes; `_key`, `_id` and `_rev` may be in it or not."""
        self.collection = collection
        self.key = key
        self.rev = rev
        self.raw = raw

    @property
    def id(self) -> str:
        """The document's `_id`."""
        return f"{self.collection}/{self.key}"

    def whole(self) -> dict[str, Any]:
        """The document as ArangoDB shows it: `_key`, `_id`, `_rev`, then the rest."""
        first: dict[str, Any] = {"_key": self.key, "_id": self.id, "_rev": self.rev}
        rest: dict[str, Any] = msgspec.json.decode(self.raw)
        return first | rest | first

    def get(self, name: str) -> Any:
        """One attribute, None where there is none."""
        if name == "_key":
            return self.key
        if name == "_rev":
            return self.rev
        return self.id if name == "_id" else msgspec.json.decode(self.raw).get(name)

    def meta(self) -> dict[str, Any]:
        """What ArangoDB answers to a write."""
        return {"_id": self.id, "_key": self.key, "_rev": self.rev}


def pack(document: Any) -> bytes:
    """The bytes to keep of a document.

    Raises:
        ArangoError: 600, it holds half a surrogate pair, which UTF-8 cannot say.
    """
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        raise ArangoError(CORRUPTED_JSON, "invalid UTF-8 sequence") from None
