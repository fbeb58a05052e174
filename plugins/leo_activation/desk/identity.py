"""Who asks, and what they may do here.

The desk knows people by their id at Airflow and by capabilities. Where these come from is the business of `Identify`:
of Airflow's auth manager in production (`airflow_identity`), of a table in tests.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request


class Capability(StrEnum):
    """What somebody may do on the desk; every route names the one that it needs."""

    READ = "read"
    """See requests, segments and campaigns."""
    ASK = "ask"
    """Submit requests and campaigns."""
    REVIEW = "review"
    """Decide about what others asked for."""
    CONTENT = "content"
    """Accept drafted copy."""
    PRIVACY = "privacy"
    """Handle the rights of people."""
    STOP = "stop"
    """The kill switch, and pausing whatever runs."""


MEANINGS = {
    Capability.READ: "see this page",
    Capability.ASK: "submit requests",
    Capability.REVIEW: "decide about requests",
    Capability.CONTENT: "accept copy",
    Capability.PRIVACY: "handle the rights of people",
    Capability.STOP: "stop all sending",
}


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in: `user_id` as Airflow stores it."""

    user_id: str
    name: str
    may: frozenset[Capability]


Identify = Callable[[Request], Awaitable[Person | None]]
"""Who a request is from, or None where nobody is logged in."""
