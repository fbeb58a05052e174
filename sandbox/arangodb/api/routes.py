"""Which handler answers which method and path, and what its requests are called in faults and in the log."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.arangodb.context import Call, Reply

Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Endpoint:
    """One method on one path below a database; `kind` names its requests."""

    method: str
    path: str
    kind: str
    handler: Handler
