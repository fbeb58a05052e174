"""A database in memory without a server, for the tests of what lies below HTTP."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.arangodb.aql.evaluation import execute
from sandbox.arangodb.store import Database, Store

Documents = Iterable[Mapping[str, Any]]


def database_of(**collections: Documents) -> Database:
    """A database with these collections and documents."""
    database = Store().create("test")
    for name, documents in collections.items():
        collection = database.create(name)
        for document in documents:
            collection.insert(dict(document))
    return database


def ask(database: Database, query: str, **bound: Any) -> list[Any]:
    """The results of a query; the name of a collection is bound as `collection`."""
    values = {("@collection" if name == "collection" else name): value for name, value in bound.items()}
    return list(execute(database, query, values).results)
